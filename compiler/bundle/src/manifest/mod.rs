//! Tool manifests: a tool as each provider wants to be told of it.
//!
//! What the runtime fills (`for NAME: ENTITY`) is not in a manifest, so the model cannot choose it.

use serde_json::{Value, json};

use crate::Tool;
use crate::schema::{Declarations, Dialect, fields_schema};

/// Most characters of a tool's name.
const NAME_MAX: usize = 64;

/// A tool for the Anthropic Messages API.
#[must_use]
pub fn anthropic(tool: &Tool, declarations: &Declarations) -> Value {
    let schema = fields_schema(&tool.params, declarations, Dialect::Full);
    described(json!({ "name": tool.name }), tool, "input_schema", schema)
}

/// A tool for OpenAI chat completions. Defaults are filled in by the checker, so the schema is
/// not the strict one, in which the model would have to say every field.
#[must_use]
pub fn openai(tool: &Tool, declarations: &Declarations) -> Value {
    let schema = fields_schema(&tool.params, declarations, Dialect::Full);
    let function = described(json!({ "name": tool.name }), tool, "parameters", schema);
    json!({ "type": "function", "function": function })
}

/// A tool as an MCP server lists it.
#[must_use]
pub fn mcp(tool: &Tool, declarations: &Declarations) -> Value {
    let schema = fields_schema(&tool.params, declarations, Dialect::Full);
    let mut manifest = described(json!({ "name": tool.name }), tool, "inputSchema", schema);
    manifest["annotations"] = json!({
        "readOnlyHint": tool.effects.writes.is_empty() && tool.effects.sends.is_none() && tool.effects.spends.is_none(),
    });
    manifest
}

/// Whether every provider accepts a tool's name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !name.is_empty() && name.len() <= NAME_MAX && name.bytes().all(plain)
}

/// Adds the description, if there is one, and the schema under its key.
fn described(mut manifest: Value, tool: &Tool, key: &str, schema: Value) -> Value {
    if !tool.doc.is_empty() {
        manifest["description"] = json!(tool.doc);
    }
    manifest[key] = schema;
    manifest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::bundle;

    #[test]
    fn the_same_tool_for_each_provider() {
        let bundle = bundle();
        let find = &bundle.tools["a.find"];
        let all = json!([
            anthropic(find, &bundle.declarations),
            openai(find, &bundle.declarations),
            mcp(find, &bundle.declarations),
        ]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&all).unwrap());
    }

    #[test]
    fn what_the_runtime_fills_is_not_in_the_manifest() {
        let bundle = bundle();
        let manifest = anthropic(&bundle.tools["a.find"], &bundle.declarations);
        assert_eq!(
            manifest["input_schema"]["properties"].get("subscriber"),
            None
        );
    }

    #[test]
    fn names_are_those_that_providers_accept() {
        assert!(is_name("select_document"));
        for bad in ["", "a.b", "über", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}

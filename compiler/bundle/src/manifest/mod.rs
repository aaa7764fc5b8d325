//! Tool manifests: a tool as each reader wants to be told of it.
//!
//! What the runtime fills (`for NAME: ENTITY`) is not in a manifest, so the model cannot choose it.
//! The runtime's wire protocols write tools with [`anthropic_form`] and [`openai_form`], so what is
//! printed is what is sent.

mod mcp;
mod names;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::Tool;
use crate::schema::{Declarations, Dialect, fields_schema};

pub use mcp::mcp;
pub use names::{is_name, names};

/// Levels of objects that a strict schema may have.
const STRICT_DEPTH: usize = 10;
/// Properties that a strict schema may have.
const STRICT_PROPERTIES: usize = 5000;

/// Who reads a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The Anthropic Messages API.
    Anthropic,
    /// OpenAI chat completions, and those that follow it.
    OpenAi,
    /// A client of a Model Context Protocol server.
    Mcp,
}

/// A tool for the Anthropic Messages API.
#[must_use]
pub fn anthropic(tool: &Tool, declarations: &Declarations) -> Value {
    anthropic_form(&tool.name, &tool.doc, schema(tool, declarations))
}

/// A tool for OpenAI chat completions. Defaults are filled in by the checker, so the schema is
/// not the strict one, in which the model would have to say every field.
#[must_use]
pub fn openai(tool: &Tool, declarations: &Declarations) -> Value {
    openai_form(&tool.name, &tool.doc, schema(tool, declarations))
}

/// [`anthropic`] or [`openai`] with `strict`: the provider holds the model to the schema. Bounds are
/// said in words there, and every field has to be given, null where it has a default. None where a
/// provider would refuse the schema, and for MCP, which has no such form.
#[must_use]
pub fn strict(reader: Reader, tool: &Tool, declarations: &Declarations) -> Option<Value> {
    let schema = fields_schema(&tool.params, declarations, Dialect::Strict);
    let mut left = STRICT_PROPERTIES;
    if !is_small(&schema, STRICT_DEPTH, &mut left) {
        return None;
    }
    match reader {
        Reader::Anthropic => {
            let mut manifest = anthropic_form(&tool.name, &tool.doc, schema);
            manifest["strict"] = json!(true);
            Some(manifest)
        }
        Reader::OpenAi => {
            let mut manifest = openai_form(&tool.name, &tool.doc, schema);
            manifest["function"]["strict"] = json!(true);
            Some(manifest)
        }
        Reader::Mcp => None,
    }
}

/// A tool in the form of the Anthropic Messages API.
#[must_use]
pub fn anthropic_form(name: &str, doc: &str, schema: Value) -> Value {
    described(json!({ "name": name }), doc, "input_schema", schema)
}

/// A tool in the form of OpenAI chat completions.
#[must_use]
pub fn openai_form(name: &str, doc: &str, schema: Value) -> Value {
    let function = described(json!({ "name": name }), doc, "parameters", schema);
    json!({ "type": "function", "function": function })
}

fn schema(tool: &Tool, declarations: &Declarations) -> Value {
    fields_schema(&tool.params, declarations, Dialect::Full)
}

/// Adds the description, if there is one, and the schema under its key.
fn described(mut manifest: Value, doc: &str, key: &str, schema: Value) -> Value {
    if !doc.is_empty() {
        manifest["description"] = json!(doc);
    }
    manifest[key] = schema;
    manifest
}

/// Whether a schema keeps to the bounds of strict ones.
fn is_small(schema: &Value, depth: usize, left: &mut usize) -> bool {
    match schema {
        Value::Object(map) => {
            let properties = map.get("properties").and_then(Value::as_object);
            let count = properties.map_or(0, serde_json::Map::len);
            let deeper = if properties.is_some() {
                depth.checked_sub(1)
            } else {
                Some(depth)
            };
            let (Some(deeper), Some(rest)) = (deeper, left.checked_sub(count)) else {
                return false;
            };
            *left = rest;
            map.values().all(|value| is_small(value, deeper, left))
        }
        Value::Array(items) => items.iter().all(|item| is_small(item, depth, left)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

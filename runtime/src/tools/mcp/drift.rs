//! What differs between a tool as a bundle declares it and as its server offers it.
//!
//! Only what would make a call fail is a difference: an argument that the server does not take or
//! takes as another type, and one that it needs and does not get.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use silex_bundle::schema::{Dialect, fields_schema};
use silex_bundle::{Bundle, Tool};

/// The differences, in words.
pub(super) fn differences(
    bundle: &Bundle,
    tool: &Tool,
    theirs: &Map<String, Value>,
) -> Vec<String> {
    let ours = fields_schema(&tool.params, &bundle.declarations, Dialect::Full);
    let theirs = Value::Object(theirs.clone());
    let mut found = Vec::new();
    let none = Map::new();
    let fields = |schema: &'_ Value| schema.get("properties").and_then(Value::as_object).cloned();
    let (our_fields, their_fields) = (fields(&ours).unwrap_or(none), fields(&theirs));
    if let Some(their_fields) = &their_fields {
        for (name, field) in &our_fields {
            match their_fields.get(name) {
                Some(field_there) => {
                    let field_there = resolved(field_there, &theirs);
                    found.extend(difference(name, resolved(field, &ours), field_there));
                }
                None => found.push(format!("the server's tool takes no `{name}`")),
            }
        }
    }
    let given = required(&ours);
    let bound = tool.owner.as_ref().map(|owner| owner.name.as_str());
    for needed in required(&theirs) {
        if Some(needed) == bound || given.contains(needed) {
            continue;
        }
        found.push(match our_fields.contains_key(needed) {
            true => format!("the server's tool needs `{needed}`, which may be left out here"),
            false => format!("the server's tool needs `{needed}` as well"),
        });
    }
    found
}

fn required(schema: &Value) -> BTreeSet<&str> {
    let names = schema.get("required").and_then(Value::as_array);
    names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// A schema, or what it refers to in its own document.
fn resolved<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    let pointer = schema.get("$ref").and_then(Value::as_str);
    pointer
        .and_then(|pointer| root.pointer(pointer.strip_prefix('#')?))
        .unwrap_or(schema)
}

fn difference(name: &str, ours: &Value, theirs: &Value) -> Option<String> {
    let (we, they) = (types(ours), types(theirs));
    let takes = |of: &&&str| they.contains(*of) || (**of == "integer" && they.contains("number"));
    if !we.is_empty() && !they.is_empty() && !we.iter().all(|of| takes(&of)) {
        let list = |types: &BTreeSet<&str>| types.iter().copied().collect::<Vec<_>>().join(" or ");
        return Some(format!(
            "`{name}` is {} here and {} at the server",
            list(&we),
            list(&they)
        ));
    }
    let cases = |schema: &Value| schema.get("enum").and_then(Value::as_array).cloned();
    let (ours, theirs) = (cases(ours)?, cases(theirs)?);
    let missing = ours.iter().find(|case| !theirs.contains(case))?;
    Some(format!("the server does not know {missing} for `{name}`"))
}

fn types(schema: &Value) -> BTreeSet<&str> {
    let of = schema.get("type");
    let all = of.and_then(Value::as_array).into_iter().flatten();
    let one = of.into_iter();
    one.chain(all).filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What differs between a tool with these parameters and a server's with this schema.
    fn check(params: &Value, theirs: &Value) -> Vec<String> {
        let span = json!({ "source": 0, "start": 0, "end": 0 });
        let tool = json!({ "name": "find", "params": params, "returns": "bool", "effects": {}, "timeout_ms": 1,
            "handler": { "mcp": { "server": "s", "tool": "find" } }, "span": span });
        let bundle = json!({ "format": silex_bundle::FORMAT, "compiler": "0.1.0", "package": "t", "version": "0.1.0",
            "declarations": {}, "models": {}, "behaviours": {}, "tools": { "t.find": tool }, "agents": {},
            "examples": {}, "layouts": {}, "sources": [] });
        let bundle: Bundle = serde_json::from_value(bundle).unwrap();
        differences(
            &bundle,
            &bundle.tools["t.find"],
            theirs.as_object().unwrap(),
        )
    }

    fn days() -> Value {
        json!([{ "name": "days", "type": { "int": {} } }])
    }

    #[test]
    fn what_the_server_takes_alike_or_more_freely_does_not_differ() {
        let number = json!({ "type": "object", "properties": { "days": { "type": "number" }, "zone": { "type": "string" } }, "required": ["days"] });
        assert_eq!(check(&days(), &number), [""; 0]);
        assert_eq!(check(&days(), &json!({ "type": "object" })), [""; 0]);
        let referred = json!({ "properties": { "days": { "$ref": "#/$defs/n" } }, "$defs": { "n": { "type": "integer" } } });
        assert_eq!(check(&days(), &referred), [""; 0]);
    }

    #[test]
    fn each_difference_is_told() {
        let theirs = json!({ "properties": { "day": { "type": "integer" } }, "required": ["day"] });
        assert_eq!(
            check(&days(), &theirs),
            [
                "the server's tool takes no `days`",
                "the server's tool needs `day` as well"
            ]
        );
        let text = json!({ "properties": { "days": { "type": "string" } } });
        assert_eq!(
            check(&days(), &text),
            ["`days` is integer here and string at the server"]
        );
    }
}

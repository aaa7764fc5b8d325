//! What providers can take as the form of an answer, and the answer taken out of it again.
//!
//! Both want an object at the root; a behaviour may well return an enum or a list. Such a schema
//! is put into an envelope `{ "value": … }`, and the answer is taken out of it. Bounds that a
//! provider does not know are left to the check of the answer, which knows them all.

use serde_json::{Value, json};

/// The one property of an envelope.
const VALUE: &str = "value";

/// Whether a schema has to be put into an envelope.
#[must_use]
pub fn needs_envelope(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) != Some("object")
}

/// The schema that is sent: with an object at its root.
#[must_use]
pub fn envelope(schema: &Value) -> Value {
    if !needs_envelope(schema) {
        return schema.clone();
    }
    let mut inner = schema.clone();
    let definitions = inner
        .as_object_mut()
        .and_then(|inner| inner.shift_remove("$defs"));
    let mut outer = json!({
        "type": "object",
        "properties": { VALUE: inner },
        "required": [VALUE],
        "additionalProperties": false,
    });
    if let (Some(definitions), Some(outer)) = (definitions, outer.as_object_mut()) {
        // References are written from the root, so definitions stay there.
        outer.insert("$defs".to_owned(), definitions);
    }
    outer
}

/// The answer without its envelope. Text that is not in one stays as it is: the reader of the
/// answer is tolerant, and knows better what is wrong with it.
#[must_use]
pub fn open(schema: &Value, text: String) -> String {
    if !needs_envelope(schema) {
        return text;
    }
    match serde_json::from_str(&text) {
        Ok(Value::Object(mut outer)) if outer.len() == 1 => outer
            .shift_remove(VALUE)
            .map_or(text, |value| value.to_string()),
        Ok(_) | Err(_) => text,
    }
}

/// A copy of a schema without the bounds that Anthropic refuses. Bounds of text and numbers are
/// told in the description instead, as its own libraries do.
#[must_use]
pub fn without_bounds(schema: &Value) -> Value {
    const BOUNDS: [&str; 9] = [
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
    ];
    match schema {
        Value::Object(map) => {
            let is_schema = map.contains_key("type");
            let mut told = Vec::new();
            let mut kept = serde_json::Map::new();
            for (key, value) in map {
                if is_schema && BOUNDS.contains(&key.as_str()) && value.is_number() {
                    told.push(format!("{key}: {value}"));
                } else {
                    kept.insert(key.clone(), without_bounds(value));
                }
            }
            if !told.is_empty() {
                let doc = kept
                    .get("description")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let doc = format!("{doc} ({})", told.join(", "));
                kept.insert(
                    "description".to_owned(),
                    Value::String(doc.trim_start().to_owned()),
                );
            }
            Value::Object(kept)
        }
        Value::Array(items) => Value::Array(items.iter().map(without_bounds).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

/// Whether every object of a schema is closed and requires all it has: what OpenAI calls strict.
#[must_use]
pub fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            let properties = map.get("properties").and_then(Value::as_object);
            let required = map.get("required").and_then(Value::as_array);
            let closed = properties.is_none_or(|properties| {
                map.get("additionalProperties") == Some(&Value::Bool(false))
                    && properties.keys().all(|name| {
                        required.is_some_and(|names| names.iter().any(|n| n.as_str() == Some(name)))
                    })
            });
            closed && map.values().all(is_strict)
        }
        Value::Array(items) => items.iter().all(is_strict),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enum_travels_in_an_envelope() {
        let schema = json!({ "type": "string", "enum": ["request", "other"] });
        let sent = envelope(&schema);
        assert_eq!(sent["properties"]["value"], schema);
        assert!(is_strict(&sent));
        assert_eq!(
            open(&schema, r#"{"value":"request"}"#.to_owned()),
            r#""request""#
        );
        assert_eq!(open(&schema, "request".to_owned()), "request");
    }

    #[test]
    fn definitions_stay_at_the_root() {
        let schema = json!({ "type": "array", "items": { "$ref": "#/$defs/A" }, "$defs": { "A": { "type": "string" } } });
        let sent = envelope(&schema);
        assert_eq!(sent["$defs"]["A"]["type"], "string");
        assert!(sent["properties"]["value"].get("$defs").is_none());
    }

    #[test]
    fn an_object_travels_as_it_is() {
        let schema = json!({ "type": "object", "properties": { "value": { "type": "string" } } });
        assert_eq!(envelope(&schema), schema);
        assert_eq!(
            open(&schema, r#"{"value":"x"}"#.to_owned()),
            r#"{"value":"x"}"#
        );
        assert!(!is_strict(&schema));
    }

    #[test]
    fn bounds_become_words() {
        let schema = json!({ "type": "object", "properties": {
            "maximum": { "type": "integer", "minimum": 1, "maximum": 9, "description": "How many." },
            "title": { "type": "string", "maxLength": 20 },
        } });
        let sent = without_bounds(&schema);
        assert_eq!(
            sent["properties"]["maximum"]["description"],
            "How many. (minimum: 1, maximum: 9)"
        );
        assert_eq!(
            sent["properties"]["title"],
            json!({ "type": "string", "description": "(maxLength: 20)" })
        );
    }
}

//! Documents that were written under another bundle, read under this one.
//!
//! A conversation keeps the bundle it began with, so documents of several bundles live side by side. One
//! that is read gets the defaults of what it lacks and is shown without what this bundle does not
//! declare; one that is written keeps what others have declared. Nothing is rewritten when a bundle
//! is taken into use.

use serde_json::{Map, Value};
use silex_bundle::schema::{Field, Shape};
use silex_bundle::{Bundle, Path, Type};

/// The document as this bundle's entity.
///
/// # Errors
/// Why it is none, in words.
pub fn fitted(bundle: &Bundle, entity: &str, document: &Value) -> Result<Value, String> {
    let of = Type::Named(entity.to_owned());
    let known = declared(bundle, &of, document);
    of.check(&known, &bundle.declarations)
        .map_err(|violations| {
            let list: Vec<_> = violations.iter().map(ToString::to_string).collect();
            format!("it does not fit `{entity}`: {}", list.join("; "))
        })
}

/// The document as it is to be stored: checked, its defaults filled in, and with what other bundles
/// declare left as it is.
///
/// # Errors
/// Why it is no such entity, in words.
pub fn stored(bundle: &Bundle, entity: &str, document: &Value) -> Result<Value, String> {
    let fitted = fitted(bundle, entity, document)?;
    Ok(over(document.clone(), fitted))
}

/// Sets the field of a document that a path from its name leads to.
///
/// # Errors
/// Something on the way has no fields.
pub fn set(document: &mut Value, path: &Path, value: Value) -> Result<(), String> {
    let mut slot = document;
    for field in &path.fields {
        if slot.is_null() {
            *slot = Value::Object(Map::new());
        }
        let Value::Object(object) = slot else {
            return Err(format!("`{path}` leads through something without fields"));
        };
        slot = object.entry(field.clone()).or_insert(Value::Null);
    }
    *slot = value;
    Ok(())
}

/// `upper` laid over `lower`, field by field.
fn over(lower: Value, upper: Value) -> Value {
    match (lower, upper) {
        (Value::Object(mut lower), Value::Object(upper)) => {
            for (name, value) in upper {
                let below = lower.entry(name).or_insert(Value::Null);
                *below = over(below.take(), value);
            }
            Value::Object(lower)
        }
        (_, upper) => upper,
    }
}

/// The value without the fields that its type does not declare.
fn declared(bundle: &Bundle, of: &Type, value: &Value) -> Value {
    match (of, value) {
        (Type::Optional(inner), value) if !value.is_null() => declared(bundle, inner, value),
        (Type::List { of, .. }, Value::Array(items)) => items
            .iter()
            .map(|item| declared(bundle, of, item))
            .collect(),
        (Type::Named(name), Value::Object(object)) => {
            let shape = bundle.declarations.get(name).map(|known| &known.shape);
            match shape {
                Some(Shape::Record { fields } | Shape::Entity { fields, .. }) => {
                    Value::Object(of_fields(bundle, fields, object))
                }
                Some(Shape::Enum { cases }) => {
                    let kind = object.get("kind").and_then(Value::as_str);
                    let case = cases.iter().find(|case| Some(case.name.as_str()) == kind);
                    case.map_or_else(
                        || value.clone(),
                        |case| {
                            let mut kept = of_fields(bundle, &case.fields, object);
                            kept.extend(kind.map(|kind| ("kind".to_owned(), Value::from(kind))));
                            Value::Object(kept)
                        },
                    )
                }
                None => value.clone(),
            }
        }
        (_, value) => value.clone(),
    }
}

fn of_fields(bundle: &Bundle, fields: &[Field], object: &Map<String, Value>) -> Map<String, Value> {
    let kept = fields.iter().filter_map(|field| {
        let value = object.get(&field.name)?;
        Some((field.name.clone(), declared(bundle, &field.of, value)))
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bundle() -> Bundle {
        let span = json!({ "source": 0, "start": 0, "end": 0 });
        let text = json!({ "text": { "max": 20 } });
        serde_json::from_value(json!({
            "format": silex_bundle::FORMAT, "compiler": "0.1.0", "package": "t", "version": "0.1.0",
            "models": {}, "behaviours": {}, "tools": {}, "agents": {}, "examples": {}, "layouts": {},
            "sources": [{ "path": "t.silex", "text": "" }],
            "declarations": {
                "t.Taste": { "span": span, "shape": { "record": { "fields": [
                    { "name": "tone", "type": text, "default": "warm" } ] } } },
                "t.Person": { "span": span, "shape": { "entity": { "key": "address", "fields": [
                    { "name": "address", "type": "email" },
                    { "name": "taste", "type": { "optional": { "named": "t.Taste" } } },
                    { "name": "plan", "type": text, "default": "free" } ] } } },
            },
        }))
        .unwrap()
    }

    #[test]
    fn what_is_lacking_gets_its_default_and_what_is_not_declared_is_not_shown() {
        let stored = json!({ "address": "ada@a.example", "taste": { "tone": "dry", "pace": 3 }, "shoe": 38 });
        assert_eq!(
            fitted(&bundle(), "t.Person", &stored).unwrap(),
            json!({ "address": "ada@a.example", "taste": { "tone": "dry" }, "plan": "free" })
        );
    }

    #[test]
    fn what_another_bundle_declares_is_kept_when_this_one_writes() {
        let written = json!({ "address": "ada@a.example", "shoe": 38, "taste": { "tone": "dry", "pace": 3 } });
        assert_eq!(
            stored(&bundle(), "t.Person", &written).unwrap(),
            json!({ "address": "ada@a.example", "shoe": 38, "taste": { "tone": "dry", "pace": 3 }, "plan": "free" })
        );
    }

    #[test]
    fn what_cannot_fit_says_why() {
        let stored = json!({ "address": "ada@a.example", "plan": 7 });
        let problem = fitted(&bundle(), "t.Person", &stored).unwrap_err();
        assert!(
            problem.contains("`t.Person`") && problem.contains("plan"),
            "{problem}"
        );
    }
}

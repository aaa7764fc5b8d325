//! What an argument of a scripted call must match, and a value that does.

use serde_json::{Map, Value};

use super::Matcher;
use crate::expr::case_name;
use crate::schema::{Declarations, Field, Shape, Type};

/// Levels of a witness. A type that contains itself without end has no value.
const DEPTH: usize = 32;

impl Matcher {
    /// Whether a value matches.
    #[must_use]
    pub fn matches(&self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Contains(text) => value.as_str().is_some_and(|value| value.contains(text)),
            Self::Is(expected) => same(expected, value),
            Self::Fields(fields) => {
                value.is_object()
                    && fields.iter().all(|(name, matcher)| {
                        matcher.matches(value.get(name).unwrap_or(&Value::Null))
                    })
            }
        }
    }

    /// A value of a type that matches, as far as the type allows one: what is free takes its
    /// default, else the least value. A regular expression of the type is not solved.
    #[must_use]
    pub fn witness(&self, ty: &Type, declarations: &Declarations) -> Value {
        Witness { declarations }.value(self, ty, 0)
    }

    /// [`Matcher::witness`] for the arguments of a tool.
    #[must_use]
    pub fn witness_fields(&self, fields: &[Field], declarations: &Declarations) -> Value {
        Witness { declarations }.fields(self, fields, None, 0)
    }
}

/// Equality of data: numbers by value, a case by its name, an absent field as none.
fn same(expected: &Value, value: &Value) -> bool {
    match (expected, value) {
        (Value::Number(expected), Value::Number(value)) => {
            expected == value || expected.as_f64() == value.as_f64()
        }
        (Value::String(name), Value::Object(_)) => case_name(value) == Some(name),
        (Value::Array(expected), Value::Array(items)) => {
            expected.len() == items.len()
                && expected
                    .iter()
                    .zip(items)
                    .all(|(one, item)| same(one, item))
        }
        (Value::Object(expected), Value::Object(fields)) => {
            let of = |map: &Map<String, Value>, name: &str| {
                map.get(name).cloned().unwrap_or(Value::Null)
            };
            let names = expected.keys().chain(fields.keys());
            names
                .into_iter()
                .all(|name| same(&of(expected, name), &of(fields, name)))
        }
        _ => expected == value,
    }
}

struct Witness<'a> {
    declarations: &'a Declarations,
}

impl Witness<'_> {
    fn value(&self, matcher: &Matcher, ty: &Type, depth: usize) -> Value {
        if depth > DEPTH {
            return Value::Null;
        }
        match (matcher, ty) {
            (Matcher::Is(value), _) => self.completed(value, ty),
            (Matcher::Any, Type::Optional(_)) => Value::Null,
            (_, Type::Optional(inner)) => self.value(matcher, inner, depth + 1),
            (Matcher::Contains(text), Type::Text { min, .. }) => Value::String(padded(text, *min)),
            (Matcher::Contains(text), _) => Value::String(text.clone()),
            (Matcher::Any | Matcher::Fields(_), Type::Named(name)) => {
                match self
                    .declarations
                    .get(name)
                    .map(|declaration| &declaration.shape)
                {
                    Some(Shape::Record { fields } | Shape::Entity { fields, .. }) => {
                        self.fields(matcher, fields, None, depth)
                    }
                    Some(Shape::Enum { cases }) => {
                        let case = match kind(matcher) {
                            Some(kind) => cases.iter().find(|case| case.name == kind),
                            None => cases.iter().min_by_key(|case| case.fields.len()),
                        };
                        match case {
                            None => Value::Null,
                            Some(case) if cases.iter().all(|case| case.fields.is_empty()) => {
                                Value::from(case.name.as_str())
                            }
                            Some(case) => {
                                self.fields(matcher, &case.fields, Some(&case.name), depth)
                            }
                        }
                    }
                    None => Value::Null,
                }
            }
            (Matcher::Any | Matcher::Fields(_), _) => self.least(ty, depth),
        }
    }

    fn fields(
        &self,
        matcher: &Matcher,
        fields: &[Field],
        kind: Option<&str>,
        depth: usize,
    ) -> Value {
        let wanted: &[(String, Matcher)] = match matcher {
            Matcher::Fields(wanted) => wanted,
            Matcher::Any | Matcher::Contains(_) | Matcher::Is(_) => &[],
        };
        let mut value = Map::new();
        if let Some(kind) = kind {
            value.insert("kind".to_owned(), Value::from(kind));
        }
        for field in fields {
            let matcher = wanted
                .iter()
                .find(|(name, _)| *name == field.name)
                .map(|(_, matcher)| matcher);
            let part = match (matcher, &field.default, &field.of) {
                (Some(matcher), Some(default), _) if matcher.matches(default) => default.clone(),
                (Some(matcher), _, of) => self.value(matcher, of, depth + 1),
                (None, Some(default), _) => default.clone(),
                (None, None, Type::Optional(_)) => continue,
                (None, None, of) => self.value(&Matcher::Any, of, depth + 1),
            };
            value.insert(field.name.clone(), part);
        }
        Value::Object(value)
    }

    /// The least value of a type that is no name.
    fn least(&self, ty: &Type, depth: usize) -> Value {
        match ty {
            Type::Text { min, .. } => Value::String(padded("", *min)),
            Type::Bool => Value::Bool(false),
            Type::Int { min, max } => Value::from(nearest(0, *min, *max)),
            Type::Float { min, max } => Value::from(nearest(0.0, *min, *max)),
            Type::Email => Value::from("someone@example.org"),
            Type::Url => Value::from("https://example.org/"),
            Type::Date => Value::from("2027-01-01"),
            Type::Time => Value::from("09:00"),
            Type::Datetime => Value::from("2027-01-01T09:00:00Z"),
            Type::Duration => Value::from("1h"),
            Type::Timezone => Value::from("UTC"),
            Type::List { of, min, .. } => {
                let items = (0..min.unwrap_or(0).min(100))
                    .map(|_| self.value(&Matcher::Any, of, depth + 1));
                Value::Array(items.collect())
            }
            Type::Optional(_) | Type::Named(_) => Value::Null,
        }
    }

    /// A written value with its defaults, if it is of the type.
    fn completed(&self, value: &Value, ty: &Type) -> Value {
        ty.check(value, self.declarations)
            .unwrap_or_else(|_| value.clone())
    }
}

/// The case that a pattern names.
fn kind(matcher: &Matcher) -> Option<&str> {
    match matcher {
        Matcher::Fields(fields) => fields.iter().find_map(|(name, matcher)| match matcher {
            Matcher::Is(Value::String(kind)) if name == "kind" => Some(kind.as_str()),
            Matcher::Is(_) | Matcher::Any | Matcher::Contains(_) | Matcher::Fields(_) => None,
        }),
        Matcher::Any | Matcher::Contains(_) | Matcher::Is(_) => None,
    }
}

/// A text of at least so many characters.
fn padded(text: &str, min: Option<u32>) -> String {
    let missing = (min.unwrap_or(0) as usize).saturating_sub(text.chars().count());
    format!("{text}{}", ".".repeat(missing))
}

/// The value nearest to another within bounds.
fn nearest<N: PartialOrd + Copy>(value: N, min: Option<N>, max: Option<N>) -> N {
    let value = min.filter(|min| *min > value).unwrap_or(value);
    max.filter(|max| *max < value).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::schema::tests::{any_type, declarations};

    fn matcher(json: Value) -> Matcher {
        serde_json::from_value(json).unwrap()
    }

    /// Makes a witness of a named type and compares it; it must match and be of the type.
    #[track_caller]
    fn check(pattern: Value, name: &str, expected: &str) {
        let (matcher, ty) = (matcher(pattern), Type::Named(name.to_owned()));
        let witness = matcher.witness(&ty, &declarations());
        assert_eq!(witness.to_string(), expected);
        assert!(matcher.matches(&witness));
        assert_eq!(ty.check(&witness, &declarations()), Ok(witness));
    }

    #[test]
    fn what_a_pattern_leaves_free_takes_its_default() {
        check(
            json!({ "fields": [["name", { "contains": "bees" }], ["words", { "is": 60 }]] }),
            "a.Taste",
            r#"{"tone":"warm","words":60,"topics":[],"name":"bees"}"#,
        );
    }

    #[test]
    fn a_pattern_of_a_case_has_its_fields() {
        check(
            json!({ "fields": [["kind", { "is": "block" }], ["reason", { "contains": "no" }]] }),
            "a.Verdict",
            r#"{"kind":"block","reason":"no"}"#,
        );
        check(json!("any"), "a.Verdict", r#"{"kind":"allow"}"#);
        check(json!({ "is": "formal" }), "a.Tone", r#""formal""#);
    }

    #[test]
    fn values_match_by_meaning() {
        let is = |expected: Value, value: Value| matcher(json!({ "is": expected })).matches(&value);
        assert!(is(json!(1), json!(1.0)));
        assert!(is(
            json!("block"),
            json!({ "kind": "block", "reason": "spam" })
        ));
        assert!(is(json!({ "a": 1 }), json!({ "a": 1, "b": null })));
        assert!(!is(json!({ "a": 1 }), json!({ "a": 1, "b": 2 })));
        assert!(!is(json!(["a"]), json!(["a", "b"])));
        assert!(!matcher(json!({ "contains": "Bees" })).matches(&json!("bees")));
        assert!(!matcher(json!({ "fields": [] })).matches(&json!("bees")));
    }

    proptest! {
        #[test]
        fn the_witness_of_anything_is_of_the_type(ty in any_type()) {
            let witness = Matcher::Any.witness(&ty, &declarations());
            if let Err(found) = ty.check(&witness, &declarations()) {
                prop_assert!(found.iter().all(|violation| violation.message.contains("must match")), "{found:?}");
            }
        }
    }
}

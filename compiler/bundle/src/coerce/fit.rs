//! A value made to fit a type, where that changes its form and not what it says.
//!
//! What cannot be made to fit stays as it is: the checker says what is wrong with it.

use serde_json::{Map, Value};

use crate::functions::cut;
use crate::schema::{Case, Declarations, Field, Shape, Type};

/// Most levels.
const DEPTH: usize = 64;

pub(super) struct Fit<'a, 'r> {
    declarations: &'a Declarations,
    repairs: &'r mut Vec<String>,
    depth: usize,
}

impl<'a, 'r> Fit<'a, 'r> {
    pub(super) fn new(declarations: &'a Declarations, repairs: &'r mut Vec<String>) -> Self {
        Self {
            declarations,
            repairs,
            depth: 0,
        }
    }

    pub(super) fn value(&mut self, ty: &Type, value: Value) -> Value {
        if self.depth > DEPTH {
            return value;
        }
        self.depth += 1;
        let fitted = self.deeper(ty, value);
        self.depth -= 1;
        fitted
    }

    fn deeper(&mut self, ty: &Type, value: Value) -> Value {
        match (ty, value) {
            (Type::Text { .. }, Value::Number(number)) => {
                self.repairs
                    .push(format!("read the number {number} as text"));
                Value::String(number.to_string())
            }
            (Type::Int { .. } | Type::Float { .. }, Value::String(text)) => self.number(text),
            (Type::Bool, Value::String(text)) => self.boolean(text),
            (Type::List { of, .. }, Value::Array(items)) => {
                items.into_iter().map(|item| self.value(of, item)).collect()
            }
            (Type::List { of, .. }, value) if !value.is_null() => {
                self.repairs.push("read one value as a list".to_owned());
                Value::Array(vec![self.value(of, value)])
            }
            (Type::Optional(_), Value::String(word)) if word == "null" || word == "none" => {
                self.repairs.push(format!("read `{word}` as no value"));
                Value::Null
            }
            (Type::Optional(inner), value) if !value.is_null() => self.value(inner, value),
            (Type::Named(name), value) => {
                let declarations = self.declarations;
                match declarations.get(name).map(|declaration| &declaration.shape) {
                    Some(Shape::Record { fields } | Shape::Entity { fields, .. }) => {
                        self.fields(fields, None, value)
                    }
                    Some(Shape::Enum { cases }) => self.case(cases, value),
                    None => value,
                }
            }
            (_, value) => value,
        }
    }

    fn number(&mut self, text: String) -> Value {
        match serde_json::from_str(text.trim()) {
            Ok(Value::Number(number)) => {
                self.repairs
                    .push(format!("read the text `{text}` as a number"));
                Value::Number(number)
            }
            _ => Value::String(text),
        }
    }

    fn boolean(&mut self, text: String) -> Value {
        let value = match folded(&text).as_str() {
            "true" | "yes" => true,
            "false" | "no" => false,
            _ => return Value::String(text),
        };
        self.repairs
            .push(format!("read the text `{}` as {value}", cut(&text, 40)));
        Value::Bool(value)
    }

    /// `kind` is the name of the case when the fields are those of one.
    pub(super) fn fields(&mut self, fields: &[Field], kind: Option<&str>, value: Value) -> Value {
        let given = match value {
            Value::Object(given) => given,
            Value::Null => return Value::Null,
            value @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                return self.only_field(fields, value);
            }
        };
        let mut fitted = Map::new();
        for (name, value) in given {
            if kind.is_some() && name == "kind" {
                continue;
            }
            let exact = fields.iter().find(|field| field.name == name);
            let field = exact.or_else(|| {
                let alike = fields
                    .iter()
                    .find(|field| folded(&field.name) == folded(&name))?;
                self.repairs.push(format!(
                    "read the field `{}` as `{}`",
                    cut(&name, 40),
                    alike.name
                ));
                Some(alike)
            });
            match field {
                // The first of two that read as one field counts, an exact one always.
                Some(field) if exact.is_some() || !fitted.contains_key(&field.name) => {
                    let value = self.value(&field.of, value);
                    fitted.insert(field.name.clone(), value);
                }
                Some(_) => {}
                None => self
                    .repairs
                    .push(format!("left out the unknown field `{}`", cut(&name, 40))),
            }
        }
        if let Some(kind) = kind {
            fitted.insert("kind".to_owned(), Value::from(kind));
        }
        Value::Object(fitted)
    }

    /// A bare value where a record with one required field is meant.
    fn only_field(&mut self, fields: &[Field], value: Value) -> Value {
        let mut required = fields
            .iter()
            .filter(|field| field.default.is_none() && !matches!(field.of, Type::Optional(_)));
        match (required.next(), required.next()) {
            (Some(field), None) => {
                self.repairs
                    .push(format!("read the value as the field `{}`", field.name));
                let value = self.value(&field.of, value);
                Value::Object(Map::from_iter([(field.name.clone(), value)]))
            }
            _ => value,
        }
    }

    fn case(&mut self, cases: &[Case], value: Value) -> Value {
        let tagged = cases.iter().any(|case| !case.fields.is_empty());
        match value {
            Value::String(name) => match self.named(cases, &name) {
                Some(case) if !tagged => Value::from(case.name.as_str()),
                Some(case) => {
                    self.repairs.push(format!("read `{}` as a case", case.name));
                    Value::Object(Map::from_iter([(
                        "kind".to_owned(),
                        Value::from(case.name.as_str()),
                    )]))
                }
                None => Value::String(name),
            },
            Value::Object(fields) => self.tagged(cases, tagged, fields),
            value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => value,
        }
    }

    /// `{ "kind": name, … }`, or `{ name: { … } }` as other formats write it.
    fn tagged(&mut self, cases: &[Case], tagged: bool, mut fields: Map<String, Value>) -> Value {
        if let Some(name) = fields
            .get("kind")
            .and_then(Value::as_str)
            .map(str::to_owned)
        {
            return match self.named(cases, &name) {
                Some(case) if tagged => {
                    self.fields(&case.fields, Some(&case.name), Value::Object(fields))
                }
                Some(case) => {
                    self.repairs
                        .push(format!("took `{}` out of a record", case.name));
                    Value::from(case.name.as_str())
                }
                None => Value::Object(fields),
            };
        }
        let only = fields
            .keys()
            .next()
            .filter(|_| tagged && fields.len() == 1)
            .cloned();
        let Some((case, name)) = only.and_then(|name| Some((self.named(cases, &name)?, name)))
        else {
            return Value::Object(fields);
        };
        self.repairs
            .push(format!("read the field `{name}` as a case"));
        let inside = fields
            .shift_remove(&name)
            .filter(|inside| !inside.is_null());
        self.fields(
            &case.fields,
            Some(&case.name),
            inside.unwrap_or_else(|| Value::Object(Map::new())),
        )
    }

    /// The case of a name, also written in another way.
    fn named<'c>(&mut self, cases: &'c [Case], name: &str) -> Option<&'c Case> {
        if let Some(case) = cases.iter().find(|case| case.name == name) {
            return Some(case);
        }
        let mut alike = cases
            .iter()
            .filter(|case| folded(&case.name) == folded(name));
        let case = alike.next().filter(|_| alike.next().is_none())?;
        self.repairs
            .push(format!("read `{}` as `{}`", cut(name, 40), case.name));
        Some(case)
    }
}

/// Letters and digits alone, in small letters: `Max words`, `maxWords` and `max_words` are one.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|sign| sign.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

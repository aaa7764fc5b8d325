//! Whether a value is of a type: every problem in one pass, in words that a model can act on.

use std::fmt;

use serde_json::{Map, Number, Value};

use super::{Case, Declarations, Field, Shape, Type, formats};
use crate::expr::{case_name, kind_of};
use crate::functions::cut;
use crate::pattern;

/// Most levels of a value.
const DEPTH: usize = 64;
/// Most values that one check looks at, so that defaults that contain themselves end.
const VALUES: usize = 200_000;

/// What is wrong with a value, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: `preferences.topics[2]`; empty for the value itself.
    pub path: String,
    /// What must be, and what is.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() {
            "the value"
        } else {
            &self.path
        };
        write!(f, "{path} {}", self.message)
    }
}

impl Type {
    /// The value with defaults filled in and numbers and times in their one form, if it is of
    /// the type.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of its fields.
    pub fn check(
        &self,
        value: &Value,
        declarations: &Declarations,
    ) -> Result<Value, Vec<Violation>> {
        Checker::new(declarations).run(|checker| checker.value(self, value, 0))
    }
}

/// Checks an object against fields: the arguments of a tool, the inputs of a behaviour. Fields
/// come back in declared order, what is absent as its default.
///
/// # Errors
/// Everything that is wrong with it, in the order of the fields.
pub fn check_fields(
    fields: &[Field],
    value: &Value,
    declarations: &Declarations,
) -> Result<Value, Vec<Violation>> {
    Checker::new(declarations).run(|checker| checker.object(fields, None, value, 0))
}

struct Checker<'a> {
    declarations: &'a Declarations,
    path: Vec<Step<'a>>,
    found: Vec<Violation>,
    left: usize,
}

enum Step<'a> {
    Field(&'a str),
    Item(usize),
}

impl<'a> Checker<'a> {
    fn new(declarations: &'a Declarations) -> Self {
        Self {
            declarations,
            path: Vec::new(),
            found: Vec::new(),
            left: VALUES,
        }
    }

    fn run(mut self, check: impl FnOnce(&mut Self) -> Value) -> Result<Value, Vec<Violation>> {
        let value = check(&mut self);
        if self.found.is_empty() {
            Ok(value)
        } else {
            Err(self.found)
        }
    }

    /// Notes a problem. The value returned is never seen.
    fn wrong(&mut self, message: String) -> Value {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Field(name) if path.is_empty() => path.push_str(name),
                Step::Field(name) => path.extend([".", name]),
                Step::Item(at) => path.push_str(&format!("[{at}]")),
            }
        }
        self.found.push(Violation { path, message });
        Value::Null
    }

    fn expected(&mut self, what: &str, value: &Value) -> Value {
        self.wrong(format!("must be {what}, not {}", shown(value)))
    }

    fn value(&mut self, ty: &'a Type, value: &Value, depth: usize) -> Value {
        if depth > DEPTH {
            return self.wrong(format!("is nested deeper than {DEPTH} levels"));
        }
        if self.left == 0 {
            return Value::Null;
        }
        self.left -= 1;
        if self.left == 0 {
            return self.wrong("is too large".to_owned());
        }
        match ty {
            Type::Text {
                min, max, pattern, ..
            } => self.text(*min, *max, pattern.as_deref(), value),
            Type::Bool if value.is_boolean() => value.clone(),
            Type::Bool => self.expected("true or false", value),
            Type::Int { min, max } => self.int(*min, *max, value),
            Type::Float { min, max } => self.float(*min, *max, value),
            Type::Email => self.format(
                "an email address such as ada@example.org",
                formats::email,
                value,
            ),
            Type::Url => self.format("an http or https URL", formats::url, value),
            Type::Date => self.format("a date such as 2027-03-01", formats::date, value),
            Type::Time => self.format("a time of day such as 09:00", formats::time, value),
            Type::Datetime => match value.as_str().and_then(formats::complete_datetime) {
                Some(text) => Value::String(text.into_owned()),
                None => self.expected("a date and time such as 2027-03-01T09:00:00Z", value),
            },
            Type::Duration => {
                self.format("a duration such as 4h or 200ms", formats::duration, value)
            }
            Type::Timezone => self.format(
                "a time zone such as Europe/Berlin",
                formats::timezone,
                value,
            ),
            Type::List { of, min, max } => self.list(of, *min, *max, value, depth),
            Type::Optional(_) if value.is_null() => Value::Null,
            Type::Optional(inner) => self.value(inner, value, depth + 1),
            Type::Named(name) => match self.declarations.get(name).map(|known| &known.shape) {
                Some(Shape::Record { fields } | Shape::Entity { fields, .. }) => {
                    self.object(fields, None, value, depth)
                }
                Some(Shape::Enum { cases }) => self.case(cases, value, depth),
                None => self.wrong(format!("is of the unknown type `{name}`")),
            },
        }
    }

    fn text(
        &mut self,
        min: Option<u32>,
        max: Option<u32>,
        shape: Option<&str>,
        value: &Value,
    ) -> Value {
        let Some(text) = value.as_str() else {
            return self.expected("text", value);
        };
        let length = text.chars().count();
        if !within(length, min, max) {
            let range = bounds(min.as_ref(), max.as_ref());
            self.wrong(format!("must have {range} characters, but has {length}"));
        }
        if let Some(shape) = shape {
            match pattern::compiled(shape) {
                Ok(regex) if regex.is_match(text) => {}
                Ok(_) => {
                    self.wrong(format!("must match /{shape}/, but is {}", shown(value)));
                }
                Err(reason) => {
                    self.wrong(format!(
                        "has the pattern /{shape}/, which cannot be used: {reason}"
                    ));
                }
            }
        }
        value.clone()
    }

    fn format(&mut self, what: &str, is_one: fn(&str) -> bool, value: &Value) -> Value {
        match value.as_str() {
            Some(text) if is_one(text) => value.clone(),
            _ => self.expected(what, value),
        }
    }

    fn int(&mut self, min: Option<i64>, max: Option<i64>, value: &Value) -> Value {
        let Some(number) = value.as_number().and_then(whole) else {
            return self.expected("a whole number", value);
        };
        if min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max) {
            let range = bounds(min.as_ref(), max.as_ref());
            return self.wrong(format!("must be {range}, but is {number}"));
        }
        Value::from(number)
    }

    fn float(&mut self, min: Option<f64>, max: Option<f64>, value: &Value) -> Value {
        let Some(number) = value.as_f64() else {
            return self.expected("a number", value);
        };
        if min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max) {
            let range = bounds(min.as_ref(), max.as_ref());
            return self.wrong(format!("must be {range}, but is {number}"));
        }
        value.clone()
    }

    fn list(
        &mut self,
        of: &'a Type,
        min: Option<u32>,
        max: Option<u32>,
        value: &Value,
        depth: usize,
    ) -> Value {
        let Some(items) = value.as_array() else {
            return self.expected("a list", value);
        };
        if !within(items.len(), min, max) {
            let range = bounds(min.as_ref(), max.as_ref());
            self.wrong(format!("must have {range} items, but has {}", items.len()));
        }
        let checked = items.iter().enumerate().map(|(at, item)| {
            self.path.push(Step::Item(at));
            let item = self.value(of, item, depth + 1);
            self.path.pop();
            item
        });
        Value::Array(checked.collect())
    }

    /// `kind` is the name of the case when the fields are those of one.
    fn object(
        &mut self,
        fields: &'a [Field],
        kind: Option<&str>,
        value: &Value,
        depth: usize,
    ) -> Value {
        let Some(given) = value.as_object() else {
            return self.expected("a record", value);
        };
        let mut checked = Map::new();
        if let Some(kind) = kind {
            checked.insert("kind".to_owned(), Value::from(kind));
        }
        for field in fields {
            self.path.push(Step::Field(&field.name));
            let value = match (given.get(&field.name), &field.default, &field.of) {
                (Some(value), _, of) => Some(self.value(of, value, depth + 1)),
                (None, Some(default), of) => Some(self.value(of, default, depth + 1)),
                (None, None, Type::Optional(_)) => None,
                (None, None, _) => Some(self.wrong("is missing".to_owned())),
            };
            self.path.pop();
            checked.extend(value.map(|value| (field.name.clone(), value)));
        }
        let names = || fields.iter().map(|field| field.name.as_str());
        for name in given
            .keys()
            .filter(|name| kind.is_none() || *name != "kind")
        {
            if !names().any(|known| known == name) {
                let known = names().collect::<Vec<_>>().join(", ");
                let name = cut(name, 40);
                self.wrong(format!("has no field `{name}`; its fields are: {known}"));
            }
        }
        Value::Object(checked)
    }

    fn case(&mut self, cases: &'a [Case], value: &Value, depth: usize) -> Value {
        let tagged = cases.iter().any(|case| !case.fields.is_empty());
        let case = case_name(value).and_then(|name| cases.iter().find(|case| case.name == name));
        match case {
            Some(_) if value.is_string() && !tagged => value.clone(),
            Some(case) if value.is_object() && tagged => {
                self.object(&case.fields, Some(&case.name), value, depth)
            }
            _ => {
                let names = cases
                    .iter()
                    .map(|case| case.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ");
                let what = if tagged {
                    "a record whose `kind` is one of"
                } else {
                    "one of"
                };
                let found = value.get("kind").filter(|_| tagged).unwrap_or(value);
                self.expected(&format!("{what}: {names}"), found)
            }
        }
    }
}

/// A whole number, also written as a float.
fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        // Beyond this a float has no exact whole number.
        let exact = float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and within range, see above"
        )]
        exact.then_some(float as i64)
    })
}

fn within(length: usize, min: Option<u32>, max: Option<u32>) -> bool {
    min.is_none_or(|min| length >= min as usize) && max.is_none_or(|max| length <= max as usize)
}

/// `1 to 200`, `at least 1`, `at most 200`.
pub(super) fn bounds<N: fmt::Display>(min: Option<N>, max: Option<N>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any number of".to_owned(),
    }
}

/// A value in a message: short, on one line.
fn shown(value: &Value) -> String {
    match value {
        Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
        Value::String(text) => format!("`{}`", cut(text, 40).replace(char::is_control, " ")),
        Value::Null | Value::Array(_) | Value::Object(_) => kind_of(value).to_owned(),
    }
}

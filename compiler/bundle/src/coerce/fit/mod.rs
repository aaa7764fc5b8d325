//! A value made to fit a type, where that changes its form and not what it says.
//!
//! What cannot be made to fit stays as it is: the checker says what is wrong with it. What was cut
//! in half is left out.

mod case;
mod number;
mod record;
mod shape;

use serde_json::Value;

pub(super) use record::{carries, field_of, unwrapped};

use super::folded;
use super::node::{Node, What, is_null};
use super::repair::{Kind, Repair};
use crate::schema::{Declarations, Field, Shape, Type};

/// Most levels.
const DEPTH: usize = 64;

pub(super) struct Fit<'a, 'r> {
    declarations: &'a Declarations,
    repairs: &'r mut Vec<Repair>,
    /// The field whose value is read: its name and doc say what a unit means.
    field: Option<&'a Field>,
    depth: usize,
}

impl<'a, 'r> Fit<'a, 'r> {
    pub(super) fn new(declarations: &'a Declarations, repairs: &'r mut Vec<Repair>) -> Self {
        Self {
            declarations,
            repairs,
            field: None,
            depth: 0,
        }
    }

    fn repaired(&mut self, kind: Kind, about: &str) {
        self.repairs.push(Repair::new(kind, about));
    }

    pub(super) fn value(&mut self, ty: &'a Type, node: &Node) -> Value {
        if self.depth > DEPTH {
            return plain(node);
        }
        self.depth += 1;
        let fitted = self.deeper(ty, node);
        self.depth -= 1;
        fitted
    }

    /// The arguments of a tool.
    pub(super) fn arguments(&mut self, fields: &'a [Field], node: &Node) -> Value {
        self.record("", fields, node)
    }

    fn deeper(&mut self, ty: &'a Type, node: &Node) -> Value {
        if node.is_null() && !matches!(ty, Type::Optional(_)) && self.is_no_value(ty, node) {
            return Value::Null;
        }
        match ty {
            Type::Optional(inner) => self.optional(inner, node),
            Type::List { of, .. } => self.list(of, node),
            Type::Named(name) => match self.shape(name) {
                Some(Shape::Record { fields } | Shape::Entity { fields, .. }) => {
                    self.record(bare_name(name), fields, node)
                }
                Some(Shape::Enum { cases }) => self.case(bare_name(name), cases, node),
                None => plain(node),
            },
            Type::Text { .. }
            | Type::Bool
            | Type::Int { .. }
            | Type::Float { .. }
            | Type::Email
            | Type::Url
            | Type::Date
            | Type::Time
            | Type::Datetime
            | Type::Duration
            | Type::Timezone => match one(node) {
                Some(inner) => {
                    self.taken_out(node);
                    self.value(ty, inner)
                }
                None => self.scalar(ty, node),
            },
        }
    }

    fn shape(&self, name: &str) -> Option<&'a Shape> {
        self.declarations
            .get(name)
            .map(|declaration| &declaration.shape)
    }

    /// `None` without quotes is no text; `none` may be the case of an enum.
    fn is_no_value(&mut self, ty: &Type, node: &Node) -> bool {
        let Some(word) = node.scalar() else {
            return false;
        };
        if word == "null" {
            return true;
        }
        let by_name =
            matches!(ty, Type::Named(name) if matches!(self.shape(name), Some(Shape::Enum { .. })));
        if !by_name {
            self.repaired(Kind::Literal, word);
        }
        !by_name
    }

    fn optional(&mut self, inner: &'a Type, node: &Node) -> Value {
        let Some(word) = node.scalar() else {
            return self.value(inner, node);
        };
        if node.is_null() && word == "null" {
            return Value::Null;
        }
        let before = self.repairs.len();
        let fitted = self.value(inner, node);
        let fits = inner.check(&fitted, self.declarations).is_ok();
        if fits || !is_no_word(word) {
            return fitted;
        }
        // What was done to read it as a value was for nothing.
        self.repairs.truncate(before);
        self.repaired(Kind::NoValue, word);
        Value::Null
    }

    fn scalar(&mut self, ty: &Type, node: &Node) -> Value {
        let (text, quoted) = match &node.what {
            What::Text(text) => (text.as_str(), true),
            What::Word(word) => (word.as_str(), false),
            What::List(_) | What::Record(_) => return plain(node),
        };
        match ty {
            Type::Text { .. } => self.text(text, quoted),
            Type::Bool => self.boolean(text, quoted),
            Type::Int { .. } | Type::Float { .. } => self.number(ty, text, quoted),
            Type::Email
            | Type::Url
            | Type::Date
            | Type::Time
            | Type::Datetime
            | Type::Duration
            | Type::Timezone => {
                if !quoted {
                    self.repaired(Kind::Unquoted, text);
                }
                self.formatted(ty, text)
            }
            Type::List { .. } | Type::Optional(_) | Type::Named(_) => plain(node),
        }
    }

    fn text(&mut self, text: &str, quoted: bool) -> Value {
        if !quoted {
            let kind = if is_literal(text) {
                Kind::ScalarAsText
            } else {
                Kind::Unquoted
            };
            self.repaired(kind, text);
        }
        Value::from(text)
    }

    /// A format in another of its common forms, where that has one meaning.
    fn formatted(&mut self, ty: &Type, text: &str) -> Value {
        let fits = |text: &str| ty.check(&Value::from(text), self.declarations).is_ok();
        if fits(text) {
            return Value::from(text);
        }
        match shape::other_form(ty, text.trim()).filter(|other| fits(other)) {
            Some(other) => {
                let address = matches!(ty, Type::Email | Type::Url);
                let kind = if address {
                    Kind::AddressForm
                } else {
                    Kind::DateForm
                };
                self.repaired(kind, text);
                Value::from(other)
            }
            None => Value::from(text),
        }
    }

    fn boolean(&mut self, text: &str, quoted: bool) -> Value {
        let value = match folded(text).as_str() {
            "true" | "yes" | "y" | "on" | "1" => true,
            "false" | "no" | "n" | "off" | "0" => false,
            _ => match first_word(text).as_str() {
                "yes" => true,
                "no" => false,
                _ => return Value::from(text),
            },
        };
        if quoted || !matches!(text, "true" | "false") {
            let kind = if !quoted && matches!(text, "True" | "False" | "TRUE" | "FALSE") {
                Kind::Literal
            } else {
                Kind::TextAsBool
            };
            self.repaired(kind, text);
        }
        Value::Bool(value)
    }

    fn list(&mut self, of: &'a Type, node: &Node) -> Value {
        match &node.what {
            What::List(items) => {
                let mut fitted = Vec::new();
                for item in items {
                    if item.is_half() {
                        self.repaired(Kind::LeftOutCut, "");
                    } else {
                        fitted.push(self.value(of, item));
                    }
                }
                Value::Array(fitted)
            }
            What::Record(fields) => match fields.as_slice() {
                // `{ "items": [ … ] }`
                [
                    (
                        name,
                        inner @ Node {
                            what: What::List(_),
                            ..
                        },
                    ),
                ] if !self.has_field(of, name) => {
                    self.repaired(Kind::Unwrapped, name);
                    self.list(of, inner)
                }
                _ => self.single(of, node),
            },
            What::Text(text) | What::Word(text) => {
                if let Some(inner) = json_inside(text) {
                    self.repaired(Kind::JsonInText, "");
                    return self.list(of, &inner);
                }
                match self.split(of, text) {
                    Some(items) => Value::Array(items),
                    None => self.single(of, node),
                }
            }
        }
    }

    fn single(&mut self, of: &'a Type, node: &Node) -> Value {
        self.repaired(Kind::ValueAsList, "");
        Value::Array(vec![self.value(of, node)])
    }

    /// A text of several items: one a line behind bullets, or, where no item can hold a comma,
    /// behind commas.
    fn split(&mut self, of: &'a Type, text: &str) -> Option<Vec<Value>> {
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let bullets: Option<Vec<&str>> = lines.iter().map(|line| bulleted(line)).collect();
        let parts: Vec<&str> = match bullets {
            Some(bullets) if !bullets.is_empty() => bullets,
            _ if matches!(of, Type::Text { .. }) => return None,
            _ => text.split([',', ';', '\n']).map(str::trim).collect(),
        };
        let before = self.repairs.len();
        self.repaired(Kind::SplitList, "");
        let several = parts.len() > 1 || parts.first().is_some_and(|part| *part != text.trim());
        let items: Vec<Value> = parts
            .iter()
            .map(|part| self.value(of, &Node::sure(What::Word((*part).to_owned()))))
            .collect();
        let fit = items
            .iter()
            .all(|item| of.check(item, self.declarations).is_ok());
        if several && fit {
            return Some(items);
        }
        self.repairs.truncate(before);
        None
    }

    fn has_field(&self, of: &Type, name: &str) -> bool {
        let of = match of {
            Type::Optional(inner) => return self.has_field(inner, name),
            Type::Named(of) => of,
            Type::Text { .. }
            | Type::Bool
            | Type::Int { .. }
            | Type::Float { .. }
            | Type::Email
            | Type::Url
            | Type::Date
            | Type::Time
            | Type::Datetime
            | Type::Duration
            | Type::Timezone
            | Type::List { .. } => return false,
        };
        match self.shape(of) {
            Some(Shape::Record { fields } | Shape::Entity { fields, .. }) => fields
                .iter()
                .any(|field| folded(&field.name) == folded(name)),
            Some(Shape::Enum { .. }) | None => false,
        }
    }

    /// Names what was taken off to get at the one value inside.
    fn taken_out(&mut self, node: &Node) {
        match &node.what {
            What::Record(fields) => {
                let name = fields.first().map_or("", |(name, _)| name);
                self.repaired(Kind::Unwrapped, name);
            }
            What::List(_) => self.repaired(Kind::ListOfOne, ""),
            What::Text(_) | What::Word(_) => {}
        }
    }
}

/// The one value of a list, or of a record with one field.
fn one(node: &Node) -> Option<&Node> {
    match &node.what {
        What::List(items) => match items.as_slice() {
            [only] if !only.is_half() => Some(only),
            _ => None,
        },
        What::Record(fields) => match fields.as_slice() {
            [(_, only)] if only.scalar().is_some() && !only.is_half() => Some(only),
            _ => None,
        },
        What::Text(_) | What::Word(_) => None,
    }
}

/// JSON that a model put into a text.
fn json_inside(text: &str) -> Option<Node> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let parsed = super::parser::parse(text, 0);
    parsed.node.filter(|_| text[parsed.end..].trim().is_empty())
}

/// A line without its bullet or number.
fn bulleted(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(['-', '*', '•']).or_else(|| {
        let digits = line.find(|sign: char| !sign.is_ascii_digit())?;
        if digits == 0 {
            return None;
        }
        line[digits..].strip_prefix(['.', ')'])
    })?;
    rest.starts_with(' ').then(|| rest.trim())
}

/// The first word of an answer that goes on behind a comma or full stop.
fn first_word(text: &str) -> String {
    let word = text.split([',', '.', ';', ':', '!', '–', '—']).next();
    folded(word.unwrap_or_default())
}

/// What people write where there is nothing.
fn is_no_word(text: &str) -> bool {
    is_null(text)
        || matches!(text.trim(), "" | "-" | "–" | "—")
        || matches!(
            folded(text).as_str(),
            "null" | "none" | "na" | "nil" | "undefined" | "nothing" | "notapplicable" | "nan"
        )
}

/// A number, `true` or `false` of JSON.
pub(super) fn is_literal(word: &str) -> bool {
    matches!(
        serde_json::from_str(word),
        Ok(Value::Number(_) | Value::Bool(_))
    )
}

/// The name of a type without its module.
fn bare_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// A value as it is, for the checker to say what is wrong with it.
fn plain(node: &Node) -> Value {
    match &node.what {
        What::Text(text) => Value::from(text.as_str()),
        What::Word(word) if node.is_null() && word == "null" => Value::Null,
        What::Word(word) if is_literal(word) => {
            serde_json::from_str(word).unwrap_or_else(|_| Value::from(word.as_str()))
        }
        What::Word(word) => Value::from(word.as_str()),
        What::List(items) => items.iter().map(plain).collect(),
        What::Record(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
    }
}

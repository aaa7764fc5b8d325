//! An answer that is still being written, as far as it can be trusted.
//!
//! What holds of everything that [`Partial::so_far`] shows, one after the other: a field that is
//! complete does not change, a text only grows, and what has not come is absent: a required field
//! always, one with a default until its record is closed. [`Partial::finish`] reads the whole answer
//! as [`coerce`](super::coerce()) does. It differs from what was complete only when the model wrote
//! another value behind the first, which a repair then says ([`Kind::PassedOver`]), or when the
//! answer is no value of the type.
//!
//! [`Kind::PassedOver`]: super::Kind::PassedOver

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::fit::{Fit, field_of, unwrapped};
use super::node::{End, Node, What};
use super::{CoerceError, Coerced, candidates, coerce, folded};
use crate::schema::{Declarations, Field, Shape, Type};

/// An answer that arrives in pieces.
#[derive(Debug)]
pub struct Partial<'a> {
    ty: &'a Type,
    declarations: &'a Declarations,
    text: String,
}

/// What is known of a value so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SoFar {
    /// What has come of it; none before anything has.
    pub value: Option<Value>,
    /// Where it is complete: `tone`, `topics[0]`; empty for the value itself.
    pub complete: BTreeSet<String>,
}

impl<'a> Partial<'a> {
    /// An answer of a type of which nothing has come.
    #[must_use]
    pub fn new(ty: &'a Type, declarations: &'a Declarations) -> Self {
        Self {
            ty,
            declarations,
            text: String::new(),
        }
    }

    /// Takes in the next piece.
    pub fn feed(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// What is known now. Takes time in proportion to the text, so it is asked when it is shown and
    /// not for every piece of a long one.
    #[must_use]
    pub fn so_far(&self) -> SoFar {
        let text = self.text.trim_start_matches('\u{feff}').trim();
        let mut walk = Walk {
            declarations: self.declarations,
            path: String::new(),
            complete: BTreeSet::new(),
        };
        let value = if matches!(self.ty, Type::Text { .. }) {
            // What begins with a quote or a fence may turn out to be inside of it.
            let plain = !text.is_empty() && !text.starts_with(['"', '`', '{', '[']);
            plain.then(|| Value::from(text))
        } else {
            candidates::first(text, |node| walk.is_one(self.ty, node))
                .and_then(|node| walk.value(self.ty, &node))
        };
        SoFar {
            value,
            complete: walk.complete,
        }
    }

    /// The value of the whole answer.
    ///
    /// # Errors
    /// As [`coerce`](super::coerce()).
    pub fn finish(self) -> Result<Coerced, CoerceError> {
        coerce(&self.text, self.ty, self.declarations)
    }
}

struct Walk<'a> {
    declarations: &'a Declarations,
    path: String,
    complete: BTreeSet<String>,
}

impl<'a> Walk<'a> {
    fn fields(&self, ty: &'a Type) -> Option<(&'a str, &'a [Field])> {
        let mut ty = ty;
        while let Type::Optional(inner) = ty {
            ty = inner;
        }
        let Type::Named(name) = ty else { return None };
        match &self.declarations.get(name)?.shape {
            Shape::Record { fields } | Shape::Entity { fields, .. } => {
                Some((name.rsplit('.').next().unwrap_or(name), fields))
            }
            Shape::Enum { .. } => None,
        }
    }

    /// Whether this is the value that was asked for, and not a bracket in prose.
    fn is_one(&self, ty: &'a Type, node: &Node) -> bool {
        match (self.fields(ty), ty, &node.what) {
            (Some((name, fields)), _, What::Record(entries)) => {
                match unwrapped(name, fields, entries) {
                    Some(inner) => self.is_one(ty, inner),
                    None => entries
                        .iter()
                        .any(|(name, _)| field_of(fields, name).is_some()),
                }
            }
            (None, Type::List { of, .. }, What::List(items)) => {
                items.iter().any(|item| match self.fields(of) {
                    Some(_) => self.is_one(of, item),
                    None => item.end == End::Sure && item.scalar().is_some(),
                })
            }
            _ => false,
        }
    }

    fn value(&mut self, ty: &'a Type, node: &Node) -> Option<Value> {
        if node.end == End::Sure
            && let Some(value) = self.settled(ty, node)
        {
            // For the places inside of it.
            self.open(ty, node);
            return Some(value);
        }
        self.open(ty, node)
    }

    /// A value of which the end has not come, or that is not of its type.
    fn open(&mut self, ty: &'a Type, node: &Node) -> Option<Value> {
        match (ty, &node.what) {
            (Type::Text { .. }, What::Text(text)) => Some(Value::from(text.as_str())),
            (Type::Optional(inner), What::Text(text)) => {
                // It may still become one of the words for no value.
                let nothing = [
                    "",
                    "notapplicable",
                    "none",
                    "null",
                    "nan",
                    "undefined",
                    "nothing",
                ]
                .iter()
                .any(|word| word.starts_with(&folded(text)));
                if nothing {
                    None
                } else {
                    self.value(inner, node)
                }
            }
            (Type::Optional(inner), _) => self.value(inner, node),
            (Type::List { of, .. }, What::List(items)) => Some(self.list(of, items)),
            (Type::Named(_), What::Record(entries)) => {
                let (name, fields) = self.fields(ty)?;
                match unwrapped(name, fields, entries) {
                    Some(inner) => self.value(ty, inner),
                    None => Some(self.record(fields, entries)),
                }
            }
            _ => None,
        }
    }

    /// A value that stays as it is, if it is of its type.
    fn settled(&mut self, ty: &'a Type, node: &Node) -> Option<Value> {
        let mut repairs = Vec::new();
        let fitted = Fit::new(self.declarations, &mut repairs).value(ty, node);
        let value = ty.check(&fitted, self.declarations).ok()?;
        self.complete.insert(self.path.clone());
        Some(value)
    }

    fn record(&mut self, fields: &'a [Field], entries: &[(String, Node)]) -> Value {
        let mut known = Map::new();
        for (name, node) in entries {
            let Some(field) = field_of(fields, name) else {
                continue;
            };
            if known.contains_key(&field.name) {
                continue;
            }
            let value = self.below(&field.name, |walk| walk.value(&field.of, node));
            known.extend(value.map(|value| (field.name.clone(), value)));
        }
        Value::Object(known)
    }

    fn list(&mut self, of: &'a Type, items: &[Node]) -> Value {
        let mut known = Vec::new();
        for (at, item) in items.iter().enumerate() {
            // Items behind one that is unknown would stand at the wrong place.
            match self.below(&format!("[{at}]"), |walk| walk.value(of, item)) {
                Some(value) => known.push(value),
                None => break,
            }
        }
        Value::Array(known)
    }

    fn below<T>(&mut self, step: &str, act: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if !step.starts_with('[') && length > 0 {
            self.path.push('.');
        }
        self.path.push_str(step);
        let done = act(self);
        self.path.truncate(length);
        done
    }
}

//! A value as the model wrote it, before its type gives it a meaning.
//!
//! A word without quotes stays a word: whether `yes`, `12` or `null` is a text, a number or nothing
//! is for the type to say.

use serde_json::Value;

/// A value, and how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) what: What,
    pub(super) end: End,
}

/// A value by its form.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// In quotes.
    Text(String),
    /// Without quotes.
    Word(String),
    List(Vec<Node>),
    /// Fields in the order in which they came; a name may come twice.
    Record(Vec<(String, Node)>),
}

/// How a value ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Whatever comes behind the text, it stays this value.
    Sure,
    /// It ends where the text does: what comes behind it could belong to it.
    Open,
    /// The text ends inside of it.
    Cut,
}

impl Node {
    pub(super) fn sure(what: What) -> Self {
        Self {
            what,
            end: End::Sure,
        }
    }

    pub(super) fn cut(what: What) -> Self {
        Self {
            what,
            end: End::Cut,
        }
    }

    pub(super) fn text(text: &str) -> Self {
        Self::sure(What::Text(text.to_owned()))
    }

    /// The text of a text or word.
    pub(super) fn scalar(&self) -> Option<&str> {
        match &self.what {
            What::Text(text) | What::Word(text) => Some(text),
            What::List(_) | What::Record(_) => None,
        }
    }

    /// Whether something stands in it.
    pub(super) fn holds_any(&self) -> bool {
        match &self.what {
            What::List(items) => !items.is_empty(),
            What::Record(fields) => !fields.is_empty(),
            What::Text(_) | What::Word(_) => true,
        }
    }

    /// A word that says that there is no value, in JSON or another language.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.what, What::Word(word) if is_null(word))
    }

    /// A scalar that was cut: its first half could mean something else, `12` of `1250`.
    pub(super) fn is_half(&self) -> bool {
        self.end == End::Cut && self.scalar().is_some()
    }
}

/// Whether a word says that there is no value.
pub(super) fn is_null(word: &str) -> bool {
    matches!(
        word,
        "null" | "None" | "none" | "undefined" | "nil" | "NULL" | "Null" | "~"
    )
}

impl From<&Value> for Node {
    fn from(value: &Value) -> Self {
        Self::sure(match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => What::Word(value.to_string()),
            Value::String(text) => What::Text(text.clone()),
            Value::Array(items) => What::List(items.iter().map(Self::from).collect()),
            Value::Object(fields) => What::Record(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), Self::from(value)))
                    .collect(),
            ),
        })
    }
}

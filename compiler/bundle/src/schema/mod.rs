//! Types: what a value may be, its JSON Schema, and whether a value is one.

mod check;
mod formats;
mod json_schema;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Span;

pub use check::{Violation, check_fields};
pub use formats::{EMAIL_MAX, URL_MAX};
pub use json_schema::{Dialect, fields_schema};

/// Named types by qualified name, as in [`crate::Bundle::declarations`].
pub type Declarations = BTreeMap<String, Declaration>;

/// A type of the language. Lengths are in characters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Type {
    /// Unicode text; untrusted unless `trusted`.
    Text {
        /// Written by the deployment only, so it may stand in prose bare.
        #[serde(default, skip_serializing_if = "is_false")]
        trusted: bool,
        /// Least length.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<u32>,
        /// Greatest length.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u32>,
        /// A regular expression that the whole text matches somewhere, in the syntax of `regex`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
    },
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int {
        /// Least value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<i64>,
        /// Greatest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<i64>,
    },
    /// A finite number.
    Float {
        /// Least value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// Greatest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
    },
    /// An email address (RFC 5321 mailbox, no display name).
    Email,
    /// An absolute http or https URL.
    Url,
    /// `2027-03-01`.
    Date,
    /// `09:00`.
    Time,
    /// RFC 3339.
    Datetime,
    /// `4h`, `200ms`.
    Duration,
    /// IANA name, `Europe/Berlin`.
    Timezone,
    /// A list.
    List {
        /// Of what.
        of: Box<Type>,
        /// Least number of items.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<u32>,
        /// Greatest number of items.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u32>,
    },
    /// The type, or `none` (JSON null or absent).
    Optional(Box<Type>),
    /// A record, enum or entity by its qualified name.
    Named(String),
}

/// A named type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub struct Declaration {
    /// Description for schemas and docs; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// What it is.
    pub shape: Shape,
    /// Where it is declared.
    pub span: Span,
}

/// What a named type is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Shape {
    /// Named fields.
    Record {
        /// In declared order.
        fields: Vec<Field>,
    },
    /// One of a closed set. Without any field in any case, values are strings; otherwise all are
    /// objects with `kind`.
    Enum {
        /// In declared order.
        cases: Vec<Case>,
    },
    /// A record that the store keeps.
    Entity {
        /// In declared order.
        fields: Vec<Field>,
        /// The field that identifies it.
        key: String,
        /// Qualified name of the entity that owns each of these.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
    },
}

/// A field of a record, entity or case; a parameter of a tool or behaviour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub of: Type,
    /// Taken when the value is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Description; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
}

/// A case of an enum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What it carries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Description; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

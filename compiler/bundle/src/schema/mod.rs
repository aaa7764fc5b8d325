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

impl Type {
    /// The type without its `?`.
    #[must_use]
    pub fn without_none(&self) -> &Self {
        match self {
            Self::Optional(inner) => inner,
            Self::Text { .. }
            | Self::Bool
            | Self::Int { .. }
            | Self::Float { .. }
            | Self::Email
            | Self::Url
            | Self::Date
            | Self::Time
            | Self::Datetime
            | Self::Duration
            | Self::Timezone
            | Self::List { .. }
            | Self::Named(_) => self,
        }
    }

    /// Whether it is by itself, not by what it holds, text that somebody outside can have written.
    #[must_use]
    pub fn is_untrusted(&self) -> bool {
        matches!(
            self,
            Self::Text { trusted: false, .. } | Self::Email | Self::Url
        )
    }

    /// Whether it is, or holds in a field, case or item, a type that is asked for.
    pub fn holds(&self, declarations: &Declarations, asked: &dyn Fn(&Self) -> bool) -> bool {
        fn inside<'t>(
            of: &'t Type,
            declarations: &'t Declarations,
            asked: &dyn Fn(&Type) -> bool,
            seen: &mut Vec<&'t str>,
        ) -> bool {
            if asked(of) {
                return true;
            }
            match of {
                Type::List { of, .. } | Type::Optional(of) => inside(of, declarations, asked, seen),
                Type::Named(name) if !seen.contains(&name.as_str()) => {
                    seen.push(name);
                    declarations.get(name).is_some_and(|it| {
                        let mut fields = it.shape.fields();
                        fields.any(|field| inside(&field.of, declarations, asked, seen))
                    })
                }
                Type::Named(_)
                | Type::Text { .. }
                | Type::Bool
                | Type::Int { .. }
                | Type::Float { .. }
                | Type::Email
                | Type::Url
                | Type::Date
                | Type::Time
                | Type::Datetime
                | Type::Duration
                | Type::Timezone => false,
            }
        }
        // A type that holds itself is looked at once.
        inside(self, declarations, asked, &mut Vec::new())
    }
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

impl Shape {
    /// Its fields; of an enum those of all its cases.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        let (fields, cases) = match self {
            Self::Record { fields } | Self::Entity { fields, .. } => {
                (fields.as_slice(), [].as_slice())
            }
            Self::Enum { cases } => ([].as_slice(), cases.as_slice()),
        };
        let carried = cases.iter().flat_map(|case| &case.fields);
        fields.iter().chain(carried)
    }
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

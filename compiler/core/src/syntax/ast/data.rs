//! Constants, enums, records and entities.

use super::{Allow, Docs, Junk, Name, Type, Value};
use crate::source::Span;

/// `const refund_limit: int = 50`
#[derive(Debug, Clone, PartialEq)]
pub struct Const {
    /// Its name.
    pub name: Name,
    /// Its type, if stated.
    pub ty: Option<Type>,
    /// Its value.
    pub value: Value,
}

/// `enum Tone { formal, warm }`
#[derive(Debug, Clone, PartialEq)]
pub struct Enum {
    /// Its name.
    pub name: Name,
    /// Its cases, in order.
    pub cases: Box<[Case]>,
}

/// One case of an enum.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// `///` lines before it.
    pub docs: Option<Docs>,
    /// Its name.
    pub name: Name,
    /// The fields that it carries.
    pub fields: Box<[Field]>,
    /// The name and the fields.
    pub span: Span,
}

/// `record Name { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its name.
    pub name: Name,
    /// Its lines, in order.
    pub lines: Box<[FieldLine]>,
}

/// `entity Name key field owned by Other { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// Its name.
    pub name: Name,
    /// The field that identifies it.
    pub key: Name,
    /// The entity whose data it is.
    pub owner: Option<Name>,
    /// Its lines, in order.
    pub lines: Box<[FieldLine]>,
}

/// A line of a record or entity.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldLine {
    /// `name: type = default`
    Field(Box<Field>),
    /// `allow code because "…"`
    Allow(Allow, Span),
    /// A line that could not be read.
    Junk(Junk),
}

impl FieldLine {
    /// The field, if the line is one.
    #[must_use]
    pub fn field(&self) -> Option<&Field> {
        match self {
            Self::Field(field) => Some(field),
            Self::Allow(..) | Self::Junk(_) => None,
        }
    }
}

impl Record {
    /// Its fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.lines.iter().filter_map(FieldLine::field)
    }
}

impl Entity {
    /// Its fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.lines.iter().filter_map(FieldLine::field)
    }
}

/// A field of a record, an entity or a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// `///` lines before it.
    pub docs: Option<Docs>,
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Value>,
    /// From the name to the end of the default.
    pub span: Span,
}

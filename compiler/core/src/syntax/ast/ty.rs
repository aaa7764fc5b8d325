//! Types as written.

use super::{Name, Range, Regex};
use crate::source::Span;

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// Without the `?`.
    pub kind: TypeKind,
    /// Whether `?` stands behind it.
    pub optional: bool,
    /// All of it.
    pub span: Span,
}

/// A type without its `?`.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// `[T] 1..5`
    List {
        /// `T`
        item: Box<Type>,
        /// How many.
        size: Option<Range>,
    },
    /// `trusted text 1..200 /regex/`
    Text {
        /// Whether only the deployment writes it.
        trusted: bool,
        /// Length in characters.
        length: Option<Range>,
        /// What it must match.
        pattern: Option<Regex>,
    },
    /// `int 1..10`
    Int(Option<Range>),
    /// `float 0..1`
    Float(Option<Range>),
    /// A built-in type without parameters.
    Plain(PlainType),
    /// An enum, record or entity.
    Named(Name),
    /// Could not be read.
    Junk,
}

/// A built-in type without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainType {
    /// `bool`
    Bool,
    /// `email`
    Email,
    /// `url`
    Url,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `datetime`
    Datetime,
    /// `duration`
    Duration,
    /// `timezone`
    Timezone,
}

//! Strings and prose.

use super::Expr;
use crate::source::Span;

/// A string that is a literal.
#[derive(Debug, Clone, PartialEq)]
pub struct StringLit {
    /// Its value: escapes applied, common indentation removed.
    pub text: String,
    /// With its quotes.
    pub span: Span,
}

/// A string whose words go to the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Prose {
    /// Words and holes, in order. Words are never empty.
    pub pieces: Box<[Piece]>,
    /// With its quotes.
    pub span: Span,
}

/// A piece of prose.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Words, escapes applied and common indentation removed.
    Words {
        /// The words.
        text: String,
        /// As written.
        span: Span,
    },
    /// `{{ expr }}`
    Hole(Box<Hole>),
}

/// `{{ expr }}`
#[derive(Debug, Clone, PartialEq)]
pub struct Hole {
    /// What is printed.
    pub expr: Expr,
    /// The way round the taint check.
    pub trusting: Option<Trusting>,
    /// What stands between the braces, trimmed.
    pub source: String,
    /// With its braces.
    pub span: Span,
}

/// `trusting … because "…"` of a hole.
#[derive(Debug, Clone, PartialEq)]
pub struct Trusting {
    /// The word `trusting`.
    pub keyword: Span,
    /// Why.
    pub because: StringLit,
}

//! Language models.

use super::{Duration, Junk, Name, Number, Retry, StringLit};
use crate::source::Span;

/// `model writer { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: Name,
    /// In order.
    pub lines: Box<[ModelLine]>,
}

/// A line of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelLine {
    /// The word that it starts with.
    pub keyword: Span,
    /// What it says.
    pub kind: ModelLineKind,
    /// All of it.
    pub span: Span,
}

/// What a line of a model says.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelLineKind {
    /// `provider anthropic`
    Provider(Name),
    /// `name "…"`
    Name(StringLit),
    /// `temperature 0.4`
    Temperature(Number),
    /// `max_tokens 4096`
    MaxTokens(Number),
    /// `timeout 90s`
    Timeout(Duration),
    /// `retry 4 from 1s to 60s`
    Retry(Retry),
    /// `fallback other`
    Fallback(Name),
    /// A line that could not be read.
    Junk(Junk),
}

//! What can stand at a place.
//!
//! What is being written is seldom complete, so the place is found in the tokens before it: which
//! declaration is open, which brackets, which word stands before. What is proposed is what the
//! package declares; a name of another module brings its `use` along.

mod place;
mod propose;

use super::{Analysis, Place};
use crate::diagnostic::Fix;
use crate::source::Span;

/// What a proposal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposed {
    /// A word of the language.
    Keyword,
    /// A record, an entity or an enum, or a type of the language.
    Type,
    /// A field.
    Field,
    /// A case of an enum.
    Case,
    /// An input, a parameter, what its place provides.
    Variable,
    /// A constant.
    Constant,
    /// A function or filter.
    Function,
    /// A behaviour.
    Behaviour,
    /// A tool.
    Tool,
    /// A ruleset, a model.
    Declaration,
    /// A rule, fact, step or stage.
    Part,
    /// A module.
    Module,
    /// The code of a lint.
    Lint,
}

/// Something that can stand at a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The name.
    pub label: String,
    /// What it is.
    pub kind: Proposed,
    /// What it is, in words: a type, a meaning, a module.
    pub detail: String,
    /// Its docs.
    pub docs: String,
    /// What is written for it; tab stops are `$0`.
    pub insert: String,
    /// Which part of the text it takes the place of.
    pub replaces: Span,
    /// Its `use`, where it must be brought in.
    pub import: Option<Fix>,
}

/// What can stand at a place, the nearest first.
#[must_use]
pub fn at(analysis: &Analysis, at: Place) -> Vec<Proposal> {
    let Some(asked) = place::of(analysis, at) else {
        return Vec::new();
    };
    propose::all(analysis, at, &asked)
}

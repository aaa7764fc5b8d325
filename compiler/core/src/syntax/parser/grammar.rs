//! The generated half of the parser.

/// Generated from the grammar.
#[derive(Debug, pest_derive::Parser)]
#[grammar = "syntax/grammar.pest"]
pub(super) struct Grammar;

//! What is done with a file that the grammar does not accept: the farthest failure is told.

use pest::Parser;
use pest::error::InputLocation;

use super::grammar::{Grammar, Rule};
use super::place;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::ast::File;

pub(super) fn parse(tree: &mut File, text: &str, diagnostics: &mut Diagnostics) {
    if let Err(error) = Grammar::parse(Rule::file, text) {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        diagnostics.push(Diagnostic::error(
            "syntax",
            place(tree.id, at, at),
            "cannot read this",
        ));
    }
}

//! `empty-prose`: a rule, fact or step that says nothing.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::Piece;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "empty-prose",
    level: Level::Deny,
    explain: include_str!("empty_prose.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let says_nothing = |piece: &Piece| match piece {
        Piece::Words { text, .. } => text.trim().is_empty(),
        Piece::Hole(_) => false,
    };
    let empty = index
        .prose
        .iter()
        .filter(|prose| prose.tree.pieces.iter().all(says_nothing));
    empty
        .map(|prose| {
            Diagnostic::warning(LINT.code, prose.tree.span, "nothing stands in these quotes")
                .help("say what the model is to be told, or take the statement out")
        })
        .collect()
}

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
    let empty = index.prose.iter().map(|prose| prose.tree);
    let empty = empty.filter(|tree| match tree.pieces.is_empty() {
        // Prose that could not be read leaves no pieces either: there are no quotes, or something in them.
        true => is_empty(index.text(tree.span)),
        false => tree.pieces.iter().all(says_nothing),
    });
    empty
        .map(|tree| {
            Diagnostic::warning(LINT.code, tree.span, "nothing stands in these quotes")
                .help("say what the model is to be told, or take the statement out")
        })
        .collect()
}

/// Whether a text as written is a pair of quotes with nothing in between.
fn is_empty(written: &str) -> bool {
    let inside = written.trim_matches(['"', '\'']);
    !written.is_empty() && inside.trim().is_empty()
}

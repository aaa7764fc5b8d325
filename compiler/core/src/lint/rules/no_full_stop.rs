//! `no-full-stop`: the last sentence of prose does not end.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::source::Span;
use crate::syntax::ast::Piece;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "no-full-stop",
    level: Level::Allow,
    explain: include_str!("no_full_stop.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let open = index.prose.iter().filter_map(|prose| {
        let words = index.words(prose);
        let Some(Piece::Words { text, span }) = prose.tree.pieces.last() else {
            return None;
        };
        let written = index.text(*span);
        let end = span.start + u32::try_from(written.trim_end().len()).ok()?;
        let last = words.last()?.span(span.file);
        let ends = text
            .trim_end()
            .ends_with(['.', '!', '?', ':', '…', '"', '`', ')']);
        (!ends && last.start >= span.start).then(|| {
            let behind = Span {
                start: end,
                end,
                file: span.file,
            };
            Diagnostic::warning(LINT.code, last, "the sentence has no full stop")
                .help("sentences run into each other where a layout joins them")
                .fix(behind, ".", "write a full stop")
        })
    });
    open.collect()
}

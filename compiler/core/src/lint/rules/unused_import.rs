//! `unused-import`: a name that is brought in and not used.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::source::Span;
use crate::syntax::ast::{Item, ItemKind, Name, Use};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-import",
    level: Level::Warn,
    explain: include_str!("unused_import.md"),
    check: Check::Understood(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in &view.index.items {
        let ItemKind::Use(the_use) = &item.tree.kind else {
            continue;
        };
        let unused = the_use
            .names
            .iter()
            .filter(|name| !view.index.refers_to(&name.text));
        for name in unused {
            let message = format!("`{}` is imported and not used", name.text);
            found.push(
                Diagnostic::warning(LINT.code, name.span, message)
                    .help("take it out of the `use`")
                    .fix(
                        place(view.index, item.tree, the_use, name),
                        "",
                        "take it out",
                    ),
            );
        }
    }
    found
}

/// What is taken out with a name: the whole `use` if it is alone, else its comma.
fn place(index: &Index<'_>, item: &Item, the_use: &Use, name: &Name) -> Span {
    let at = the_use.names.iter().position(|it| it.span == name.span);
    let next = at.and_then(|at| the_use.names.get(at + 1));
    let before = at.and_then(|at| the_use.names.get(at.checked_sub(1)?));
    match (before, next) {
        (_, Some(next)) => Span {
            end: next.span.start,
            ..name.span
        },
        (Some(before), None) => Span {
            start: before.span.end,
            ..name.span
        },
        (None, None) => {
            let behind = Span {
                start: item.span.end,
                end: item.span.end + 1,
                ..item.span
            };
            let line = index.text(behind) == "\n";
            Span {
                end: item.span.end + u32::from(line),
                ..item.span
            }
        }
    }
}

//! `unused-layout`: a layout that no behaviour is laid out by.

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::source::Span;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-layout",
    level: Level::Warn,
    explain: include_str!("unused_layout.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    // What a library lays out is for others to say.
    let is_program = !view.bundle.behaviours.is_empty();
    let own = view.layouts.iter().filter(|it| it.is_own && is_program);
    let unused = own.filter(|it| !view.bundle.layouts.contains_key(&it.name));
    unused
        .map(|layout| {
            let start = Span {
                file: layout.file,
                start: 0,
                end: 0,
            };
            let name = &layout.name;
            let message = format!("no behaviour is laid out by `{name}`");
            let help = format!("say `layout {name}` in one, or delete the file");
            Diagnostic::warning(LINT.code, start, message).help(help)
        })
        .collect()
}

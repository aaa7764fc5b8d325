//! `unused-type`: a type that nothing has.

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::resolve::Kind;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-type",
    level: Level::Warn,
    explain: include_str!("unused_type.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let unused = view
        .uses
        .unused(view.names, &[Kind::Enum, Kind::Record, Kind::Entity]);
    unused
        .map(|declared| {
            let name = declared.name;
            let message = format!("nothing has the type `{}`", name.text);
            Diagnostic::warning(LINT.code, name.span, message)
                .help("take it out, or give it to an input, a field or a parameter")
        })
        .collect()
}

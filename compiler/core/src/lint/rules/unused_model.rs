//! `unused-model`: a model that no behaviour uses.

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::resolve::Kind;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-model",
    level: Level::Warn,
    explain: include_str!("unused_model.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let unused = view.uses.unused(view.names, &[Kind::Model]);
    unused
        .map(|declared| {
            let name = declared.name;
            let message = format!("no behaviour uses the model `{}`", name.text);
            Diagnostic::warning(LINT.code, name.span, message)
                .help("use it with `model`, or take it out")
        })
        .collect()
}

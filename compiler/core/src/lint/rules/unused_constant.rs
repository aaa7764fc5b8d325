//! `unused-constant`: a constant that nothing names.

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::resolve::Kind;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-constant",
    level: Level::Warn,
    explain: include_str!("unused_constant.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let unused = view.uses.unused(view.names, &[Kind::Constant]);
    unused
        .map(|declared| {
            let name = declared.name;
            let message = format!("the constant `{}` is never used", name.text);
            let help = format!("take it out, or print it: `{{{{ {} }}}}`", name.text);
            Diagnostic::warning(LINT.code, name.span, message).help(help)
        })
        .collect()
}

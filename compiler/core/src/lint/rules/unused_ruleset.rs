//! `unused-ruleset`: a ruleset that nothing follows.

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::resolve::Kind;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-ruleset",
    level: Level::Warn,
    explain: include_str!("unused_ruleset.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let unused = view.uses.unused(view.names, &[Kind::Ruleset]);
    unused
        .map(|declared| {
            let name = declared.name;
            let message = format!("nothing follows `{}`", name.text);
            Diagnostic::warning(LINT.code, name.span, message).help("follow it, or take it out")
        })
        .collect()
}

//! `unused-tool`: a tool that no behaviour offers.

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::resolve::Kind;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-tool",
    level: Level::Warn,
    explain: include_str!("unused_tool.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let unused = view.uses.unused(view.names, &[Kind::Tool]);
    unused
        .map(|declared| {
            let name = declared.name;
            let message = format!("no behaviour offers `{}`", name.text);
            Diagnostic::warning(LINT.code, name.span, message)
                .help("offer it with `tools`, or take it out")
        })
        .collect()
}

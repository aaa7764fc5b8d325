//! `always-active`: a condition that always holds where it stands.

use crate::diagnostic::Diagnostic;
use crate::lint::reach::{Of, ReachKind};
use crate::lint::{Check, Lint, View};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "always-active",
    level: Level::Warn,
    explain: include_str!("always_active.md"),
    check: Check::Understood(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let always = view
        .reach
        .iter()
        .filter(|reach| matches!(reach.kind, ReachKind::Always));
    always
        .map(|reach| {
            let help = match reach.of {
                Of::Branch => "take the `when` out and leave what stands in it, or write `else`; or mend the condition",
                Of::Review | Of::After => "take the `when` out of the line, or mend the condition",
            };
            Diagnostic::warning(LINT.code, reach.span, "this always holds where it stands")
                .at("its type, or the conditions around and before it, say so already")
                .help(help)
        })
        .collect()
}

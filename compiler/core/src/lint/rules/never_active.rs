//! `never-active`: a condition that cannot hold where it stands.

use crate::diagnostic::Diagnostic;
use crate::lint::reach::{Of, ReachKind};
use crate::lint::{Check, Lint, View};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "never-active",
    level: Level::Warn,
    explain: include_str!("never_active.md"),
    check: Check::Understood(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let never = view
        .reach
        .iter()
        .filter(|reach| matches!(reach.kind, ReachKind::Never));
    never
        .map(|reach| {
            let (message, help) = match reach.of {
                Of::Branch => (
                    "this never holds, so its rules are in no prompt",
                    "mend the condition, or take the branch out",
                ),
                Of::Review | Of::After => (
                    "this never holds, so the line does nothing",
                    "mend the condition, or take the line out",
                ),
            };
            Diagnostic::warning(LINT.code, reach.span, message).help(help)
        })
        .collect()
}

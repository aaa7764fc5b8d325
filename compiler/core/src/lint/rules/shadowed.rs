//! `shadowed`: a branch, or a line of a review, that an earlier one takes everything from.

use crate::diagnostic::Diagnostic;
use crate::lint::reach::{Of, ReachKind};
use crate::lint::{Check, Lint, View};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "shadowed",
    level: Level::Warn,
    explain: include_str!("shadowed.md"),
    check: Check::Understood(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for reach in view.reach {
        let ReachKind::Shadowed(by) = reach.kind else {
            continue;
        };
        let (message, label, help) = match reach.of {
            Of::Branch => (
                "this branch is never taken",
                "all that it would take is taken before",
                "put the narrower condition first, or take this branch out",
            ),
            Of::Review | Of::After => (
                "no draft comes to this line",
                "the lines from here decide them all",
                "put the narrower line first, or take this one out",
            ),
        };
        found.push(
            Diagnostic::warning(LINT.code, reach.span, message)
                .label(by, label)
                .help(help),
        );
    }
    found
}

//! `unreached-behaviour`: a behaviour to which no mail comes.

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unreached-behaviour",
    level: Level::Warn,
    explain: include_str!("unreached_behaviour.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let unreached = view.uses.unreached(view.names);
    unreached
        .map(|declared| {
            let name = declared.name;
            let message = format!("no agent comes to `{}`", name.text);
            Diagnostic::warning(LINT.code, name.span, message).help(
                "name it in a `route`, a `guard`, an `observe`, an `after` or a `campaign`, or run it by a tool that is reached",
            )
        })
        .collect()
}

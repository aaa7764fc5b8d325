//! `unused-allow`: an `allow` that silences nothing.
//!
//! Whether it does is known when all findings are: the levels ask for the finding.

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::source::Span;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-allow",
    level: Level::Warn,
    explain: include_str!("unused_allow.md"),
    check: Check::Elsewhere,
};

/// The finding for an `allow` of a lint.
pub(in crate::lint) fn finding(code: &str, place: Span) -> Diagnostic {
    let message = format!("there is no `{code}` here to allow");
    Diagnostic::warning(LINT.code, place, message)
        .help("take it out: it would hide the next one, for a reason that is not its own")
}

//! `checked-may`: a permission with a check.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{ClauseKind, Strength};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "checked-may",
    level: Level::Warn,
    explain: include_str!("checked_may.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in index.rules_of(&[Strength::May]) {
        for clause in &rule.tree.clauses {
            if matches!(clause.kind, ClauseKind::Check(_) | ClauseKind::CheckJudge) {
                let message = format!(
                    "`{}` permits, and a permission cannot be broken",
                    rule.tree.name.text
                );
                found.push(
                    Diagnostic::warning(LINT.code, clause.span, message).help(
                        "forbid what lies beyond it with a `never` that has the check, or make it a `must`",
                    ),
                );
            }
        }
    }
    found
}

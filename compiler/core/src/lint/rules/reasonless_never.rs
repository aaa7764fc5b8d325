//! `reasonless-never`: a `never` that does not say why.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{ClauseKind, Strength};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "reasonless-never",
    level: Level::Allow,
    explain: include_str!("reasonless_never.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let bare = index.rules_of(&[Strength::Never]).filter(|rule| {
        let mut clauses = rule.tree.clauses.iter();
        !clauses.any(|clause| matches!(clause.kind, ClauseKind::Because { .. }))
    });
    bare.map(|rule| {
        let name = &rule.tree.name;
        let message = format!("`{}` does not say why", name.text);
        Diagnostic::warning(LINT.code, name.span, message)
            .help("add `because \"…\"`: whoever wants to change the rule will ask")
    })
    .collect()
}

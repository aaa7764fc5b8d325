//! `empty-behaviour`: a behaviour that tells the model nothing.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{ItemKind, StatementKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "empty-behaviour",
    level: Level::Warn,
    explain: include_str!("empty_behaviour.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let told: BTreeSet<usize> = index.prose.iter().map(|prose| prose.item).collect();
    let mut found = Vec::new();
    for (at, item) in index.items.iter().enumerate() {
        let ItemKind::Behaviour(behaviour) = &item.tree.kind else {
            continue;
        };
        let follows = behaviour.body.statements.iter().any(|statement| {
            matches!(
                statement.kind,
                StatementKind::Follow(_) | StatementKind::Junk(_)
            )
        });
        if !follows && !told.contains(&at) {
            let name = &behaviour.name;
            let message = format!("`{}` tells the model nothing", name.text);
            found.push(
                Diagnostic::warning(LINT.code, name.span, message)
                    .help("say who it is with a `role`, and how it must behave with rules"),
            );
        }
    }
    found
}

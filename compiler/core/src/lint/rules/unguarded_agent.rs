//! `unguarded-agent`: mail reaches an agent's behaviours unseen.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{AgentLineKind, ItemKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unguarded-agent",
    level: Level::Allow,
    explain: include_str!("unguarded_agent.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in &index.items {
        let ItemKind::Agent(agent) = &item.tree.kind else {
            continue;
        };
        let guarded = agent
            .lines
            .iter()
            .any(|line| matches!(line.kind, AgentLineKind::Guard(_) | AgentLineKind::Junk(_)));
        if !guarded {
            let name = &agent.name;
            let message = format!("every mail reaches the behaviours of `{}`", name.text);
            found.push(Diagnostic::warning(LINT.code, name.span, message).help(
                "let a small behaviour that returns `Verdict` see it first: `guard screen(mail)`",
            ));
        }
    }
    found
}

//! `unreviewed-agent`: an agent whose drafts no person reads.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{AgentLineKind, ItemKind, Otherwise, ReviewLineKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unreviewed-agent",
    level: Level::Warn,
    explain: include_str!("unreviewed_agent.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in &index.items {
        let ItemKind::Agent(agent) = &item.tree.kind else {
            continue;
        };
        for line in &agent.lines {
            let AgentLineKind::Review(review) = &line.kind else {
                continue;
            };
            let holds = review
                .lines
                .iter()
                .any(|line| matches!(line.kind, ReviewLineKind::Hold(_) | ReviewLineKind::Junk(_)));
            let passes = review
                .lines
                .iter()
                .find(|line| matches!(line.kind, ReviewLineKind::Otherwise(Otherwise::Pass)));
            if let Some(passes) = passes.filter(|_| !holds) {
                let message = format!("no person reads what `{}` sends", agent.name.text);
                found.push(
                    Diagnostic::warning(LINT.code, passes.span, message)
                        .at("every draft that breaks no rule passes")
                        .help("hold some: `hold when thread.turns == 1`, or `otherwise hold` and `pass when …`"),
                );
            }
        }
    }
    found
}

//! `no-otherwise`: a `review` that leaves the last word to the language.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::source::Span;
use crate::syntax::ast::{AgentLineKind, ItemKind, ReviewLineKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "no-otherwise",
    level: Level::Warn,
    explain: include_str!("no_otherwise.md"),
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
            let said = review.lines.iter().any(|line| {
                matches!(
                    line.kind,
                    ReviewLineKind::Otherwise(_) | ReviewLineKind::Junk(_)
                )
            });
            if !said {
                let start = line.span.end.saturating_sub(1);
                let end = Span {
                    start,
                    end: start,
                    ..line.span
                };
                let message = "it is not said what becomes of all other drafts";
                found.push(
                    Diagnostic::warning(LINT.code, line.keyword, message)
                        .at("they are held")
                        .help("end with `otherwise hold`")
                        .fix(end, "  otherwise hold\n  ", "add `otherwise hold`"),
                );
            }
        }
    }
    found
}

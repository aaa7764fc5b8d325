//! `empty-branch`: a condition under which nothing is said.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "empty-branch",
    level: Level::Warn,
    explain: include_str!("empty_branch.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for branch in &index.branches {
        // With an `else` behind it, or as an arm, an empty body says that nothing is to be said.
        let Some(whole) = branch.whole.filter(|_| branch.body.statements.is_empty()) else {
            continue;
        };
        let inside = index.text(branch.body.span);
        let finding =
            Diagnostic::warning(LINT.code, branch.body.span, "nothing stands in this branch")
                .help("say what holds then, or take the branch out");
        // A comment is somebody's plan.
        found.push(if inside.contains("//") {
            finding
        } else {
            finding.fix(whole, "", "take the branch out")
        });
    }
    found
}

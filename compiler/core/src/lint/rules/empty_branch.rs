//! `empty-branch`: a condition, an `each` or a list of steps with nothing in it.

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
        let Some(whole) = branch.whole.filter(|_| branch.is_empty) else {
            continue;
        };
        let what = branch.what;
        let message = format!("nothing stands in this {what}");
        let finding = Diagnostic::warning(LINT.code, branch.inside, message)
            .help(format!("say what belongs there, or take the {what} out"));
        // A comment is somebody's plan.
        found.push(if index.text(branch.inside).contains("//") {
            finding
        } else {
            finding.fix(whole, "", format!("take the {what} out"))
        });
    }
    found
}

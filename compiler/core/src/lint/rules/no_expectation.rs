//! `no-expectation`: an example that expects nothing.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{ExampleLineKind, ItemKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "no-expectation",
    level: Level::Warn,
    explain: include_str!("no_expectation.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in &index.items {
        let ItemKind::Example(example) = &item.tree.kind else {
            continue;
        };
        let expects = example.lines.iter().any(|line| {
            matches!(
                line.kind,
                ExampleLineKind::Expect(_) | ExampleLineKind::Junk(_)
            )
        });
        // One that is shown is there for the model.
        if !expects && !example.shown {
            let name = &example.name;
            let message = format!("`{}` expects nothing", name.text);
            found.push(Diagnostic::warning(LINT.code, name.span, message).help(
                "say what it shows: `expect rule …`, `expect no rule …`, `expect checks pass`",
            ));
        }
    }
    found
}

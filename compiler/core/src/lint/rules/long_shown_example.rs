//! `long-shown-example`: an example in every prompt that is longer than most prompts.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{ExampleLineKind, ItemKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "long-shown-example",
    level: Level::Warn,
    explain: include_str!("long_shown_example.md"),
    check: Check::Written(check),
};

/// Most words that are shown without a second thought.
const MOST: usize = 300;

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in &index.items {
        let ItemKind::Example(example) = &item.tree.kind else {
            continue;
        };
        let shown = example.lines.iter().filter(|line| {
            example.shown
                && matches!(
                    line.kind,
                    ExampleLineKind::Mail(_)
                        | ExampleLineKind::Calls(_)
                        | ExampleLineKind::Replies(_)
                )
        });
        let words: usize = shown
            .map(|line| index.text(line.span).split_whitespace().count())
            .sum();
        if words > MOST {
            let name = &example.name;
            let message = format!("`{}` puts about {words} words into every prompt", name.text);
            found.push(
                Diagnostic::warning(LINT.code, name.span, message)
                    .help("cut it down to what it shows, or take `shown` out: it stays a test"),
            );
        }
    }
    found
}

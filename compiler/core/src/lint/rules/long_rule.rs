//! `long-rule`: a rule of more words than one thing needs.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "long-rule",
    level: Level::Warn,
    explain: include_str!("long_rule.md"),
    check: Check::Written(check),
};

/// Most words of a rule.
const MOST: usize = 60;

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let long = index.rules.iter().filter_map(|rule| {
        let count = index.words_of(rule).len();
        (count > MOST).then(|| {
            let name = &rule.tree.name;
            Diagnostic::warning(
                LINT.code,
                name.span,
                format!("the rule `{}` has {count} words", name.text),
            )
            .help("say one thing in a rule; what explains it is a `because`, a `fact` or a sample")
        })
    });
    long.collect()
}

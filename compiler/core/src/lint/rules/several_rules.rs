//! `several-rules`: a rule of several sentences is several rules.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "several-rules",
    level: Level::Warn,
    explain: include_str!("several_rules.md"),
    check: Check::Written(check),
};

/// Most sentences of a rule: the rule, and what makes it clear.
const MOST: usize = 2;

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let several = index.rules.iter().filter_map(|rule| {
        let words = index.words_of(rule);
        let count = words
            .iter()
            .filter(|word| word.ends && !word.quoted)
            .count();
        (count > MOST).then(|| {
            let name = &rule.tree.name;
            Diagnostic::warning(
                LINT.code,
                name.span,
                format!("the rule `{}` says {count} things", name.text),
            )
            .help("give each sentence that asks for something a rule and a name of its own")
        })
    });
    several.collect()
}

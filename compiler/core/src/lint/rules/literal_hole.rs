//! `literal-hole`: `{{` in a string that has no holes.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "literal-hole",
    level: Level::Warn,
    explain: include_str!("literal_hole.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let holes = index.literals.iter().filter(|text| {
        // A raw string says that it means the braces.
        text.text.contains("{{") && !index.text(text.span).starts_with("'''")
    });
    holes
        .map(|text| {
            let message = "`{{` is no hole here: this string stands as it is written";
            Diagnostic::warning(LINT.code, text.span, message)
                .help("only roles, goals, facts, rules and steps have holes; for the braces themselves write a raw string `'''…'''`")
        })
        .collect()
}

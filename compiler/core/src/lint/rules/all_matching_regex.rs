//! `all-matching-regex`: a regular expression that every text matches.

use silex_bundle::pattern::compiled;

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;

use super::case_sensitive_words::regex;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "all-matching-regex",
    level: Level::Warn,
    explain: include_str!("all_matching_regex.md"),
    check: Check::Written(check),
};

/// Texts that have nothing in common.
const TEXTS: [&str; 4] = ["", "a", "7\n", "Ünlike –\n\n(these)?"];

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let all = index.calls.iter().filter_map(regex).filter(|regex| {
        // An empty text is in every text, so most need only one look.
        compiled(&regex.pattern)
            .is_ok_and(|compiled| TEXTS.iter().all(|text| compiled.is_match(text)))
    });
    all.map(|regex| {
        Diagnostic::warning(LINT.code, regex.span, "every text matches this").help(
            "a part that may be missing everywhere decides nothing: write `+` for `*`, or take it out",
        )
    })
    .collect()
}

//! `plain-regex`: a regular expression that is only words.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;

use super::case_sensitive_words::regex;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "plain-regex",
    level: Level::Warn,
    explain: include_str!("plain_regex.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for call in &index.calls {
        let Some(regex) = regex(call) else {
            continue;
        };
        let bounded = regex
            .pattern
            .strip_prefix("\\b")
            .and_then(|rest| rest.strip_suffix("\\b"));
        let words = bounded.unwrap_or(&regex.pattern);
        let plain = words.contains(|sign: char| sign.is_alphabetic())
            && words
                .chars()
                .all(|sign| sign.is_alphabetic() || sign == ' ');
        if !plain {
            continue;
        }
        let finding = Diagnostic::warning(LINT.code, call.span, "these are plain words")
            .rests_on([call.span])
            .help(format!(
                "`mentions(…, \"{words}\")` looks for whole words, in capitals too"
            ));
        let first = call.tree.args.first().filter(|_| call.piped.is_none());
        found.push(match first {
            // With both bounds and `i` it means the same.
            Some(text) if bounded.is_some() && regex.ignore_case => {
                let new = format!("mentions({}, \"{words}\")", index.text(text.span));
                finding.fix(call.span, new, "write `mentions`")
            }
            _ => finding,
        });
    }
    found
}

//! `case-sensitive-words`: a regular expression of small letters that misses capitals.

use crate::diagnostic::Diagnostic;
use crate::lint::index::{Call, Index};
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::source::Span;
use crate::syntax::ast::{ExprKind, LiteralKind, Regex};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "case-sensitive-words",
    level: Level::Warn,
    explain: include_str!("case_sensitive_words.md"),
    check: Check::Written(check),
};

/// So many small letters behind each other are a word.
const WORD: usize = 4;

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let regexes = index.calls.iter().filter_map(regex);
    regexes
        .filter(|regex| {
            let pattern = &regex.pattern;
            !regex.ignore_case
                && !pattern.contains("(?i")
                && !pattern.bytes().any(|byte| byte.is_ascii_uppercase())
                && longest_word(pattern) >= WORD
        })
        .map(|regex| {
            let behind = Span {
                start: regex.span.end,
                ..regex.span
            };
            Diagnostic::warning(
                LINT.code,
                regex.span,
                "this misses the words at the beginning of a sentence",
            )
            .help("write `i` behind it to match capitals as well")
            .rests_on([regex.span])
            .fix(behind, "i", "ignore capitals")
        })
        .collect()
}

/// The regular expression of a `matches`.
pub(super) fn regex<'a>(call: &Call<'a>) -> Option<&'a Regex> {
    let last = call
        .tree
        .args
        .last()
        .filter(|_| call.tree.name.text == "matches")?;
    if let ExprKind::Literal(LiteralKind::Regex(regex)) = &last.value.kind {
        return Some(regex);
    }
    None
}

fn longest_word(pattern: &str) -> usize {
    let (mut longest, mut run, mut escaped, mut class) = (0, 0, false, false);
    for sign in pattern.chars() {
        let letter = sign.is_ascii_lowercase() && !escaped && !class;
        class = !escaped && (sign == '[' || class && sign != ']');
        escaped = sign == '\\' && !escaped;
        run = if letter { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

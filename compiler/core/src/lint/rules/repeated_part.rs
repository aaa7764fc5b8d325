//! `repeated-part`: a part of a condition that says the same as one before it.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::source::Span;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "repeated-part",
    level: Level::Warn,
    explain: include_str!("repeated_part.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for parts in &index.joined {
        for (at, part) in parts.iter().enumerate().skip(1) {
            let words = words(index, *part);
            let earlier = parts[..at]
                .iter()
                .find(|other| self::words(index, **other) == words);
            let Some(earlier) = earlier else { continue };
            // The sign or word between goes with it.
            let whole = Span {
                start: parts[at - 1].end,
                ..*part
            };
            let message = format!("`{}` stands here twice", words.join(" "));
            found.push(
                Diagnostic::warning(LINT.code, *part, message)
                    .label(*earlier, "the first stands here")
                    .rests_on([*part])
                    .help("take one out, or say what was meant")
                    .fix(whole, "", "take it out"),
            );
        }
    }
    found
}

/// What is written at a place, however it is spaced.
fn words<'a>(index: &Index<'a>, span: Span) -> Vec<&'a str> {
    index.text(span).split_whitespace().collect()
}

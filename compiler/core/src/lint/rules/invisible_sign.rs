//! `invisible-sign`: a sign that no editor shows, or that turns the order of what is shown.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::source::Span;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "invisible-sign",
    level: Level::Deny,
    explain: include_str!("invisible_sign.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (file, text) in &index.files {
        if text.is_ascii() {
            continue;
        }
        let mut before = None;
        let mut signs = text.char_indices().peekable();
        while let Some((start, sign)) = signs.next() {
            let behind = signs.peek().map(|(_, next)| *next);
            if start > 0 && is_invisible(sign) && !joins(before, sign, behind) {
                let end = start + sign.len_utf8();
                let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                let span = Span {
                    file: *file,
                    start: place(start),
                    end: place(end),
                };
                let what = if turns(sign) {
                    "turns the order in which a line is shown"
                } else {
                    "is not shown"
                };
                let message = format!("the sign U+{:04X} {what}", u32::from(sign));
                found.push(
                    Diagnostic::warning(LINT.code, span, message)
                        .rests_on([span])
                        .help("a model reads what a reviewer does not see: take it out")
                        .fix(span, "", "take it out"),
                );
            }
            before = Some(sign);
        }
    }
    found
}

/// Whether a sign has no width or turns the direction: Unicode's default ignorable signs and marks of
/// direction, but for those that choose the shape of the sign before them.
fn is_invisible(sign: char) -> bool {
    turns(sign)
        || matches!(sign,
            '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
            | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}'
            | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E007F}')
}

/// Whether a sign changes the direction of what stands around it.
fn turns(sign: char) -> bool {
    matches!(sign, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether a sign joins two letters or pictures, or keeps them apart, as Persian and emoji need it.
fn joins(before: Option<char>, sign: char, behind: Option<char>) -> bool {
    let is_other = |side: Option<char>| side.is_some_and(|it| !it.is_ascii() && !is_invisible(it));
    matches!(sign, '\u{200C}' | '\u{200D}') && is_other(before) && is_other(behind)
}

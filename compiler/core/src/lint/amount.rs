//! Amounts that prose speaks of: `at most 120 words`.

use silex_bundle::expr::Compare;

use super::words::{Phrases, Word};
use crate::source::{FileId, Span};

/// An amount in prose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Amount<'a> {
    /// How many.
    pub(crate) number: f64,
    /// The word behind it: `words`.
    pub(crate) unit: Option<&'a str>,
    /// What the words before it ask for; none if it stands alone.
    pub(crate) bound: Option<Compare>,
    /// From the bound, or the number, to the unit.
    pub(crate) words: (usize, usize),
    /// The number as written.
    pub(crate) span: Span,
}

/// Words before a number that make it a bound.
const BOUNDS: [(&str, Compare); 24] = [
    ("above", Compare::Gt),
    ("at least", Compare::Ge),
    ("at most", Compare::Le),
    ("at the most", Compare::Le),
    ("below", Compare::Lt),
    ("fewer than", Compare::Lt),
    ("less than", Compare::Lt),
    ("longer than", Compare::Gt),
    ("max", Compare::Le),
    ("maximum", Compare::Le),
    ("maximum of", Compare::Le),
    ("minimum of", Compare::Ge),
    ("more than", Compare::Gt),
    ("no fewer than", Compare::Ge),
    ("no less than", Compare::Ge),
    ("no longer than", Compare::Le),
    ("no more than", Compare::Le),
    ("not longer than", Compare::Le),
    ("not more than", Compare::Le),
    ("over", Compare::Gt),
    ("shorter than", Compare::Lt),
    ("under", Compare::Lt),
    ("up to", Compare::Le),
    ("within", Compare::Le),
];

/// Numbers that are written as words.
const SPELLED: [(&str, u32); 16] = [
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("fifteen", 15),
    ("twenty", 20),
    ("fifty", 50),
    ("hundred", 100),
];

/// What finds amounts.
#[derive(Debug)]
pub(crate) struct Amounts {
    bounds: Phrases<Compare>,
}

impl Amounts {
    /// Ready to look.
    pub(crate) fn new() -> Self {
        Self {
            bounds: Phrases::new(&BOUNDS),
        }
    }

    /// The amounts among some words, in order.
    pub(crate) fn find<'a>(&self, words: &[Word<'a>], file: FileId) -> Vec<Amount<'a>> {
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate().filter(|(_, word)| !word.quoted) {
            let Some(number) = number(word) else {
                continue;
            };
            let mut first = at;
            let mut bound = None;
            for length in 1..=3.min(at) {
                let before = self.bounds.at(&words[at - length..at]);
                if let Some((_, of)) = before.filter(|(count, _)| *count == length) {
                    first = at - length;
                    bound = Some(of);
                }
            }
            let unit = words
                .get(at + 1)
                .filter(|_| !word.ends)
                .filter(|next| next.text.starts_with(char::is_alphabetic));
            found.push(Amount {
                number,
                unit: unit.map(|unit| unit.text),
                bound,
                words: (first, at + usize::from(unit.is_some())),
                span: word.span(file),
            });
        }
        found
    }
}

fn number(word: &Word<'_>) -> Option<f64> {
    if let Some(number) = word.number() {
        return Some(number);
    }
    let first = word.text.as_bytes().first()?.to_ascii_lowercase();
    if !matches!(first, b'o' | b't' | b'f' | b's' | b'e' | b'n' | b'h') {
        return None;
    }
    let spelled = SPELLED.iter().find(|(text, _)| word.is(text))?;
    Some(f64::from(spelled.1))
}

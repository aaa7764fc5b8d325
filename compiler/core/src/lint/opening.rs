//! The words with which prose begins, and prose without them.

use super::words::{self, Word};
use crate::source::{FileId, Span};

/// A change that takes some first words out: the next word then begins as they did.
pub(crate) fn without(words: &[Word<'_>], count: usize, file: FileId) -> Option<(Span, String)> {
    let first = words.first()?;
    let next = words.get(count)?;
    let gone = words::span(&words[..count], file)?;
    let head = next.text.chars().next()?;
    let place = Span {
        start: gone.start,
        end: next.start + u32::try_from(head.len_utf8()).ok()?,
        file,
    };
    let capital = first.text.starts_with(char::is_uppercase);
    let head = if capital {
        head.to_uppercase().collect()
    } else {
        head.to_string()
    };
    Some((place, head))
}

/// Whether prose says one thing only, so that its meaning turns round with its first words.
pub(crate) fn is_one_thing(words: &[Word<'_>], written: &str) -> bool {
    let sentences = words.iter().filter(|word| word.ends).count();
    sentences <= 1
        && !written.contains([';', ':', '–', '—'])
        && !words
            .iter()
            .any(|word| word.is_one_of(&["but", "instead", "rather", "unless", "and", "or"]))
}

//! The words of prose, each with its place, and phrases found among them.

use std::collections::BTreeMap;

use crate::source::{FileId, Span};
use crate::syntax::ast;

/// A word of prose as it is written: letters, digits and what stands between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// The word.
    pub(crate) text: &'a str,
    /// Its first byte in the file.
    pub(crate) start: u32,
    /// Whether a sentence ends with it.
    pub(crate) ends: bool,
    /// Whether it is quoted, so that it is not the author's own voice.
    pub(crate) quoted: bool,
}

impl Word<'_> {
    /// Where it stands.
    pub(crate) fn span(&self, file: FileId) -> Span {
        let length = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        Span {
            file,
            start: self.start,
            end: self.start.saturating_add(length),
        }
    }

    /// Whether it is another word, in any case of letters.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of some words, in any case of letters.
    pub(crate) fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Its value, if it is a whole number: in digits, with or without a thousands comma.
    pub(crate) fn number(&self) -> Option<f64> {
        let digit = self.text.starts_with(|first: char| first.is_ascii_digit());
        digit.then(|| self.text.replace(',', ""))?.parse().ok()
    }
}

/// From the first of some words to the last.
pub(crate) fn span(words: &[Word<'_>], file: FileId) -> Option<Span> {
    Some(words.first()?.span(file).to(words.last()?.span(file)))
}

/// Adds the words of prose; a hole is none. The file's text is split, not what its escapes mean, so
/// that each word has its place.
pub(super) fn split<'a>(prose: &ast::Prose, text: &'a str, out: &mut Vec<Word<'a>>) {
    let mut quoted = None;
    for (at, piece) in prose.pieces.iter().enumerate() {
        if let ast::Piece::Words { span, .. } = piece {
            let written = text.get(span.range()).unwrap_or_default();
            let first = out.len();
            split_words(written, span.start, &mut quoted, out);
            // Before a hole a sentence goes on.
            let goes_on =
                at + 1 < prose.pieces.len() && !written.trim_end().ends_with(['.', '!', '?']);
            if let Some(last) = out[first..].last_mut().filter(|_| goes_on) {
                last.ends = false;
            }
        }
    }
}

fn split_words<'a>(text: &'a str, offset: u32, quoted: &mut Option<char>, out: &mut Vec<Word<'a>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'_';
        if !is_word(bytes[at]) {
            let closes = *quoted == Some(char::from(bytes[at]));
            match bytes[at] {
                _ if closes => *quoted = None,
                sign @ (b'`' | b'"') if quoted.is_none() => *quoted = Some(char::from(sign)),
                _ => {}
            }
            at += 1;
            continue;
        }
        let start = at;
        // `don't`, `e-mail` and `1,200` are one word.
        while at < bytes.len()
            && (is_word(bytes[at])
                || matches!(bytes[at], b'\'' | b'-' | b',' | b'.')
                    && bytes.get(at + 1).is_some_and(|next| is_word(*next))
                    && (matches!(bytes[at], b'\'' | b'-') || bytes[at + 1].is_ascii_digit()))
        {
            at += 1;
        }
        out.push(Word {
            text: &text[start..at],
            start: offset.saturating_add(u32::try_from(start).unwrap_or(u32::MAX)),
            ends: ends_sentence(&text[at..]),
            quoted: quoted.is_some(),
        });
    }
}

/// Whether a sentence ends before the rest of the prose: a stop, and then the end or a capital.
fn ends_sentence(rest: &str) -> bool {
    let behind = rest.trim_start_matches(['"', '`', ')', '\'']);
    let Some(next) = behind.strip_prefix(['.', '!', '?']) else {
        return behind.trim().is_empty();
    };
    let next = next.trim_start_matches(['"', '`', ')', '\'', '.', '!', '?']);
    let first = next.trim_start().chars().next();
    first.is_none_or(|first| {
        next.starts_with(char::is_whitespace) && (first.is_uppercase() || !first.is_alphabetic())
    })
}

/// Phrases by their first word.
#[derive(Debug)]
pub(crate) struct Phrases<T> {
    by_first: BTreeMap<&'static str, Vec<(Vec<&'static str>, T)>>,
    firsts: [u32; 26],
}

impl<T: Copy> Phrases<T> {
    /// The phrases of a table, each with what it stands for. They are written in lower case.
    pub(crate) fn new(table: &[(&'static str, T)]) -> Self {
        let mut phrases = Self {
            by_first: BTreeMap::new(),
            firsts: [0; 26],
        };
        for (phrase, of) in table {
            let words: Vec<&str> = phrase.split(' ').collect();
            let Some(first) = words.first().copied() else {
                continue;
            };
            if let Some(lengths) = phrases.lengths(first) {
                *lengths |= length_bit(first);
            }
            phrases
                .by_first
                .entry(first)
                .or_default()
                .push((words, *of));
        }
        // The longest phrase is tried first.
        for same in phrases.by_first.values_mut() {
            same.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        phrases
    }

    /// Every phrase among some words that are not quoted: its words, and what it stands for.
    pub(crate) fn find<'w, 'a>(&self, words: &'w [Word<'a>]) -> Vec<(&'w [Word<'a>], T)> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            match self.at(&words[at..]) {
                Some((count, of)) => {
                    found.push((&words[at..at + count], of));
                    at += count;
                }
                None => at += 1,
            }
        }
        found
    }

    /// The phrase with which some words begin: its length, and what it stands for.
    pub(crate) fn at(&self, words: &[Word<'_>]) -> Option<(usize, T)> {
        let first = words.first().filter(|first| !first.quoted)?;
        let letter = first.text.as_bytes().first()?.to_ascii_lowercase();
        let lengths = self.firsts.get(usize::from(letter.checked_sub(b'a')?))?;
        // Most words are of no phrase, and this says so of most of them.
        if lengths & length_bit(first.text) == 0 {
            return None;
        }
        let same = self
            .by_first
            .get(first.text.to_ascii_lowercase().as_str())?;
        let fits = |phrase: &Vec<&str>| {
            phrase.len() <= words.len()
                && phrase.iter().zip(words).all(|(one, word)| word.is(one))
                && words[..phrase.len() - 1].iter().all(|word| !word.ends)
        };
        let (phrase, of) = same.iter().find(|(phrase, _)| fits(phrase))?;
        Some((phrase.len(), *of))
    }

    fn lengths(&mut self, word: &str) -> Option<&mut u32> {
        let letter = word.as_bytes().first()?.checked_sub(b'a')?;
        self.firsts.get_mut(usize::from(letter))
    }
}

fn length_bit(word: &str) -> u32 {
    1 << word.len().min(31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word<'_>> {
        let mut words = Vec::new();
        split_words(text, 0, &mut None, &mut words);
        words
    }

    fn check_split(text: &str, wanted: &str) {
        let shown = words(text).iter().fold(String::new(), |all, word| {
            let end = if word.ends { "." } else { "" };
            let quote = if word.quoted { "`" } else { "" };
            format!("{all}{quote}{}{end} ", word.text)
        });
        assert_eq!(shown.trim(), wanted);
    }

    #[test]
    fn a_word_is_letters_digits_and_what_joins_them() {
        check_split("Don't use e-mail, ever.", "Don't use e-mail ever.");
        check_split(
            "At most 1,200 words, or 1.5 pages.",
            "At most 1,200 words or 1.5 pages.",
        );
        check_split("Grüße – ja.", "Grüße – ja.");
    }

    #[test]
    fn a_sentence_ends_before_a_capital_or_the_end() {
        check_split("One. Two", "One. Two.");
        check_split("Use e.g. this.", "Use e g this.");
        check_split("Say \"Yes.\" Then stop", "Say `Yes. Then stop.");
    }

    #[test]
    fn what_is_quoted_is_not_the_authors_voice() {
        check_split("Write `do not`, never more", "Write `do `not never more.");
    }

    #[test]
    fn the_longest_phrase_is_found_in_any_case() {
        let phrases = Phrases::new(&[("if possible", 1), ("if", 2), ("as needed", 3)]);
        let text = words("If possible do it if not. As. Needed as needed");
        let found: Vec<(usize, i32)> = phrases
            .find(&text)
            .into_iter()
            .map(|(words, of)| (words.len(), of))
            .collect();
        assert_eq!(found, [(2, 1), (1, 2), (2, 3)]);
    }
}

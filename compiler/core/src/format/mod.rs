//! The one way to write a file.
//!
//! Words, strings and comments stay in their order; white space, optional commas and the
//! indentation of blocks are decided here. The author may decide, as long as a line fits: whether
//! what stands in brackets is on one line (in a body, two statements at most), a rule's clauses on
//! the line of the rule, a condition on one; and single blank lines. A file with errors is refused.
//!
//! Nothing is taken on trust: what was written must hold the same words in the same order and
//! parse to the same tree, and a package must mean the same ([`crate::keeps_meaning`]).

mod block;
mod indices;
mod plan;
mod proof;
mod spacing;
mod write;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::source::{FileId, Span};
use crate::syntax::lexer::{Token, TokenKind, tokens};
use crate::syntax::parse_outlined;

/// The text, as [`crate::syntax::decode`] gives it without anything to find fault with, as it is
/// written here; or the errors that keep it from being read. What is written has the same words and
/// the same tree.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let mut diagnostics = Diagnostics::default();
    let (tree, mut marks) = parse_outlined(FileId(0), text, &mut diagnostics);
    if !diagnostics.is_clean() {
        let mut found = diagnostics.finish();
        found.retain(|diagnostic| diagnostic.severity == Severity::Error);
        return Err(found);
    }
    if let Some(rest) = text.strip_prefix('\u{FEFF}') {
        for (at, _) in &mut marks {
            *at -= text.len() - rest.len();
        }
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let formatted = write::write(text, &marks);
    if formatted == text {
        return Ok(formatted);
    }
    let changed = match first_difference(text, &formatted) {
        None if proof::is_tree_of(&tree, &formatted) => return Ok(formatted),
        None => place(0, 0),
        Some(token) => place(token.start, token.end),
    };
    let message = "formatting would change what this says";
    Err(vec![Diagnostic::error("format", changed, message).help(
        "this is a mistake in silex, not in the spec; nothing was written",
    )])
}

fn place(start: usize, end: usize) -> Span {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        file: FileId(0),
        start: offset(start),
        end: offset(end),
    }
}

/// The first token that the other text does not have in its place; commas and the indentation
/// of blocks do not count.
fn first_difference(text: &str, formatted: &str) -> Option<Token> {
    let mut others = meaningful(formatted);
    for token in meaningful(text) {
        let same = others.next().is_some_and(|other| {
            let (a, b) = (
                &text[token.start..token.end],
                &formatted[other.start..other.end],
            );
            a == b || matches!(token.kind, TokenKind::Text(_)) && block::same(a, b)
        });
        if !same {
            return Some(token);
        }
    }
    others.next().map(|_| Token {
        kind: TokenKind::Sign,
        start: text.len(),
        end: text.len(),
    })
}

fn meaningful(text: &str) -> impl Iterator<Item = Token> {
    tokens(text).filter(|token| text.as_bytes().get(token.start) != Some(&b','))
}

#[cfg(test)]
mod tests;

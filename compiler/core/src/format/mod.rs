//! The one way to write a file.
//!
//! Words, strings and comments stay in their order; white space, optional commas and the
//! indentation of blocks are decided here. What the author may decide: whether what stands in
//! brackets is on one line, or a rule's clauses on the line of the rule, as long as it fits; and
//! single blank lines. A file with errors is refused.

mod block;
mod spacing;
mod write;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::source::{FileId, Span};
use crate::syntax::lexer::{Token, TokenKind, tokens};
use crate::syntax::{outline, parse};

/// The text as it is written here, or the errors that keep it from being read.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let mut diagnostics = Diagnostics::default();
    parse(FileId(0), text, &mut diagnostics);
    if !diagnostics.is_clean() {
        let mut found = diagnostics.finish();
        found.retain(|diagnostic| diagnostic.severity == Severity::Error);
        return Err(found);
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let formatted = write::write(text, &outline(text));
    match first_difference(text, &formatted) {
        None => Ok(formatted),
        Some(token) => {
            let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
            let span = Span {
                file: FileId(0),
                start: offset(token.start),
                end: offset(token.end),
            };
            Err(vec![Diagnostic::error(
                "format",
                span,
                "formatting would change what this says",
            )])
        }
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

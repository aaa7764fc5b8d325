//! Strings and braces that do not close, and braces that close too much. The indentation says
//! which one is meant.

use super::Piece;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::lexer::{NESTING, Token, TokenKind, tokens};

/// Closes the strings that are open at the end of their line, or of the piece.
pub(super) fn close_strings(piece: &mut Piece, diagnostics: &mut Diagnostics) {
    for _ in 0..NESTING {
        let Some(open) = tokens(&piece.text).find(|token| token.kind == TokenKind::Text(false))
        else {
            return;
        };
        let mark = piece.text[open.start..].chars().next().unwrap_or('"');
        let block = piece.text[open.start..].starts_with(&mark.to_string().repeat(3));
        let (open, end) = if block {
            let open = tokens(&piece.text)
                .find(|token| runs_out(&piece.text, token))
                .unwrap_or(open);
            (open, end_of_block(&piece.text, open.start))
        } else {
            (open, end_of_line_string(&piece.text, &open))
        };
        let width = if block { 3 } else { 1 };
        let quotes = mark.to_string().repeat(width);
        let span = piece.span(open.start, open.start + width);
        let at = piece.span(end, end);
        let mut diagnostic =
            Diagnostic::error("unclosed-string", span, "this string is not closed");
        if !block {
            diagnostic = diagnostic.help(
                "a string in one pair of quotes ends on its line; a block is written in `\"\"\"`",
            );
        }
        diagnostics.push(diagnostic.fix(at, quotes.clone(), format!("write `{quotes}`")));
        piece.replace(end, end, &quotes);
    }
}

/// Whether a block holds a line that its indentation does not claim.
fn runs_out(text: &str, token: &Token) -> bool {
    let block =
        text[token.start..token.end].starts_with(['"', '\'']) && token.end - token.start > 2;
    matches!(token.kind, TokenKind::Text(_))
        && block
        && text[token.start..token.end].contains('\n')
        && end_of_block(text, token.start) < token.end.saturating_sub(3)
}

/// The end of the last line that stands deeper than the line on which a block opens.
fn end_of_block(text: &str, start: usize) -> usize {
    let limit = indentation(text, start);
    let mut end = line_end(text, start);
    let mut last = text[..end].trim_end().len();
    while end < text.len() {
        let next = line_end(text, end + 1);
        let line = &text[end + 1..next];
        if !line.trim().is_empty() {
            if indentation(text, end + 1) <= limit {
                return last;
            }
            last = end + 1 + line.trim_end().len();
        }
        end = next;
    }
    last
}

/// A brace that closes what is open on the line is no part of the string.
fn end_of_line_string(text: &str, open: &Token) -> usize {
    let before = &text[line_start(text, open.start)..open.start];
    let inner = text[open.start..open.end].trim_end_matches('}').trim_end();
    let braces = before.matches('{').count() > before.matches('}').count();
    if braces && text[..open.end].ends_with('}') {
        open.start + inner.len()
    } else {
        open.end
    }
}

/// Puts in the braces that are missing and takes out those that are too many.
pub(super) fn balance(piece: &mut Piece, diagnostics: &mut Diagnostics) {
    for _ in 0..NESTING {
        let braces = pair_up(&piece.text);
        if let Some(extra) = braces.extra {
            if let Some(head) = head_without_brace(&piece.text, extra) {
                let end = head
                    + piece.text[head..line_end(&piece.text, head)]
                        .trim_end()
                        .len();
                let place = piece.span(end, end);
                diagnostics.push(
                    Diagnostic::error(
                        "missing-sign",
                        piece.span(head, end),
                        "a `{` is missing behind this",
                    )
                    .fix(place, " {", "write `{`"),
                );
                piece.replace(end, end, " {");
                continue;
            }
            let at = braces
                .crooked
                .iter()
                .map(|(_, close)| *close)
                .chain([extra])
                .min()
                .unwrap_or(extra);
            diagnostics.push(
                Diagnostic::error(
                    "extra-brace",
                    piece.span(at, at + 1),
                    "this `}` closes too much",
                )
                .fix(piece.span(at, at + 1), "", "remove it"),
            );
            piece.replace(at, at + 1, " ");
        } else if let Some(open) = braces.open {
            let at = braces.crooked.first().map_or(open, |(open, _)| *open);
            let end = end_of_block(&piece.text, at);
            diagnostics.push(
                Diagnostic::error(
                    "unclosed-brace",
                    piece.span(at, at + 1),
                    "this `{` is not closed",
                )
                .help("a `}` that closes it stands as deep as the line that it opens on"),
            );
            let newline = if piece.text[at..end].contains('\n') {
                "\n}"
            } else {
                " }"
            };
            // Behind a comment the brace would be a part of it.
            piece.replace(end, end, if newline == " }" { "\n}" } else { newline });
        } else {
            return;
        }
    }
}

/// A line that opens a body, by its first word and the depth of the next, but has no brace.
fn head_without_brace(text: &str, before: usize) -> Option<usize> {
    let mut start = 0;
    while start < before {
        let end = line_end(text, start);
        let line = text[start..end].trim();
        let word = line
            .split(|c: char| !c.is_ascii_alphabetic())
            .next()
            .unwrap_or_default();
        let open =
            line.ends_with(['(', ',', '[']) || line.contains(['{', '}']) || line.contains("//");
        if HEADS.contains(&word) && !open {
            let next = text[end..]
                .find(|c: char| !c.is_whitespace())
                .map(|found| end + found)?;
            if indentation(text, next) > indentation(text, start) && line.len() > word.len() {
                return Some(start + text[start..end].len() - text[start..end].trim_start().len());
            }
        }
        start = end + 1;
    }
    None
}

/// The words whose lines open bodies.
const HEADS: [&str; 17] = [
    "when",
    "match",
    "each",
    "stage",
    "behaviour",
    "ruleset",
    "tool",
    "model",
    "agent",
    "example",
    "enum",
    "record",
    "entity",
    "after",
    "relay",
    "campaign",
    "else",
];

/// How the braces of a text close.
#[derive(Debug, Default)]
struct Braces {
    /// Openers and closers of another indentation, by closer.
    crooked: Vec<(usize, usize)>,
    /// The innermost brace that nothing closes.
    open: Option<usize>,
    /// The first brace that closes nothing.
    extra: Option<usize>,
}

fn pair_up(text: &str) -> Braces {
    let mut braces = Braces::default();
    let mut open = Vec::new();
    for token in tokens(text) {
        match token.kind {
            TokenKind::Open(b'{') => open.push(token.start),
            TokenKind::Close(b'}') => match open.pop() {
                Some(start) => {
                    let starts_line = text[line_start(text, token.start)..token.start]
                        .trim()
                        .is_empty();
                    if starts_line && indentation(text, start) != indentation(text, token.start) {
                        braces.crooked.push((start, token.start));
                    }
                }
                None => braces.extra = braces.extra.or(Some(token.start)),
            },
            TokenKind::Open(_)
            | TokenKind::Close(_)
            | TokenKind::Word
            | TokenKind::Number
            | TokenKind::Text(_)
            | TokenKind::Regex(_)
            | TokenKind::Sign
            | TokenKind::Comment
            | TokenKind::Doc => {}
        }
    }
    braces.open = open.pop();
    braces
}

/// The first byte of the line of a byte.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The line feed that ends the line of a byte, or the end of the text.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |length| at + length)
}

/// How deep the line of a byte stands.
fn indentation(text: &str, at: usize) -> usize {
    let start = line_start(text, at);
    text[start..]
        .bytes()
        .take_while(|byte| *byte == b' ' || *byte == b'\t')
        .count()
}

//! Brackets that do not close, and braces that close too much. The indentation says which one is
//! meant.

use super::Piece;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::lexer::{NESTING, Token, TokenKind, tokens};

/// Closes the brackets that are open in front of the brace of a `when`, which would be taken for
/// a value in them.
pub(super) fn close_heads(piece: &mut Piece, diagnostics: &mut Diagnostics) {
    let mut start = 0;
    while start < piece.text.len() {
        let end = line_end(&piece.text, start);
        let line = piece.text[start..end].to_owned();
        let word = line
            .trim_start()
            .split(|c: char| !c.is_ascii_alphabetic())
            .next();
        let heads = matches!(word, Some("when" | "match" | "each" | "else"));
        if heads
            && line.trim_end().ends_with('{')
            && let Some((last, close)) = open_in_head(&line)
        {
            let (from, at) = (start + last.start, start + last.end);
            let place = piece.span(at, at);
            let message = format!("a `{close}` is missing behind this");
            diagnostics.push(
                Diagnostic::error("missing-sign", piece.span(from, at), message).fix(
                    place,
                    close,
                    format!("write `{close}`"),
                ),
            );
            piece.replace(at, at, close);
        }
        start = line_end(&piece.text, start) + 1;
    }
}

/// Closes the brackets of lists with an item to a line, which the indentation of their items ends.
pub(super) fn close_lists(piece: &mut Piece, diagnostics: &mut Diagnostics) {
    for _ in 0..NESTING {
        let Some((open, close)) = open_list(&piece.text) else {
            return;
        };
        let (at, with) = behind_items(&piece.text, open, close);
        let place = piece.span(open, open + 1);
        let message = format!("this `{}` is not closed", &piece.text[open..=open]);
        diagnostics.push(
            Diagnostic::error("missing-sign", place, message)
                .help(format!(
                    "a `{close}` closes it behind the last of its items"
                ))
                .fix(
                    piece.span(at, at),
                    with.as_str(),
                    format!("write `{close}`"),
                ),
        );
        piece.replace(at, at, &with);
    }
}

/// The first bracket at the end of a line that a brace ends, or the text, and what closes it.
fn open_list(text: &str) -> Option<(usize, &'static str)> {
    let mut open: Vec<(usize, u8)> = Vec::new();
    let mut lost: Vec<(usize, u8)> = Vec::new();
    for token in tokens(text) {
        match token.kind {
            TokenKind::Open(bracket) => open.push((token.start, bracket)),
            TokenKind::Close(b'}') => {
                while let Some((start, bracket)) = open.pop() {
                    if bracket == b'{' {
                        break;
                    }
                    lost.push((start, bracket));
                }
            }
            TokenKind::Close(_) => {
                if open.last().is_some_and(|(_, bracket)| *bracket != b'{') {
                    open.pop();
                }
            }
            TokenKind::Word
            | TokenKind::Number
            | TokenKind::Text(_)
            | TokenKind::Regex(_)
            | TokenKind::Sign
            | TokenKind::Comment
            | TokenKind::Doc => {}
        }
    }
    lost.extend(open);
    let ends_line = |at: usize| text[at + 1..line_end(text, at)].trim().is_empty();
    let mut lists = lost.into_iter().filter(|(at, _)| ends_line(*at));
    lists.find_map(|(at, bracket)| match bracket {
        b'(' => Some((at, ")")),
        b'[' => Some((at, "]")),
        _ => None,
    })
}

/// Where the items end that stand below an opener, and what closes them there: before what goes on
/// behind the bracket, or on a line of its own.
fn behind_items(text: &str, open: usize, close: &str) -> (usize, String) {
    let limit = indentation(text, open);
    let mut end = line_end(text, open);
    while end < text.len() {
        let start = end + 1;
        let next = line_end(text, start);
        let line = &text[start..next];
        let goes_on = line.contains("->") || line.trim_end().ends_with('{');
        let head = start + line.len() - line.trim_start().len();
        if goes_on && !line.trim_start().starts_with("//") {
            return (head, format!("{close} "));
        }
        if !line.trim().is_empty() && indentation(text, start) <= limit {
            break;
        }
        end = next;
    }
    let end = text[..end].trim_end().len();
    (end, format!("\n{}{close}", " ".repeat(limit)))
}

/// The last token in front of the brace that ends a line, and what closes the bracket around it.
fn open_in_head(line: &str) -> Option<(Token, &'static str)> {
    let all: Vec<Token> = tokens(line).collect();
    let (brace, head) = all.split_last()?;
    if brace.kind != TokenKind::Open(b'{') {
        return None;
    }
    let mut open = Vec::new();
    for token in head {
        match token.kind {
            TokenKind::Open(bracket) => open.push(bracket),
            TokenKind::Close(_) => drop(open.pop()),
            _ => {}
        }
    }
    let close = match open.as_slice() {
        [b'['] => "]",
        [b'('] => ")",
        _ => return None,
    };
    Some((*head.last()?, close))
}

/// The end of the last line that stands deeper than the line on which a block opens.
pub(super) fn end_of_block(text: &str, start: usize) -> usize {
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
                .chain(braces.early)
                .chain([extra])
                .min()
                .unwrap_or(extra);
            // Behind one that closes nothing, all that follow close nothing either.
            let run = if at == extra {
                let rest = &piece.text[at..];
                let behind = rest.trim_start_matches(['}', ' ', '\n', '\r', '\t']);
                rest[..rest.len() - behind.len()].trim_end().to_owned()
            } else {
                "}".to_owned()
            };
            let (message, title) = if run.len() == 1 {
                ("this `}` closes too much", "remove it")
            } else {
                ("these `}` close too much", "remove them")
            };
            let span = piece.span(at, at + run.len());
            diagnostics.push(Diagnostic::error("extra-brace", span, message).fix(span, "", title));
            piece.replace(at, at + run.len(), &run.replace('}', " "));
        } else if let Some(open) = braces.open {
            let at = braces.crooked.first().map_or(open, |(open, _)| *open);
            let end = end_of_block(&piece.text, at);
            let line = if piece.text[at..end].contains('\n') {
                format!("\n{}}}", " ".repeat(indentation(&piece.text, at)))
            } else {
                " }".to_owned()
            };
            diagnostics.push(
                Diagnostic::error(
                    "unclosed-brace",
                    piece.span(at, at + 1),
                    "this `{` is not closed",
                )
                .help("a `}` that closes it stands as deep as the line that it opens on")
                .fix(piece.span(end, end), line, "write `}`"),
            );
            // Behind a comment the brace would be a part of it.
            piece.replace(end, end, "\n}");
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
    /// The first closer behind other words of its line whose body goes on all the same.
    early: Option<usize>,
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
                    if !starts_line && goes_on(text, start, token.start) {
                        braces.early = braces.early.or(Some(token.start));
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

/// Whether the line behind a closer stands deeper than the line of its opener, which is another.
fn goes_on(text: &str, open: usize, close: usize) -> bool {
    let end = line_end(text, close);
    let next = text[end..].find(|c: char| !c.is_whitespace());
    let next = next
        .map(|found| end + found)
        .filter(|at| text.as_bytes()[*at] != b'}');
    line_start(text, open) < line_start(text, close)
        && next.is_some_and(|at| indentation(text, at) > indentation(text, open))
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
pub(super) fn indentation(text: &str, at: usize) -> usize {
    let start = line_start(text, at);
    text[start..]
        .bytes()
        .take_while(|byte| *byte == b' ' || *byte == b'\t')
        .count()
}

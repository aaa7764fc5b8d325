//! Strings that do not close, or do not open.

use super::Piece;
use super::brackets::{end_of_block, indentation, line_end, line_start};
use super::wording::is_word;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::syntax::lexer::{NESTING, Token, TokenKind, tokens};

/// Closes the strings that are open at the end of their line, or of the piece.
pub(super) fn close_strings(piece: &mut Piece, diagnostics: &mut Diagnostics) {
    for _ in 0..NESTING {
        let Some(open) = tokens(&piece.text).find(|token| token.kind == TokenKind::Text(false))
        else {
            return;
        };
        let told = half_opened(piece).or_else(|| unopened(piece, &open));
        if let Some(told) = told.or_else(|| of_two_lines(piece, &open)) {
            diagnostics.push(told);
            continue;
        }
        let mark = piece.text[open.start..].chars().next().unwrap_or('"');
        let block = piece.text[open.start..].starts_with(&mark.to_string().repeat(3));
        if block && let Some(told) = half_closed(piece, &open) {
            diagnostics.push(told);
            continue;
        }
        let (open, end) = if block {
            let open = tokens(&piece.text)
                .find(|token| runs_out(&piece.text, token))
                .unwrap_or(open);
            (open, end_of_words(&piece.text, &open))
        } else {
            (open, end_of_line_string(&piece.text, &open))
        };
        let width = if block { 3 } else { 1 };
        let quotes = mark.to_string().repeat(width);
        let span = piece.span(open.start, open.start + width);
        let at = piece.span(end, end);
        let diagnostic = Diagnostic::error("unclosed-string", span, "this string is not closed");
        let diagnostic = diagnostic.help(if block {
            format!("a block ends with `{quotes}`, and its words stand deeper than its line")
        } else {
            "a string in one pair of quotes ends on its line; a block is written in `\"\"\"`"
                .to_owned()
        });
        diagnostics.push(diagnostic.fix(at, quotes.clone(), format!("write `{quotes}`")));
        piece.replace(end, end, &quotes);
    }
}

/// Where a block ends that nothing closes: with the lines that stand deeper, or, at the depth of
/// declarations, with what could be a part of it before the next.
fn end_of_words(text: &str, open: &Token) -> usize {
    let line = line_end(text, open.start);
    let next = text[line..].trim_start();
    let deeper = indentation(text, open.start) > 0 || next.is_empty() || next.starts_with('}');
    let is_empty = text[open.start + 3..line].trim().is_empty()
        && text[line..end_of_block(text, open.start).max(line)]
            .trim()
            .is_empty();
    if deeper && is_empty {
        return end_of_prose(text, line);
    }
    if deeper || indentation(text, text.len() - next.len()) > 0 {
        end_of_block(text, open.start)
    } else {
        text.trim_end().len()
    }
}

/// Where lines end that are prose by their looks: before an empty one, a word of the language or what
/// closes a body.
fn end_of_prose(text: &str, mut end: usize) -> usize {
    while let Some(rest) = text[end..].strip_prefix('\n') {
        let line = rest.lines().next().unwrap_or_default();
        let first = line.split_whitespace().next().unwrap_or_default();
        if first.is_empty() || first.starts_with(['}', '/']) || is_word(first) {
            break;
        }
        end += 1 + line.len();
    }
    end
}

/// Whether a token is a quote with nothing behind it on its line.
fn is_lone(text: &str, token: &Token) -> bool {
    token.kind == TokenKind::Text(false)
        && &text[token.start..token.end] == "\""
        && text[token.end..line_end(text, token.end)].trim().is_empty()
}

/// A quote at the end of a line whose words it should stand around.
fn unopened(piece: &mut Piece, quote: &Token) -> Option<Diagnostic> {
    if !is_lone(&piece.text, quote) {
        return None;
    }
    let line = line_start(&piece.text, quote.start);
    let before = &piece.text[line..quote.start];
    let words: Vec<Token> = tokens(before).take(3).collect();
    let first = words.first()?;
    let named = match &before[first.start..first.end] {
        "must" | "never" | "should" | "avoid" | "may" | "fact" => 2,
        "role" | "goal" | "because" | "good" | "bad" | "mail" | "replies" | "inbox" | "from" => 1,
        _ => return None,
    };
    let start = line + words.get(named)?.start;
    let place = piece.span(start, start);
    let told = Diagnostic::error(
        "unclosed-string",
        piece.span(quote.start, quote.end),
        "nothing opens this string",
    );
    piece.replace(start, start, "\"");
    Some(told.fix(place, "\"", "write `\"`"))
}

/// A block that two quotes open and three close.
fn half_opened(piece: &mut Piece) -> Option<Diagnostic> {
    let all = ["\"\"\"", "'''"].into_iter();
    let mut open = all.filter_map(|quotes| Some((quotes, half_open(&piece.text, quotes)?)));
    let (quotes, start) = open.next()?;
    let two = piece.span(start, start + 2);
    let message = format!("a block begins with `{quotes}`");
    piece.replace(start, start + 2, quotes);
    let told = Diagnostic::error("unclosed-string", two, message);
    Some(told.fix(two, quotes, format!("write `{quotes}`")))
}

/// Two quotes at the end of a line, before three that stand on one of their own.
fn half_open(text: &str, quotes: &str) -> Option<usize> {
    text.match_indices(quotes).find_map(|(close, _)| {
        let line = line_start(text, close);
        let start = text[..line].rfind(&quotes[1..])?;
        let is_open = text[..start].ends_with(' ')
            && text[start + 2..line_end(text, start)].trim().is_empty();
        let closes = text[line..line_end(text, close)].trim() == quotes;
        (is_open && closes).then_some(start)
    })
}

/// `"""…"`: a block that one quote is to end, on the line on which it begins.
fn half_closed(piece: &mut Piece, open: &Token) -> Option<Diagnostic> {
    let line = &piece.text[open.start..line_end(&piece.text, open.start)];
    let words = line.trim_end().strip_suffix('"')?;
    if words.len() < 4 || words.ends_with('"') {
        return None;
    }
    let end = open.start + words.len();
    let told = Diagnostic::error(
        "unclosed-string",
        piece.span(open.start, open.start + 3),
        "this string is not closed",
    )
    .help("what begins with `\"\"\"` ends with `\"\"\"`")
    .fix(piece.span(end, end + 1), "\"\"\"", "write `\"\"\"`");
    piece.replace(end, end + 1, "\"\"\"");
    Some(told)
}

/// A text in one pair of quotes that goes on behind its line.
fn of_two_lines(piece: &mut Piece, open: &Token) -> Option<Diagnostic> {
    let text = &piece.text;
    if !text[open.start..].starts_with('"') || text[open.start..].starts_with("\"\"\"") {
        return None;
    }
    let next = tokens(text)
        .skip_while(|token| token.start <= open.start)
        .find(|token| matches!(token.kind, TokenKind::Text(_)))?;
    if !is_lone(text, &next) {
        return None;
    }
    let depth = " ".repeat(indentation(text, open.start) + 2);
    let lines = text[open.start + 1..next.start].lines();
    let block = lines.fold("\"\"\"\n".to_owned(), |all, line| {
        format!("{all}{depth}{}\n", line.trim())
    });
    let whole = piece.span(open.start, next.end);
    let quote = Span {
        end: whole.start + 1,
        ..whole
    };
    piece.replace(next.start, next.end, "\"\"\"");
    piece.replace(open.start, open.start + 1, "\"\"\"");
    Some(
        Diagnostic::error(
            "unclosed-string",
            quote,
            "this string does not end on its line",
        )
        .help("a text of several lines is a block, in `\"\"\"`")
        .fix(whole, format!("{block}{depth}\"\"\""), "make it a block"),
    )
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

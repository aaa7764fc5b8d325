//! Texts in the quotes of other languages, in none, or with quotes inside.

use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::TokenKind;
use crate::syntax::parser::grammar::Rule;
use crate::syntax::parser::recovery::brackets::line_end;
use crate::syntax::parser::recovery::repair::accept;
use crate::syntax::parser::recovery::site::Site;
use crate::syntax::parser::recovery::{Failure, Piece};

/// What stands around a text elsewhere.
const MARKS: &str = "“”„‟«»‘’'`";

/// What closes a text that one of them opens; nothing for those that stand in words as well.
fn closing(mark: char) -> &'static [char] {
    match mark {
        '“' | '‟' => &['”'],
        '„' => &['“', '”'],
        '«' => &['»'],
        '»' => &['«'],
        _ => &[],
    }
}

/// Whether a text could stand where the parser stopped.
fn wants_text(failure: &Failure) -> bool {
    let mut texts = [Rule::string, Rule::prose, Rule::raw].iter();
    texts.any(|rule| failure.expected.contains(rule))
}

/// Quotes of a word processor, of other languages, or none.
pub(super) fn quotes(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
    let found = site.found()?;
    if !wants_text(failure) {
        return None;
    }
    let line = line_end(&piece.text, found.start);
    let rest = piece.text[found.start..line].to_owned();
    let first = rest.chars().next()?;
    if MARKS.contains(first) {
        let inner = &rest[first.len_utf8()..];
        let last = inner.rfind(|c: char| MARKS.contains(c) || c == '"');
        let span = piece.span(found.start, found.start + first.len_utf8());
        for close in [inner.find(closing(first)), last].into_iter().flatten() {
            let width = inner[close..].chars().next().map_or(1, char::len_utf8);
            let end = found.start + first.len_utf8() + close + width;
            let with = format!("\"{}\"", inner[..close].replace('"', "\\\""));
            let whole = piece.span(found.start, end);
            if accept(piece, found.start, end, &with, found.start + with.len() - 1) {
                let message = format!("a text stands in `\"`, not in `{first}`");
                let report = Diagnostic::error("other-quotes", span, message);
                return Some(report.fix(whole, with, "write `\"`"));
            }
        }
    }
    None
}

/// A text without quotes.
pub(in crate::syntax::parser::recovery) fn unquoted(
    piece: &mut Piece,
    site: &Site,
    failure: &Failure,
) -> Option<Diagnostic> {
    let found = site.found()?;
    let line = line_end(&piece.text, found.start);
    let rest = piece.text[found.start..line].to_owned();
    if !wants_text(failure) {
        return None;
    }
    // Where any value may stand, a word is one.
    let is_value = failure.expected.contains(&Rule::k_true) || rest.contains('"');
    if found.kind != TokenKind::Word || is_value || site.starts_line(&piece.text) {
        return None;
    }
    let words = rest.trim_end_matches(['}', ' ', '\r']);
    let end = found.start + words.len();
    let with = format!("\"{}\"", words.replace('"', "\\\""));
    let span = piece.span(found.start, end);
    accept(piece, found.start, end, &with, end).then(|| {
        Diagnostic::error("missing-quotes", span, "this text stands in no quotes").fix(
            span,
            with,
            "put it in quotes",
        )
    })
}

/// Quotes inside a text in quotes.
pub(super) fn inner_quotes(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (text, found) = (site.before(1)?, site.found()?);
    if text.kind != TokenKind::Text(true) || found.start != text.end {
        return None;
    }
    let line = line_end(&piece.text, text.start);
    let end = text.start + piece.text[text.start..line].rfind('"')? + 1;
    if end <= text.end {
        return None;
    }
    let inner = piece
        .text
        .get(text.start + 1..end.checked_sub(1)?)?
        .to_owned();
    let with = format!("\"{}\"", inner.replace('"', "\\\""));
    let (quote, whole) = (
        piece.span(text.end - 1, text.end),
        piece.span(text.start, end),
    );
    accept(piece, text.start, end, &with, end).then(|| {
        Diagnostic::error("inner-quotes", quote, "this `\"` ends the text")
            .help("inside a text it is written `\\\"`; in a block, in `\"\"\"`, it needs nothing")
            .fix(whole, with, "write `\\\"`")
    })
}

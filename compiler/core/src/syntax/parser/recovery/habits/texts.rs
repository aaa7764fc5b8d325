//! Texts in the quotes of other languages, in none, or with quotes inside.

use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::{Token, TokenKind};
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

/// `"a" + name + "b"`: a text is written in one, with holes for values.
pub(super) fn joined(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (first, plus) = (site.before(1)?, site.found()?);
    let text = |token: &Token| &piece.text[token.start..token.end];
    if first.kind != TokenKind::Text(true) || text(&plus) != "+" {
        return None;
    }
    let mut with = inner(text(&first))?.to_owned();
    let (mut end, mut index) = (first.end, site.index);
    while site.tokens.get(index).is_some_and(|it| text(it) == "+") {
        let next = site.tokens.get(index + 1)?;
        index += 2;
        end = next.end;
        if let Some(words) = inner(text(next)) {
            with.push_str(words);
            continue;
        }
        while site.tokens.get(index).is_some_and(|it| it.start == end) {
            end = site.tokens.get(index)?.end;
            index += 1;
        }
        with.push_str(&format!("{{{{ {} }}}}", &piece.text[next.start..end]));
    }
    let with = format!("\"{with}\"");
    let (span, whole) = (
        piece.span(plus.start, plus.end),
        piece.span(first.start, end),
    );
    let goal = site.tokens.get(index).map_or(end, |next| next.start);
    let goal = goal.min(piece.text.len().saturating_sub(1));
    accept(piece, first.start, end, &with, goal).then(|| {
        Diagnostic::error("other-operator", span, "texts are not joined with `+`")
            .help("write one text; a value stands in it as a hole: `{{ name }}`")
            .fix(whole, with, "write one text")
    })
}

/// What stands in one pair of quotes.
fn inner(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.starts_with('"')).then_some(inner)
}

/// `f"…"`: letters of other languages before a text.
pub(super) fn prefixed(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let found = site.found()?;
    let text = *site.tokens.get(site.index + 1)?;
    let letters = piece.text.get(found.start..found.end)?.to_owned();
    let is_prefix = ["f", "r", "b", "u", "t", "fr", "rf"].contains(&letters.as_str());
    if !is_prefix || !matches!(text.kind, TokenKind::Text(_)) || text.start != found.end {
        return None;
    }
    let span = piece.span(found.start, found.end);
    let blank = " ".repeat(letters.len());
    accept(piece, found.start, found.end, &blank, text.start).then(|| {
        Diagnostic::error("extra-word", span, format!("`{letters}` has no place here"))
            .help("a hole `{{ … }}` needs no sign before the text")
            .fix(span, "", "remove it")
    })
}

/// `"…" must be_brief`: the words of a rule stand behind its name.
pub(super) fn before_its_rule(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let words = site.found()?;
    let strength = *site.tokens.get(site.index + 1)?;
    let name = *site.tokens.get(site.index + 2)?;
    let text = |token: &Token| &piece.text[token.start..token.end];
    let is_rule = ["must", "never", "should", "avoid", "may", "fact"].contains(&text(&strength));
    let is_here = matches!(words.kind, TokenKind::Text(true)) && site.starts_line(&piece.text);
    if !is_here || !is_rule || name.kind != TokenKind::Word {
        return None;
    }
    let with = format!("{} {} {}", text(&strength), text(&name), text(&words));
    let (span, whole) = (
        piece.span(words.start, words.end),
        piece.span(words.start, name.end),
    );
    let goal = name.end.saturating_sub(1);
    let message = format!(
        "these words stand behind `{} {}`",
        text(&strength),
        text(&name)
    );
    accept(piece, words.start, name.end, &with, goal)
        .then(|| Diagnostic::error("other-order", span, message).fix(whole, with, "put them there"))
}

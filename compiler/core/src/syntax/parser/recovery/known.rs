//! Mistakes that have a name: what other languages write, and what reads alike.

use super::Piece;
use super::brackets::line_end;
use super::repair::accept;
use super::site::Site;
use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::{Token, TokenKind};

/// Writing that other languages allow.
pub(super) fn known_mistake(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let found = site.found()?;
    let text = |token: Option<Token>| token.map(|it| piece.text[it.start..it.end].to_owned());
    let (before, behind) = (site.before(1), site.tokens.get(site.index + 1).copied());
    let word = text(Some(found)).unwrap_or_default();
    let (mut start, end) = (found.start, found.end);
    let (message, with) = match (
        word.as_str(),
        text(before).as_deref(),
        text(behind).as_deref(),
    ) {
        ("&&", _, _) => ("`&&` is written `and`", " and "),
        ("||", _, _) => ("`||` is written `or`", " or "),
        ("=", _, _) => ("two values are compared with `==`", "=="),
        ("!", _, _) => ("`!` is written `not`", "not "),
        ("not", Some("is"), Some("empty")) => {
            return not_empty(piece, site, behind.map_or(end, |it| it.end));
        }
        ("not", Some("is"), Some("none")) => return is_not(piece, (start, behind?.end), "some"),
        ("not", Some("is"), Some("some")) => return is_not(piece, (start, behind?.end), "none"),
        ("not", _, Some("in")) => return not_in(piece, site, end),
        (".", _, _) if before.is_some_and(|it| it.kind == TokenKind::Number && it.end == start) => {
            start = before.map_or(start, |it| it.start);
            return number(piece, start, end, false);
        }
        (".", _, _) if behind.is_some_and(|it| it.kind == TokenKind::Number && it.start == end) => {
            return number(piece, start, behind.map_or(end, |it| it.end), true);
        }
        _ if found.kind == TokenKind::Regex(false) => return open_regex(piece, start),
        _ if flags_behind(Some(found), behind) => return regex_flags(piece, behind?),
        _ if flags_behind(before, Some(found)) => return regex_flags(piece, found),
        _ if found.kind == TokenKind::Doc => {
            let span = piece.span(start, end);
            let blank = " ".repeat(end - start);
            return accept(piece, start, end, &blank, end).then(|| {
                Diagnostic::error("dangling-doc", span, "this documents nothing")
                    .help("`///` binds to the declaration, field, case or parameter behind it; write `//` for a comment")
            });
        }
        _ => return None,
    };
    let span = piece.span(start, end);
    accept(piece, start, end, with, end).then(|| {
        let title = format!("write `{}`", with.trim());
        Diagnostic::error("other-operator", span, message).fix(span, with, title)
    })
}

/// `is not none` and `is not some`: each is written as the other.
fn is_not(piece: &mut Piece, (start, end): (usize, usize), with: &str) -> Option<Diagnostic> {
    let span = piece.span(start, end);
    let was = piece.text[start..end].to_owned();
    accept(piece, start, end, with, end).then(|| {
        let message = format!("`is {was}` is written `is {with}`");
        Diagnostic::error("is-not", span, message).fix(span, with, format!("write `{with}`"))
    })
}

/// A regular expression that does not end on its line.
fn open_regex(piece: &mut Piece, start: usize) -> Option<Diagnostic> {
    let line = line_end(&piece.text, start);
    let end = start + without_closers(&piece.text[start..line]).len();
    let (span, place) = (piece.span(start, end), piece.span(end, end));
    accept(piece, end, end, "/", line).then(|| {
        Diagnostic::error(
            "unclosed-regex",
            span,
            "this regular expression is not closed",
        )
        .fix(place, "/", "write `/`")
    })
}

/// A line without the brackets at its end that nothing in it opens.
fn without_closers(line: &str) -> &str {
    let mut line = line.trim_end_matches([' ', '\r', ',']);
    for (open, close) in [('{', '}'), ('(', ')')] {
        while line.ends_with(close) && line.matches(close).count() > line.matches(open).count() {
            line = line[..line.len() - 1].trim_end_matches([' ', '\r', ',']);
        }
    }
    line
}

/// Whether letters stand right behind a regular expression.
fn flags_behind(regex: Option<Token>, flags: Option<Token>) -> bool {
    regex.zip(flags).is_some_and(|(regex, flags)| {
        regex.kind == TokenKind::Regex(true)
            && flags.kind == TokenKind::Word
            && regex.end == flags.start
    })
}

/// `/…/gi`: `i` is the only flag.
fn regex_flags(piece: &mut Piece, flags: Token) -> Option<Diagnostic> {
    let (start, end) = (flags.start, flags.end);
    let written = piece.text[start..end].to_owned();
    // What is taken out leaves a blank, so that nothing moves.
    let with = if written.contains('i') { "i" } else { "" };
    let span = piece.span(start, end);
    let filled = format!("{with:<width$}", width = end - start);
    accept(piece, start, end, &filled, end).then(|| {
        let message = format!("a regular expression has no flag `{written}`");
        Diagnostic::error("regex-flag", span, message)
            .help("`/…/i` takes any case; others stand inside: `(?m)`, `(?s)`")
            .fix(
                span,
                with,
                if with.is_empty() {
                    "take it out"
                } else {
                    "write `i`"
                },
            )
    })
}

/// `1.` and `.5`.
fn number(piece: &mut Piece, start: usize, end: usize, leading: bool) -> Option<Diagnostic> {
    let text = piece.text[start..end].to_owned();
    let (with, place) = if leading {
        (format!("0{text}"), "before")
    } else {
        (format!("{text}0"), "behind")
    };
    let span = piece.span(start, end);
    accept(piece, start, end, &with, end).then(|| {
        Diagnostic::error(
            "number",
            span,
            format!("a number has a digit {place} its point"),
        )
        .fix(span, with.clone(), format!("write `{with}`"))
    })
}

/// `a not in […]`: the `not` stands before the comparison.
fn not_in(piece: &mut Piece, site: &Site, end: usize) -> Option<Diagnostic> {
    let not = site.found()?;
    let subject = start_of_path(site, 1)?;
    let path = piece.text[subject..not.start].trim_end().to_owned();
    let span = piece.span(not.start, end);
    let whole = piece.span(subject, end);
    let moved = format!("not {path}");
    accept(piece, not.start, end, "   ", end).then(|| {
        Diagnostic::error(
            "not-in",
            span,
            format!("`{path} not in` is written `not {path} in`"),
        )
        .fix(whole, moved, "move the `not`")
    })
}

/// `a is not empty`: the `not` stands before the comparison.
fn not_empty(piece: &mut Piece, site: &Site, end: usize) -> Option<Diagnostic> {
    let not = site.found()?;
    let subject = start_of_path(site, 2)?;
    let path = piece.text[subject..site.before(1)?.start]
        .trim_end()
        .to_owned();
    let span = piece.span(not.start, end);
    let whole = piece.span(subject, end);
    accept(piece, not.start, not.end, "   ", end).then(|| {
        Diagnostic::error(
            "is-not",
            span,
            format!("`{path} is not empty` is written `not {path} is empty`"),
        )
        .fix(whole, format!("not {path} is empty"), "move the `not`")
    })
}

/// Where the path starts whose last name stands so many tokens before the failure.
fn start_of_path(site: &Site, mut steps: usize) -> Option<usize> {
    let mut start = site
        .before(steps)
        .filter(|token| token.kind == TokenKind::Word)?;
    while let (Some(dot), Some(word)) = (site.before(steps + 1), site.before(steps + 2)) {
        let joined = dot.kind == TokenKind::Sign && dot.end == start.start && word.end == dot.start;
        if !joined || word.kind != TokenKind::Word {
            break;
        }
        start = word;
        steps += 2;
    }
    Some(start.start)
}

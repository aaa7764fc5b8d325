//! Signs, comments and brackets of other languages.

use super::{behind, written};
use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::parser::grammar::Rule;
use crate::syntax::parser::recovery::brackets::{end_of_block, line_end};
use crate::syntax::parser::recovery::repair::accept;
use crate::syntax::parser::recovery::site::Site;
use crate::syntax::parser::recovery::{Failure, Piece};

/// Signs of other languages, and ours.
static SIGNS: &[(&str, &str)] = &[
    ("===", "=="),
    ("!==", "!="),
    ("<>", "!="),
    ("=<", "<="),
    ("=>", ">="),
    ("=>", "->"),
    ("→", "->"),
    ("≤", "<="),
    ("≥", ">="),
    ("≠", "!="),
    ("...", ".."),
    ("…", ".."),
    ("::", ":"),
    (":=", "="),
    ("|>", "|"),
];

/// The signs that stand side by side where the parser stopped.
fn run(piece: &Piece, site: &Site) -> Option<(usize, usize)> {
    let is_sign = |token: &Token| matches!(token.kind, TokenKind::Sign);
    let found = site.found().filter(is_sign)?;
    let (mut start, mut end) = (found.start, found.end);
    let mut back = site.index;
    while let Some(before) = back.checked_sub(1).and_then(|at| site.tokens.get(at)) {
        if !is_sign(before) || before.end != start {
            break;
        }
        start = before.start;
        back -= 1;
    }
    for next in site.tokens.iter().skip(site.index + 1) {
        if !is_sign(next) || next.start != end {
            break;
        }
        end = next.end;
    }
    (end <= piece.text.len()).then_some((start, end))
}

/// Signs of other languages.
pub(in crate::syntax::parser::recovery) fn sign(
    piece: &mut Piece,
    site: &Site,
) -> Option<Diagnostic> {
    let (start, end) = run(piece, site)?;
    let signs = piece.text[start..end].to_owned();
    let last = site.tokens.partition_point(|token| token.end <= end) - 1;
    let goal = behind(piece, site, last);
    let mut meant = SIGNS.iter().filter(|(sign, _)| *sign == signs);
    meant.find_map(|(_, with)| written(piece, (start, end), with, goal))
}

/// A sign in the place of the one that the grammar wants there.
pub(super) fn expected_sign(
    piece: &mut Piece,
    site: &Site,
    failure: &Failure,
) -> Option<Diagnostic> {
    let (start, end) = run(piece, site)?;
    let last = site.tokens.partition_point(|token| token.end <= end) - 1;
    let goal = behind(piece, site, last);
    let was = piece.text[start..end].to_owned();
    let wanted: [(Rule, &str, &[&str]); 3] = [
        (Rule::arrow, "->", &[":", "=", "-", "–", "—"]),
        (Rule::colon, ":", &["=", "-", "->"]),
        (Rule::equals, "=", &[":", "==", "->"]),
    ];
    let mut wanted = wanted.into_iter().filter(|(rule, _, others)| {
        failure.expected.contains(rule) && others.contains(&was.as_str())
    });
    wanted.find_map(|(_, with, _)| {
        let span = piece.span(start, end);
        accept(piece, start, end, with, goal).then(|| {
            let message = format!("`{with}` stands here, not `{was}`");
            Diagnostic::error("other-sign", span, message).fix(
                span,
                with,
                format!("write `{with}`"),
            )
        })
    })
}

/// `const longest: 120`: a value stands behind `=`.
pub(super) fn constant(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (word, colon, found) = (site.before(3)?, site.before(1)?, site.found()?);
    if text(piece, &word) != "const" || text(piece, &colon) != ":" {
        return None;
    }
    let span = piece.span(colon.start, colon.end);
    accept(piece, colon.start, colon.end, " =", found.start).then(|| {
        Diagnostic::error("other-sign", span, "`=` stands here, not `:`").fix(
            span,
            " =",
            "write `=`",
        )
    })
}

/// `1 < x < 5`: the second comparison has no left side.
pub(super) fn chain(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let found = site
        .found()
        .filter(|it| COMPARES.contains(&text(piece, it)))?;
    let is_part = |at: &usize| site.tokens.get(*at).is_some_and(|it| is_operand(piece, it));
    let first = (0..site.index).rev().take_while(is_part).last()?;
    let before = site.tokens.get(first.checked_sub(1)?)?;
    if !COMPARES.contains(&text(piece, before)) {
        return None;
    }
    let operand = piece.text[site.tokens.get(first)?.start..found.start].trim_end();
    let with = format!("and {operand} ");
    let (span, place) = (
        piece.span(found.start, found.end),
        piece.span(found.start, found.start),
    );
    let goal = behind(piece, site, site.index);
    accept(piece, found.start, found.start, &with, goal).then(|| {
        Diagnostic::error("other-operator", span, "comparisons do not chain")
            .help("compare twice, and join the two with `and`")
            .fix(place, with, "compare twice")
    })
}

/// `x + 1 > 5`: what cannot be counted in a spec.
pub(super) fn arithmetic(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let signs = ["+", "-", "*", "%"];
    let found = site.found().filter(|it| signs.contains(&text(piece, it)))?;
    let stands_behind = site.before(1).is_some_and(|it| is_operand(piece, &it));
    if !stands_behind || site.starts_line(&piece.text) {
        return None;
    }
    let rest = site.tokens.iter().skip(site.index + 1);
    let last = *rest.take_while(|it| is_operand(piece, it)).last()?;
    let span = piece.span(found.start, found.end);
    let blank = " ".repeat(last.end - found.start);
    let index = site.tokens.partition_point(|it| it.end <= last.end) - 1;
    let goal = behind(piece, site, index);
    accept(piece, found.start, last.end, &blank, goal).then(|| {
        Diagnostic::error(
            "other-operator",
            span,
            "nothing is added up or multiplied here",
        )
        .help("compare with a number that is worked out already, or let a tool work it out")
    })
}

const COMPARES: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];

fn text<'p>(piece: &'p Piece, token: &Token) -> &'p str {
    piece.text.get(token.start..token.end).unwrap_or_default()
}

/// Whether a token is a number, or part of a path.
fn is_operand(piece: &Piece, token: &Token) -> bool {
    let joins = ["and", "or", "not", "when", "is", "in"];
    match token.kind {
        TokenKind::Word => !joins.contains(&text(piece, token)),
        TokenKind::Number => true,
        _ => text(piece, token) == ".",
    }
}

/// `role = "…"`: a sign between a word and its text.
pub(super) fn before_text(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let signs = ["=", ":", "->"];
    let found = site.found().filter(|it| signs.contains(&text(piece, it)))?;
    let word = site.before(1).filter(|it| it.kind == TokenKind::Word)?;
    let next = site.tokens.get(site.index + 1)?;
    if !matches!(next.kind, TokenKind::Text(_)) {
        return None;
    }
    let was = text(piece, &found).to_owned();
    let word = text(piece, &word).to_owned();
    let span = piece.span(found.start, found.end);
    let blank = " ".repeat(found.end - found.start);
    accept(piece, found.start, found.end, &blank, next.start).then(|| {
        let message = format!("`{was}` has no place here");
        Diagnostic::error("extra-sign", span, message)
            .help(format!("the text stands straight behind `{word}`"))
            .fix(span, "", "remove it")
    })
}

/// Comments of other languages.
pub(super) fn comment(piece: &mut Piece, found: Token) -> Option<Diagnostic> {
    let rest = piece.text.get(found.start..)?;
    let (mark, end) = if rest.starts_with("/*") {
        let length = rest.find("*/").map_or(line_end(rest, 0), |at| at + 2);
        ("/*", found.start + length)
    } else {
        let mark = ["#", "--", "<!--", ";;"]
            .into_iter()
            .find(|mark| rest.starts_with(mark))?;
        (mark, line_end(&piece.text, found.start))
    };
    let text = piece.text[found.start..end].to_owned();
    let lines: Vec<String> = text
        .trim_start_matches(mark)
        .trim_end_matches("*/")
        .lines()
        .map(|line| {
            format!(
                "// {}",
                line.trim().trim_start_matches(['#', '*']).trim_start()
            )
        })
        .map(|line| line.trim_end().to_owned())
        .collect();
    let span = piece.span(found.start, end);
    let blank: String = text
        .chars()
        .map(|c| {
            if c == '\n' {
                "\n".to_owned()
            } else {
                " ".repeat(c.len_utf8())
            }
        })
        .collect();
    // What reads as a comment need not be all that is wrong behind it.
    accept(piece, found.start, end, &blank, found.start).then(|| {
        let mark_span = crate::source::Span {
            end: span.start + 1,
            ..span
        };
        let mark_span = if mark == "#" {
            mark_span
        } else {
            crate::source::Span {
                end: span.start + 2,
                ..span
            }
        };
        Diagnostic::error(
            "other-comment",
            mark_span,
            format!("a comment starts with `//`, not `{mark}`"),
        )
        .fix(span, lines.join("\n"), "write `//`")
    })
}

/// A body behind a colon, by its depth alone.
pub(super) fn body_behind_colon(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let found = site.found()?;
    let line = line_end(&piece.text, found.end);
    let last = piece.text[found.end..line].trim().is_empty();
    if !last || &piece.text[found.start..found.end] != ":" {
        return None;
    }
    let end = end_of_block(&piece.text, found.start);
    let span = piece.span(found.start, found.end);
    let mut changed = piece.clone();
    changed.replace(end, end, "\n}");
    if end <= line || !accept(&mut changed, found.start, found.end, " {", found.end) {
        return None;
    }
    *piece = changed;
    Some(
        Diagnostic::error(
            "other-sign",
            span,
            "a body stands in `{ … }`, not behind a `:`",
        )
        .help("write `{` here and `}` on a line of its own behind the last line of the body"),
    )
}

/// A list or record in other brackets, or in brackets where none stand.
pub(super) fn brackets(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let open = site.found()?;
    let close = *site
        .tokens
        .get(site.behind_group(site.index).checked_sub(1)?)?;
    let closes = matches!(close.kind, TokenKind::Close(_)) && close.start > open.start;
    if !matches!(open.kind, TokenKind::Open(_)) || !closes {
        return None;
    }
    let was = piece.text[open.start..open.end].to_owned();
    let inner = piece.text[open.end..close.start].to_owned();
    let next = site.tokens.iter().find(|token| token.start >= close.end);
    let goal = next.map_or(piece.text.len().saturating_sub(1), |next| next.start);
    let span = piece.span(open.start, close.end);
    let place = piece.span(open.start, open.end);
    for (with, end) in [("{", "}"), ("[", "]"), ("(", ")"), (" ", " ")] {
        let text = format!("{with}{inner}{end}");
        let loose = with == " " && was == "{";
        if with == was || loose || !accept(piece, open.start, close.end, &text, goal) {
            continue;
        }
        return Some(if with == " " {
            let message = format!("`{was}` has no place here");
            Diagnostic::error("extra-sign", place, message).fix(
                span,
                inner.trim(),
                "remove the brackets",
            )
        } else {
            let message = format!("`{with} … {end}` stands here, not `{was}`");
            Diagnostic::error("other-sign", place, message).fix(
                span,
                text,
                format!("write `{with} … {end}`"),
            )
        });
    }
    None
}

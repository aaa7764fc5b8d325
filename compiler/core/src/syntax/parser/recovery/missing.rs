//! What was left out: a word, a sign, a comma, a type. And a sign that is one too many.

use super::brackets::line_end;
use super::repair::{accept, shown};
use super::site::Site;
use super::wording::keywords;
use super::{Failure, Piece};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::distance;
use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::parser::grammar::Rule;

/// How many words may stand in one place for it to be one of them that is missing.
const ALTERNATIVES: usize = 6;

/// A word with which the rest of the line would be read. Where it could be one of several, they are
/// told and the last is taken.
pub(super) fn word(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
    let (before, found) = (site.before(1)?, site.found()?);
    if site.starts_line(&piece.text) {
        return None;
    }
    let words = keywords().filter(|(rule, _)| failure.expected.contains(rule));
    let words: Vec<&str> = words
        .map(|(_, word)| word)
        .filter(|word| !matches!(*word, "true" | "false" | "none"))
        .collect();
    let written = &piece.text[found.start..found.end];
    let misspelt = |word: &&str| distance(written, word) <= 2;
    if words.len() > ALTERNATIVES || words.iter().any(misspelt) {
        return None;
    }
    let goal = line_end(&piece.text, found.start);
    let mut fitting = Vec::new();
    for word in words {
        let mut changed = piece.clone();
        if accept(
            &mut changed,
            found.start,
            found.start,
            &format!("{word} "),
            goal,
        ) {
            fitting.push((word, changed.clone()));
        }
        piece.work = changed.work;
    }
    let several: Vec<String> = fitting
        .iter()
        .map(|(word, _)| format!("`{word}`"))
        .collect();
    let (word, changed) = fitting.pop()?;
    let place = piece.span(before.start, before.end);
    let at = piece.span(found.start, found.start);
    *piece = Piece {
        work: piece.work,
        ..changed
    };
    Some(if several.len() > 1 {
        let message = format!("one of {} is missing behind this", several.join(", "));
        Diagnostic::error("missing-word", place, message)
    } else {
        let message = format!("`{word}` is missing behind this");
        Diagnostic::error("missing-word", place, message).fix(
            at,
            format!("{word} "),
            format!("write `{word}`"),
        )
    })
}

/// The type of an input or field, or what a behaviour or tool returns.
pub(super) fn of_type(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
    let (before, found) = (site.before(1)?, site.found()?);
    let wants = |rule: Rule| failure.expected.contains(&rule);
    let place = piece.span(before.start, before.end);
    let name = piece.text.get(before.start..before.end)?.to_owned();
    let ends = matches!(&piece.text[found.start..found.end], "," | ")");
    if wants(Rule::colon) && ends && before.kind == TokenKind::Word {
        return accept(piece, before.end, before.end, ": \u{1}", found.start).then(|| {
            Diagnostic::error("missing-type", place, format!("`{name}` has no type"))
                .help(format!("write `{name}: TYPE`, as in `{name}: text 1..200`"))
        });
    }
    let opens = found.kind == TokenKind::Open(b'{');
    if !wants(Rule::arrow) || !opens {
        return None;
    }
    let at = piece.span(before.end, before.end);
    let is_behaviour = piece
        .text
        .lines()
        .any(|line| line.starts_with("behaviour "));
    accept(piece, before.end, before.end, " -> \u{1}", found.start).then(|| {
        let report = Diagnostic::error("missing-type", place, "it is not said what this returns");
        if is_behaviour {
            report
                .help("write `-> TYPE` before the `{`; what answers a mail returns a `Reply`")
                .fix(at, " -> Reply", "return a `Reply`")
        } else {
            report.help("write `-> TYPE` before the `{`")
        }
    })
}

/// The commas between the entries of a record, or the items of a list.
pub(super) fn commas(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let open = site.found()?;
    let TokenKind::Open(bracket) = open.kind else {
        return None;
    };
    let last = site.behind_group(site.index).checked_sub(1)?;
    let inside = site.tokens.get(site.index + 1..last)?;
    let is = |token: &Token, sign: &str| &piece.text[token.start..token.end] == sign;
    let lacks = |at: usize| {
        let (before, next) = (inside.get(at)?, inside.get(at + 1)?);
        let ends = matches!(
            before.kind,
            TokenKind::Text(_) | TokenKind::Number | TokenKind::Word | TokenKind::Close(_)
        );
        let begins = match bracket {
            b'{' => {
                next.kind == TokenKind::Word && inside.get(at + 2).is_some_and(|it| is(it, ":"))
            }
            _ => matches!(
                next.kind,
                TokenKind::Text(_) | TokenKind::Number | TokenKind::Open(b'{')
            ),
        };
        (ends && begins && before.end < next.start).then_some(*before)
    };
    let lacking: Vec<Token> = (0..inside.len()).filter_map(lacks).collect();
    let first = *lacking.first()?;
    let (start, end) = (first.end, lacking.last()?.end);
    let mut with = String::new();
    let mut from = start;
    for token in &lacking {
        with += &piece.text[from..token.end];
        with.push(',');
        from = token.end;
    }
    let place = piece.span(first.start, first.end);
    let span = piece.span(start, end);
    accept(piece, start, end, &with, open.end).then(|| {
        Diagnostic::error("missing-sign", place, "a `,` is missing behind this").fix(
            span,
            with,
            "write `,`",
        )
    })
}

/// The commas between arguments and parameters in parentheses.
fn between_arguments(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let open = site.bracket()?;
    let last = site.behind_group(open).checked_sub(1)?;
    let inside = site.tokens.get(open + 1..last)?;
    let word = |token: &Token| {
        let text = &piece.text[token.start..token.end];
        let is_value = matches!(token.kind, TokenKind::Word | TokenKind::Number)
            || matches!(token.kind, TokenKind::Text(_));
        is_value && !["and", "or", "not", "is", "in", "trusting", "because"].contains(&text)
    };
    let lacking: Vec<Token> = inside
        .windows(2)
        .filter(|pair| pair.iter().all(word) && pair[0].end < pair[1].start)
        .map(|pair| pair[0])
        .collect();
    let (first, end) = (*lacking.first()?, lacking.last()?.end);
    let (from, to) = (site.tokens.get(open)?.start, site.tokens.get(last)?.end);
    let group = piece.text.get(from..to)?;
    let is_one_line = group.starts_with('(') && group.ends_with(')') && !group.contains('\n');
    if !is_one_line || lacking.len() < 2 {
        return None;
    }
    let mut with = String::new();
    let mut from = first.end;
    for token in &lacking {
        with += &piece.text[from..token.end];
        with.push(',');
        from = token.end;
    }
    let place = piece.span(first.start, first.end);
    let span = piece.span(first.end, end);
    let goal = inside.last()?.start;
    accept(piece, first.end, end, &with, goal).then(|| {
        Diagnostic::error("missing-sign", place, "a `,` is missing behind this").fix(
            span,
            with,
            "write `,`",
        )
    })
}

/// `words(reply.body <= 3`: an argument is not compared in its parentheses, so they end before.
fn before_comparison(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let open = site.bracket()?;
    let called = site.tokens.get(open.checked_sub(1)?)?;
    let is_call = called.kind == TokenKind::Word && called.end == site.tokens.get(open)?.start;
    let compares = ["<", "<=", ">", ">=", "==", "!="];
    let inside = site.tokens.get(open + 1..site.index)?;
    let is_sign = |it: &Token| compares.contains(&&piece.text[it.start..it.end]);
    let at = inside.iter().position(is_sign).filter(|_| is_call)?;
    let before = *inside.get(at.checked_sub(1)?)?;
    let (place, span) = (
        piece.span(before.start, before.end),
        piece.span(before.end, before.end),
    );
    let goal = match site.found() {
        Some(found) => found.start,
        None => piece.text.len().saturating_sub(1),
    };
    accept(piece, before.end, before.end, ")", goal).then(|| {
        Diagnostic::error("missing-sign", place, "a `)` is missing behind this").fix(
            span,
            ")",
            "write `)`",
        )
    })
}

/// A sign that was left out, or one too many.
pub(super) fn sign(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let told = before_comparison(piece, site).or_else(|| between_arguments(piece, site));
    if told.is_some() {
        return told;
    }
    let goal = line_end(&piece.text, site.at);
    // A bracket that is missing at the end of a line says nothing about the next.
    let bracket_goal = match site.found() {
        Some(token) if site.starts_line(&piece.text) => token.end.min(goal),
        _ => goal,
    };
    // The parser may have stopped at a number that it would have liked to be something else.
    for before in [site.before(1), site.found()].into_iter().flatten() {
        for sign in [",", ")", "]", ":", "->", "="] {
            let span = piece.span(before.end, before.end);
            let place = piece.span(before.start, before.end);
            let goal = if matches!(sign, ")" | "]") {
                bracket_goal
            } else {
                goal
            };
            if accept(piece, before.end, before.end, sign, goal) {
                let message = format!("a `{sign}` is missing behind this");
                return Some(Diagnostic::error("missing-sign", place, message).fix(
                    span,
                    sign,
                    format!("write `{sign}`"),
                ));
            }
        }
    }
    for steps in [0, 1, 2] {
        let Some(token) = site.before(steps) else {
            continue;
        };
        let text = piece.text[token.start..token.end].to_owned();
        let sign = matches!(token.kind, TokenKind::Sign | TokenKind::Close(b')' | b']'));
        if !sign || steps > 0 && text != "," {
            continue;
        }
        let span = piece.span(token.start, token.end);
        let blank = " ".repeat(token.end - token.start);
        // A comma at the end of a line says nothing about the next, whose first word was taken
        // for an item.
        let ends_line = piece.text[token.end..line_end(&piece.text, token.end)]
            .trim()
            .is_empty();
        let goal = match site.found() {
            Some(found) if text == "," && ends_line => found.end.min(goal),
            _ => goal,
        };
        if accept(piece, token.start, token.end, &blank, goal) {
            return Some(
                Diagnostic::error(
                    "extra-sign",
                    span,
                    format!("{} has no place here", shown(&text)),
                )
                .fix(span, "", "remove it"),
            );
        }
    }
    None
}

//! One mistake: what it most likely is, told and put right.

use super::brackets::{line_end, line_start};
use super::wording::{expectation, keywords};
use super::{Failure, Piece};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::distance;
use crate::syntax::lexer::{Token, TokenKind, tokens};

/// The tokens around a failure.
struct Site {
    tokens: Vec<Token>,
    /// The indices of the commas.
    commas: Vec<usize>,
    /// The token that could not be read; behind the last at the end of the text.
    index: usize,
    /// Where it starts, or where in a string the parser stopped.
    at: usize,
}

impl Site {
    fn new(piece: &Piece, failure: &Failure) -> Self {
        let tokens: Vec<Token> = tokens(&piece.text)
            .filter(|token| token.kind != TokenKind::Comment)
            .collect();
        let index = tokens.partition_point(|token| token.end <= failure.at);
        let start = tokens
            .get(index)
            .map_or(piece.text.len(), |token| token.start);
        let is_comma = |token: &Token| piece.text.as_bytes().get(token.start) == Some(&b',');
        let commas = (0..tokens.len()).filter(|index| tokens.get(*index).is_some_and(is_comma));
        let commas = commas.collect();
        Self {
            index,
            at: failure.at.max(start),
            commas,
            tokens,
        }
    }

    fn found(&self) -> Option<Token> {
        self.tokens.get(self.index).copied()
    }

    fn before(&self, steps: usize) -> Option<Token> {
        self.index
            .checked_sub(steps)
            .and_then(|index| self.tokens.get(index))
            .copied()
    }

    /// The bracket around the failure that opened last.
    fn bracket(&self) -> Option<usize> {
        let mut open = Vec::new();
        for (index, token) in self.tokens.iter().enumerate().take(self.index) {
            match token.kind {
                TokenKind::Open(_) => open.push(index),
                TokenKind::Close(_) => drop(open.pop()),
                TokenKind::Word
                | TokenKind::Number
                | TokenKind::Text(_)
                | TokenKind::Regex(_)
                | TokenKind::Sign
                | TokenKind::Comment
                | TokenKind::Doc => {}
            }
        }
        open.pop()
    }

    /// The index of the bracket that the one straight before an index closes.
    fn opener(&self, behind: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().take(behind).rev() {
            match token.kind {
                TokenKind::Close(_) => depth += 1,
                TokenKind::Open(_) if depth == 1 => return Some(at),
                TokenKind::Open(_) => depth = depth.checked_sub(1)?,
                _ if depth == 0 => return None,
                TokenKind::Word
                | TokenKind::Number
                | TokenKind::Text(_)
                | TokenKind::Regex(_)
                | TokenKind::Sign
                | TokenKind::Comment
                | TokenKind::Doc => {}
            }
        }
        None
    }

    /// Whether the bodies of the piece hold statements.
    fn holds_statements(&self, text: &str) -> bool {
        let words = self
            .tokens
            .iter()
            .filter(|token| token.kind == TokenKind::Word);
        let first = words.map(|token| &text[token.start..token.end]).next();
        matches!(first, Some("behaviour" | "ruleset"))
    }

    /// The index behind the bracket that closes the one at an index.
    fn behind_group(&self, index: usize) -> usize {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(index) {
            match token.kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) if depth <= 1 => return at + 1,
                TokenKind::Close(_) => depth -= 1,
                TokenKind::Word
                | TokenKind::Number
                | TokenKind::Text(_)
                | TokenKind::Regex(_)
                | TokenKind::Sign
                | TokenKind::Comment
                | TokenKind::Doc => {}
            }
        }
        self.tokens.len()
    }

    /// From a token to the end of its line, or to what closes the bracket around it; a body
    /// that opens on the line is left out or taken whole.
    fn rest_of_line(&self, text: &str, from: usize, whole: bool) -> Option<(usize, usize)> {
        let first = self.tokens.get(from)?;
        let line = line_end(text, first.start);
        let (mut index, mut end) = (from, first.start);
        while let Some(token) = self.tokens.get(index) {
            if token.start >= line && index > from {
                break;
            }
            match token.kind {
                TokenKind::Close(_) => break,
                TokenKind::Open(b'{') if !whole => break,
                TokenKind::Open(_) => {
                    index = self.behind_group(index);
                    end = self
                        .tokens
                        .get(index - 1)
                        .map_or(text.len(), |last| last.end);
                    continue;
                }
                TokenKind::Word
                | TokenKind::Number
                | TokenKind::Text(_)
                | TokenKind::Regex(_)
                | TokenKind::Sign
                | TokenKind::Comment
                | TokenKind::Doc => {}
            }
            end = token.end;
            index += 1;
        }
        (end > first.start).then_some((first.start, end))
    }
}

/// Puts one mistake right and says what it was, unless its line has been complained of.
pub(super) fn repair(piece: &mut Piece, failure: &Failure) -> Option<Diagnostic> {
    let site = Site::new(piece, failure);
    let told = piece
        .quiet
        .is_some_and(|end| piece.offsets.original(site.at) <= end);
    let diagnostic = known_mistake(piece, &site)
        .or_else(|| misspelt(piece, &site))
        .or_else(|| missing_sign(piece, &site))
        .or_else(|| hole(piece, &site));
    if diagnostic.is_some() {
        return diagnostic.filter(|_| !told);
    }
    if belongs_to_junk(piece, &site) {
        return None;
    }
    let (at, end) = match site.found() {
        Some(token) => (token.start, token.end),
        None => site
            .before(1)
            .map_or((site.at, site.at), |last| (last.start, last.end)),
    };
    // What is missing at the end of a line is told there, not at the line behind.
    let starts_line = piece.text[line_start(&piece.text, at)..at]
        .trim()
        .is_empty();
    let span = piece.span(at, end);
    let gap = site.before(1).map(|last| piece.span(last.start, last.end));
    let found = site
        .found()
        .map_or("the end".to_owned(), |_| shown(&piece.text[at..end]));
    let expected = expectation(&failure.expected);
    let complete = expected.starts_with("a line of") || expected == "a statement";
    let unfinished = cut_out(piece, &site, complete);
    let span = if unfinished && starts_line {
        gap.unwrap_or(span)
    } else {
        span
    };
    let message = match (expected.is_empty(), unfinished && starts_line) {
        (true, _) => format!("cannot read {found}"),
        (false, true) => format!("expected {expected} behind this"),
        (false, false) => format!("expected {expected}, found {found}"),
    };
    (!told).then(|| Diagnostic::error("syntax", span, message))
}

/// A token as a message shows it.
fn shown(text: &str) -> String {
    let mut line: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(24)
        .collect();
    if line.len() < text.len() {
        line.push('…');
    }
    format!("`{line}`")
}

/// Takes a repair if the parser then gets beyond a place.
fn accept(piece: &mut Piece, start: usize, end: usize, with: &str, goal: usize) -> bool {
    let mut changed = piece.clone();
    changed.replace(start, end, with);
    let goal = if goal >= end {
        goal + with.len() - (end - start)
    } else {
        goal
    };
    let accepted = changed.failure().is_none_or(|failure| failure.at > goal);
    piece.work = changed.work;
    if accepted {
        *piece = changed;
    }
    accepted
}

/// Writing that other languages allow.
fn known_mistake(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let found = site.found()?;
    let text = |token: Option<Token>| token.map(|it| piece.text[it.start..it.end].to_owned());
    let (before, behind) = (site.before(1), site.tokens.get(site.index + 1).copied());
    let word = text(Some(found)).unwrap_or_default();
    let (mut start, mut end) = (found.start, found.end);
    let (code, message, with) = match (
        word.as_str(),
        text(before).as_deref(),
        text(behind).as_deref(),
    ) {
        ("&&", _, _) => (
            "other-operator",
            "`&&` is written `and`".to_owned(),
            " and ",
        ),
        ("||", _, _) => ("other-operator", "`||` is written `or`".to_owned(), " or "),
        ("=", _, _) => (
            "other-operator",
            "two values are compared with `==`".to_owned(),
            "==",
        ),
        ("if", _, _) => (
            "unknown-word",
            "a condition is written `when`".to_owned(),
            "when",
        ),
        ("!", _, _) => ("other-operator", "`!` is written `not`".to_owned(), "not "),
        ("not", Some("is"), Some(what @ ("none" | "some" | "empty"))) => {
            end = behind.map_or(end, |it| it.end);
            let with = if what == "some" { "none" } else { "some" };
            if what == "empty" {
                return not_empty(piece, site, end);
            }
            (
                "is-not",
                format!("`is not {what}` is written `is {with}`"),
                with,
            )
        }
        ("not", _, Some("in")) => return not_in(piece, site, end),
        (".", _, _) if before.is_some_and(|it| it.kind == TokenKind::Number && it.end == start) => {
            start = before.map_or(start, |it| it.start);
            return number(piece, start, end, false);
        }
        (".", _, _) if behind.is_some_and(|it| it.kind == TokenKind::Number && it.start == end) => {
            return number(piece, start, behind.map_or(end, |it| it.end), true);
        }
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
        Diagnostic::error(code, span, message).fix(span, with, format!("write `{}`", with.trim()))
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

/// A word that is nearly a keyword: the one that could not be read, or the one before it.
fn misspelt(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    for steps in [0, 1] {
        let Some(token) = site
            .before(steps)
            .filter(|token| token.kind == TokenKind::Word)
        else {
            continue;
        };
        let word = piece.text[token.start..token.end].to_owned();
        // What is put right must let the parser read on: past the next token, or, when the
        // word itself was read as a name, past the line.
        let goal = match steps {
            0 => site
                .tokens
                .get(site.index + 1)
                .map_or(token.end, |next| next.start),
            _ => line_end(&piece.text, site.at),
        };
        let mut near: Vec<(usize, &str)> = keywords()
            .map(|(_, keyword)| (slips(&word, keyword), keyword))
            .filter(|(slips, keyword)| {
                *slips > 0 && *slips <= if keyword.len() <= 3 { 1 } else { 2 }
            })
            .collect();
        near.sort_by_key(|(slips, _)| *slips);
        for (_, keyword) in near {
            let span = piece.span(token.start, token.end);
            if accept(piece, token.start, token.end, keyword, goal) {
                return Some(
                    Diagnostic::error("unknown-word", span, format!("unknown word `{word}`"))
                        .did_you_mean(Some(keyword)),
                );
            }
        }
    }
    None
}

/// How far two words are apart, if their lengths do not tell already.
fn slips(word: &str, keyword: &str) -> usize {
    if word.len().abs_diff(keyword.len()) > 2 {
        usize::MAX
    } else {
        distance(word, keyword)
    }
}

/// A sign that was left out, or one too many.
fn missing_sign(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let goal = line_end(&piece.text, site.at);
    // The parser may have stopped at a number that it would have liked to be something else.
    for before in [site.before(1), site.found()].into_iter().flatten() {
        for sign in [",", ")", "]", ":", "->", "="] {
            let span = piece.span(before.end, before.end);
            let place = piece.span(before.start, before.end);
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

/// A hole that is not closed, or that holds something else than a value.
fn hole(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let line = line_start(&piece.text, site.at);
    let open = line + piece.text[line..site.at].rfind("{{")?;
    let inside = &piece.text[open..site.at];
    if inside.contains("}}") {
        return None;
    }
    let end = line_end(&piece.text, site.at);
    let close = piece.text[site.at..end]
        .find("}}")
        .map(|found| site.at + found);
    let string = site
        .tokens
        .iter()
        .find(|it| it.start < open && it.end > open)?;
    match close.filter(|close| string.end > *close) {
        Some(close) => {
            let span = piece.span(open, close + 2);
            let junk = "\u{1}".repeat(close - open - 2);
            accept(piece, open + 2, close, &junk, close).then(|| {
                Diagnostic::error("hole", span, "this hole holds no value")
                    .help("a hole holds a path, a call or a literal, and filters behind `|`; a raw block `'''…'''` has no holes")
            })
        }
        None => {
            let span = piece.span(open, open + 2);
            let last = piece.text[open..end]
                .rfind('"')
                .map_or(end, |quote| open + quote + 1);
            let start = string.start;
            let junk = "\u{1}".repeat(last - start);
            accept(piece, start, last, &junk, last).then(|| {
                Diagnostic::error("unclosed-hole", span, "this hole is not closed")
                    .help("`}}` closes a hole; to write `{{` itself, use a raw block `'''…'''`")
            })
        }
    }
}

/// `else` behind a line that was junk.
fn belongs_to_junk(piece: &mut Piece, site: &Site) -> bool {
    let Some(found) = site.found() else {
        return false;
    };
    let behind_junk = site
        .opener(site.index)
        .and_then(|open| site.tokens.get(open.checked_sub(1)?));
    let behind_junk = behind_junk.is_some_and(|it| piece.text[it.start..].starts_with('\u{1}'));
    if &piece.text[found.start..found.end] != "else" || !behind_junk {
        return false;
    }
    match site.rest_of_line(&piece.text, site.index, false) {
        Some((start, end)) => {
            piece.quiet = Some(piece.offsets.original(line_end(&piece.text, start)));
            piece.junk(start, end);
            true
        }
        None => false,
    }
}

/// Overwrites the least that lets the parser read on. Says whether something is missing at the
/// end of what stands before.
fn cut_out(piece: &mut Piece, site: &Site, complete: bool) -> bool {
    let text = piece.text.clone();
    let text = text.as_str();
    if let Some(before) = site.before(1) {
        let starts_line = text[line_start(text, site.at)..site.at].trim().is_empty();
        let goal = match (starts_line, complete) {
            (true, false) => site.at - 1,
            (true, true) => site.at,
            // The item that was not read must not be taken for the name of the next.
            (false, _) => {
                let line = line_end(text, site.at);
                site.tokens
                    .iter()
                    .find(|it| it.start > line)
                    .map_or(line, |next| next.start)
            }
        };
        for missing in [" \u{1}", ": \u{1}"] {
            if accept(piece, before.end, before.end, missing, goal) {
                return true;
            }
        }
    }
    let bracket = site.bracket();
    let mut regions = Vec::new();
    if let Some(open) = bracket
        && site
            .tokens
            .get(open)
            .is_some_and(|token| token.kind != TokenKind::Open(b'{'))
    {
        regions.extend(item(site, open).map(|region| (region, false)));
    }
    let behind = bracket.map_or(0, |open| open + 1);
    let first_of_line = |index: usize| {
        let start = site
            .tokens
            .get(index)
            .map_or(text.len(), |token| line_start(text, token.start));
        site.tokens
            .partition_point(|token| token.start < start)
            .max(behind)
    };
    let line = first_of_line(site.index);
    for from in [site.index, line] {
        for whole in [!site.holds_statements(text), true] {
            regions.extend(
                site.rest_of_line(text, from, whole)
                    .map(|region| (region, false)),
            );
        }
    }
    if let Some(before) = site.before(1) {
        let from = first_of_line(site.index - 1);
        let start = site
            .tokens
            .get(from)
            .map_or(before.start, |token| token.start);
        if start < before.end {
            regions.push(((start, before.end), true));
        }
    }
    for ((start, end), unfinished) in regions {
        let junk = "\u{1}".repeat(end - start);
        if piece.text.get(start..end) != Some(&junk) && accept(piece, start, end, &junk, end) {
            piece.quiet = Some(piece.offsets.original(line_end(text, end)));
            return unfinished;
        }
    }
    // Nothing less will do: the group around it, or all of the piece.
    piece.quiet = Some(u32::MAX);
    let group = bracket.and_then(|open| {
        let close = site.tokens.get(site.behind_group(open).checked_sub(1)?)?;
        Some((site.tokens.get(open)?.end, close.start))
    });
    if let Some((start, end)) = group.filter(|(start, end)| start < end) {
        let junk = "\u{1}".repeat(end - start);
        if accept(piece, start, end, &junk, end) {
            piece.quiet = Some(piece.offsets.original(end));
            return false;
        }
    }
    let end = text.trim_end().len();
    piece.junk(end - text[..end].trim_start().len(), end);
    false
}

/// The item of a list in parentheses or brackets.
fn item(site: &Site, open: usize) -> Option<(usize, usize)> {
    let mut start = open + 1;
    let mut index = open + 1;
    while let Some(token) = site.tokens.get(index) {
        match token.kind {
            TokenKind::Open(b'{') | TokenKind::Close(_) => break,
            TokenKind::Open(_) => {
                index = site.behind_group(index);
                continue;
            }
            TokenKind::Sign if site.commas.binary_search(&index).is_ok() => {
                if index >= site.index {
                    break;
                }
                start = index + 1;
            }
            TokenKind::Sign
            | TokenKind::Word
            | TokenKind::Number
            | TokenKind::Text(_)
            | TokenKind::Regex(_)
            | TokenKind::Comment
            | TokenKind::Doc => {}
        }
        index += 1;
    }
    let (first, last) = (
        site.tokens.get(start)?,
        site.tokens.get(index.checked_sub(1)?)?,
    );
    (first.start < last.end).then_some((first.start, last.end))
}

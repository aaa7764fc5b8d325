//! One mistake: what it most likely is, told and put right.

use super::brackets::{line_end, line_start};
use super::forms::{form, is_configured, written};
use super::habits::{habit, sign, unless, unquoted};
use super::known::known_mistake;
use super::names::{name, standard_type, type_name};
use super::site::Site;
use super::values::{in_words, value};
use super::wording::{expectation, is_line, keywords};
use super::{Failure, Piece, holes, missing};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::distance;
use crate::syntax::lexer::TokenKind;

/// Puts one mistake right and says what it was, unless its line has been complained of.
pub(super) fn repair(piece: &mut Piece, failure: &Failure) -> Option<Diagnostic> {
    let site = Site::new(piece, failure);
    let told = piece
        .quiet
        .is_some_and(|end| piece.offsets.original(site.at) <= end);
    if condition_behind_rule(piece, &site) {
        return None;
    }
    let diagnostic = holes::hole(piece, &site)
        .or_else(|| value(piece, &site, failure))
        .or_else(|| in_words(piece, &site, failure))
        .or_else(|| sign(piece, &site))
        .or_else(|| known_mistake(piece, &site))
        .or_else(|| unless(piece, &site))
        .or_else(|| habit(piece, &site, failure))
        .or_else(|| name(piece, &site, failure))
        .or_else(|| missing::word(piece, &site, failure))
        .or_else(|| standard_type(piece, &site, failure))
        .or_else(|| misspelt(piece, &site))
        .or_else(|| type_name(piece, &site, failure))
        .or_else(|| unquoted(piece, &site, failure))
        .or_else(|| missing::of_type(piece, &site, failure))
        .or_else(|| missing::commas(piece, &site))
        .or_else(|| missing::sign(piece, &site));
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
    let starts_line = site.starts_line(&piece.text);
    let spans = [1, 2].map(|steps| site.before(steps).map(|it| piece.span(it.start, it.end)));
    let span = piece.span(at, end);
    let found = match site.found() {
        Some(_) => shown(&piece.text[at..end]),
        None => "the end".to_owned(),
    };
    let expected = expectation(&failure.expected);
    let form = form(piece, &site);
    let (span, message) = match cut_out(piece, &site, is_line(&expected)) {
        Cut::Before(2) => (
            spans[1].unwrap_or(span),
            "something is missing behind this".to_owned(),
        ),
        // What is missing at the end of a line is told there, not at the line behind.
        Cut::Before(_) if starts_line && !expected.is_empty() && !is_line(&expected) => (
            spans[0].unwrap_or(span),
            format!("expected {expected} behind this"),
        ),
        Cut::Before(_) | Cut::Found if expected.is_empty() => {
            (span, format!("cannot read {found}"))
        }
        Cut::Before(_) | Cut::Found => (span, format!("expected {expected}, found {found}")),
    };
    let report = Diagnostic::error("syntax", span, message);
    let is_configured = expected == "a line of a model" && is_configured(found.trim_matches('`'));
    (!told).then(|| match is_configured {
        true => report.help("keys, addresses and prices stand in the runtime's configuration"),
        false => written(report, form),
    })
}

/// A token as a message shows it.
pub(super) fn shown(text: &str) -> String {
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
pub(super) fn accept(piece: &mut Piece, start: usize, end: usize, with: &str, goal: usize) -> bool {
    if piece.work == 0 {
        return false;
    }
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

/// A word that is nearly a keyword: the one that could not be read, or the one before it.
fn misspelt(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    // What is put right must let the parser read on: past the next token, or, when the word
    // itself was read as a name, past the line. A slip of one letter may have another behind it.
    let next = site
        .tokens
        .get(site.index + 1)
        .map_or(site.at, |next| next.start);
    let line = line_end(&piece.text, site.at);
    let word_end = site.found().map_or(site.at, |token| token.end);
    for (steps, goal, most) in [(0, next, 2), (1, line, 2), (0, word_end, 1)] {
        let Some(token) = site
            .before(steps)
            .filter(|token| token.kind == TokenKind::Word)
        else {
            continue;
        };
        let word = piece.text[token.start..token.end].to_owned();
        let mut near: Vec<(usize, &str)> = keywords()
            .map(|(_, keyword)| (slips(&word, keyword), keyword))
            .filter(|(slips, _)| *slips > 0 && *slips <= most)
            .filter(|(slips, keyword)| *slips == 1 || keyword.len() > 3)
            .collect();
        near.sort_by_key(|(slips, _)| *slips);
        for (_, keyword) in near {
            let span = piece.span(token.start, token.end);
            if accept(piece, token.start, token.end, keyword, goal) {
                let message = format!("unknown word `{word}`");
                return Some(
                    Diagnostic::error("unknown-word", span, message).did_you_mean(Some(keyword)),
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

/// `must … if c`: what is said about a condition behind a rule says it all.
fn condition_behind_rule(piece: &mut Piece, site: &Site) -> bool {
    let (Some(before), Some(found)) = (site.before(1), site.found()) else {
        return false;
    };
    matches!(before.kind, TokenKind::Text(_))
        && !site.starts_line(&piece.text)
        && &piece.text[found.start..found.end] == "if"
        && accept(piece, found.start, found.end, "when", found.end)
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

/// What was done about a mistake that nothing explains.
enum Cut {
    /// What could not be read is junk.
    Found,
    /// Something is missing behind the token so many steps before.
    Before(usize),
}

/// Puts junk in where something may be missing.
fn fill_in(piece: &mut Piece, site: &Site, complete: bool) -> Option<Cut> {
    let before = site.before(1)?;
    let text = piece.text.clone();
    let starts_line = site.starts_line(&text);
    // The first word of a line may have been read as what the line before lacks.
    if let Some(last) = site.before(2)
        && !starts_line
        && text[line_start(&text, before.start)..before.start]
            .trim()
            .is_empty()
        && accept(
            piece,
            last.end,
            last.end,
            " \u{1}",
            site.found().map_or(site.at, |it| it.end),
        )
    {
        return Some(Cut::Before(2));
    }
    let goal = match (starts_line, complete) {
        (true, false) => site.at - 1,
        (true, true) => site.at,
        // The item that was not read must not be taken for the name of the next.
        (false, _) => {
            let line = line_end(&text, site.at);
            let next = site.tokens.iter().find(|it| it.start > line);
            next.map_or(line, |next| next.start)
        }
    };
    let mut missing = [" \u{1}", "= \u{1}", ": \u{1}"].into_iter();
    missing.find(|missing| accept(piece, before.end, before.end, missing, goal))?;
    Some(Cut::Before(1))
}

/// Overwrites the least that lets the parser read on.
fn cut_out(piece: &mut Piece, site: &Site, complete: bool) -> Cut {
    if let Some(filled) = fill_in(piece, site, complete) {
        return filled;
    }
    let text = piece.text.clone();
    let text = text.as_str();
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
            return if unfinished {
                Cut::Before(1)
            } else {
                Cut::Found
            };
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
            return Cut::Found;
        }
    }
    let end = text.trim_end().len();
    piece.junk(end - text[..end].trim_start().len(), end);
    Cut::Found
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

//! Names that are none: of another spelling, a word of the language, or not there.

use super::forms::{form, written};
use super::repair::accept;
use super::site::Site;
use super::{Failure, Piece};
use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::TokenKind;
use crate::syntax::parser::grammar::Rule;

const RESERVED: [&str; 9] = [
    "and", "or", "not", "is", "in", "true", "false", "none", "trusting",
];

/// Words behind which something gets its name.
const NAMING: [&str; 11] = [
    "must",
    "never",
    "should",
    "avoid",
    "may",
    "fact",
    "behaviour",
    "ruleset",
    "tool",
    "agent",
    "model",
];

/// A name that cannot be one, with the nearest that can; or a place where one is missing.
pub(super) fn name(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
    let wants_type = failure.expected.contains(&Rule::Type);
    let wants_name = failure.expected.contains(&Rule::name);
    let spelt = spelt(piece, site, wants_type && !wants_name)
        .or_else(|| of_two_words(piece, site))
        .or_else(|| qualified(piece, site));
    if spelt.is_some() {
        return spelt;
    }
    let only_a_name = failure
        .expected
        .iter()
        .all(|rule| matches!(rule, Rule::name | Rule::Type | Rule::open));
    let found = site.found()?;
    let missing = matches!(found.kind, TokenKind::Open(_) | TokenKind::Text(_))
        || &piece.text[found.start..found.end] == "->";
    if !only_a_name || !missing || !(wants_name || wants_type) {
        return None;
    }
    // A name that refers to something would have to be there.
    let before = site.before(1)?;
    if matches!(
        &piece.text[before.start..before.end],
        "key" | "by" | "for" | "follow"
    ) {
        return None;
    }
    // One that nobody else has, so that nothing is told about it.
    let place = piece.span(before.start, before.end);
    let (kind, with) = if wants_type {
        ("type name", format!(" Missing{}", found.start))
    } else {
        ("name", format!(" missing_{}", found.start))
    };
    let form = form(piece, site);
    let goal = found.end.saturating_sub(1);
    accept(piece, before.end, before.end, &with, goal).then(|| {
        let message = format!("a {kind} is missing behind this");
        written(Diagnostic::error("missing-name", place, message), form)
    })
}

/// `module.name`: a name stands without its module.
fn qualified(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (module, dot) = (site.before(1)?, site.found()?);
    let name = *site.tokens.get(site.index + 1)?;
    let words = module.kind == TokenKind::Word && name.kind == TokenKind::Word;
    let joined = module.end == dot.start && dot.end == name.start;
    if !words || !joined || &piece.text[dot.start..dot.end] != "." {
        return None;
    }
    let was = piece.text.get(module.start..name.end)?.to_owned();
    let with = piece.text.get(name.start..name.end)?.to_owned();
    let span = piece.span(module.start, name.end);
    let next = site.tokens.iter().find(|token| token.start >= name.end);
    let goal = next.map_or(piece.text.len().saturating_sub(1), |next| next.start);
    accept(piece, module.start, name.end, &with, goal).then(|| {
        Diagnostic::error(
            "name",
            span,
            format!("`{was}` is a name with its module, which stands in a `use`"),
        )
        .help(format!(
            "bring it into scope with `use`, and write `{with}`"
        ))
        .fix(span, with.clone(), format!("write `{with}`"))
    })
}

/// Types of the standard library, which are there in every package.
const STANDARD: [&str; 9] = [
    "Address",
    "Answer",
    "Attachment",
    "Draft",
    "Mail",
    "Reply",
    "Saved",
    "Thread",
    "Verdict",
];

/// Longer names are not guessed at.
const LONGEST: usize = 64;

/// Words for types that no capital makes one.
const FOREIGN: [&str; 8] = [
    "any", "array", "dict", "json", "list", "map", "object", "set",
];

/// `mail: mail`: a standard type without its capital.
pub(super) fn standard_type(
    piece: &mut Piece,
    site: &Site,
    failure: &Failure,
) -> Option<Diagnostic> {
    capital(piece, site, failure, |with| STANDARD.contains(&with))
}

/// `order: order`: a type that a package may declare, without its capital.
pub(super) fn type_name(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
    let foreign = |with: &str| FOREIGN.contains(&with.to_ascii_lowercase().as_str());
    capital(piece, site, failure, |with| !foreign(with))
}

/// A type written without its capital, if it may be the one that is meant.
fn capital(
    piece: &mut Piece,
    site: &Site,
    failure: &Failure,
    may_be: impl Fn(&str) -> bool,
) -> Option<Diagnostic> {
    let found = site.found().filter(|it| it.kind == TokenKind::Word)?;
    let wanted = [Rule::Type, Rule::type_ref, Rule::plain_type];
    if !wanted.iter().any(|rule| failure.expected.contains(rule)) {
        return None;
    }
    let was = piece.text.get(found.start..found.end)?.to_owned();
    if was.len() > LONGEST {
        return None;
    }
    let with = pascal(&was).filter(|with| *with != was && may_be(with))?;
    let next = site.tokens.get(site.index + 1);
    let goal = next.map_or(piece.text.len().saturating_sub(1), |next| next.start);
    let span = piece.span(found.start, found.end);
    accept(piece, found.start, found.end, &with, goal).then(|| {
        Diagnostic::error("name", span, format!("`{was}` is no type"))
            .help(format!("`text`, `int`, `bool` and others are there; what a package declares begins with a capital: `{with}`"))
            .fix(span, with.clone(), format!("write `{with}`"))
    })
}

/// The stretch that was meant as a name, spelt as one.
fn spelt(piece: &mut Piece, site: &Site, is_type: bool) -> Option<Diagnostic> {
    let found = site.found()?;
    let (start, end) = stretch(&piece.text, site.at.min(found.start))?;
    let was = piece.text[start..end].to_owned();
    let inner = was.trim_matches('"');
    if RESERVED.contains(&inner) {
        let span = piece.span(start, end);
        let with = format!("{inner}_");
        return accept(piece, start, end, &with, end).then(|| {
            let message = format!("`{inner}` is a word of the language and no name");
            Diagnostic::error("reserved-word", span, message).help("give it another name")
        });
    }
    let with = if is_type { pascal(inner) } else { snake(inner) };
    let with = with.filter(|with| *with != was && !RESERVED.contains(&with.as_str()))?;
    let next = site.tokens.iter().find(|token| token.start >= end);
    let goal = next.map_or(piece.text.len().saturating_sub(1), |next| next.start);
    let span = piece.span(start, end);
    let what = if is_type {
        "a type is named with letters and digits, a capital first"
    } else {
        "names are of lower-case letters, digits and `_`, a letter first"
    };
    let message = if inner == with {
        format!("a name stands in no quotes: `{with}`")
    } else {
        format!("`{was}` cannot be a name here")
    };
    accept(piece, start, end, &with, goal).then(|| {
        Diagnostic::error("name", span, message)
            .help(format!("{what}: `{with}`"))
            .fix(span, with.clone(), format!("write `{with}`"))
    })
}

/// `must thank them "…"`: a name is one word.
fn of_two_words(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (first, second) = (site.before(1)?, site.found()?);
    let (head, next) = (site.before(2)?, site.tokens.get(site.index + 1)?);
    let words = first.kind == TokenKind::Word && second.kind == TokenKind::Word;
    let was = piece.text.get(first.start..second.end)?.to_owned();
    let names = NAMING.contains(&&piece.text[head.start..head.end]);
    let goes_on = matches!(next.kind, TokenKind::Text(_) | TokenKind::Open(_));
    if !words || !names || !goes_on || was.contains('\n') {
        return None;
    }
    let with = snake(&was.replace(' ', "_"))?;
    let span = piece.span(first.start, second.end);
    accept(
        piece,
        first.start,
        second.end,
        &with,
        next.end.saturating_sub(1),
    )
    .then(|| {
        Diagnostic::error("name", span, "a name is one word").fix(
            span,
            with.clone(),
            format!("write `{with}`"),
        )
    })
}

/// What stands around a place without a blank, and could be a name in some language; a word in
/// quotes too.
fn stretch(text: &str, at: usize) -> Option<(usize, usize)> {
    if text[at..].starts_with('"') {
        if text[..at].ends_with(|c: char| c.is_alphanumeric()) {
            return None;
        }
        let length = text[at + 1..].find(['"', '\n'])?;
        let word = &text[at + 1..at + 1 + length];
        let one = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_');
        return one.then_some((at, at + length + 2));
    }
    let joined = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let before = text[..at].trim_end_matches(joined).len();
    let end = at
        + text[at..]
            .find(|c: char| !joined(c))
            .unwrap_or(text.len() - at);
    (end > before).then_some((before, end))
}

/// `answer-mail` and `AnswerMail` as `answer_mail`.
fn snake(text: &str) -> Option<String> {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        } else {
            out.push_str(&plain(c)?);
        }
    }
    let letters = out.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    (letters && out != "_").then_some(out)
}

/// `short-note` and `short_note` as `ShortNote`.
fn pascal(text: &str) -> Option<String> {
    let mut out = String::new();
    for word in text.split(['-', '_']) {
        let mut word = word.chars();
        if let Some(first) = word.next() {
            out.extend(plain(first)?.chars().next().map(|c| c.to_ascii_uppercase()));
        }
        for c in word {
            out.push_str(&plain(c)?);
        }
    }
    out.starts_with(|c: char| c.is_ascii_uppercase())
        .then_some(out)
}

/// A sign of a name without its marks.
fn plain(c: char) -> Option<String> {
    Some(match c {
        'ä' => "ae".to_owned(),
        'ö' => "oe".to_owned(),
        'ü' => "ue".to_owned(),
        'ß' => "ss".to_owned(),
        'à' | 'á' | 'â' => "a".to_owned(),
        'è' | 'é' | 'ê' => "e".to_owned(),
        'ç' => "c".to_owned(),
        'ñ' => "n".to_owned(),
        '-' => "_".to_owned(),
        _ if c.is_ascii_alphanumeric() || c == '_' => c.to_string(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_the_language_spells_them() {
        assert_eq!(snake("answer-mail").as_deref(), Some("answer_mail"));
        assert_eq!(snake("AnswerMail").as_deref(), Some("answer_mail"));
        assert_eq!(snake("grüße").as_deref(), Some("gruesse"));
        assert_eq!(snake("2nd"), None);
        assert_eq!(pascal("short-note").as_deref(), Some("ShortNote"));
        assert_eq!(pascal("tone").as_deref(), Some("Tone"));
    }
}

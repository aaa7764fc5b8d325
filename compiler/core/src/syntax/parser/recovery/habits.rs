//! What authors bring along: the words, signs and quotes of other languages, and of mails.
//!
//! Each habit is a guess at what was meant. It is taken only if the parser then reads on, so a word
//! that is a name here stays one.

use super::brackets::{end_of_block, line_end, line_start};
use super::repair::accept;
use super::site::Site;
use super::{Failure, Piece};
use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::parser::grammar::Rule;

/// Words of other languages, and ours.
pub(super) static WORDS: &[(&str, &str)] = &[
    // declarations
    ("def", "behaviour"),
    ("fn", "behaviour"),
    ("func", "behaviour"),
    ("function", "behaviour"),
    ("prompt", "behaviour"),
    ("import", "use"),
    ("include", "use"),
    ("struct", "record"),
    ("class", "record"),
    ("interface", "record"),
    ("type", "record"),
    ("let", "const"),
    ("var", "const"),
    // statements
    ("elif", "else when"),
    ("elseif", "else when"),
    ("elsif", "else when"),
    ("if", "when"),
    ("switch", "match"),
    ("for", "each"),
    ("foreach", "each"),
    ("always", "must"),
    ("shall", "must"),
    ("must_not", "never"),
    ("do_not", "never"),
    ("dont", "never"),
    ("should_not", "avoid"),
    ("can", "may"),
    ("system", "role"),
    ("persona", "role"),
    ("prompt", "role"),
    ("instructions", "goal"),
    ("task", "goal"),
    ("atleast", "at least"),
    ("reply", "replies"),
    ("tool", "tools"),
    // types
    ("string", "text"),
    ("String", "text"),
    ("str", "text"),
    ("Text", "text"),
    ("integer", "int"),
    ("Integer", "int"),
    ("Int", "int"),
    ("number", "int"),
    ("Number", "int"),
    ("boolean", "bool"),
    ("Boolean", "bool"),
    ("Bool", "bool"),
    ("double", "float"),
    ("decimal", "float"),
    ("real", "float"),
    ("Float", "float"),
    ("timestamp", "datetime"),
    ("uri", "url"),
    // conditions
    ("AND", "and"),
    ("OR", "or"),
    ("NOT", "not"),
    ("equals", "=="),
    ("is", "=="),
    ("exists", "is some"),
    ("null", "none"),
    ("nil", "none"),
    ("None", "none"),
    ("undefined", "none"),
];

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

/// Words that may be left out of a line of other languages.
const SUPERFLUOUS: [&str; 12] = [
    "public", "private", "export", "async", "static", "required", "case", "new", "the", "readonly",
    "abstract", "final",
];

/// The word of this language for one of another.
pub(crate) fn ours(word: &str) -> Option<&'static str> {
    WORDS
        .iter()
        .find(|(theirs, _)| *theirs == word)
        .map(|(_, ours)| *ours)
}

/// What is meant by something that is not written so here.
pub(super) fn habit(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
    let found = site.found()?;
    strength_with_not(piece, site)
        .or_else(|| type_of_others(piece, site))
        .or_else(|| import(piece, site))
        .or_else(|| word(piece, site))
        .or_else(|| expected_sign(piece, site, failure))
        .or_else(|| comment(piece, found))
        .or_else(|| quotes(piece, site, failure))
        .or_else(|| inner_quotes(piece, site))
        .or_else(|| body_behind_colon(piece, site))
        .or_else(|| superfluous(piece, site))
}

/// Takes a replacement, and says how it is written.
fn written(
    piece: &mut Piece,
    (start, end): (usize, usize),
    with: &str,
    goal: usize,
) -> Option<Diagnostic> {
    let span = piece.span(start, end);
    let was = piece.text.get(start..end)?.trim().to_owned();
    accept(piece, start, end, with, goal).then(|| {
        Diagnostic::error("other-word", span, format!("`{was}` is written `{with}`")).fix(
            span,
            with,
            format!("write `{with}`"),
        )
    })
}

/// Where the token behind an index starts: how far the parser must get for a word to be right.
fn behind(piece: &Piece, site: &Site, index: usize) -> usize {
    site.tokens
        .get(index + 1)
        .map_or(piece.text.len().saturating_sub(1), |next| next.start)
}

fn word(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    // The word may have been read as a name, and what stands behind it not.
    for steps in [0, 1, 2] {
        let index = site.index.checked_sub(steps)?;
        let token = *site.tokens.get(index)?;
        // A word of another line was read, and is no more to be guessed at.
        let far = piece.text[token.end..site.at.max(token.end)].contains('\n');
        if token.kind != TokenKind::Word || far && steps > 1 {
            continue;
        }
        let written_so = piece.text[token.start..token.end].to_owned();
        let goal = behind(piece, site, index.max(site.index));
        let line = line_end(&piece.text, token.start);
        let braced = piece.text[token.start..line].trim_end().ends_with('{');
        for (_, with) in WORDS.iter().filter(|(word, _)| *word == written_so) {
            // What has no braces is no declaration, but of another language altogether.
            if *with == "behaviour" && !braced {
                continue;
            }
            if let Some(found) = written(piece, (token.start, token.end), with, goal) {
                return Some(found);
            }
        }
        let not = site.tokens.get(index + 1).copied();
        if let Some(not) = not.filter(|not| &piece.text[not.start..not.end] == "not")
            && written_so == "is"
            && let Some(found) = written(
                piece,
                (token.start, not.end),
                "!=",
                behind(piece, site, index + 1),
            )
        {
            return Some(found);
        }
    }
    None
}

/// `must not`, `should not`: the strengths that forbid have words of their own.
fn strength_with_not(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (strength, not) = (site.before(1)?, site.found()?);
    let with = match &piece.text[strength.start..strength.end] {
        "must" | "may" | "can" | "do" | "shall" => "never",
        "should" => "avoid",
        _ => return None,
    };
    let named = site.tokens.get(site.index + 1)?;
    if &piece.text[not.start..not.end] != "not" || named.kind != TokenKind::Word {
        return None;
    }
    written(
        piece,
        (strength.start, not.end),
        with,
        behind(piece, site, site.index),
    )
}

/// `must … unless c`: a rule stands in a `when`.
pub(super) fn unless(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (before, found) = (site.before(1)?, site.found()?);
    let behind_rule = matches!(before.kind, TokenKind::Text(_));
    if !behind_rule || &piece.text[found.start..found.end] != "unless" {
        return None;
    }
    let (start, end) = site.rest_of_line(&piece.text, site.index, false)?;
    let span = piece.span(start, end);
    accept(piece, start, end, &" ".repeat(end - start), start).then(|| {
        Diagnostic::error("rule-when", span, "a rule has no `unless`")
            .help("put the rule into `when not … { … }`, so that the condition stands before what it decides")
    })
}

/// Lists and options as other languages write them: `list of text`, `text[]`, `optional text`.
fn type_of_others(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let line = line_start(&piece.text, site.at);
    let colon = site
        .tokens
        .iter()
        .rev()
        .find(|token| {
            token.start < site.at.max(line + 1) && piece.text[token.start..token.end] == *":"
        })
        .filter(|colon| colon.start >= line)?;
    let rest = &piece.text[colon.end..line_end(&piece.text, colon.end)];
    let rest = &rest[..rest.find(['=', ',', ')', '}', '/']).unwrap_or(rest.len())];
    let start = colon.end + rest.len() - rest.trim_start().len();
    let end = colon.end + rest.trim_end().len();
    let with = shape(piece.text.get(start..end)?)?;
    written(piece, (start, end), &with, end.saturating_sub(1))
}

/// The type as it is written here.
fn shape(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let inner = |open: &str, close: char| {
        let rest = text.get(open.len()..).filter(|_| lower.starts_with(open))?;
        let rest = rest.strip_suffix(close)?;
        Some(ours(rest).unwrap_or(rest))
    };
    for list in ["list<", "array<", "set<"] {
        if let Some(of) = inner(list, '>') {
            return Some(format!("[{of}]"));
        }
    }
    for list in ["list[", "array["] {
        if let Some(of) = inner(list, ']') {
            return Some(format!("[{of}]"));
        }
    }
    for (option, close) in [
        ("optional[", ']'),
        ("optional<", '>'),
        ("option<", '>'),
        ("maybe<", '>'),
    ] {
        if let Some(of) = inner(option, close) {
            return Some(format!("{of}?"));
        }
    }
    for list in ["list of ", "array of ", "a list of "] {
        if lower.starts_with(list) {
            return Some(format!("[{}]", &text[list.len()..]));
        }
    }
    for option in ["optional ", "nullable ", "maybe "] {
        if lower.starts_with(option) {
            return Some(format!("{}?", &text[option.len()..]));
        }
    }
    if let Some(of) = ["| none", "| null", "or none", "or null"]
        .into_iter()
        .find_map(|none| text.strip_suffix(none))
    {
        return Some(format!("{}?", of.trim_end()));
    }
    let of = text.strip_suffix("[]")?;
    Some(format!("[{}]", ours(of).unwrap_or(of)))
}

/// `use a.Name`.
fn import(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let line = line_start(&piece.text, site.at.min(piece.text.len()));
    for steps in [0, 1] {
        let name = site.before(steps)?;
        let dot = site.before(steps + 1)?;
        let line = if name.start < line {
            line_start(&piece.text, name.start)
        } else {
            line
        };
        let is_import = piece.text[line..].starts_with("use ") && dot.end == name.start;
        if is_import && name.kind == TokenKind::Word && &piece.text[dot.start..dot.end] == "." {
            let with = format!("{{{}}}", &piece.text[name.start..name.end]);
            let goal = name.end.saturating_sub(1);
            return written(piece, (name.start, name.end), &with, goal);
        }
    }
    None
}

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
pub(super) fn sign(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (start, end) = run(piece, site)?;
    let signs = piece.text[start..end].to_owned();
    let last = site.tokens.partition_point(|token| token.end <= end) - 1;
    let goal = behind(piece, site, last);
    let mut meant = SIGNS.iter().filter(|(sign, _)| *sign == signs);
    meant.find_map(|(_, with)| written(piece, (start, end), with, goal))
}

/// A sign in the place of the one that the grammar wants there.
fn expected_sign(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
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

/// Comments of other languages.
fn comment(piece: &mut Piece, found: Token) -> Option<Diagnostic> {
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

/// What stands around a text elsewhere.
const MARKS: &str = "“”„‟«»‘’'`";

/// Quotes of a word processor, of other languages, or none.
fn quotes(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
    let found = site.found()?;
    let wants = |rule: Rule| failure.expected.contains(&rule);
    if ![Rule::string, Rule::prose, Rule::raw]
        .into_iter()
        .any(wants)
    {
        return None;
    }
    let line = line_end(&piece.text, found.start);
    let rest = piece.text[found.start..line].to_owned();
    let first = rest.chars().next()?;
    if MARKS.contains(first) {
        let inner = &rest[first.len_utf8()..];
        let close = inner.rfind(|c: char| MARKS.contains(c) || c == '"')?;
        let width = inner[close..].chars().next().map_or(1, char::len_utf8);
        let end = found.start + first.len_utf8() + close + width;
        let with = format!("\"{}\"", inner[..close].replace('"', "\\\""));
        let span = piece.span(found.start, found.start + first.len_utf8());
        let whole = piece.span(found.start, end);
        return accept(piece, found.start, end, &with, end).then(|| {
            Diagnostic::error(
                "other-quotes",
                span,
                format!("a text stands in `\"`, not in `{first}`"),
            )
            .fix(whole, with, "write `\"`")
        });
    }
    None
}

/// A text without quotes.
pub(super) fn unquoted(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
    let found = site.found()?;
    let line = line_end(&piece.text, found.start);
    let rest = piece.text[found.start..line].to_owned();
    let wants = |rule: Rule| failure.expected.contains(&rule);
    if ![Rule::string, Rule::prose, Rule::raw]
        .into_iter()
        .any(wants)
    {
        return None;
    }
    // Where any value may stand, a word is one.
    let is_value = wants(Rule::k_true) || rest.contains('"');
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
fn inner_quotes(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
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

/// A body behind a colon, by its depth alone.
fn body_behind_colon(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
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

/// A word before a line that is complete without it.
fn superfluous(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    for steps in [0, 1] {
        let index = site.index.checked_sub(steps)?;
        let token = *site.tokens.get(index)?;
        let next = *site.tokens.get(index + 1)?;
        let text = piece.text[token.start..token.end].to_owned();
        if token.kind != TokenKind::Word || !SUPERFLUOUS.contains(&text.as_str()) {
            continue;
        }
        let span = piece.span(token.start, token.end);
        let whole = piece.span(token.start, next.start);
        let blank = " ".repeat(token.end - token.start);
        let goal = behind(piece, site, index + 1);
        if accept(piece, token.start, token.end, &blank, goal) {
            let message = format!("`{text}` has no place here");
            return Some(Diagnostic::error("extra-word", span, message).fix(
                whole,
                "",
                "remove it",
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parser::recovery::wording::keywords;

    #[test]
    fn types_of_other_languages_have_a_shape_here() {
        let shapes = [
            ("list of text 1..20", "[text 1..20]"),
            ("List<string>", "[text]"),
            ("Optional[int]", "int?"),
            ("optional text", "text?"),
            ("text 1..20 | none", "text 1..20?"),
            ("text[]", "[text]"),
        ];
        for (theirs, ours) in shapes {
            assert_eq!(shape(theirs).as_deref(), Some(ours), "{theirs}");
        }
        assert_eq!(shape("text 1..20"), None);
    }

    #[test]
    fn what_is_offered_is_a_word_of_the_language() {
        for (_, with) in WORDS {
            for word in with.split(' ').filter(|word| *word != "==") {
                assert!(keywords().any(|(_, known)| known == word), "{word}");
            }
        }
    }
}

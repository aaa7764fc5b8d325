//! What is asked for at a place, by the tokens before it.

use crate::ide::{Analysis, Place};
use crate::source::Span;
use crate::syntax::lexer::{Token, TokenKind, tokens};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// Of what kind.
    pub(super) what: What,
    /// The word that is being written.
    pub(super) word: Span,
}

/// Of what kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A declaration.
    Declaration,
    /// A line of the declaration that such a word opens.
    Line(&'static str),
    /// A type.
    Type,
    /// The field or case behind a point; the names before it.
    Member(Vec<String>),
    /// A value or a condition; the names of the path that it is compared with.
    Value(Vec<String>),
    /// A filter, behind a bar.
    Filter,
    /// A tool.
    Tool,
    /// A behaviour.
    Behaviour,
    /// A ruleset.
    Ruleset,
    /// A model.
    Model,
    /// An entity.
    Entity,
    /// A module, behind `use`.
    Module,
    /// A name of a module.
    NameOf(String),
    /// The code of a lint.
    Lint,
    /// A layout.
    Layout,
    /// A rule of the behaviour of an example.
    Rule,
    /// A case of the enum that a `match` is over.
    Arm(Vec<String>),
    /// A field of a record, in braces; the path or name before them.
    Entry(Vec<String>),
}

/// The declarations with lines, as their first words.
const OWNERS: [&str; 9] = [
    "behaviour",
    "ruleset",
    "tool",
    "model",
    "agent",
    "example",
    "record",
    "entity",
    "enum",
];

/// What is asked for at a place; nothing in comments and words of prose.
pub(super) fn of(analysis: &Analysis, place: Place) -> Option<Asked> {
    let text = analysis.text(place.file).get(..place.offset as usize)?;
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let start = text.trim_end_matches(is_letter).len();
    let word = Span {
        file: place.file,
        start: u32::try_from(start).ok()?,
        end: place.offset,
    };
    let before = text.get(..start)?;
    let mut all: Vec<Token> = tokens(before).collect();
    let mut hole = false;
    if let Some(last) = all.last().copied() {
        let written = before.get(last.start..)?;
        match last.kind {
            TokenKind::Text(false) => {
                let at = written
                    .rfind("{{")
                    .filter(|at| !written[*at..].contains("}}"))?;
                let from = last.start + at + 2;
                all = tokens(before.get(from..)?)
                    .map(|it| Token {
                        start: it.start + from,
                        end: it.end + from,
                        ..it
                    })
                    .collect();
                hole = true;
            }
            TokenKind::Comment | TokenKind::Doc if !before.ends_with('\n') => return None,
            TokenKind::Comment
            | TokenKind::Doc
            | TokenKind::Text(true)
            | TokenKind::Word
            | TokenKind::Number
            | TokenKind::Regex(_)
            | TokenKind::Open(_)
            | TokenKind::Close(_)
            | TokenKind::Sign => {}
        }
    }
    let words: Vec<&str> = all
        .iter()
        .filter(|it| !matches!(it.kind, TokenKind::Comment | TokenKind::Doc))
        .filter_map(|it| before.get(it.start..it.end))
        .collect();
    let line: Vec<&str> = line(before, &all);
    let what = if hole {
        in_expression(&words)
    } else {
        in_lines(&words, &line)
    };
    Some(Asked { what, word })
}

/// The tokens on the line of the place.
fn line<'t>(before: &'t str, all: &[Token]) -> Vec<&'t str> {
    let from = before.rfind('\n').map_or(0, |at| at + 1);
    let inside = all.iter().filter(|it| it.start >= from);
    inside
        .filter_map(|it| before.get(it.start..it.end))
        .collect()
}

/// The names of the path that the words end with: of `when a.b .` these are `a`, `b`.
fn path(words: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = words.len();
    while at > 0 {
        let is_name = words[at - 1].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !is_name {
            break;
        }
        names.push(words[at - 1].to_owned());
        if at < 2 || words[at - 2] != "." {
            break;
        }
        at -= 2;
    }
    names.reverse();
    names
}

fn in_expression(words: &[&str]) -> What {
    match words {
        [path_words @ .., "."] => What::Member(path(path_words)),
        [.., "|"] => What::Filter,
        [path_words @ .., "==" | "!="] => What::Value(path(path_words)),
        [path_words @ .., "in", "["] => What::Value(path(path_words)),
        _ => What::Value(Vec::new()),
    }
}

/// The brackets that are open: what stands before each, innermost last.
fn open<'w>(words: &'w [&'w str]) -> Vec<(&'w str, usize)> {
    let mut open = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match *word {
            "(" | "[" | "{" => open.push((*word, at)),
            ")" | "]" | "}" => {
                open.pop();
            }
            _ => {}
        }
    }
    open
}

fn in_lines(words: &[&str], line: &[&str]) -> What {
    let open = open(words);
    // `use a.b.{c, ` has brackets that hold names of a module.
    if let Some(at) = words.iter().rposition(|it| *it == "use")
        && open.last().is_none_or(|(_, bracket)| *bracket > at)
        && words[at..].iter().filter(|it| **it == "{").count() <= 1
        && !words[at..].contains(&"}")
    {
        return match words[at..].iter().position(|it| *it == "{") {
            Some(brace) => What::NameOf(
                words[at + 1..at + brace]
                    .concat()
                    .trim_end_matches('.')
                    .to_owned(),
            ),
            None => What::Module,
        };
    }
    let Some((outer, first)) = open.first().copied() else {
        return head(words);
    };
    let owner = owner(&words[..first]);
    match (words, line) {
        ([.., "tools"], _) | ([.., "about", "tool"], _) | ([.., "on"], ["on"]) => {
            return What::Tool;
        }
        ([.., "tool"], ["expect", ..]) | ([.., "calls"], _) => return What::Tool,
        (_, ["tools", .., ","]) => return What::Tool,
        ([.., "follow"], _) => return What::Ruleset,
        ([.., "model" | "fallback"], _) => return What::Model,
        ([.., "layout"], _) => return What::Layout,
        ([.., "allow"], _) => return What::Lint,
        ([.., "reads" | "writes" | "search" | "get"], _) => return What::Entity,
        ([.., "guard" | "run" | "send" | "route"], _) | ([.., "via", "behaviour"], _) => {
            return What::Behaviour;
        }
        ([.., "->"], _) if owner == "agent" => return What::Behaviour,
        ([.., "observe", _, "="], _) => return What::Behaviour,
        ([.., "rule" | "fail"], ["expect", ..]) => return What::Rule,
        ([.., ":" | "->"], _)
            if outer == "(" || matches!(owner, "record" | "entity" | "enum" | "agent") =>
        {
            return What::Type;
        }
        _ => {}
    }
    if owner == "example" && open.len() > 1 && matches!(words.last(), Some(&"{" | &",")) {
        let (_, brace) = open[open.len() - 1];
        let before = &words[..brace];
        let before = before.strip_suffix(&["="]).unwrap_or(before);
        let before = before.strip_suffix(&[":"]).unwrap_or(before);
        return What::Entry(path(before));
    }
    if let Some(ruleset) = follows(words, &open) {
        return What::Entry(vec![ruleset]);
    }
    if let Some((_, brace)) = open.last().filter(|(sign, _)| *sign == "{")
        && (line.is_empty() || line == ["}"])
    {
        let before = &words[..*brace];
        let names = path(before);
        let keyword = before
            .len()
            .checked_sub(names.len() * 2)
            .and_then(|at| before.get(at));
        if keyword == Some(&"match") {
            return What::Arm(names);
        }
    }
    if line.is_empty() {
        return What::Line(owner);
    }
    in_expression(words)
}

/// The ruleset whose argument is begun: `follow short(`, `follow short(max: 200,`.
fn follows(words: &[&str], open: &[(&str, usize)]) -> Option<String> {
    let (_, bracket) = open.last().filter(|(sign, _)| *sign == "(")?;
    let [.., "follow", name] = words.get(..*bracket)? else {
        return None;
    };
    matches!(words.last(), Some(&"(" | &",")).then(|| (*name).to_owned())
}

/// The head of a declaration, or the beginning of one.
fn head(words: &[&str]) -> What {
    match words {
        [.., "->"] | [.., "owned", "by"] | [.., ":"] => What::Type,
        [.., "for"] => What::Behaviour,
        [.., "allow"] => What::Lint,
        [.., "="] => What::Value(Vec::new()),
        _ => What::Declaration,
    }
}

/// The word that opened the declaration whose brackets are open.
fn owner(words: &[&str]) -> &'static str {
    let found = words
        .iter()
        .rev()
        .find_map(|word| OWNERS.iter().find(|it| *it == word));
    found.copied().unwrap_or("behaviour")
}

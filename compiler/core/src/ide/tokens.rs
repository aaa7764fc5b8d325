//! Colours: what each word of a file is, by its meaning and not its spelling.

use std::ops::Range;

use super::Analysis;
use super::names::{self, Symbol};
use crate::resolve::Kind;
use crate::source::{FileId, Span};
use crate::syntax::lexer::{TokenKind, tokens};

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// A comment or docs.
    Comment,
    /// A string.
    Text,
    /// A number, duration, date or time.
    Number,
    /// A regular expression.
    Regex,
    /// A keyword.
    Keyword,
    /// A sign.
    Operator,
    /// A record or an entity.
    Record,
    /// An enum.
    Enum,
    /// A case of an enum.
    Case,
    /// A field.
    Field,
    /// A parameter or a name that is bound.
    Parameter,
    /// What its place provides.
    Variable,
    /// A function, behaviour or tool.
    Function,
    /// A ruleset, a model, an agent, an example.
    Class,
    /// A constant.
    Constant,
    /// A fact, rule, step or stage.
    Part,
    /// A module.
    Namespace,
}

/// A word and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coloured {
    /// Where.
    pub span: Span,
    /// What.
    pub colour: Colour,
    /// Whether it is introduced here.
    pub declares: bool,
}

/// The words of a file in order; none overlaps another.
#[must_use]
pub fn of_file(analysis: &Analysis, file: FileId) -> Vec<Coloured> {
    let Some((id, module)) = analysis.module(file) else {
        return Vec::new();
    };
    let names = analysis.names();
    let named = names::of_module(&names, id, module);
    let mut all: Vec<Coloured> = named
        .iter()
        .map(|it| Coloured {
            span: it.span,
            colour: colour(&it.symbol),
            declares: it.declares,
        })
        .collect();
    let text = analysis.text(file);
    for token in tokens(text) {
        all.extend(spelled(file, text, token.start..token.end, token.kind));
        if matches!(token.kind, TokenKind::Text(_)) {
            all.extend(in_holes(file, text, token.start..token.end));
        }
    }
    all.sort_by_key(|it| (it.span.start, std::cmp::Reverse(it.span.end)));
    apart(all)
}

/// A string with names in its holes is cut at them; of two words at one place the meant one stands.
fn apart(all: Vec<Coloured>) -> Vec<Coloured> {
    let mut out: Vec<Coloured> = Vec::with_capacity(all.len());
    let mut behind: Vec<Coloured> = Vec::new();
    let flush = |until: u32, behind: &mut Vec<Coloured>, out: &mut Vec<Coloured>| {
        while let Some(rest) = behind.pop() {
            if rest.span.start < until.min(rest.span.end) {
                let end = until.min(rest.span.end);
                out.push(Coloured {
                    span: Span { end, ..rest.span },
                    ..rest
                });
            }
            if rest.span.end > until {
                behind.push(rest);
                break;
            }
        }
    };
    for next in all {
        flush(next.span.start, &mut behind, &mut out);
        match behind.last_mut() {
            // A word inside of a string: the string goes on behind it.
            Some(around) if next.span.end <= around.span.end => {
                if next.span == around.span {
                    continue;
                }
                around.span.start = next.span.end;
                out.push(next);
            }
            Some(_) => {}
            None => behind.push(next),
        }
    }
    flush(u32::MAX, &mut behind, &mut out);
    out.sort_by_key(|it| it.span.start);
    out
}

fn colour(symbol: &Symbol) -> Colour {
    match symbol {
        Symbol::Declaration(kind, _) => match kind {
            Kind::Record | Kind::Entity => Colour::Record,
            Kind::Enum => Colour::Enum,
            Kind::Constant => Colour::Constant,
            Kind::Tool | Kind::Behaviour => Colour::Function,
            Kind::Model | Kind::Ruleset | Kind::Agent | Kind::Example => Colour::Class,
        },
        Symbol::Field { .. } => Colour::Field,
        Symbol::Case { .. } => Colour::Case,
        Symbol::Part { .. } | Symbol::Topic(_) | Symbol::Lint(_) => Colour::Part,
        Symbol::Local { .. } => Colour::Parameter,
        Symbol::Given(_) => Colour::Variable,
        Symbol::Function(_) => Colour::Function,
        Symbol::Module(_) | Symbol::Layout(_) => Colour::Namespace,
    }
}

/// What a token is by its spelling. One of several lines is told line by line.
fn spelled(file: FileId, text: &str, range: Range<usize>, kind: TokenKind) -> Vec<Coloured> {
    let written = text.get(range.clone()).unwrap_or_default();
    let colour = match kind {
        TokenKind::Word if is_keyword(text, &range, written) => Colour::Keyword,
        TokenKind::Number => Colour::Number,
        TokenKind::Text(_) => Colour::Text,
        TokenKind::Regex(_) => Colour::Regex,
        TokenKind::Comment | TokenKind::Doc => Colour::Comment,
        TokenKind::Sign
            if matches!(
                written,
                "->" | "==" | "!=" | "<=" | ">=" | "<" | ">" | "|" | "="
            ) =>
        {
            Colour::Operator
        }
        TokenKind::Word | TokenKind::Sign | TokenKind::Open(_) | TokenKind::Close(_) => {
            return Vec::new();
        }
    };
    let mut start = range.start;
    let mut lines = Vec::new();
    for line in written.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len();
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        if start < end {
            lines.push(Coloured {
                span: Span {
                    file,
                    start: offset(start),
                    end: offset(end),
                },
                colour,
                declares: false,
            });
        }
        start += line.len();
    }
    lines
}

/// The words in the holes of a string.
fn in_holes(file: FileId, text: &str, string: Range<usize>) -> Vec<Coloured> {
    let mut found = Vec::new();
    let mut at = string.start;
    let inside = |from: usize| text.get(from..string.end).unwrap_or_default();
    if inside(at).starts_with("'''") {
        return found;
    }
    while let Some(open) = inside(at).find("{{") {
        let start = at + open + 2;
        let end = inside(start)
            .find("}}")
            .map_or(string.end, |close| start + close);
        for token in tokens(text.get(start..end).unwrap_or_default()) {
            let range = start + token.start..start + token.end;
            found.extend(spelled(file, text, range, token.kind));
        }
        at = end;
    }
    found
}

/// Whether a word that no name is meant by is one of the language: names behind a point are not.
fn is_keyword(text: &str, range: &Range<usize>, word: &str) -> bool {
    let before = text.get(..range.start).unwrap_or_default();
    crate::syntax::is_word(word) && !before.ends_with('.')
}

//! What a call takes, while its arguments are written.

use silex_bundle::functions;

use super::{Analysis, Place, members, words};
use crate::syntax::lexer::{TokenKind, tokens};

/// What a call takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The call as it is declared.
    pub label: String,
    /// The parameters, as parts of the label.
    pub params: Vec<String>,
    /// What it is, in Markdown.
    pub docs: String,
    /// The parameter that is being written.
    pub active: usize,
}

/// What the call around a place takes. Broken text has tokens too, so the call need not be complete.
#[must_use]
pub fn at(analysis: &Analysis, place: Place) -> Option<Signature> {
    let text = analysis.text(place.file).get(..place.offset as usize)?;
    // The calls that are open, with the number of the argument that is being written.
    let mut open: Vec<(&str, bool, usize)> = Vec::new();
    let (mut word, mut piped) = ("", false);
    for token in inside_holes(text) {
        let written = text.get(token.start..token.end).unwrap_or_default();
        match token.kind {
            TokenKind::Open(sign) => {
                let called = if sign == b'(' { word } else { "" };
                open.push((called, piped, 0));
                (word, piped) = ("", false);
            }
            TokenKind::Close(_) => {
                open.pop();
                word = "";
            }
            TokenKind::Word => word = written,
            TokenKind::Sign => {
                if let (",", Some((_, _, at))) = (written, open.last_mut()) {
                    *at += 1;
                }
                piped = written == "|";
                word = "";
            }
            TokenKind::Number
            | TokenKind::Text(_)
            | TokenKind::Regex(_)
            | TokenKind::Comment
            | TokenKind::Doc => word = "",
        }
    }
    let (called, piped, at) = *open.last().filter(|(called, ..)| !called.is_empty())?;
    function(called, at + usize::from(piped)).or_else(|| declared(analysis, place, called, at))
}

/// The tokens of a text that ends in an open string with an open hole are those of the hole as well.
fn inside_holes(text: &str) -> Vec<crate::syntax::lexer::Token> {
    let mut all: Vec<_> = tokens(text).collect();
    let Some(last) = all.last().copied() else {
        return all;
    };
    if let (TokenKind::Text(false), Some(inside)) = (last.kind, text.get(last.start..))
        && let Some(hole) = inside
            .rfind("{{")
            .filter(|at| !inside[*at..].contains("}}"))
    {
        let from = last.start + hole + 2;
        all.pop();
        all.extend(
            tokens(text.get(from..).unwrap_or_default()).map(|mut token| {
                token.start += from;
                token.end += from;
                token
            }),
        );
    }
    all
}

fn function(name: &str, active: usize) -> Option<Signature> {
    let function = functions::find(name)?;
    let label = words::call_of(function);
    let params = function.params.iter().map(|param| {
        let optional = if param.optional { "?" } else { "" };
        format!("{}{optional}: {}", param.name, param.takes.describe())
    });
    Some(Signature {
        label,
        params: params.collect(),
        docs: function.doc.to_owned(),
        active,
    })
}

fn declared(analysis: &Analysis, place: Place, name: &str, active: usize) -> Option<Signature> {
    let names = analysis.names();
    let (module, _) = analysis.module(place.file)?;
    // The head of a declaration is no call of it.
    let declared = names.lookup(module, name)?;
    if place.is_in(declared.item.span) && place.offset <= declared.name.span.end + 1 {
        return None;
    }
    let params = members::params(declared.item).iter();
    let params: Vec<String> = params
        .map(|it| analysis.written(it.span).to_owned())
        .collect();
    let returns = members::returns(declared).map_or_else(String::new, |of| {
        format!(" -> {}", analysis.written(of.span))
    });
    let docs = declared.item.docs.as_ref();
    Some(Signature {
        label: format!("{name}({}){returns}", params.join(", ")),
        params,
        docs: docs.map(|docs| docs.text.clone()).unwrap_or_default(),
        active,
    })
}

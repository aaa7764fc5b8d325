//! What can be folded, and what a selection grows to.

use super::{Analysis, Place};
use crate::source::{FileId, Span};
use crate::syntax::lexer::{Token, TokenKind, tokens};

/// Why something can be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// It stands in brackets, or is a block of text.
    Region,
    /// It is a run of comments or docs.
    Comment,
    /// It is a run of `use`.
    Imports,
}

/// The parts of a file that have several lines, from the end of their first to their end.
#[must_use]
pub fn of_file(analysis: &Analysis, file: FileId) -> Vec<(Span, Fold)> {
    let text = analysis.text(file);
    let all: Vec<Token> = tokens(text).collect();
    let mut folds: Vec<(Span, Fold)> = Vec::new();
    for (open, close) in pairs(&all) {
        folds.push((span(file, open.start, close.end), Fold::Region));
    }
    for token in &all {
        if matches!(token.kind, TokenKind::Text(_)) {
            folds.push((span(file, token.start, token.end), Fold::Region));
        }
    }
    folds.extend(runs(file, text, &all));
    if let Some((_, module)) = analysis.module(file) {
        let is_use = |it: &&crate::syntax::ast::Item| {
            matches!(it.kind, crate::syntax::ast::ItemKind::Use(_))
        };
        let mut uses = module.file.items.iter().filter(is_use).map(|it| it.span);
        if let Some(first) = uses.next() {
            let last = uses.next_back().unwrap_or(first);
            folds.push((first.to(last), Fold::Imports));
        }
    }
    folds.retain(|(span, _)| analysis.written(*span).contains('\n'));
    folds.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    folds
}

/// Comments and docs on lines of their own that follow each other.
fn runs(file: FileId, text: &str, all: &[Token]) -> Vec<(Span, Fold)> {
    let mut runs: Vec<Span> = Vec::new();
    for token in all
        .iter()
        .filter(|it| matches!(it.kind, TokenKind::Comment | TokenKind::Doc))
    {
        let joined = runs.last_mut().filter(|run| {
            let between = text.get(run.end as usize..token.start);
            between.is_some_and(|it| it.trim().is_empty() && it.matches('\n').count() <= 1)
        });
        match joined {
            Some(run) => *run = run.to(span(file, token.start, token.end)),
            None => runs.push(span(file, token.start, token.end)),
        }
    }
    runs.into_iter().map(|run| (run, Fold::Comment)).collect()
}

/// Brackets that open and close.
pub(super) fn pairs(all: &[Token]) -> Vec<(Token, Token)> {
    let mut open: Vec<Token> = Vec::new();
    let mut pairs = Vec::new();
    for token in all {
        match token.kind {
            TokenKind::Open(_) => open.push(*token),
            TokenKind::Close(_) => pairs.extend(open.pop().map(|it| (it, *token))),
            TokenKind::Word
            | TokenKind::Number
            | TokenKind::Text(_)
            | TokenKind::Regex(_)
            | TokenKind::Sign
            | TokenKind::Comment
            | TokenKind::Doc => {}
        }
    }
    pairs
}

/// What a selection at a place grows to, the smallest first: a word, what stands in brackets, the
/// brackets, a line, a declaration, the file.
#[must_use]
pub fn selections(analysis: &Analysis, place: Place) -> Vec<Span> {
    let (file, text) = (place.file, analysis.text(place.file));
    let all: Vec<Token> = tokens(text).collect();
    let mut around: Vec<Span> = Vec::new();
    for token in &all {
        around.push(span(file, token.start, token.end));
    }
    for (open, close) in pairs(&all) {
        around.push(span(file, open.start, close.end));
        around.push(span(file, open.end, close.start));
    }
    if let Some((_, item)) = analysis.item(place) {
        around.push(item.span);
        around.extend(item.docs.iter().map(|docs| docs.span.to(item.span)));
        if let Some(body) = item.kind.body() {
            body.visit(&mut |statement| around.push(statement.span));
        }
    }
    around.push(span(file, 0, text.len()));
    around.retain(|it| place.is_in(*it));
    around.sort_by_key(|it| (it.end - it.start, it.start));
    around.dedup();
    // Each holds those before it.
    let mut grown: Vec<Span> = Vec::new();
    for next in around {
        if grown.last().is_none_or(|last| next.holds(*last)) {
            grown.push(next);
        }
    }
    grown
}

fn span(file: FileId, start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        file,
        start: offset(start),
        end: offset(end),
    }
}

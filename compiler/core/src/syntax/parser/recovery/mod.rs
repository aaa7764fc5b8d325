//! A file that the grammar does not accept: cut into declarations, and each repaired until it
//! is accepted.
//!
//! A repair is judged by how far the parser then gets, so one mistake is told once and what
//! stands behind it is read. Repairs change a copy of the text: a word is spelt right, a missing
//! sign is put in, and what nothing explains is overwritten with the sign of junk, which the
//! grammar takes for a line, an item of a list or a value. Spans are led back to the file by
//! [`Offsets`]. Work is bounded: a piece gets so many repairs and so many bytes of parsing, and
//! what is left of it then is junk that nothing more is said about.

mod brackets;
mod foreign;
mod forms;
mod habits;
mod holes;
mod known;
mod missing;
mod names;
mod pieces;
mod quotes;
mod repair;
mod site;
mod values;
mod wording;

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

pub(crate) use self::habits::ours;
pub(crate) use self::wording::is_word;

use super::grammar::{Grammar, Rule};
use super::offsets::Offsets;
use super::tree::Builder;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};
use crate::syntax::ast::File;
use crate::syntax::lexer::without_comments;

/// How many mistakes of one declaration are told.
const REPAIRS: usize = 64;
/// How many bytes may be parsed to repair one declaration, besides the first time.
const WORK: usize = 8 << 20;

pub(super) fn parse(tree: &mut File, text: &str, diagnostics: &mut Diagnostics) {
    let file = tree.id;
    let text = &foreign::without_fences(file, text, diagnostics);
    for range in pieces::pieces(text) {
        let mut piece = Piece {
            file,
            text: text.get(range.clone()).unwrap_or_default().to_owned(),
            offsets: Offsets::new(range.start),
            quiet: None,
            work: WORK + range.len(),
        };
        let told = diagnostics.as_slice().len();
        clear_signs(&mut piece, diagnostics);
        foreign::blank_signs(&mut piece, diagnostics);
        foreign::write_tags(&mut piece, diagnostics);
        quotes::close_strings(&mut piece, diagnostics);
        brackets::close_heads(&mut piece, diagnostics);
        brackets::close_lists(&mut piece, diagnostics);
        brackets::balance(&mut piece, diagnostics);
        let first = repair_all(&mut piece, diagnostics);
        if let Ok(mut pairs) = Grammar::parse(Rule::file, &without_comments(&piece.text)) {
            let mut builder = Builder {
                file,
                original: text,
                offsets: &piece.offsets,
                diagnostics,
            };
            if let Some(pair) = pairs.next() {
                let docs = builder.file(pair, &mut tree.items);
                tree.docs = tree.docs.take().or(docs);
            }
        }
        // What was put right is told by whoever did it, or by the tree that came of it.
        if let Some(place) = first
            && diagnostics.as_slice().len() == told
        {
            diagnostics.push(Diagnostic::error("syntax", place, "cannot read this"));
        }
    }
}

/// A declaration under repair.
#[derive(Debug, Clone)]
struct Piece {
    file: FileId,
    text: String,
    offsets: Offsets,
    /// The end, in the file, of the line whose mistake was told last.
    quiet: Option<u32>,
    /// How many bytes may still be parsed.
    work: usize,
}

/// Where the parser stopped, and what it would have gone on with.
#[derive(Debug, Clone)]
struct Failure {
    at: usize,
    expected: Vec<Rule>,
}

impl Piece {
    /// Puts a text in the place of another.
    fn replace(&mut self, start: usize, end: usize, with: &str) {
        let end = end.min(self.text.len());
        self.text.replace_range(start..end, with);
        self.offsets.replace(start, end - start, with.len());
    }

    /// Overwrites a stretch, which keeps its length.
    fn junk(&mut self, start: usize, end: usize) {
        let end = end.min(self.text.len());
        if start < end {
            self.replace(start, end, &"\u{1}".repeat(end - start));
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span {
            file: self.file,
            start: self.offsets.original(start),
            end: self.offsets.original(end),
        }
    }

    /// Why the grammar does not accept the text, if it does not.
    fn failure(&mut self) -> Option<Failure> {
        let error = Grammar::parse(Rule::file, &without_comments(&self.text)).err()?;
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        self.work = self.work.saturating_sub(at + 1);
        let expected = match error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives,
            ErrorVariant::CustomError { .. } => Vec::new(),
        };
        Some(Failure { at, expected })
    }
}

/// The sign of junk is the parser's own: no file may hold it.
fn clear_signs(piece: &mut Piece, diagnostics: &mut Diagnostics) {
    if let Some(at) = piece.text.find('\u{1}') {
        diagnostics.push(Diagnostic::error(
            "control-character",
            piece.span(at, at + 1),
            "a control character has no meaning here",
        ));
        piece.text = piece.text.replace('\u{1}', " ");
    }
}

/// Puts every mistake right, and gives the place of the first.
fn repair_all(piece: &mut Piece, diagnostics: &mut Diagnostics) -> Option<Span> {
    let mut first = None;
    for _ in 0..REPAIRS {
        let Some(failure) = piece.failure() else {
            return first;
        };
        first = first.or_else(|| Some(piece.span(failure.at, failure.at + 1)));
        if piece.work == 0 {
            break;
        }
        if let Some(diagnostic) = repair::repair(piece, &failure) {
            diagnostics.push(diagnostic);
        }
    }
    if piece.failure().is_some() {
        let end = piece.text.trim_end().len();
        let start = end - piece.text[..end].trim_start().len();
        piece.junk(start, end);
    }
    first
}

//! Pairs to tree. Nothing outside sees the rules of the grammar.
//!
//! A file that the grammar accepts is parsed once. Any other is cut into pieces and repaired
//! until it is accepted: see `recovery`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rules of the grammar are generated, and a match is about the few that it names"
)]

mod agents;
mod behaviours;
mod conflict;
mod examples;
mod expressions;
mod grammar;
mod items;
mod offsets;
mod outline;
mod prose;
mod recovery;
#[cfg(test)]
mod tests;
mod text;
mod tools;
mod tree;

use std::ops::Range;

use pest::Parser;

use self::grammar::{Grammar, Rule};
use self::offsets::Offsets;
use self::tree::Builder;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};
use crate::syntax::ast::{File, Item, ItemKind, Junk};
use crate::syntax::lexer::{NESTING, parts, without_comments};

pub(crate) use self::outline::{Mark, Outline};
pub(crate) use self::recovery::{is_word, ours};

/// Bytes of a text that are read at once, at least.
const PART: usize = 4 << 10;

/// The tree of a file. Always gives one; what is wrong is in the diagnostics, each mistake once.
pub fn parse(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> File {
    read(file, text, diagnostics, None)
}

/// The tree of a file, and its outline if the grammar accepts it.
pub(crate) fn parse_outlined(
    file: FileId,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> (File, Outline) {
    let mut marks = Outline::new();
    let tree = read(file, text, diagnostics, Some(&mut marks));
    (tree, marks)
}

fn read(
    file: FileId,
    text: &str,
    diagnostics: &mut Diagnostics,
    marks: Option<&mut Outline>,
) -> File {
    let mut tree = File {
        id: file,
        docs: None,
        items: Vec::new(),
    };
    report_spelling(file, text, diagnostics);
    let text = &*conflict::settled(file, text, diagnostics);
    let parts = match parts(text, PART) {
        Ok(parts) => parts,
        Err(at) => {
            tree.items.push(nested(file, at, text, diagnostics));
            return tree;
        }
    };
    // The sign of junk is the parser's own.
    if !text.contains('\u{1}') {
        let all = 0..text.len();
        let read = (parts.len() > 1 && marks.is_none()).then(|| accepted(file, text, &parts, None));
        let read = read.flatten();
        if let Some((tree, told)) = read.or_else(|| accepted(file, text, &[all], marks)) {
            diagnostics.extend(told.as_slice().iter().cloned());
            return tree;
        }
    }
    recovery::parse(&mut tree, text, diagnostics);
    tree
}

/// What stands for a text in which brackets nest too deep to be read.
fn nested(file: FileId, at: usize, text: &str, diagnostics: &mut Diagnostics) -> Item {
    let keyword = place(file, at, at + 1);
    let message = format!("brackets are nested more than {NESTING} deep");
    diagnostics.push(Diagnostic::error("nesting", keyword, message));
    let span = place(file, 0, text.len());
    Item {
        docs: None,
        keyword,
        kind: ItemKind::Junk(Junk { span, body: None }),
        span,
    }
}

/// The tree of a text that the grammar accepts, read in parts, and what is said about it.
///
/// The parser notes many times what it reads, and moves its notes to ever more memory: a long text
/// is read faster in parts, as long as these are declarations.
fn accepted(
    file: FileId,
    text: &str,
    parts: &[Range<usize>],
    mut marks: Option<&mut Outline>,
) -> Option<(File, Diagnostics)> {
    let mut told = Diagnostics::default();
    let mut tree = File {
        id: file,
        docs: None,
        items: Vec::new(),
    };
    let code = without_comments(text);
    for part in parts {
        let mut pairs = Grammar::parse(Rule::file, code.get(part.clone())?).ok()?;
        if let Some(marks) = &mut marks {
            **marks = outline::outline(pairs.clone());
        }
        let mut builder = Builder {
            file,
            original: text,
            offsets: &Offsets::new(part.start),
            diagnostics: &mut told,
        };
        let docs = builder.file(pairs.next()?, &mut tree.items);
        if part.start == 0 {
            tree.docs = docs;
        } else if docs.is_some() {
            // Those of the file stand first in it.
            return None;
        }
    }
    tree.items.shrink_to_fit();
    Some((tree, told))
}

/// What the formatter puts right by itself.
fn report_spelling(file: FileId, text: &str, diagnostics: &mut Diagnostics) {
    if text.starts_with('\u{FEFF}') {
        diagnostics.push(
            Diagnostic::warning(
                "byte-order-mark",
                place(file, 0, 3),
                "the file starts with a byte-order mark",
            )
            .help("`silex fmt` removes it"),
        );
    }
    let tab = text.bytes().position(|byte| byte == b'\t');
    if let Some(at) = tab {
        diagnostics.push(
            Diagnostic::warning("tab", place(file, at, at + 1), "the file holds a tab")
                .help("`silex fmt` indents with blanks; in a one-line string, write a blank"),
        );
    }
}

fn place(file: FileId, start: usize, end: usize) -> Span {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        file,
        start: offset(start),
        end: offset(end),
    }
}

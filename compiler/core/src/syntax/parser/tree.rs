//! From pairs to nodes: spans, names, docs, and what all declarations share.
//!
//! INVARIANT: the grammar guarantees the children that are asked for here. Where one is
//! missing all the same, the node is empty and stands at its parent: no parse ever panics.

use pest::iterators::{Pair, Pairs};

use super::grammar::Rule;
use super::offsets::Offsets;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};
use crate::syntax::ast::{Docs, Junk, Name, Path};

/// Turns the pairs of one text into nodes.
pub(super) struct Builder<'a> {
    pub(super) file: FileId,
    /// The file as it is; spans point into it.
    pub(super) original: &'a str,
    /// The way from the text that was parsed to the file.
    pub(super) offsets: &'a Offsets,
    pub(super) diagnostics: &'a mut Diagnostics,
}

/// The children of a pair, in order, without signs.
pub(super) struct Kids<'i> {
    pairs: Pairs<'i, Rule>,
    /// The parent.
    pub(super) at: Span,
}

impl<'i> Kids<'i> {
    pub(super) fn peek(&mut self) -> Option<Rule> {
        loop {
            let next = self.pairs.peek()?.as_rule();
            if !is_sign(next) {
                return Some(next);
            }
            self.pairs.next();
        }
    }

    /// The rule of the first child that is no doc line.
    pub(super) fn first_but_docs(&self) -> Option<Rule> {
        self.pairs
            .clone()
            .map(|pair| pair.as_rule())
            .find(|rule| *rule != Rule::doc)
    }

    pub(super) fn next(&mut self) -> Option<Pair<'i, Rule>> {
        self.pairs.by_ref().find(|pair| !is_sign(pair.as_rule()))
    }

    /// The next child, if it is of this rule.
    pub(super) fn take(&mut self, rule: Rule) -> Option<Pair<'i, Rule>> {
        if self.peek() == Some(rule) {
            self.pairs.next()
        } else {
            None
        }
    }

    /// Whether the next child is of this rule; it is taken then.
    pub(super) fn has(&mut self, rule: Rule) -> bool {
        self.take(rule).is_some()
    }

    /// The rule of the next child, which is taken.
    pub(super) fn rule(&mut self) -> Option<Rule> {
        self.next().map(|pair| pair.as_rule())
    }
}

/// Signs are pairs only so that the parser can say that it expected them.
fn is_sign(rule: Rule) -> bool {
    matches!(rule, Rule::arrow | Rule::colon | Rule::equals | Rule::open)
}

impl Builder<'_> {
    pub(super) fn kids<'i>(&self, pair: Pair<'i, Rule>) -> Kids<'i> {
        let at = self.span(&pair);
        Kids {
            pairs: pair.into_inner(),
            at,
        }
    }

    /// Where a pair stands, without the white space and comments that optional parts at its
    /// end have passed over.
    pub(super) fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        self.place(span.start(), end(pair))
    }

    pub(super) fn place(&self, start: usize, end: usize) -> Span {
        Span {
            file: self.file,
            start: self.offsets.original(start),
            end: self.offsets.original(end),
        }
    }

    /// The author's text at a place.
    pub(super) fn source(&self, span: Span) -> &str {
        self.original.get(span.range()).unwrap_or_default()
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn name_of(&self, pair: &Pair<'_, Rule>) -> Name {
        Name {
            text: pair.as_str().to_owned(),
            span: self.span(pair),
        }
    }

    pub(super) fn name(&self, kids: &mut Kids<'_>) -> Name {
        match kids.next() {
            Some(pair) => self.name_of(&pair),
            None => Name {
                text: String::new(),
                span: kids.at,
            },
        }
    }

    pub(super) fn names(&self, kids: &mut Kids<'_>) -> Box<[Name]> {
        let mut names = Vec::new();
        while matches!(kids.peek(), Some(Rule::name | Rule::Type)) {
            names.push(self.name(kids));
        }
        names.into()
    }

    pub(super) fn path_of(&self, pair: Pair<'_, Rule>) -> Path {
        let mut kids = self.kids(pair);
        Path {
            names: self.names(&mut kids),
            span: kids.at,
        }
    }

    pub(super) fn path(&self, kids: &mut Kids<'_>) -> Path {
        match kids.next() {
            Some(pair) => self.path_of(pair),
            None => Path {
                names: Box::new([Name {
                    text: String::new(),
                    span: kids.at,
                }]),
                span: kids.at,
            },
        }
    }

    /// The docs that bind to what follows.
    pub(super) fn docs(&self, kids: &mut Kids<'_>, rule: Rule) -> Option<Docs> {
        let mut docs: Option<Docs> = None;
        while let Some(pair) = kids.take(rule) {
            let line = pair.as_str().get(3..).unwrap_or_default().trim_end();
            let line = line.strip_prefix(' ').unwrap_or(line);
            let span = self.span(&pair);
            docs = Some(match docs {
                None => Docs {
                    text: line.to_owned(),
                    span,
                },
                Some(before) => Docs {
                    text: format!("{}\n{line}", before.text),
                    span: before.span.to(span),
                },
            });
        }
        docs
    }

    /// Docs where nothing can be documented.
    pub(super) fn dangling(&mut self, kids: &mut Kids<'_>) {
        if let Some(docs) = self.docs(kids, Rule::doc) {
            let end = docs.span.start + 3;
            self.report(
                Diagnostic::error("dangling-doc", docs.span, "this documents nothing")
                    .help("`///` binds to the declaration, field, case or parameter behind it; write `//` for a comment")
                    .fix(Span { end, ..docs.span }, "//", "make it a comment"),
            );
        }
    }

    pub(super) fn junk(&mut self, pair: Pair<'_, Rule>) -> Junk {
        let mut kids = self.kids(pair);
        let span = match kids.next() {
            Some(sign) => self.span(&sign),
            None => kids.at,
        };
        let body = kids.take(Rule::body).map(|body| self.body_of(body));
        Junk { span, body }
    }
}

/// The end of a pair without trailing white space and comments.
fn end(pair: &Pair<'_, Rule>) -> usize {
    let span = pair.as_span();
    let blank = span
        .as_str()
        .bytes()
        .next_back()
        .is_some_and(|last| last.is_ascii_whitespace());
    if !blank {
        return span.end();
    }
    // A rule ends in white space only when what could follow it was left out, and then its
    // last child is its last token.
    match pair.clone().into_inner().next_back() {
        Some(last) => end(&last),
        None => span.start() + span.as_str().trim_end().len(),
    }
}

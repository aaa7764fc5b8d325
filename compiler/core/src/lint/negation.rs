//! Rules that begin with a no: `must … "Do not …"`, `never … "Do not …"`.

use super::index::{Index, Rule};
use super::opening;
use super::words::{self, Phrases};
use crate::source::Span;
use crate::syntax::ast::Strength;

const NEGATIONS: [(&str, ()); 10] = [
    ("avoid", ()),
    ("do not", ()),
    ("do not ever", ()),
    ("don't", ()),
    ("don't ever", ()),
    ("never", ()),
    ("you may not", ()),
    ("you must never", ()),
    ("you must not", ()),
    ("you should not", ()),
];

/// A rule that begins with a no.
#[derive(Debug)]
pub(crate) struct Negated<'i, 'a> {
    /// The rule.
    pub(crate) rule: &'i Rule<'a>,
    /// The no.
    pub(crate) span: Span,
    /// The change that takes it out, where what is left then says the opposite and nothing else.
    pub(crate) without: Option<(Span, String)>,
}

/// The rules of some strengths that begin with a no.
pub(crate) fn find<'i, 'a>(
    index: &'i Index<'a>,
    strengths: &'i [Strength],
) -> Vec<Negated<'i, 'a>> {
    let phrases = Phrases::new(&NEGATIONS);
    let negated = index.rules_of(strengths).filter_map(|rule| {
        let words = index.words_of(rule);
        let (count, ()) = phrases.at(words)?;
        let file = rule.keyword.file;
        let is_one = opening::is_one_thing(words, index.text(rule.tree.prose.span));
        Some(Negated {
            rule,
            span: words::span(&words[..count], file)?,
            without: is_one
                .then(|| opening::without(words, count, file))
                .flatten(),
        })
    });
    negated.collect()
}

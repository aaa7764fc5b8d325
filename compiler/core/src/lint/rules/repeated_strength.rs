//! `repeated-strength`: the words of a rule say again how strong it is.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::words::{self, Phrases};
use crate::lint::{Check, Lint, opening};
use crate::package::Level;
use crate::syntax::ast::Strength;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "repeated-strength",
    level: Level::Warn,
    explain: include_str!("repeated_strength.md"),
    check: Check::Written(check),
};

const OPENINGS: [(&str, ()); 12] = [
    ("you are allowed to", ()),
    ("you are required to", ()),
    ("you can", ()),
    ("you have to", ()),
    ("you may", ()),
    ("you must", ()),
    ("you must always", ()),
    ("you need to", ()),
    ("you ought to", ()),
    ("you shall", ()),
    ("you should", ()),
    ("you should always", ()),
];

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let phrases = Phrases::new(&OPENINGS);
    let mut found = Vec::new();
    for rule in index.rules_of(&[Strength::Must, Strength::Should, Strength::May]) {
        let words = index.words_of(rule);
        let Some((count, ())) = phrases.at(words) else {
            continue;
        };
        let negated = words
            .get(count)
            .is_none_or(|next| next.is_one_of(&["not", "never"]));
        let Some(span) = words::span(&words[..count], rule.keyword.file).filter(|_| !negated)
        else {
            continue;
        };
        let message = format!(
            "`{}` repeats, or contradicts, the `{}` before it",
            index.text(span),
            index.text(rule.keyword)
        );
        let finding =
            Diagnostic::warning(LINT.code, span, message).help("begin with what is to be done");
        found.push(match opening::without(words, count, rule.keyword.file) {
            Some((place, head)) => finding.fix(place, head, "take it out"),
            None => finding,
        });
    }
    found
}

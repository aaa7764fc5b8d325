//! `negated-must`: a `must` that forbids.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::words::{self, Phrases};
use crate::lint::{Check, Lint, opening};
use crate::package::Level;
use crate::source::Span;
use crate::syntax::ast::Strength;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "negated-must",
    level: Level::Warn,
    explain: include_str!("negated_must.md"),
    check: Check::Written(check),
};

const NEGATIONS: [(&str, ()); 9] = [
    ("avoid", ()),
    ("do not", ()),
    ("do not ever", ()),
    ("don't", ()),
    ("don't ever", ()),
    ("never", ()),
    ("you may not", ()),
    ("you must never", ()),
    ("you must not", ()),
];

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let phrases = Phrases::new(&NEGATIONS);
    let mut found = Vec::new();
    for rule in index.rules_of(&[Strength::Must, Strength::Should]) {
        let words = index.words_of(rule);
        let Some((count, ())) = phrases.at(words) else {
            continue;
        };
        let file = rule.keyword.file;
        let Some(span) = words::span(&words[..count], file) else {
            continue;
        };
        let (strength, other) = if rule.tree.strength == Strength::Must {
            ("must", "never")
        } else {
            ("should", "avoid")
        };
        let written = index.text(span);
        let finding = Diagnostic::warning(
            LINT.code,
            span,
            format!("a `{strength}` that says `{written}` is `{other}`"),
        )
        .help(format!("make it `{other}`, and say what is not to be done"));
        let whole = index.text(rule.tree.prose.span);
        let change = opening::is_one_thing(words, whole)
            .then(|| opening::without(words, count, file))
            .flatten();
        found.push(match change {
            Some((place, head)) => {
                let between = Span {
                    start: rule.keyword.end,
                    end: place.start,
                    file,
                };
                let text = format!("{other}{}{head}", index.text(between));
                finding.fix(rule.keyword.to(place), text, format!("make it `{other}`"))
            }
            None => finding,
        });
    }
    found
}

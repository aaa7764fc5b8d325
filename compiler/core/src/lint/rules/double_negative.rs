//! `double-negative`: a `never` that says `do not`.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::words::{self, Phrases};
use crate::lint::{Check, Lint, opening};
use crate::package::Level;
use crate::syntax::ast::Strength;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "double-negative",
    level: Level::Warn,
    explain: include_str!("double_negative.md"),
    check: Check::Written(check),
};

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

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let phrases = Phrases::new(&NEGATIONS);
    let mut found = Vec::new();
    for rule in index.rules_of(&[Strength::Never, Strength::Avoid]) {
        let words = index.words_of(rule);
        let Some((count, ())) = phrases.at(words) else {
            continue;
        };
        let file = rule.keyword.file;
        let Some(span) = words::span(&words[..count], file) else {
            continue;
        };
        let strength = index.text(rule.keyword);
        let message = format!(
            "`{strength}` and `{}` together say the opposite",
            index.text(span)
        );
        let finding = Diagnostic::warning(LINT.code, span, message).help(format!(
            "`{strength}` says no already: write what is not to be done"
        ));
        let one = opening::is_one_thing(words, index.text(rule.tree.prose.span));
        let change = one.then(|| opening::without(words, count, file)).flatten();
        found.push(match change {
            Some((place, head)) => finding.fix(place, head, "take the second no out"),
            None => finding,
        });
    }
    found
}

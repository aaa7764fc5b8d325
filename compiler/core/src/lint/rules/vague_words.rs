//! `vague-words`: a `must` or `never` leans on a word that two readers read differently.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::words::{self, Phrases};
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::Strength;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "vague-words",
    level: Level::Warn,
    explain: include_str!("vague_words.md"),
    check: Check::Written(check),
};

/// Phrases, each with what to write instead.
const VAGUE: [(&str, &str); 37] = [
    ("a few", "say how many"),
    ("adequate", "say what is enough"),
    ("adequately", "say what is enough"),
    (
        "and so on",
        "name them all, or say what they have in common",
    ),
    ("appropriate", "say which, or when"),
    ("appropriately", "say how"),
    ("as appropriate", "say when"),
    ("asap", "name a time"),
    ("as soon as possible", "name a time"),
    ("decent", "say what it must have"),
    ("etc", "name them all, or say what they have in common"),
    ("fitting", "say what it must fit"),
    ("great", "say what it must have"),
    ("high quality", "say what it must have"),
    ("high-quality", "say what it must have"),
    ("kind of", "say exactly what"),
    (
        "natural",
        "say what it must sound like, or give a `good` and a `bad`",
    ),
    (
        "naturally",
        "say what it must sound like, or give a `good` and a `bad`",
    ),
    (
        "nice",
        "say what it must sound like, or give a `good` and a `bad`",
    ),
    (
        "nicely",
        "say what it must sound like, or give a `good` and a `bad`",
    ),
    ("proper", "say what makes it so"),
    ("properly", "say what makes it so"),
    ("quickly", "name a time or a number"),
    ("reasonable", "say what is enough and what is too much"),
    ("reasonably", "say what is enough and what is too much"),
    ("sensible", "say what makes it so"),
    ("sensibly", "say what makes it so"),
    ("some kind of", "say exactly what"),
    ("soon", "name a time"),
    ("sort of", "say exactly what"),
    ("suitable", "say what for"),
    ("suitably", "say what for"),
    ("things like that", "name them"),
    ("too long", "name a number"),
    ("too many", "name a number"),
    ("too short", "name a number"),
    (
        "user-friendly",
        "say what it must sound like, or give a `good` and a `bad`",
    ),
];

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let phrases = Phrases::new(&VAGUE);
    let mut found = Vec::new();
    for rule in index.rules_of(&[Strength::Must, Strength::Never]) {
        for (vague, instead) in phrases.find(index.words_of(rule)) {
            let Some(span) = words::span(vague, rule.keyword.file) else {
                continue;
            };
            let message = format!(
                "`{}` means something else to every reader",
                index.text(span)
            );
            found.push(
                Diagnostic::warning(LINT.code, span, message)
                    .help(format!("{instead}, or make the rule a `should` or `avoid`")),
            );
        }
    }
    found
}

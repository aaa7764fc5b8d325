//! `hedged-rule`: a `must` or `never` takes itself back.

use crate::diagnostic::Diagnostic;
use crate::lint::index::{Index, Rule};
use crate::lint::words::{self, Phrases, Word};
use crate::lint::{Check, Lint, opening};
use crate::package::Level;
use crate::syntax::ast::Strength;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "hedged-rule",
    level: Level::Warn,
    explain: include_str!("hedged_rule.md"),
    check: Check::Written(check),
};

/// Whether what is meant is left when the phrase is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hedge {
    Removable,
    Rewrite,
}

use Hedge::{Removable, Rewrite};

const HEDGES: [(&str, Hedge); 32] = [
    ("aim to", Removable),
    ("as far as possible", Rewrite),
    ("as much as possible", Rewrite),
    ("as needed", Rewrite),
    ("attempt to", Removable),
    ("do your best to", Removable),
    ("endeavour to", Removable),
    ("feel free to", Removable),
    ("generally", Rewrite),
    ("ideally", Rewrite),
    ("if appropriate", Rewrite),
    ("if at all possible", Rewrite),
    ("if feasible", Rewrite),
    ("if possible", Rewrite),
    ("if you can", Rewrite),
    ("in general", Rewrite),
    ("in most cases", Rewrite),
    ("maybe", Rewrite),
    ("mostly", Rewrite),
    ("normally", Rewrite),
    ("perhaps", Rewrite),
    ("preferably", Rewrite),
    ("strive to", Removable),
    ("try not to", Rewrite),
    ("try to", Removable),
    ("typically", Rewrite),
    ("unless necessary", Rewrite),
    ("usually", Rewrite),
    ("when appropriate", Rewrite),
    ("when possible", Rewrite),
    ("where appropriate", Rewrite),
    ("where possible", Rewrite),
];

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let phrases = Phrases::new(&HEDGES);
    let mut found = Vec::new();
    for rule in index.rules_of(&[Strength::Must, Strength::Never]) {
        let words = index.words_of(rule);
        let mut at = 0;
        while at < words.len() {
            match phrases.at(&words[at..]) {
                Some((count, hedge)) => {
                    found.extend(finding(index, rule, &words[at..], (count, hedge)));
                    at += count;
                }
                None => at += 1,
            }
        }
    }
    found
}

fn finding(
    index: &Index<'_>,
    rule: &Rule<'_>,
    words: &[Word<'_>],
    (count, hedge): (usize, Hedge),
) -> Option<Diagnostic> {
    let file = rule.keyword.file;
    let span = words::span(&words[..count], file)?;
    let (strength, weaker) = if rule.tree.strength == Strength::Must {
        ("must", "should")
    } else {
        ("never", "avoid")
    };
    let message = format!("`{}` takes the `{strength}` back", index.text(span));
    let finding = Diagnostic::warning(LINT.code, span, message).help(format!(
        "say when it does not hold with a `when`, or make the rule a `{weaker}`"
    ));
    let change = (hedge == Removable).then(|| opening::without(words, count, file));
    Some(match change.flatten() {
        Some((place, text)) => finding.fix(place, text, "take it out"),
        None => finding,
    })
}

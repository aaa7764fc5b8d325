//! `duplicate-rule`: two rules that say the same in one prompt.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use silex_bundle::behaviour::{Kind, Piece, Strength};
use silex_bundle::{Behaviour, Segment};

use super::contradictory_rules::together;
use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "duplicate-rule",
    level: Level::Warn,
    explain: include_str!("duplicate_rule.md"),
    check: Check::Prompts(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    view.behaviours()
        .flat_map(|it| duplicates(view, it))
        .collect()
}

fn duplicates(view: &View<'_>, behaviour: &Behaviour) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<(bool, u64), &Segment> = BTreeMap::new();
    let mut found = Vec::new();
    for segment in &behaviour.segments {
        let Kind::Rule(rule) = &segment.kind else {
            continue;
        };
        let forbids = matches!(rule.strength, Strength::Never | Strength::Avoid);
        let first = *seen
            .entry((forbids, fingerprint(&segment.text)))
            .or_insert(segment);
        if std::ptr::eq(first, segment) {
            continue;
        }
        if together(view, behaviour, first.when, segment.when).is_some() {
            let Kind::Rule(other) = &first.kind else {
                continue;
            };
            let message = format!("`{}` says what `{}` says", rule.name, other.name);
            found.push(
                Diagnostic::warning(LINT.code, view.rule_name(segment), message)
                    .label(view.rule_name(first), "the same words")
                    .help("keep the stronger of them"),
            );
        }
    }
    found
}

/// The same for texts of the same words and holes, whatever their capitals and stops.
fn fingerprint(text: &[Piece]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for piece in text {
        match piece {
            Piece::Words(words) => {
                let letters = words.bytes().filter(u8::is_ascii_alphanumeric);
                letters.for_each(|byte| hasher.write_u8(byte.to_ascii_lowercase()));
            }
            Piece::Hole(hole) => hole.label.hash(&mut hasher),
        }
    }
    hasher.finish()
}

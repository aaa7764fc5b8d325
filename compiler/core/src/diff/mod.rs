//! Two bundles compared: what changed, how much it matters, and what has to be looked at again.
//!
//! Nouns are compared by name: behaviours with their rules, tools, agents, named types, models,
//! examples. Where something stands in a file and how its text is laid out make no difference. What
//! was moved to another module is the same under another name, and is compared as such. Nothing is
//! guessed about prose: it is `reworded`, and the examples to run again are named.

mod agent;
mod behaviour;
mod bound;
mod change;
mod check;
mod cost;
mod declaration;
mod examples;
mod field;
mod fit;
mod hole;
mod kept;
mod kind;
mod lines;
mod model;
mod moved;
mod observe;
mod offer;
mod paired;
mod prompt;
mod relation;
mod rule;
mod shown;
mod stage;
#[cfg(test)]
mod tests;
mod tool;

use silex_bundle::Bundle;

pub use change::{Affects, Change, Side};
pub use cost::{Cost, Size};
pub use kind::{Class, Kind, all as kinds, of_code, reverse};
pub use shown::Shown;

use crate::analysis::facts::Facts;
use change::Sides;
use lines::Lines;

/// What differs between two bundles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// The changes, those that matter most first.
    pub changes: Vec<Change>,
    /// The behaviours whose prompts are of another length.
    pub costs: Vec<Cost>,
}

/// The differences between two bundles. `cap` is the number of variants of a behaviour above which a
/// cover stands for all.
#[must_use]
pub fn compare(old: &Bundle, new: &Bundle, cap: u32) -> Difference {
    if std::ptr::eq(old, new) || old == new {
        return Difference::default();
    }
    let mut found = Vec::new();
    let moves = moved::find(old, new);
    let renamed = (!moves.is_empty()).then(|| moved::renamed(old, &moves));
    let old = renamed.as_ref().unwrap_or(old);
    let sides = Sides {
        old,
        new,
        facts: (&Facts::new(old, cap), &Facts::new(new, cap)),
        lines: (&Lines::of(old), &Lines::of(new)),
        examples: &change::by_behaviour(new),
    };
    moved::tell(sides, &moves, &mut found);
    agent::compare(sides, &mut found);
    tool::compare(sides, &mut found);
    behaviour::compare(sides, &mut found);
    declaration::compare(sides, &mut found);
    model::compare(sides, &mut found);
    examples::compare(sides, &mut found);
    let changes = ordered(found);
    let costs = cost::compare(sides, &changes);
    Difference { changes, costs }
}

/// By how much they matter, and each once: what changed in a ruleset changed in all behaviours that
/// follow it.
fn ordered(mut found: Vec<Change>) -> Vec<Change> {
    found.sort_by_cached_key(|change| {
        let place = change.place().map(|it| (it.path.clone(), it.line));
        let rank = kind::rank(change.kind);
        (
            change.class(),
            rank,
            change.subject.clone(),
            place,
            change.message.clone(),
        )
    });
    found.dedup_by(|next, kept| {
        let is_same = next.kind == kept.kind
            && next.subject == kept.subject
            && next.message == kept.message
            && (&next.old, &next.new) == (&kept.old, &kept.new);
        if is_same {
            kept.affects.merge(std::mem::take(&mut next.affects));
        }
        is_same
    });
    found
}

//! In which variants of a behaviour something shows: the prompts that a change touches.

use serde::Serialize;

use super::change::Sides;
use super::paired::Pairing;
use crate::analysis::facts::Facts;

/// Most variants of a behaviour that are named.
const NAMED: usize = 3;

/// The variants of a behaviour in which something shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shown {
    /// The behaviour.
    pub behaviour: String,
    /// Whether it stood in the old variants and stands in none of the new.
    pub gone: bool,
    /// In how many of them.
    pub count: u64,
    /// How many there are.
    pub of: u64,
    /// Whether these are the numbers. Otherwise there are at least so many.
    pub exact: bool,
    /// The first by their hashes. Above the limit of variants these are of a cover.
    pub first: Vec<String>,
}

/// The variants of a behaviour that show what stands under some conditions in it: of the new side,
/// or of the old for what is gone.
pub(super) fn shown(
    sides: Sides<'_>,
    behaviour: &str,
    conditions: &Pairing<Vec<Option<usize>>>,
) -> Option<Shown> {
    let gone = matches!(conditions, Pairing::Removed(_));
    let facts = if gone { sides.facts.0 } else { sides.facts.1 };
    let variants = facts.variants(behaviour)?;
    let when = conditions.latest();
    let count = if when.contains(&None) {
        variants.count()
    } else {
        variants.count_with(&when.iter().copied().flatten().collect::<Vec<_>>())
    };
    let limited = |count: u128| u64::try_from(count).unwrap_or(u64::MAX);
    Some(Shown {
        behaviour: behaviour.to_owned(),
        gone,
        count: limited(count),
        of: limited(variants.count()),
        exact: variants.is_exact() && u64::try_from(variants.count()).is_ok(),
        first: first(facts, behaviour, when).unwrap_or_default(),
    })
}

/// The hashes of the first variants that show it; none if the layout fails.
fn first(facts: &Facts<'_>, name: &str, when: &[Option<usize>]) -> Option<Vec<String>> {
    let variants = facts.listed(name)?.variants.iter().enumerate();
    let with = variants.filter(|(_, variant)| {
        let holds = |at: usize| variant.holds.get(at) == Some(&true);
        when.iter().any(|when| when.is_none_or(holds))
    });
    let hashes = with.take(NAMED);
    hashes
        .map(|(at, _)| Some(facts.hash(name, at)?.to_owned()))
        .collect()
}

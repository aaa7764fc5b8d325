//! Satisfiability: what conditions can hold together, and for which inputs.
//!
//! Narrowing, variants, lints and diffs all ask here, so none of them is weaker than another. A
//! [`World`] knows the types behind paths and turns a condition into a [`Formula`]: questions about
//! values joined by and, or and not. Each value has only as many kinds as the questions can tell
//! apart (the cases that are named and one other, the pieces between the thresholds), so a search
//! over kinds is exact. It knows that what stands behind something absent is absent, that a
//! field of a case is there only in that case, and that `count(x) == 0` is `x is empty`.
//!
//! What cannot be looked into, such as `matches(…)`, is a free choice of its own, the same wherever
//! it is spelled the same; two values compared are less, equal or greater. The search is
//! deterministic and has a budget of steps; when that is spent it says [`Answer::Unknown`], never a
//! guess.

mod classes;
mod context;
mod formula;
mod literal;
mod moment;
mod problem;
mod search;
mod shortest;
mod witness;
mod world;

#[cfg(test)]
#[expect(
    clippy::needless_pass_by_value,
    reason = "JSON literals stand in the calls"
)]
mod tests;

pub use formula::{Domain, Formula, Question, Subject, Test, Under, Unit};
pub(crate) use moment::read as moment;
pub use witness::{Value, Witness};
pub use world::World;

use problem::Problem;

/// Whether formulas can hold together.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// They do for these values.
    Yes(Witness),
    /// They never do.
    No,
    /// The budget was spent before an answer was found.
    Unknown,
}

/// How the inputs of one formula relate to those of another.
#[derive(Debug, Clone, PartialEq)]
pub enum Relation {
    /// Both hold for the same.
    Equivalent,
    /// The first holds for less; the witness is of the second alone.
    Narrower(Witness),
    /// The first holds for more; the witness is of the first alone.
    Wider(Witness),
    /// Never both, and each for something.
    Disjoint {
        /// Of the first.
        first: Witness,
        /// Of the second.
        second: Witness,
    },
    /// Both for some, and each for something alone.
    Overlapping {
        /// Of the first alone.
        first: Witness,
        /// Of the second alone.
        second: Witness,
    },
    /// The budget was spent before an answer was found.
    Unknown,
}

/// Whether all formulas can hold together, and for which values.
#[must_use]
pub fn solve(formulas: &[&Formula]) -> Answer {
    Problem::new(formulas).solve()
}

/// Whether all facts and the claim can hold together. Facts that share no subject with the claim,
/// however indirectly, have no say in it. What is not known counts as possible.
pub fn possible<'f>(facts: impl Iterator<Item = &'f Formula>, claim: &'f Formula) -> bool {
    let mut formulas = vec![claim];
    formulas.extend(facts);
    Problem::new(&formulas).solve_near_first() != Answer::No
}

/// Whether the facts leave no way but the claim.
pub fn certain<'f>(facts: impl Iterator<Item = &'f Formula>, claim: Formula) -> bool {
    let opposite = claim.negated();
    // The facts outlive the opposite, so the shorter life is taken for both.
    let facts: Vec<&Formula> = facts.collect();
    !possible(facts.into_iter(), &opposite)
}

/// How two formulas relate.
#[must_use]
pub fn relate(first: &Formula, second: &Formula) -> Relation {
    let first_alone = solve(&[first, &second.clone().negated()]);
    let second_alone = solve(&[second, &first.clone().negated()]);
    match (first_alone, second_alone) {
        (Answer::No, Answer::No) => Relation::Equivalent,
        (Answer::No, Answer::Yes(second)) => Relation::Narrower(second),
        (Answer::Yes(first), Answer::No) => Relation::Wider(first),
        (Answer::Yes(first_alone), Answer::Yes(second_alone)) => {
            let (both, first, second) = (solve(&[first, second]), first_alone, second_alone);
            match both {
                Answer::Yes(_) => Relation::Overlapping { first, second },
                Answer::No => Relation::Disjoint { first, second },
                Answer::Unknown => Relation::Unknown,
            }
        }
        (Answer::Unknown, _) | (_, Answer::Unknown) => Relation::Unknown,
    }
}

//! Bounds of how often something happens, in words, and how they relate.

use silex_bundle::duration;
use silex_bundle::tool::{AtMost, Retry};

use crate::diff::relation::Relation;

/// Whether a bound allows more than it did; none allows all.
pub(super) fn at_most(old: Option<AtMost>, new: Option<AtMost>) -> Relation {
    match (old, new) {
        (Some(old), Some(new)) => Relation::of(
            new.count > old.count || new.per_ms < old.per_ms,
            new.count < old.count || new.per_ms > old.per_ms,
        ),
        (old, new) => Relation::of(
            old.is_some() && new.is_none(),
            old.is_none() && new.is_some(),
        ),
    }
}

/// A bound in words.
pub(super) fn most(bound: Option<AtMost>) -> String {
    bound.map_or("as often as it likes".to_owned(), |it| {
        format!(
            "at most {} times in {}",
            it.count,
            duration::write(it.per_ms)
        )
    })
}

/// How something is tried again, in words.
pub(super) fn retries(retry: &Retry) -> String {
    format!(
        ", {} times from {} to {}",
        retry.attempts,
        duration::write(retry.from_ms),
        duration::write(retry.to_ms),
    )
}

//! A noun that stands on both sides, and how a change of it is told.

use silex_bundle::Span;

use super::change::{Change, Sides};
use super::kind::Kind;

/// What stands on both sides.
pub(super) struct Kept<'a, T> {
    pub(super) sides: Sides<'a>,
    pub(super) name: &'a str,
    pub(super) old: &'a T,
    pub(super) new: &'a T,
    /// Where it stood and stands.
    pub(super) places: (Span, Span),
}

impl<T> Kept<'_, T> {
    /// A change of it, with what stood and what stands there.
    pub(super) fn change(&self, kind: Kind, message: String, (was, is): (&str, &str)) -> Change {
        Change::new(kind, self.name, message).between(
            self.sides.was(self.places.0, was),
            self.sides.is(self.places.1, is),
        )
    }
}

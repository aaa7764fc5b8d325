//! Which declarations are looked at: all of them, or those that an edit can have touched.

use std::collections::BTreeSet;

use crate::source::Span;

/// The declarations that are looked at, by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Fresh {
    /// All.
    #[default]
    All,
    /// These; what is known of the others still holds.
    Some(BTreeSet<Span>),
}

impl Fresh {
    /// Takes in a declaration.
    pub fn add(&mut self, declaration: Span) {
        match self {
            Self::All => {}
            Self::Some(places) => {
                places.insert(declaration);
            }
        }
    }

    /// Whether a declaration is looked at.
    #[must_use]
    pub fn holds(&self, declaration: Span) -> bool {
        match self {
            Self::All => true,
            Self::Some(places) => places.contains(&declaration),
        }
    }
}

//! Findings by what was looked at, so that what has not changed is not looked at again.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;

/// Findings by what was looked at.
#[derive(Debug)]
pub(crate) struct Ledger<K> {
    found: BTreeMap<K, Vec<Diagnostic>>,
}

impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Self {
            found: BTreeMap::new(),
        }
    }
}

impl<K: Ord> Ledger<K> {
    /// Whether a thing was looked at.
    pub(crate) fn knows<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.found.contains_key(key)
    }

    /// Looks at a thing, unless that was done.
    pub(crate) fn look<Q: Ord + ToOwned<Owned = K> + ?Sized>(
        &mut self,
        key: &Q,
        look: impl FnOnce() -> Vec<Diagnostic>,
    ) where
        K: Borrow<Q>,
    {
        if !self.knows(key) {
            self.found.insert(key.to_owned(), look());
        }
    }

    /// Forgets what was found in a thing.
    pub(crate) fn forget<Q: Ord + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.found.remove(key);
    }

    /// Forgets the things in which something of a kind was found.
    pub(crate) fn doubt(&mut self, is_so: impl Fn(&Diagnostic) -> bool) {
        self.found.retain(|_, found| !found.iter().any(&is_so));
    }

    /// All that was found.
    pub(crate) fn told(&self) -> impl Iterator<Item = Diagnostic> {
        self.found.values().flatten().cloned()
    }
}

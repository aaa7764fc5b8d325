//! Two maps compared by key: what all nouns are compared with.

use std::collections::BTreeMap;

/// What stands under one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pairing<T> {
    /// In the old map only.
    Removed(T),
    /// In the new map only.
    Added(T),
    /// In both.
    Both(T, T),
}

impl<T> Pairing<T> {
    /// The new side, or the old where there is no new one.
    pub(super) fn latest(&self) -> &T {
        match self {
            Self::Removed(it) | Self::Added(it) | Self::Both(_, it) => it,
        }
    }

    /// Something of each side.
    pub(super) fn map<U>(&self, of: impl Fn(&T) -> U) -> Pairing<U> {
        match self {
            Self::Removed(it) => Pairing::Removed(of(it)),
            Self::Added(it) => Pairing::Added(of(it)),
            Self::Both(old, new) => Pairing::Both(of(old), of(new)),
        }
    }

    /// The old side.
    pub(super) fn was(&self) -> Option<&T> {
        match self {
            Self::Removed(it) | Self::Both(it, _) => Some(it),
            Self::Added(_) => None,
        }
    }

    /// The new side.
    pub(super) fn is(&self) -> Option<&T> {
        match self {
            Self::Added(it) | Self::Both(_, it) => Some(it),
            Self::Removed(_) => None,
        }
    }
}

/// Pairs what has the same key; in the order of the keys.
///
/// A key may come again: the second of one side is paired with the second of the other.
pub(super) fn paired<K: Ord + Clone, T>(
    old: impl IntoIterator<Item = (K, T)>,
    new: impl IntoIterator<Item = (K, T)>,
) -> Vec<(K, Pairing<T>)> {
    let mut new = numbered(new);
    let mut pairs: BTreeMap<(K, usize), Pairing<T>> = numbered(old)
        .into_iter()
        .map(|(key, old)| {
            let pairing = match new.remove(&key) {
                Some(new) => Pairing::Both(old, new),
                None => Pairing::Removed(old),
            };
            (key, pairing)
        })
        .collect();
    pairs.extend(new.into_iter().map(|(key, new)| (key, Pairing::Added(new))));
    let without_number = pairs.into_iter().map(|((key, _), pairing)| (key, pairing));
    without_number.collect()
}

fn numbered<K: Ord + Clone, T>(items: impl IntoIterator<Item = (K, T)>) -> BTreeMap<(K, usize), T> {
    let mut counts: BTreeMap<K, usize> = BTreeMap::new();
    let mut numbered = BTreeMap::new();
    for (key, item) in items {
        let count = counts.entry(key.clone()).or_default();
        numbered.insert((key, *count), item);
        *count += 1;
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_same_key_is_paired_and_the_rest_came_or_went() {
        let pairs = paired([("a", 1), ("b", 2)], [("b", 3), ("c", 4)]);
        let expected = [
            ("a", Pairing::Removed(1)),
            ("b", Pairing::Both(2, 3)),
            ("c", Pairing::Added(4)),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn a_key_that_comes_again_is_paired_in_order() {
        let pairs = paired([("a", 1), ("a", 2)], [("a", 3)]);
        assert_eq!(
            pairs,
            [("a", Pairing::Both(1, 3)), ("a", Pairing::Removed(2))]
        );
    }
}

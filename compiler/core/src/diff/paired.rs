//! Two maps compared by key: what all nouns are compared with.

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
pub(super) fn paired<K: Ord, T>(
    old: impl IntoIterator<Item = (K, T)>,
    new: impl IntoIterator<Item = (K, T)>,
) -> Vec<(K, Pairing<T>)> {
    let (mut old, mut new) = (ordered(old).peekable(), ordered(new).peekable());
    let next = || match (old.peek(), new.peek()) {
        (Some((was, _)), Some((is, _))) if was == is => {
            let ((key, was), (_, is)) = old.next().zip(new.next())?;
            Some((key, Pairing::Both(was, is)))
        }
        (Some((was, _)), Some((is, _))) if is < was => new.next().map(added),
        (Some(_), _) => old.next().map(|(key, was)| (key, Pairing::Removed(was))),
        (None, _) => new.next().map(added),
    };
    std::iter::from_fn(next).collect()
}

fn added<K, T>((key, is): (K, T)) -> (K, Pairing<T>) {
    (key, Pairing::Added(is))
}

/// By key; those of one key stay as they came.
fn ordered<K: Ord, T>(items: impl IntoIterator<Item = (K, T)>) -> impl Iterator<Item = (K, T)> {
    let mut items: Vec<(K, T)> = items.into_iter().collect();
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    items.into_iter()
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

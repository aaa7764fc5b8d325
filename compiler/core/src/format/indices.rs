//! A set of tokens by their indices, which are small: a flag for each.

/// Indices of tokens.
#[derive(Debug, Clone, Default)]
pub(super) struct Indices(Vec<bool>);

impl Indices {
    pub(super) fn contains(&self, index: usize) -> bool {
        self.0.get(index).copied().unwrap_or_default()
    }

    pub(super) fn insert(&mut self, index: usize) {
        if index >= self.0.len() {
            self.0.resize(index + 1, false);
        }
        if let Some(flag) = self.0.get_mut(index) {
            *flag = true;
        }
    }

    pub(super) fn remove(&mut self, index: usize) {
        if let Some(flag) = self.0.get_mut(index) {
            *flag = false;
        }
    }
}

impl Extend<usize> for Indices {
    fn extend<I: IntoIterator<Item = usize>>(&mut self, indices: I) {
        indices.into_iter().for_each(|index| self.insert(index));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_in_until_it_is_taken_out() {
        let mut indices = Indices::default();
        indices.extend([7, 2]);
        assert_eq!(
            [2, 3, 7, 8].map(|index| indices.contains(index)),
            [true, false, true, false]
        );
        indices.remove(2);
        indices.remove(9);
        assert!(!indices.contains(2));
    }
}

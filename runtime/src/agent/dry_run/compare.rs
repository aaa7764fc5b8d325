//! How two texts differ.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// The way from one text to another.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Difference(pub Vec<Change>);

/// A piece of the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It stands in both.
    Kept(String),
    /// It stands in the first alone.
    Gone(String),
    /// It stands in the second alone.
    New(String),
}

impl Difference {
    /// Word by word.
    #[must_use]
    pub fn of_words(before: &str, after: &str) -> Self {
        Self::of(&TextDiff::from_words(before, after))
    }

    /// Line by line.
    #[must_use]
    pub fn of_lines(before: &str, after: &str) -> Self {
        Self::of(&TextDiff::from_lines(before, after))
    }

    fn of<'a>(diff: &TextDiff<'a, 'a, str>) -> Self {
        let mut changes: Vec<Change> = Vec::new();
        for change in diff.iter_all_changes() {
            let text = change.value();
            match (change.tag(), changes.last_mut()) {
                (ChangeTag::Equal, Some(Change::Kept(kept))) => kept.push_str(text),
                (ChangeTag::Delete, Some(Change::Gone(gone))) => gone.push_str(text),
                (ChangeTag::Insert, Some(Change::New(new))) => new.push_str(text),
                (ChangeTag::Equal, _) => changes.push(Change::Kept(text.to_owned())),
                (ChangeTag::Delete, _) => changes.push(Change::Gone(text.to_owned())),
                (ChangeTag::Insert, _) => changes.push(Change::New(text.to_owned())),
            }
        }
        Self(changes)
    }

    /// Whether the texts are the same.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0
            .iter()
            .all(|change| matches!(change, Change::Kept(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_put_together() {
        let words = Difference::of_words("Dear Ada, come on Monday.", "Dear Ada, come on Tuesday.");
        assert_eq!(
            words.0,
            [
                Change::Kept("Dear Ada, come on ".to_owned()),
                Change::Gone("Monday.".to_owned()),
                Change::New("Tuesday.".to_owned()),
            ]
        );
        assert!(!words.is_none() && Difference::of_lines("a\nb\n", "a\nb\n").is_none());
    }
}

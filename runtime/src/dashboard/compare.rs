//! What people made of a text: its words one after another, or both texts side by side.

use std::time::Duration;

use serde::Serialize;
use similar::{ChangeTag, DiffOp, TextDiff};

/// How long two texts are compared; what is left then counts as changed. Two long texts with nothing
/// in common would take seconds.
const PATIENCE: Duration = Duration::from_millis(50);

/// Lines that are shown before and after a change.
const AROUND: usize = 2;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Piece {
    /// `equal`, `delete` or `insert`.
    tag: &'static str,
    text: String,
}

/// A line of both texts; none where one of them has no such line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Sides {
    before: Option<Vec<Piece>>,
    after: Option<Vec<Piece>>,
}

/// The words of both texts in one: what went stands before what came.
pub(super) fn words(before: &str, after: &str) -> Vec<Piece> {
    let diff = TextDiff::configure()
        .timeout(PATIENCE)
        .diff_words(before, after);
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let tag = match change.tag() {
            ChangeTag::Equal => "equal",
            ChangeTag::Delete => "delete",
            ChangeTag::Insert => "insert",
        };
        match pieces.last_mut() {
            Some(last) if last.tag == tag => last.text.push_str(change.value()),
            Some(_) | None => pieces.push(Piece {
                tag,
                text: change.value().to_owned(),
            }),
        }
    }
    pieces
}

/// Both texts line by line. Of a line that was changed, the words that were are marked.
pub(super) fn sides(before: &str, after: &str) -> Vec<Sides> {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let diff = TextDiff::configure()
        .timeout(PATIENCE)
        .diff_slices(&old, &new);
    let mut rows = Vec::new();
    for op in diff.ops() {
        let (old, new) = (&old[op.old_range()], &new[op.new_range()]);
        for at in 0..old.len().max(new.len()) {
            rows.push(match (op, old.get(at), new.get(at)) {
                (DiffOp::Equal { .. }, Some(line), _) => Sides {
                    before: Some(whole("equal", line)),
                    after: Some(whole("equal", line)),
                },
                (_, Some(before), Some(after)) => pair(before, after),
                (_, before, after) => Sides {
                    before: before.map(|line| whole("delete", line)),
                    after: after.map(|line| whole("insert", line)),
                },
            });
        }
    }
    rows
}

/// The same without what is equal, but for the lines around a change.
pub(super) fn changed_sides(before: &str, after: &str) -> Vec<Sides> {
    let rows = sides(before, after);
    let changed: Vec<_> = rows.iter().map(Sides::is_changed).collect();
    let near = |at: usize| {
        let (first, last) = (
            at.saturating_sub(AROUND),
            (at + AROUND + 1).min(changed.len()),
        );
        changed[first..last].contains(&true)
    };
    let rows = rows.into_iter().enumerate();
    rows.filter(|(at, _)| near(*at))
        .map(|(_, row)| row)
        .collect()
}

impl Sides {
    fn is_changed(&self) -> bool {
        self.before != self.after
    }
}

fn whole(tag: &'static str, line: &str) -> Vec<Piece> {
    vec![Piece {
        tag,
        text: line.to_owned(),
    }]
}

fn pair(before: &str, after: &str) -> Sides {
    let pieces = words(before, after);
    let without = |tag: &str| {
        pieces
            .iter()
            .filter(|piece| piece.tag != tag)
            .cloned()
            .collect()
    };
    Sides {
        before: Some(without("insert")),
        after: Some(without("delete")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|it| match it.tag {
                "delete" => format!("[-{}-]", it.text),
                "insert" => format!("[+{}+]", it.text),
                _ => it.text.clone(),
            })
            .collect()
    }

    #[test]
    fn words_that_went_stand_before_those_that_came() {
        let pieces = words("We are open on Monday.", "We are closed on Monday.");
        assert_eq!(shown(&pieces), "We are [-open-][+closed+] on Monday.");
    }

    #[test]
    fn a_changed_line_stands_beside_what_it_was() {
        let rows = sides(
            "Dear Ada,\nwe are open.\nBye",
            "Dear Ada,\nwe are closed.\nSoon\nBye",
        );
        let told = |side: &Option<Vec<Piece>>| side.as_deref().map_or("–".to_owned(), shown);
        let told: Vec<_> = rows
            .iter()
            .map(|row| format!("{} | {}", told(&row.before), told(&row.after)))
            .collect();
        assert_eq!(
            told,
            [
                "Dear Ada, | Dear Ada,",
                "we are [-open.-] | we are [+closed.+]",
                "– | [+Soon+]",
                "Bye | Bye",
            ]
        );
    }

    #[test]
    fn only_what_is_near_a_change_is_shown() {
        let before: String = (0..20).map(|at| format!("line {at}\n")).collect();
        let rows = changed_sides(&before, &before.replace("line 9\n", "line nine\n"));
        assert_eq!(rows.len(), 1 + 2 * AROUND);
        assert_eq!(changed_sides(&before, &before), []);
    }

    #[test]
    fn texts_with_nothing_in_common_are_told_in_time() {
        let long = |word: &str| {
            (0..20_000)
                .map(|at| format!("{word}{at} "))
                .collect::<String>()
        };
        let (before, after) = (long("a"), long("b"));
        let pieces = words(&before, &after);
        let kept = pieces.iter().filter(|piece| piece.tag != "insert");
        assert_eq!(
            kept.map(|piece| piece.text.as_str()).collect::<String>(),
            before
        );
    }
}

//! Branches: whether two statements can stand in one prompt, by where they stand.

/// The branches around a statement, outermost first: which `when` or `match`, and which of its arms.
pub(super) type BranchId = Vec<(u32, usize)>;

/// A branch inside another.
pub(super) fn inside(outer: &BranchId, when: u32, arm: usize) -> BranchId {
    let mut inner = outer.clone();
    inner.push((when, arm));
    inner
}

/// Whether two places lie in different arms of one `when` or `match`.
pub(super) fn exclude(a: &BranchId, b: &BranchId) -> bool {
    a.iter().any(|(when, arm)| {
        b.iter()
            .any(|(other, other_arm)| when == other && arm != other_arm)
    })
}

//! Branches: whether two statements can stand in one prompt, by where they stand.

/// The branches around a statement, outermost first: which `when` or `match`, and which of its arms.
pub(super) type BranchId = Vec<(u32, usize)>;

/// A branch inside another.
pub(super) fn inside(outer: &BranchId, when: u32, arm: usize) -> BranchId {
    let mut inner = outer.clone();
    inner.push((when, arm));
    inner
}

/// The number that stands for all stages of a body; those of `when` and `match` begin behind it.
const STAGES: u32 = 0;

/// The stage of a number inside a branch.
pub(super) fn in_stage(outer: &BranchId, stage: usize) -> BranchId {
    inside(outer, STAGES, stage)
}

/// Whether two places never stand in one prompt: they lie in different arms of one `when` or
/// `match`, or in different stages.
pub(super) fn exclude(a: &BranchId, b: &BranchId) -> bool {
    differ(a, b, |_| true)
}

/// Whether two places lie in different arms of one `when` or `match`.
pub(super) fn exclude_but_stages(a: &BranchId, b: &BranchId) -> bool {
    differ(a, b, |when| when != STAGES)
}

fn differ(a: &BranchId, b: &BranchId, counts: impl Fn(u32) -> bool) -> bool {
    a.iter().any(|(when, arm)| {
        b.iter()
            .any(|(other, other_arm)| counts(*when) && when == other && arm != other_arm)
    })
}

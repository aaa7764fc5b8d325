//! Checks of rules: what the runtime decides on each draft.

use silex_bundle::{Expr, Rule};

use super::change::{Change, Sides};
use super::kind;
use super::paired::{Pairing, paired};
use super::prompt::Placed;
use super::relation::relate_checks;
use crate::condition;

/// Compares the checks of a rule. What is the same on both sides is no change; of what is left,
/// the first of the old is compared with the first of the new.
pub(super) fn compare(
    sides: Sides<'_>,
    id: &str,
    (old, new): (Placed<'_>, Placed<'_>),
    (was, is): (&Rule, &Rule),
    found: &mut Vec<Change>,
) {
    let only = |of: &'_ Rule, other: &Rule| -> Vec<Expr> {
        let only = of
            .checks
            .iter()
            .filter(|check| !other.checks.contains(check));
        only.cloned().collect()
    };
    let (gone, come) = (only(was, is), only(is, was));
    let pairs = paired(gone.iter().enumerate(), come.iter().enumerate());
    for (_, pairing) in pairs {
        let text = |check: Option<&&Expr>| check.map(|it| condition::text(it)).unwrap_or_default();
        let (before, now) = (text(pairing.was()), text(pairing.is()));
        let (kind, message, witness) = match pairing {
            Pairing::Removed(_) => (
                kind::CHECK.less,
                "drafts are no longer checked".to_owned(),
                None,
            ),
            Pairing::Added(_) => (kind::CHECK.more, "drafts are now checked".to_owned(), None),
            Pairing::Both(before_expr, now_expr) => {
                let related = relate_checks(sides, new.behaviour, before_expr, now_expr);
                // A check that passes more drafts demands less.
                let reversed = related.relation.reversed();
                let Some(kind) = kind::CHECK_REACH.by(reversed, kind::CHECK_CHANGED) else {
                    continue;
                };
                (
                    kind,
                    format!("drafts pass the check {}", related.relation.cases()),
                    related.witness,
                )
            }
        };
        let change = Change::new(kind, id, message).seen_with(witness);
        found.push(change.between(
            sides.was(old.segment.span, before),
            sides.is(new.segment.span, now),
        ));
    }
}

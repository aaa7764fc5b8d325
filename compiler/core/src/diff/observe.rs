//! What a model is asked for first, in a behaviour or an agent.

use silex_bundle::Span;
use silex_bundle::behaviour::Observe;
use silex_bundle::handler::call;

use super::change::{Change, Sides};
use super::kind;
use super::paired::{Pairing, paired};

/// Compares what is observed for a behaviour or an agent.
pub(super) fn compare(
    sides: Sides<'_>,
    subject: &str,
    (old, new): (&[Observe], &[Observe]),
    (was, is): (Span, Span),
    found: &mut Vec<Change>,
) {
    let keyed = |all: &[Observe]| -> Vec<(String, String)> {
        let all = all.iter();
        all.map(|it| (it.name.clone(), call(&it.call))).collect()
    };
    for (name, pairing) in paired(keyed(old), keyed(new)) {
        let (kind, message) = match (kind::OBSERVATION.of(&pairing), &pairing) {
            (None, Pairing::Both(was, is)) if was != is => (
                kind::OBSERVATION_CHANGED,
                format!("`{name}` is observed by `{is}`, before by `{was}`"),
            ),
            (None, _) => continue,
            (Some(kind), Pairing::Removed(_)) => (kind, format!("`{name}` is no longer observed")),
            (Some(kind), by) => (kind, format!("`{name}` is observed by `{}`", by.latest())),
        };
        let change = Change::new(kind, subject, message);
        found.push(change.between(sides.was(was, ""), sides.is(is, "")));
    }
}

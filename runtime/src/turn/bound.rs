//! `at_most` of a tool: how often it may be called for a contact.

use futures_util::future::FutureExt;
use silex_bundle::tool::AtMost;

use super::run::{Edge, TurnError, Whose};
use crate::store::tool_slots::{self, Wanted};
use crate::store::{jobs, threads, transaction};

/// Whether a tool may be called once more for the contact. A call that may counts, whatever comes
/// of it: what it did outside cannot be known.
pub(super) async fn may_call(
    edge: &Edge,
    whose: &Whose,
    tool: &str,
    (most, key): (AtMost, &str),
) -> Result<bool, TurnError> {
    let (thread, lease, now) = (whose.thread, whose.lease, edge.clock.now_ms());
    let (tool, call_key) = (tool.to_owned(), key.to_owned());
    let work = transaction(move |tx| {
        async move {
            jobs::still_held(tx, lease).await?;
            let thread = threads::find(tx, thread).await?;
            let wanted = Wanted {
                tool,
                contact_key: thread.map(|thread| thread.contact_key).unwrap_or_default(),
                call_key,
                slots: i64::from(most.count),
                per_ms: i64::try_from(most.per_ms).unwrap_or(i64::MAX),
            };
            tool_slots::take(tx, &wanted, now).await
        }
        .boxed()
    });
    Ok(edge.store.write("turn.slot", work).await?)
}

//! Who is told of what happens in a thread: the jobs that an event makes, in the transaction of the event.
//!
//! Which they are stands with the thread, so that the event finds them whoever notes it. A thread that
//! nobody listens to costs nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::Row as _;

use super::events::NewEvent;
use super::jobs::{self, NewJob, OnBackoff};
use super::{Connection, StoreError};

/// The listeners of a thread, by the word that a spec has for the event.
pub type Listeners = BTreeMap<String, Vec<Listener>>;

/// A job that an event makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The kind of the job.
    pub kind: String,
    /// Which of its kind: a relay, a line of `after`.
    pub name: String,
    /// Whether one that has to wait lets the next of its thread go first.
    pub steps_aside: bool,
    /// How often it may be tried.
    pub attempts: i64,
}

/// The word of a spec for an event of this kind, if it has one.
#[must_use]
pub fn word(kind: &str, data: &Value) -> Option<&'static str> {
    Some(match kind {
        "mail.received" => "received",
        "mail.quarantined" if data.get("verdict") == Some(&Value::from("block")) => "blocked",
        "draft.written" => "drafted",
        "draft.held" => "held",
        "draft.approved" => "approved",
        "draft.rejected" => "rejected",
        "draft.delivered" => "delivered",
        "delivery.bounced" | "delivery.rejected" => "bounced",
        // A relay that failed is told to no relay: that would go on for ever.
        "job.dead" if !of_listener(data) => "failed",
        _ => return None,
    })
}

/// Whether the job that an event is about tells others what happened.
fn of_listener(data: &Value) -> bool {
    let kind = data.get("kind").and_then(Value::as_str);
    matches!(kind, Some("relay" | "after"))
}

/// Enqueues a job for everyone who listens to the event.
pub(super) async fn tell(
    tx: &mut Connection,
    event: &NewEvent,
    id: i64,
    listeners: &str,
    now: i64,
) -> Result<(), StoreError> {
    let (Some(word), Some(thread)) = (word(&event.kind, &event.data), event.thread_id) else {
        return Ok(());
    };
    let damaged = |error| StoreError::Corrupt(format!("the listeners of thread {thread}: {error}"));
    let listeners: Listeners = serde_json::from_str(listeners).map_err(damaged)?;
    let Some(told) = listeners.get(word) else {
        return Ok(());
    };
    let found = sqlx::query("select contact_key from thread where id = $1")
        .bind(thread)
        .fetch_one(&mut *tx)
        .await?;
    let tenant: String = found.try_get("contact_key")?;
    for listener in told {
        jobs::enqueue(tx, &job(listener, thread, id, &tenant), now).await?;
    }
    Ok(())
}

fn job(listener: &Listener, thread: i64, event: i64, tenant: &str) -> NewJob {
    let Listener { kind, name, .. } = listener;
    NewJob {
        order_key: Some(format!("{kind} {name} thread {thread}")),
        on_backoff: match listener.steps_aside {
            true => OnBackoff::StepAside,
            false => OnBackoff::Hold,
        },
        unique_key: Some(format!("{kind} {name} event {event}")),
        tenant: tenant.to_owned(),
        max_attempts: listener.attempts,
        ..NewJob::new(
            kind,
            json!({ "event": event, "thread": thread, "name": name }),
        )
    }
}

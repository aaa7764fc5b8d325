//! Which bundle a thread goes on with, and whom that bundle's agent tells what happens.
//!
//! A thread keeps the bundle that it began with, so that a conversation does not change its rules in the
//! middle. It moves on when a mail comes and the setting says so.

use std::sync::Arc;

use serde_json::json;
use silex_bundle::Agent;

use super::{Deployment, event};
use crate::bundle::Loaded;
use crate::config::{Bundles, Pin};
use crate::store::listeners::{Listener, Listeners};
use crate::store::threads::Thread;
use crate::store::{Connection, StoreError, events, threads};
use crate::turn::resume;

/// How often a line of `after` is tried.
const ATTEMPTS: i64 = 8;

/// How often a relay is tried that does not say so itself.
const RELAY_ATTEMPTS: i64 = 10;

const DAY_MS: i64 = 24 * 3600 * 1000;

impl Deployment {
    /// The bundle that a thread goes on with.
    ///
    /// # Errors
    /// When the store does not have it.
    pub async fn bundle_of(&self, thread: &Thread) -> Result<Arc<Loaded>, StoreError> {
        match thread.bundle.as_str() {
            "" => Ok(self.bundles().current()),
            digest => resume::bundle_of(&self.edge, digest).await,
        }
    }

    /// A bundle that was in use, by its digest.
    ///
    /// # Errors
    /// When the store does not have it.
    pub async fn bundle_of_digest(
        &self,
        db: &mut Connection,
        digest: &str,
    ) -> Result<Arc<Loaded>, StoreError> {
        resume::bundle_in(db, self.bundles(), digest).await
    }

    /// The bundle that a thread goes on with, within a transaction.
    ///
    /// # Errors
    /// When the store does not have it.
    pub async fn bundle_in(
        &self,
        tx: &mut Connection,
        thread: &Thread,
    ) -> Result<Arc<Loaded>, StoreError> {
        match thread.bundle.as_str() {
            "" => Ok(self.bundles().current()),
            digest => resume::bundle_in(tx, self.bundles(), digest).await,
        }
    }
}

/// Whom an agent of a bundle tells what happens.
pub(super) fn listeners(bundle: &Loaded, agent: &str) -> Listeners {
    let agent = bundle.bundle().agents.get(agent);
    agent.map(told_by).unwrap_or_default()
}

/// Moves a thread to the bundle in use, if a mail that comes now may do that. One whose agent the bundle
/// no longer has stays where it is.
///
/// # Errors
/// When the store fails.
pub(super) async fn move_on(
    tx: &mut Connection,
    settings: &Bundles,
    bundle: &Loaded,
    thread: &Thread,
    now: i64,
) -> Result<(), StoreError> {
    let quiet_ms = DAY_MS.saturating_mul(i64::from(settings.pin_days));
    let over = thread.updated_at < now.saturating_sub(quiet_ms);
    let moves = match settings.pin {
        Pin::Thread => over,
        Pin::Mail => true,
    };
    match moves || thread.bundle.is_empty() {
        true => begin(tx, bundle, thread, now).await,
        false => Ok(()),
    }
}

/// Moves a thread to the bundle in use, unless that no longer has its agent.
///
/// # Errors
/// When the store fails.
pub(super) async fn begin(
    tx: &mut Connection,
    bundle: &Loaded,
    thread: &Thread,
    now: i64,
) -> Result<(), StoreError> {
    let known = bundle.bundle().agents.contains_key(&thread.agent);
    if thread.bundle == bundle.digest() || !known {
        return Ok(());
    }
    let listeners = listeners(bundle, &thread.agent);
    threads::pin(tx, thread.id, bundle.digest(), &listeners).await?;
    let data = json!({ "from": thread.bundle, "to": bundle.digest() });
    let moved = event("thread.moved", &thread.agent, Some(thread.id), None, data);
    events::append(tx, &moved, now).await?;
    Ok(())
}

/// Each line of `after` and each relay of an agent, by the event that it waits for.
fn told_by(agent: &Agent) -> Listeners {
    let mut all = Listeners::new();
    for after in &agent.after {
        for line in 0..after.lines.len() {
            let word = after.event.word();
            all.entry(word.to_owned()).or_default().push(Listener {
                kind: "after".to_owned(),
                name: format!("{word} {line}"),
                steps_aside: false,
                attempts: ATTEMPTS,
            });
        }
    }
    for (name, relay) in &agent.relays {
        let attempts = relay
            .retry
            .map_or(RELAY_ATTEMPTS, |it| i64::from(it.attempts));
        for event in &relay.on {
            all.entry(event.word().to_owned())
                .or_default()
                .push(Listener {
                    kind: "relay".to_owned(),
                    name: name.clone(),
                    steps_aside: true,
                    attempts,
                });
        }
    }
    all
}

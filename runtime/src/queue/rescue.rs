//! Freeing the jobs of processes that ended and of attempts that are stuck.

use super::Config;
use crate::store::jobs::{self, Rescued};
use crate::store::{Store, StoreError};
use crate::telemetry::event;

/// Frees every running job. Called by the owner of the database before it claims any: what runs
/// then is an orphan, and no time has to pass to know it.
pub(super) async fn at_boot(config: &Config, store: &Store, now: i64) -> Result<(), StoreError> {
    let max_crashes = config.max_crashes;
    let rescued = store
        .write("queue.rescue", move |tx| {
            Box::pin(jobs::rescue_all(tx, max_crashes, now))
        })
        .await?;
    report(rescued);
    Ok(())
}

/// Frees the jobs whose lease is over.
pub(super) async fn expired(config: &Config, store: &Store, now: i64) -> Result<(), StoreError> {
    let max_crashes = config.max_crashes;
    let rescued = store
        .write("", move |tx| {
            Box::pin(jobs::rescue_expired(tx, max_crashes, now))
        })
        .await?;
    report(rescued);
    Ok(())
}

fn report(rescued: Rescued) {
    let Rescued { ready, dead } = rescued;
    if dead > 0 {
        tracing::error!(ready, dead, "{}", event::JOBS_RESCUED);
    } else if ready > 0 {
        tracing::warn!(ready, dead, "{}", event::JOBS_RESCUED);
    }
}

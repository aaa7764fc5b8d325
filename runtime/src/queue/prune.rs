//! Deleting finished jobs, a few at a time.

use std::time::Duration;

use super::{Config, millis};
use crate::store::{Store, StoreError, jobs};
use crate::telemetry::event;

/// How often finished jobs are looked through.
pub(super) const EVERY: Duration = Duration::from_secs(60 * 60);

/// More would keep other writes waiting.
const AT_ONCE: i64 = 500;

/// Deletes the done and cancelled jobs that were kept long enough.
pub(super) async fn finished(config: &Config, store: &Store, now: i64) -> Result<(), StoreError> {
    let before = now - millis(config.keep_finished);
    let mut pruned = 0;
    loop {
        let gone = store
            .write("", move |tx| Box::pin(jobs::prune(tx, before, AT_ONCE)))
            .await?;
        pruned += gone;
        if gone == 0 {
            break;
        }
    }
    if pruned > 0 {
        tracing::info!(pruned, "{}", event::JOBS_PRUNED);
    }
    Ok(())
}

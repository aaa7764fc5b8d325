//! Deleting finished jobs, a few at a time.

use std::time::Duration;

use super::{Config, millis};
use crate::store::{Store, StoreError, jobs};
use crate::telemetry::event;

/// How often finished jobs are looked through.
pub(super) const EVERY: Duration = Duration::from_secs(60 * 60);

/// More would keep other writes waiting.
pub(super) const AT_ONCE: i64 = 500;

/// Deletes some of the done and cancelled jobs that were kept long enough, and says whether there may
/// be more.
pub(super) async fn finished(config: &Config, store: &Store, now: i64) -> Result<bool, StoreError> {
    let before = now - millis(config.keep_finished);
    let pruned = store
        .write("", move |tx| Box::pin(jobs::prune(tx, before, AT_ONCE)))
        .await?;
    if pruned > 0 {
        tracing::info!(pruned, "{}", event::JOBS_PRUNED);
    }
    Ok(pruned == AT_ONCE as u64)
}

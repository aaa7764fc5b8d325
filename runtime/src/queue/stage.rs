//! Taking work: what is due enters its line, and what is ready is claimed.

use super::{Config, millis};
use crate::store::jobs::{self, Claimed};
use crate::store::{Store, StoreError};

/// Claims up to `free` jobs. It writes only if there is something to take, so a queue with
/// nothing to do costs a read.
pub(super) async fn take(
    config: &Config,
    store: &Store,
    free: usize,
    now: i64,
) -> Result<Vec<Claimed>, StoreError> {
    let mut db = store.read().await?;
    if !jobs::is_due(&mut db, now).await? {
        return Ok(Vec::new());
    }
    drop(db);
    let limit = i64::try_from(free).unwrap_or(i64::MAX);
    let lease_until = now + millis(config.lease);
    store
        .write("queue.claim", move |tx| {
            Box::pin(async move {
                jobs::stage(tx, now).await?;
                jobs::claim(tx, limit, lease_until, now).await
            })
        })
        .await
}

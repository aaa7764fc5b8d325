//! Taking work: what is due enters its line, and what is ready is claimed.

use super::{Config, lease, millis};
use crate::clock::Clock;
use crate::store::jobs::{self, Claimed};
use crate::store::{Store, StoreError};

/// Claims up to `free` jobs. It writes only if there is something to take, so a queue with
/// nothing to do costs a read.
pub(super) async fn take(
    config: &Config,
    store: &Store,
    clock: &Clock,
    holder: &str,
    free: usize,
) -> Result<Vec<Claimed>, StoreError> {
    let mut db = store.read().await?;
    if !jobs::is_due(&mut db, clock.now_ms()).await? {
        return Ok(Vec::new());
    }
    drop(db);
    let limit = i64::try_from(free).unwrap_or(i64::MAX);
    let (clock, lease) = (clock.clone(), millis(config.lease));
    let holder = holder.to_owned();
    store
        .write("queue.claim", move |tx| {
            Box::pin(async move {
                // The time of the write, not of the look: the job before it in its line may have
                // ended between the two, and this one begins after that.
                let now = clock.now_ms();
                jobs::stage(tx, now).await?;
                let until = lease::time(tx, &clock).await? + lease;
                jobs::claim(tx, &holder, limit, until, now).await
            })
        })
        .await
}

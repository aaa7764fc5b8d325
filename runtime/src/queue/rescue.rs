//! Freeing the jobs of processes that ended and of attempts that are stuck.

use super::Config;
use crate::store::jobs::{self, Orphans, Rescued};
use crate::store::{Store, StoreError, lock};
use crate::telemetry::event;

/// Frees what this process left running in an earlier life, before it claims anything: no time has
/// to pass to know it. The only owner of a database knows it of everything that runs.
pub(super) async fn at_boot(
    config: &Config,
    store: &Store,
    holder: &str,
    now: i64,
) -> Result<(), StoreError> {
    let (max_crashes, is_alone) = (config.max_crashes, store.is_alone());
    let (node, holder) = (config.node.clone(), holder.to_owned());
    let rescued = store
        .write("queue.rescue", move |tx| {
            Box::pin(async move {
                let orphans = match is_alone {
                    true => Orphans::All,
                    false => Orphans::OfNode {
                        node: &node,
                        holder: &holder,
                    },
                };
                jobs::rescue(tx, orphans, max_crashes, now).await
            })
        })
        .await?;
    report(rescued);
    Ok(())
}

/// Frees the jobs whose lease was over at `now`, unless another node is at it.
pub(super) async fn expired(config: &Config, store: &Store, now: i64) -> Result<(), StoreError> {
    let max_crashes = config.max_crashes;
    let rescued = store
        .write("", move |tx| {
            Box::pin(async move {
                if !lock::duty(tx, "rescue").await? {
                    return Ok(Rescued::default());
                }
                jobs::rescue(tx, Orphans::ExpiredBefore(now), max_crashes, now).await
            })
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

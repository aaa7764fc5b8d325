//! Taking work: what is due enters its line, and what is ready is claimed.

use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use super::attempt::Place;
use super::{Config, lease, millis};
use crate::store::jobs::{self, Claimed, Wanted};
use crate::store::{Store, StoreError};
use crate::telemetry::event;

/// How long a store that cannot be asked is left alone.
const REST: Duration = Duration::from_secs(1);

/// Claims up to `free` jobs. It writes only if there is something to take, so a queue with
/// nothing to do costs a read. While the crowd has no room nobody is claimed who would join it.
pub(super) async fn take(
    place: &Place,
    holder: &str,
    free: usize,
) -> Result<Vec<Claimed>, StoreError> {
    let Place {
        config,
        store,
        clock,
        ..
    } = place;
    let (without, most) = match place.crowd.room() {
        0 => (config.waiting(), free),
        room => (Vec::new(), free.min(room)),
    };
    let mut db = store.read().await?;
    let found = jobs::look(&mut db, &without, clock.now_ms()).await?;
    if !found.to_stage && !found.to_claim {
        return Ok(Vec::new());
    }
    drop(db);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let (clock, lease) = (clock.clone(), millis(config.lease));
    let holder = holder.to_owned();
    let (told, heard) = oneshot::channel();
    let claimed = store.write("queue.claim", move |tx| {
        async move {
            if found.to_stage {
                jobs::stage(tx, clock.now_ms()).await?;
            }
            let until = lease::until(&clock, lease);
            let wanted = Wanted {
                most,
                without: &without,
            };
            let claimed = jobs::claim(tx, &holder, wanted, until, || clock.now_ms()).await?;
            // Whoever asks is waiting.
            let _ = told.send(claimed.clone());
            Ok(claimed)
        }
        .boxed()
    });
    match claimed.await {
        Err(away @ StoreError::Away(_)) => match heard.await {
            Ok(claimed) => kept(config, store, claimed).await,
            Err(_) => Err(away),
        },
        claimed => claimed,
    }
}

/// Which of these claims were committed when the connection broke at the commit: nobody else would ever
/// run them, and they would be renewed with our others. Asked for as long as they can be ours.
async fn kept(
    config: &Config,
    store: &Store,
    claimed: Vec<Claimed>,
) -> Result<Vec<Claimed>, StoreError> {
    let look = async {
        loop {
            match held(store, &claimed).await {
                Err(error) if error.is_passing() => {
                    tracing::warn!(%error, "{}", event::STORE_UNREACHABLE);
                    tokio::time::sleep(REST).await;
                }
                found => return found,
            }
        }
    };
    let found = tokio::time::timeout(config.lease, look).await;
    found.unwrap_or_else(|_| Err(StoreError::Away("its claims are over".to_owned())))
}

async fn held(store: &Store, claimed: &[Claimed]) -> Result<Vec<Claimed>, StoreError> {
    let mut db = store.read().await?;
    let mut held = Vec::with_capacity(claimed.len());
    for job in claimed {
        if jobs::is_held(&mut db, job.lease).await? {
            held.push(job.clone());
        }
    }
    Ok(held)
}

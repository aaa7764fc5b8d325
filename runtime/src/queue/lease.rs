//! The leases of the attempts that run here, renewed from a thread that no job can starve.
//!
//! An attempt that shows no progress for longer than its kind has patience is abandoned: it is
//! dropped where it waits, and its lease is renewed no more. If it does not wait but spins, the
//! lease runs out, and the job is freed without it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio_util::sync::CancellationToken;

use super::slots::Slot;
use super::{Config, millis, rescue};
use crate::clock::Clock;
use crate::store::jobs::{self, Lease};
use crate::store::{Store, StoreError};
use crate::telemetry::event;

/// When an attempt last showed that it moves, and the slot that it works in.
#[derive(Debug, Clone)]
pub struct Progress {
    clock: Clock,
    last: Arc<AtomicI64>,
    slot: Slot,
}

impl Progress {
    /// Progress that was made just now.
    pub fn starting(clock: Clock) -> Self {
        let last = Arc::new(AtomicI64::new(clock.now_ms()));
        let slot = Slot::default();
        Self { clock, last, slot }
    }

    /// The same, of an attempt that works in a slot.
    pub(super) fn in_slot(self, slot: Slot) -> Self {
        Self { slot, ..self }
    }

    /// Waits for an answer from outside. The slot is another attempt's meanwhile: thousands may wait
    /// for models where only a few work at once.
    pub async fn outside<F: Future>(&self, call: F) -> F::Output {
        let _lent = self.slot.lend();
        call.await
    }

    /// Notes that the attempt got somewhere: a step was journaled, a part of an answer came.
    pub fn made(&self) {
        self.last.store(self.clock.now_ms(), Ordering::Relaxed);
    }

    fn is_overdue(&self, patience_ms: i64, now: i64) -> bool {
        now.saturating_sub(self.last.load(Ordering::Relaxed)) > patience_ms
    }
}

/// The attempts that run in this process.
#[derive(Debug, Clone, Default)]
pub(super) struct Held(Arc<Mutex<BTreeMap<Lease, Hold>>>);

#[derive(Debug)]
struct Hold {
    progress: Progress,
    patience_ms: i64,
    abandon: CancellationToken,
}

impl Held {
    /// Notes an attempt. The token is cancelled when it is to be abandoned.
    pub(super) fn enter(
        &self,
        lease: Lease,
        progress: Progress,
        patience_ms: i64,
    ) -> CancellationToken {
        let abandon = CancellationToken::new();
        self.all().insert(
            lease,
            Hold {
                progress,
                patience_ms,
                abandon: abandon.clone(),
            },
        );
        abandon
    }

    /// Notes that an attempt is over.
    pub(super) fn leave(&self, lease: Lease) {
        self.all().remove(&lease);
    }

    /// The leases of the attempts that are not over.
    pub(super) fn leases(&self) -> Vec<Lease> {
        self.all().keys().copied().collect()
    }

    fn abandon(&self, lease: Lease) {
        if let Some(hold) = self.all().get(&lease) {
            hold.abandon.cancel();
        }
    }

    /// Abandons what is overdue, and gives the leases of the rest.
    fn lively(&self, now: i64) -> Vec<Lease> {
        let mut lively = Vec::new();
        for (lease, hold) in self.all().iter() {
            if hold.progress.is_overdue(hold.patience_ms, now) {
                hold.abandon.cancel();
            } else {
                lively.push(*lease);
            }
        }
        lively
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Lease, Hold>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Renews leases on a thread of its own until `stop`.
pub(super) fn start(
    config: Config,
    store: Store,
    clock: Clock,
    held: Held,
    stop: CancellationToken,
) -> std::io::Result<thread::JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::Builder::new()
        .name("silex-leases".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                while stop
                    .run_until_cancelled(tokio::time::sleep(config.renew_every))
                    .await
                    .is_some()
                {
                    if let Err(error) = renew(&config, &store, &held, clock.now_ms()).await {
                        tracing::warn!(%error, "{}", event::STORE_UNREACHABLE);
                    }
                }
            });
        })
}

/// Renews the leases of the lively, abandons those that are lost, and frees the expired.
///
/// Renewal comes first: after a pause of the whole process our own attempts are late, not stuck.
pub(super) async fn renew(
    config: &Config,
    store: &Store,
    held: &Held,
    now: i64,
) -> Result<(), StoreError> {
    if held.leases().is_empty() {
        // An attempt whose end could not be written is held by nobody, and still running in the store.
        let mut db = store.read().await?;
        if !jobs::is_expired(&mut db, now).await? {
            return Ok(());
        }
        drop(db);
        return rescue::expired(config, store, now).await;
    }
    let lively = held.lively(now);
    let until = now + millis(config.lease);
    // When leases are renewed depends on the time of day, so this write has no fault points.
    let lost = store
        .write("", move |tx| {
            Box::pin(async move {
                let mut lost = Vec::new();
                for lease in lively {
                    if !jobs::renew(tx, lease, until).await? {
                        lost.push(lease);
                    }
                }
                Ok(lost)
            })
        })
        .await?;
    for lease in lost {
        held.abandon(lease);
    }
    rescue::expired(config, store, now).await
}

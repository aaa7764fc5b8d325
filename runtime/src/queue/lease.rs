//! The leases of the attempts that run here, renewed from a thread that no job can starve.
//!
//! An attempt that shows no progress for longer than its kind has patience is abandoned: it is
//! dropped where it waits, and its lease is renewed no more. If it does not wait but spins, the
//! lease runs out, and the job is freed without it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio_util::sync::CancellationToken;

use super::slots::Slot;
use super::{Config, millis, rescue};
use crate::clock::Clock;
use crate::store::jobs::{self, Lease, Until};
use crate::store::{Connection, Store, StoreError};
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
        let last = Arc::new(AtomicI64::new(clock.passed_ms()));
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
        self.last.store(self.clock.passed_ms(), Ordering::Relaxed);
    }

    fn is_overdue(&self, patience_ms: i64) -> bool {
        let since = self.last.load(Ordering::Relaxed);
        self.clock.passed_ms().saturating_sub(since) > patience_ms
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

    fn abandon(&self, lease: Lease) {
        if let Some(hold) = self.all().get(&lease) {
            hold.abandon.cancel();
        }
    }

    /// The leases of what is lively. What is overdue is abandoned.
    fn lively(&self) -> Vec<Lease> {
        let mut lively = Vec::new();
        for (lease, hold) in self.all().iter() {
            if hold.progress.is_overdue(hold.patience_ms) {
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

/// What keeps the leases of this process, and looks after those of others that ended.
pub(super) struct Keeper {
    pub(super) config: Config,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) held: Held,
    /// What our claims are marked with.
    pub(super) holder: String,
}

/// Renews leases on a thread of its own until `stop`.
pub(super) fn start(
    keeper: Keeper,
    stop: CancellationToken,
) -> std::io::Result<thread::JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::Builder::new()
        .name("silex-leases".to_owned())
        .spawn(move || runtime.block_on(keep(&keeper, &stop)))
}

async fn keep(keeper: &Keeper, stop: &CancellationToken) {
    let mut was_reached = false;
    while stop
        .run_until_cancelled(tokio::time::sleep(keeper.config.renew_every))
        .await
        .is_some()
    {
        let kept = async {
            // A pause of the process may come at any line: what is over is told by a time at which
            // our own leases were not renewed yet.
            let before = keeper.time().await?;
            keeper.clock.agree(before);
            keeper.renew().await?;
            // After an outage of the database every lease is over. Each node renews its own first,
            // and a round later what is still over is nobody's.
            if was_reached {
                keeper.rescue(before).await?;
            }
            Ok::<_, StoreError>(())
        };
        let kept = kept.await;
        was_reached = kept.is_ok();
        if let Err(error) = kept {
            tracing::warn!(%error, "{}", event::STORE_UNREACHABLE);
        }
    }
}

impl Keeper {
    /// Renews the leases of the lively, and abandons those that are lost.
    ///
    /// After a pause of the whole process our own attempts are late, not stuck.
    pub(super) async fn renew(&self) -> Result<(), StoreError> {
        if self.held.all().is_empty() {
            return Ok(());
        }
        let (clock, lease) = (self.clock.clone(), millis(self.config.lease));
        let (holder, held) = (self.holder.clone(), self.held.clone());
        // When leases are renewed depends on the time of day, so this write has no fault points.
        let (lively, kept) = self
            .store
            .write("", move |tx| {
                Box::pin(async move {
                    let until = time(tx, &clock).await? + lease;
                    // Told behind that time: who is overdue at it is not renewed.
                    let lively = held.lively();
                    let kept = jobs::renew(tx, &holder, &lively, until).await?;
                    Ok((lively, kept))
                })
            })
            .await?;
        let kept: BTreeSet<Lease> = kept.into_iter().collect();
        for lease in lively.iter().filter(|lease| !kept.contains(lease)) {
            self.held.abandon(*lease);
        }
        Ok(())
    }

    /// Frees the jobs whose lease was over at `time`: of attempts that are stuck, and of nodes that
    /// are away.
    pub(super) async fn rescue(&self, time: i64) -> Result<(), StoreError> {
        let mut db = self.store.read().await?;
        if !jobs::is_expired(&mut db, time).await? {
            return Ok(());
        }
        drop(db);
        rescue::expired(&self.config, &self.store, time).await
    }

    async fn time(&self) -> Result<i64, StoreError> {
        let mut db = self.store.read().await?;
        time(&mut db, &self.clock).await
    }
}

/// When a claim ends that is made now, by the time of [`time`].
pub(super) fn until(clock: &Clock, lease: i64) -> Until {
    match clock.is_fixed() {
        true => Until::Time(clock.now_ms() + lease),
        false => Until::Lasts(lease),
    }
}

/// The time by which leases are counted: the database's, if it is a server, since the clocks of its
/// nodes may differ. A clock that a test moves is the only one there is.
pub(super) async fn time(db: &mut Connection, clock: &Clock) -> Result<i64, StoreError> {
    if clock.is_fixed() {
        return Ok(clock.now_ms());
    }
    Ok(jobs::server_time(db)
        .await?
        .unwrap_or_else(|| clock.now_ms()))
}

//! The worker: fills its slots with attempts until it is told to stop, then drains.

use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::attempt::{self, Place};
use super::crowd::Crowd;
use super::lease::{self, Held, Keeper};
use super::slots::Slots;
use super::{Config, Run, millis, prune, rescue, stage};
use crate::clock::Clock;
use crate::store::{Access, Store, StoreError, jobs};
use crate::telemetry::event;

/// Runs jobs until `stop`, then lets the running ones end within the drain time and gives the
/// rest back as they were.
///
/// Only an owner of the database may: what it holds when it starts is taken to be orphaned.
pub async fn run(
    config: Config,
    store: Store,
    clock: Clock,
    run: Run,
    stop: CancellationToken,
) -> Result<(), StoreError> {
    if store.access() != Access::Own {
        return Err(StoreError::Conflict(
            "only an owner of the database runs jobs".to_owned(),
        ));
    }
    // A node may be started again while the claims of its earlier life are still marked.
    let holder = format!("{} {:016x}", config.node, fastrand::u64(..));
    // A store that is held up just now is asked again, instead of ending the process for it.
    while let Err(error) = rescue::at_boot(&config, &store, &holder, clock.now_ms()).await {
        if !error.is_passing() {
            return Err(error);
        }
        tracing::warn!(%error, "{}", event::STORE_UNREACHABLE);
        if stop.run_until_cancelled(sleep(config.poll)).await.is_none() {
            return Ok(());
        }
    }
    let place = Place {
        crowd: Crowd::of(config.slots),
        config,
        store,
        clock,
        held: Held::default(),
        slots: Slots::default(),
        run,
        stop: stop.clone(),
    };
    let keeper = Keeper {
        config: place.config.clone(),
        store: place.store.clone(),
        clock: place.clock.clone(),
        held: place.held.clone(),
        holder: holder.clone(),
    };
    let leases_end = CancellationToken::new();
    let leases = lease::start(keeper, leases_end.clone())
        .map_err(|error| StoreError::Database(format!("no thread for leases: {error}")))?;

    let mut running = JoinSet::new();
    work(&place, &holder, &mut running, &stop).await;
    drain(&place, &holder, running).await;

    leases_end.cancel();
    // The thread ends at once; a panic in it has been printed already.
    let _ = tokio::task::spawn_blocking(move || leases.join()).await;
    Ok(())
}

async fn work(place: &Place, holder: &str, running: &mut JoinSet<()>, stop: &CancellationToken) {
    let mut commits = place.store.commits();
    let mut prune_at = place.clock.now_ms();
    while !stop.is_cancelled() {
        // Seen before the look for work, so that a commit during the look is not missed.
        commits.borrow_and_update();
        let now = place.clock.now_ms();
        let room = free(place, running);
        if room > 0 {
            match stage::take(place, holder, room).await {
                Ok(claimed) => {
                    for job in claimed {
                        running.spawn(attempt::run(place.clone(), job, place.slots.take()));
                    }
                }
                Err(error) => tracing::warn!(%error, "{}", event::STORE_UNREACHABLE),
            }
        }
        if now >= prune_at {
            // A few at a time, between the looks for work.
            let pruned = prune::finished(&place.config, &place.store, now).await;
            if let Err(error) = &pruned {
                tracing::warn!(%error, "{}", event::STORE_UNREACHABLE);
            }
            if pruned != Ok(true) {
                prune_at = now + millis(prune::EVERY);
            }
        }
        let has_room = free(place, running) > 0;
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            Some(_) = running.join_next() => {}
            () = place.slots.lent(), if !has_room => {}
            Ok(()) = commits.changed(), if has_room => {}
            () = sleep(place.config.poll) => {}
        }
    }
}

/// How many more attempts may begin.
fn free(place: &Place, running: &JoinSet<()>) -> usize {
    let slots = place.slots.free(place.config.slots);
    slots.min(place.config.most.saturating_sub(running.len()))
}

async fn drain(place: &Place, holder: &str, mut running: JoinSet<()>) {
    tracing::info!(running = running.len(), "{}", event::DRAINING);
    let all_ended = async { while running.join_next().await.is_some() {} };
    // What is still running when the time is over is released below.
    let _ = tokio::time::timeout(place.config.drain, all_ended).await;
    running.abort_all();
    let holder = holder.to_owned();
    let released = place
        .store
        .write("queue.release", move |tx| {
            Box::pin(async move { jobs::release(tx, &holder).await })
        })
        .await;
    if let Err(error) = released {
        tracing::warn!(%error, "{}", event::STORE_UNREACHABLE);
    }
}

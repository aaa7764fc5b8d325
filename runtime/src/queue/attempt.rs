//! One attempt: runs the job, and if that did not end it, says what becomes of it.

use std::any::Any;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use ::metrics::{counter, histogram};
use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::crowd::Crowd;
use super::lease::{Held, Progress};
use super::slots::{Slot, Slots};
use super::{Attempt, Config, JobError, Run, millis};
use crate::clock::Clock;
use crate::store::jobs::{self, Claimed, Lease, Over};
use crate::store::{self, Store, StoreError};
use crate::telemetry::{event, metrics, span};

/// What every attempt is given.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) config: Config,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) held: Held,
    pub(super) slots: Slots,
    pub(super) crowd: Crowd,
    pub(super) run: Run,
    pub(super) stop: CancellationToken,
}

/// Runs a claimed job in a slot, and then what goes on in the same hands. What is not begun when
/// the process is to stop is given back with the rest.
pub(super) async fn run(place: Place, job: Claimed, slot: Slot) {
    let mut next = Some(job);
    while let Some(job) = next.filter(|_| !place.stop.is_cancelled()) {
        let Ok(_joined) = place.crowd.join(place.config.policy(&job.kind)) else {
            return give_back(&place, job.lease).await;
        };
        next = attempt(&place, job, slot.clone()).await;
    }
}

/// Leaves a job to be claimed when there is room for it.
async fn give_back(place: &Place, lease: Lease) {
    let work = store::transaction(move |tx| jobs::give_back(tx, lease).boxed());
    match place.store.write("queue.given_back", work).await {
        // Somebody took it away.
        Ok(()) | Err(StoreError::Lost { .. }) => {}
        // Its lease is renewed by nobody, and runs out.
        Err(error) => tracing::warn!(%error, "{}", event::STORE_UNREACHABLE),
    }
}

/// Runs a job to the end of this attempt. Gives the job that goes on.
async fn attempt(place: &Place, job: Claimed, slot: Slot) -> Option<Claimed> {
    let span = tracing::info_span!(
        span::JOB,
        job.id = job.lease.job,
        job.kind = job.kind,
        attempt = job.attempt
    );
    let (kind, begun) = (job.kind.clone(), place.clock.begin());
    async {
        let lease = job.lease;
        let lane = lane(&job);
        let (outcome, next) = match store::in_lane(lane, perform(place, &job, slot)).await {
            Ok(over) => ("done", over.into_next()),
            Err(error) => (store::in_lane(lane, settle(place, &job, error)).await, None),
        };
        place.held.leave(lease);
        let took = Duration::from_millis(begun.took_ms().unsigned_abs());
        counter!(metrics::JOBS_ENDED, "kind" => kind.clone(), "outcome" => outcome).increment(1);
        histogram!(metrics::JOB_SECONDS, "kind" => kind).record(took);
        tracing::info!(outcome, "{}", event::JOB_ENDED);
        next
    }
    .instrument(span)
    .await
}

/// What the writes of an attempt belong to: the line of its job, whose rows they change.
fn lane(job: &Claimed) -> u64 {
    let mut hasher = DefaultHasher::new();
    match &job.order_key {
        Some(line) => line.hash(&mut hasher),
        None => job.lease.job.hash(&mut hasher),
    }
    hasher.finish()
}

async fn perform(place: &Place, job: &Claimed, slot: Slot) -> Result<Over, JobError> {
    let patience = place.config.policy(&job.kind).patience;
    let progress = Progress::starting(place.clock.clone()).in_slot(slot);
    let abandon = place
        .held
        .enter(job.lease, progress.clone(), millis(patience));
    let attempt = Attempt {
        job: job.clone(),
        progress,
    };
    // The job's function may panic before it has made its future, so the call is inside too.
    let work = AssertUnwindSafe(async { (place.run)(attempt).await }).catch_unwind();
    let ended = abandon.run_until_cancelled(work).await;
    match ended {
        Some(Ok(ended)) => ended,
        Some(Err(panic)) => Err(JobError::Retry(format!(
            "it panicked: {}",
            message(&*panic)
        ))),
        None => Err(JobError::Retry(format!(
            "no progress for {} s",
            patience.as_secs()
        ))),
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

/// Writes what an error means for the job. A store that cannot be written for now is asked again:
/// if it never can be, the lease runs out, and the job is freed by that.
async fn settle(place: &Place, job: &Claimed, error: JobError) -> &'static str {
    loop {
        match write(place, job, error.clone()).await {
            Ok(outcome) => return outcome,
            Err(StoreError::Lost { .. }) => return "lost",
            Err(unwritten) if unwritten.is_passing() => {
                tracing::warn!(error = %unwritten, "{}", event::STORE_UNREACHABLE);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(unwritten) => {
                tracing::error!(error = %unwritten, "{}", event::STORE_UNREACHABLE);
                return "unwritten";
            }
        }
    }
}

async fn write(place: &Place, job: &Claimed, error: JobError) -> Result<&'static str, StoreError> {
    let (lease, now) = (job.lease, place.clock.now_ms());
    let policy = place.config.policy(&job.kind);
    let since = job.put_off_since.unwrap_or(now);
    let too_late = since + millis(policy.max_put_off);
    let retry_at = now + policy.backoff.wait_ms(job.attempt, fastrand::f64());
    let is_last = job.attempt >= job.max_attempts;
    place
        .store
        .write("queue.settle", move |tx| {
            Box::pin(async move {
                match error {
                    JobError::Retry(error) => {
                        jobs::retry_later(tx, lease, retry_at, &error, now).await?;
                        Ok(if is_last { "dead" } else { "retry" })
                    }
                    JobError::RetryIn { error, wait_ms } => {
                        jobs::retry_later(tx, lease, now + wait_ms, &error, now).await?;
                        Ok(if is_last { "dead" } else { "retry" })
                    }
                    JobError::Snooze { until, reason } if until > too_late => {
                        let error = format!("put off for too long: {reason}");
                        jobs::bury(tx, lease, &error, now).await?;
                        Ok("dead")
                    }
                    JobError::Snooze { until, reason } => {
                        // A time that has passed would run the job again without a pause.
                        let until = until.max(now + 1_000);
                        jobs::snooze(tx, lease, until, &reason, Some(since)).await?;
                        Ok("snoozed")
                    }
                    JobError::Await { until, reason } => {
                        let until = until.max(now + 1_000);
                        jobs::snooze(tx, lease, until, &reason, None).await?;
                        Ok("snoozed")
                    }
                    JobError::GiveUp(error) => {
                        jobs::bury(tx, lease, &error, now).await?;
                        Ok("dead")
                    }
                    JobError::AskPerson(reason) => {
                        drop(jobs::wait(tx, lease, &reason).await?);
                        Ok("waiting")
                    }
                    JobError::Lost => Ok("lost"),
                }
            })
        })
        .await
}

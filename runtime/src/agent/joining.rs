//! Two threads become one when a mail comes that belongs to both, as long as nothing was sent in
//! either. After that they stay apart, and are shown to belong together.

use serde_json::json;

use super::event;
use crate::store::jobs::{self, Filter, Job, JobState, NewJob, OnBackoff};
use crate::store::{Connection, StoreError, events, joining, threads};

/// More jobs than a thread without an answer has.
const JOBS: i64 = 10_000;

/// Joins these threads of an agent, if that can be done. Gives the one that a mail of theirs
/// belongs to: `nearest`, or the oldest when they are one now.
pub(super) async fn join(
    tx: &mut Connection,
    agent: &str,
    nearest: i64,
    others: &[i64],
    now: i64,
) -> Result<i64, StoreError> {
    let mut into = nearest;
    for &other in others {
        let (old, new) = (into.min(other), into.max(other));
        if let Some(jobs) = can_join(tx, old, new).await? {
            joining::join(tx, new, old).await?;
            for job in jobs {
                again(tx, &job, old, now).await?;
            }
            let joined = event(
                "thread.joined",
                agent,
                Some(old),
                None,
                json!({ "thread": new }),
            );
            events::append(tx, &joined, now).await?;
            into = old;
        } else {
            let linked = event(
                "thread.beside",
                agent,
                Some(into),
                None,
                json!({ "thread": other }),
            );
            events::append(tx, &linked, now).await?;
        }
    }
    Ok(into)
}

/// The unfinished jobs of the newer thread, if the two can be joined: a job that waits for a person
/// holds what that person sees.
async fn can_join(tx: &mut Connection, old: i64, new: i64) -> Result<Option<Vec<Job>>, StoreError> {
    if !joining::is_unanswered(tx, old).await? || !joining::is_unanswered(tx, new).await? {
        return Ok(None);
    }
    let filter = Filter {
        order_key: Some(threads::order_key(new)),
        ..Filter::default()
    };
    let mut jobs = jobs::list(tx, &filter, JOBS).await?;
    jobs.retain(|job| !job.state.is_over());
    if jobs.iter().any(|job| job.state == JobState::Waiting) {
        return Ok(None);
    }
    jobs.sort_by_key(|job| job.id);
    Ok(Some(jobs))
}

/// Takes a job back and enqueues it in the line of another thread. An attempt that runs loses its
/// lease; the steps that it has finished stand in the journal, and are not made again.
async fn again(tx: &mut Connection, job: &Job, thread: i64, now: i64) -> Result<(), StoreError> {
    jobs::cancel(tx, job.id, "its thread was joined to another", now).await?;
    let mut args = job.args.clone();
    if let Some(of) = args.get_mut("thread") {
        *of = thread.into();
    }
    let moved = NewJob {
        order_key: Some(threads::order_key(thread)),
        on_backoff: OnBackoff::Hold,
        unique_key: Some(format!("{} {args}", job.kind)),
        tenant: job.tenant.clone(),
        run_at: job.run_at,
        ..NewJob::new(&job.kind, args)
    };
    jobs::enqueue(tx, &moved, now).await?;
    Ok(())
}

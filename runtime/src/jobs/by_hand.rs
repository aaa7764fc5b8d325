//! What people do with jobs: run one again, take one back, let a kind rest and go on. Who did it is noted
//! in the transaction that does it.

use futures_util::FutureExt;
use serde_json::json;

use crate::agent::{Deployment, event};
use crate::store::jobs::{self, Job};
use crate::store::{Connection, StoreError, events, transaction};

/// Runs a job again that gave up, waits or was cancelled, with all its attempts.
///
/// # Errors
/// [`StoreError::Conflict`] when it did none of these, or there is no such job.
pub async fn retry(deployment: &Deployment, id: i64, by: &str) -> Result<(), StoreError> {
    let (by, now) = (by.to_owned(), deployment.clock().now_ms());
    let work = transaction(move |tx| {
        async move {
            let job = job(tx, id).await?;
            jobs::moved(tx, &job, ("job.retried", &by), None, now).await?;
            jobs::rerun(tx, id, now).await
        }
        .boxed()
    });
    deployment.store().write("job.retried", work).await
}

/// Takes a job back. One that runs keeps nothing of what it was about to write.
///
/// # Errors
/// [`StoreError::Conflict`] when it has ended, or there is no such job.
pub async fn cancel(
    deployment: &Deployment,
    id: i64,
    why: &str,
    by: &str,
) -> Result<(), StoreError> {
    let (by, now) = (by.to_owned(), deployment.clock().now_ms());
    let why = Some(why.trim().to_owned()).filter(|why| !why.is_empty());
    let work = transaction(move |tx| {
        async move {
            let job = job(tx, id).await?;
            jobs::moved(tx, &job, ("job.cancelled", &by), why.as_deref(), now).await?;
            let said = match why {
                None => format!("cancelled by {by}"),
                Some(why) => format!("cancelled by {by}: {why}"),
            };
            jobs::cancel(tx, id, &said, now).await
        }
        .boxed()
    });
    deployment.store().write("job.cancelled", work).await
}

/// Starts no more jobs of a kind, on any node. `false` when it rests already: then it stays as it is.
///
/// # Errors
/// When the store fails.
pub async fn pause(deployment: &Deployment, kind: &str, by: &str) -> Result<bool, StoreError> {
    let (kind, by, now) = (kind.to_owned(), by.to_owned(), deployment.clock().now_ms());
    let work = transaction(move |tx| {
        async move {
            let rests = jobs::pause(tx, &kind, &by, now).await?;
            note(tx, rests, ("jobs.paused", &by), &kind, now).await
        }
        .boxed()
    });
    deployment.store().write("jobs.paused", work).await
}

/// Lets a kind go on. `false` when it did not rest.
///
/// # Errors
/// When the store fails.
pub async fn resume(deployment: &Deployment, kind: &str, by: &str) -> Result<bool, StoreError> {
    let (kind, by, now) = (kind.to_owned(), by.to_owned(), deployment.clock().now_ms());
    let work = transaction(move |tx| {
        async move {
            let goes_on = jobs::resume(tx, &kind).await?;
            note(tx, goes_on, ("jobs.resumed", &by), &kind, now).await
        }
        .boxed()
    });
    deployment.store().write("jobs.resumed", work).await
}

async fn job(tx: &mut Connection, id: i64) -> Result<Job, StoreError> {
    let found = jobs::find(tx, id).await?;
    found.ok_or_else(|| StoreError::Conflict(format!("there is no job {id}")))
}

/// Notes that something changed for a kind, if it did.
async fn note(
    tx: &mut Connection,
    changed: bool,
    (what, by): (&str, &str),
    kind: &str,
    now: i64,
) -> Result<bool, StoreError> {
    if changed {
        let told = event(what, by, None, None, json!({ "kind": kind }));
        events::append(tx, &told, now).await?;
    }
    Ok(changed)
}

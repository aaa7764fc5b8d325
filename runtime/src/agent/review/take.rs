//! Threads that a person has: their agent answers nothing in them until they are given back.

use futures_util::FutureExt;
use serde_json::json;

use super::super::{Deployment, event};
use crate::store::{Connection, StoreError, events, threads, transaction};

/// Makes a thread a person's. New mail in it is held for them, without an answer.
///
/// # Errors
/// [`StoreError::Conflict`] when it is one already, or there is no such thread.
pub async fn take(deployment: &Deployment, thread: i64, by: String) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let work = transaction(move |tx| {
        async move {
            if threads::find(tx, thread).await?.is_none() {
                return Err(StoreError::Conflict(format!("there is no thread {thread}")));
            }
            if taken(tx, thread, &by, None, now).await? {
                Ok(())
            } else {
                Err(StoreError::Conflict(format!(
                    "a person has thread {thread} already"
                )))
            }
        }
        .boxed()
    });
    deployment.store().write("thread.taken", work).await
}

/// Makes a thread a person's within a transaction. `false` if it is one already.
pub(in crate::agent) async fn taken(
    tx: &mut Connection,
    thread: i64,
    by: &str,
    why: Option<&str>,
    now: i64,
) -> Result<bool, StoreError> {
    if !threads::take(tx, thread, now).await? {
        return Ok(false);
    }
    let data = json!({ "why": why });
    events::append(
        tx,
        &event("thread.taken", by, Some(thread), None, data),
        now,
    )
    .await?;
    Ok(true)
}

/// Gives a thread back to its agent, who answers the next mail in it.
///
/// # Errors
/// [`StoreError::Conflict`] when it is its agent's.
pub async fn give_back(deployment: &Deployment, thread: i64, by: String) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let work = transaction(move |tx| {
        async move {
            threads::give_back(tx, thread).await?;
            let given = event("thread.given_back", &by, Some(thread), None, json!({}));
            events::append(tx, &given, now).await?;
            Ok(())
        }
        .boxed()
    });
    deployment.store().write("thread.given_back", work).await
}

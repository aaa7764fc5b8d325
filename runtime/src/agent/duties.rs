//! What a clock starts, and no mail: looked after again and again while the process runs.
//!
//! A duty is safe at any time, on any number of nodes at once, and after any jump of the clock: it reads
//! what is due in the store, and its writes change only what they have seen.

use std::time::Duration;

use futures_util::FutureExt;

use super::review::due;
use super::{Deployment, campaign, doubts};
use crate::store::audit::{self, Seen};
use crate::store::{StoreError, budgets, transaction};
use crate::telemetry::event;

/// How often duties are looked after.
const EVERY: Duration = Duration::from_secs(2);

/// Looks after the duties until the deployment stops.
pub async fn run(deployment: Deployment) {
    let (mut seen, mut doubted) = (None, None);
    while !deployment.stop.is_cancelled() {
        told("review.due", due::tick(&deployment).await);
        told("audit.seal", seal_seen(&deployment, &mut seen).await);
        told("campaign.due", campaign::tick(&deployment).await);
        told("answers.left", forget_left(&deployment).await);
        told("budget.dropped", settle_dropped(&deployment).await);
        told("doubts.told", tell_doubts(&deployment, &mut doubted).await);
        tokio::select! {
            () = deployment.stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

fn told(duty: &str, done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::warn!(duty, %error, "{}", event::DUTY_FAILED);
    }
}

/// Tells once a day what somebody should look at.
async fn tell_doubts(deployment: &Deployment, last: &mut Option<i64>) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    if last.is_some_and(|last| now - last < doubts::A_DAY_MS) {
        return Ok(());
    }
    let doubts = doubts::all(deployment).await?.len();
    if doubts > 0 {
        tracing::warn!(doubts, "{}", event::DOUBTS);
    }
    *last = Some(now);
    Ok(())
}

/// Forgets answers of models that nobody comes back for, so that what was reserved for them is settled.
async fn forget_left(deployment: &Deployment) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let answers = &deployment.edge.answers;
    answers.forget_left(deployment.store(), now).await
}

/// Settles the calls of models whose attempt ended before their answer came.
async fn settle_dropped(deployment: &Deployment) -> Result<(), StoreError> {
    let mut reader = deployment.store().read().await?;
    let answered = deployment.edge.answers.reservations();
    let mut dropped = budgets::dropped(&mut reader).await?.into_iter();
    if dropped.all(|id| answered.contains(&id)) {
        return Ok(());
    }
    drop(reader);
    let now = deployment.clock().now_ms();
    let work = transaction(move |tx| {
        async move { budgets::settle_dropped(tx, &answered, now).await }.boxed()
    });
    deployment.store().write("", work).await
}

/// Seals what happened, but for what is being written just now.
///
/// # Errors
/// When the store fails.
pub async fn seal(deployment: &Deployment) -> Result<(), StoreError> {
    let mut seen = None;
    seal_seen(deployment, &mut seen).await?;
    seal_seen(deployment, &mut seen).await
}

/// Seals what was seen the last time, and looks for what to seal the next time.
async fn seal_seen(deployment: &Deployment, last: &mut Option<Seen>) -> Result<(), StoreError> {
    let mut reader = deployment.store().read().await?;
    if let Some(seen) = *last {
        if !audit::has_settled(&mut reader, seen).await? {
            return Ok(());
        }
        let now = deployment.clock().now_ms();
        loop {
            let work = transaction(move |tx| audit::seal(tx, seen, now).boxed());
            if deployment.store().write("", work).await? == 0 {
                break;
            }
        }
    }
    *last = audit::look(&mut reader).await?;
    Ok(())
}

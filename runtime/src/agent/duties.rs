//! What a clock starts, and no mail: looked after again and again while the process runs.
//!
//! A duty is safe at any time, on any number of nodes at once, and after any jump of the clock: it reads
//! what is due in the store, and its writes change only what they have seen.

use std::time::Duration;

use futures_util::FutureExt;

use super::review::due;
use super::{Deployment, campaign};
use crate::store::{StoreError, audit, transaction};
use crate::telemetry::event;

/// How often duties are looked after.
const EVERY: Duration = Duration::from_secs(2);

/// Looks after the duties until the deployment stops.
pub async fn run(deployment: Deployment) {
    while !deployment.stop.is_cancelled() {
        told("review.due", due::tick(&deployment).await);
        told("audit.seal", seal(&deployment).await);
        told("campaign.due", campaign::tick(&deployment).await);
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

/// Seals what happened.
///
/// # Errors
/// When the store fails.
pub async fn seal(deployment: &Deployment) -> Result<(), StoreError> {
    loop {
        let now = deployment.clock().now_ms();
        let mut reader = deployment.store().read().await?;
        if !audit::is_due(&mut reader, now).await? {
            return Ok(());
        }
        drop(reader);
        let work = transaction(move |tx| async move { audit::seal(tx, now).await }.boxed());
        if deployment.store().write("", work).await? == 0 {
            return Ok(());
        }
    }
}

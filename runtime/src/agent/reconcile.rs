//! Looks through the bucket for mail that no notice told of. SNS gives up after an hour at most; the
//! bucket holds everything.

use std::time::Duration;

use futures_util::FutureExt;
use serde::Serialize;

use super::Deployment;
use super::fetch::{self, Left};
use crate::mail::inbound::Source;
use crate::mail::inbound::s3::{Bucket, Object, S3Error};
use crate::store::{StoreError, mails, rounds, transaction};

/// How old a mail must be to be missed: its notice may be on its way, and knows more about it.
pub const GRACE: Duration = Duration::from_secs(15 * 60);

/// What was found in the bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Mails that were known.
    pub known: u64,
    /// Mails that no notice had told of: they are taken in now.
    pub missed: u64,
    /// Mails whose notice may still come.
    pub young: u64,
}

/// Why the bucket was not looked through to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// There is no bucket.
    #[error("`inbound.s3` is not set: there is no bucket to look through")]
    NoBucket,
    /// The bucket does not answer.
    #[error(transparent)]
    S3(#[from] S3Error),
    /// The store does not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes in the mails of the bucket that are older than `grace` and not known.
///
/// It may run beside itself, and beside notices: a mail is taken in once.
///
/// # Errors
/// When there is no bucket, or it or the store fails; what was found before that is taken in.
pub async fn look(deployment: &Deployment, grace: Duration) -> Result<Found, ReconcileError> {
    let bucket = deployment.bucket.as_ref().ok_or(ReconcileError::NoBucket)?;
    let grace = i64::try_from(grace.as_millis()).unwrap_or(i64::MAX);
    let born_before = deployment.clock().now_ms().saturating_sub(grace);
    let mut found = Found::default();
    let mut from = None;
    loop {
        let page = bucket.list(from).await?;
        let missed = missed(deployment, bucket, page.objects, born_before, &mut found).await?;
        if !missed.is_empty() {
            found.missed += take(deployment, missed).await?;
        }
        from = page.next;
        if from.is_none() {
            return Ok(found);
        }
    }
}

async fn missed(
    deployment: &Deployment,
    bucket: &Bucket,
    objects: Vec<Object>,
    born_before: i64,
    found: &mut Found,
) -> Result<Vec<Left>, StoreError> {
    let mut reader = deployment.store().read().await?;
    let mut missed = Vec::new();
    for object in objects {
        let Some(id) = bucket.place().id_of(&object.key) else {
            continue;
        };
        if mails::is_noted(&mut reader, Source::Ses.name(), id).await? {
            found.known += 1;
        } else if object.written_at > born_before {
            found.young += 1;
        } else {
            missed.push(Left {
                id: id.to_owned(),
                bucket: bucket.place().bucket.clone(),
                key: object.key,
                envelope_from: None,
                envelope_to: Vec::new(),
                verdicts: None,
            });
        }
    }
    Ok(missed)
}

async fn take(deployment: &Deployment, missed: Vec<Left>) -> Result<u64, StoreError> {
    let now = deployment.clock().now_ms();
    let work = transaction(move |tx| {
        async move {
            let mut taken = 0;
            for left in &missed {
                taken += u64::from(fetch::enqueue(tx, left, now).await?);
            }
            Ok(taken)
        }
        .boxed()
    });
    deployment.store().write("reconcile.taken", work).await
}

/// How often it is asked whether the round is due: another node may have taken the last one.
const ASK: Duration = Duration::from_secs(60);

/// Looks through the bucket at the interval of the settings, until the deployment stops: one node does
/// at a time. A look that the stop cuts off is made by the next round.
pub async fn watch(deployment: Deployment) {
    let minutes = deployment
        .config
        .inbound
        .s3
        .as_ref()
        .map_or(0, |s3| s3.reconcile_minutes);
    if minutes == 0 {
        return;
    }
    let every = Duration::from_secs(minutes * 60);
    let rounds = async {
        loop {
            match round(&deployment, every).await {
                Ok(Found { missed: 0, .. }) => {}
                Ok(Found { missed, .. }) => {
                    tracing::warn!(missed, "mails that no notice told of were taken in");
                }
                Err(error) => tracing::error!(%error, "the bucket could not be looked through"),
            }
            tokio::time::sleep(ASK).await;
        }
    };
    deployment.stop.run_until_cancelled(rounds).await;
}

/// Looks through the bucket if the round is due and this node gets it.
async fn round(deployment: &Deployment, every: Duration) -> Result<Found, ReconcileError> {
    let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
    let now = deployment.clock().now_ms();
    let work = transaction(move |tx| rounds::take(tx, "reconcile", every, now).boxed());
    match deployment.store().write("", work).await? {
        true => look(deployment, GRACE).await,
        false => Ok(Found::default()),
    }
}

//! A mail that was left in a bucket is fetched, in a job of its own: the bucket may be away.

use futures_util::FutureExt;
use metrics::counter;
use serde::{Deserialize, Serialize};

use super::{Deployment, StageError, receive};
use crate::mail::inbound::s3::{Bucket, S3Error};
use crate::mail::inbound::{Received, Source, Verdicts};
use crate::queue::Attempt;
use crate::store::jobs::{self, NewJob, Over};
use crate::store::{Connection, StoreError, mails, transaction};
use crate::telemetry::metrics::MAILS;

/// How often it is tried: for half a day.
const TRIES: i64 = 60;

/// A mail in a bucket: the arguments of the job that fetches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The id that the service gave the mail.
    pub id: String,
    /// The bucket.
    pub bucket: String,
    /// The key of the object.
    pub key: String,
    /// The sender of the envelope, where known.
    pub envelope_from: Option<String>,
    /// The recipients of the envelope, where known.
    pub envelope_to: Vec<String>,
    /// What the service found out; without it, what it wrote into the header counts.
    pub verdicts: Option<Verdicts>,
}

/// Has a mail fetched, unless it was announced before. Says whether it was not.
pub(super) async fn enqueue(
    tx: &mut Connection,
    left: &Left,
    now: i64,
) -> Result<bool, StoreError> {
    if !mails::note(tx, Source::Ses.name(), &left.id, now).await? {
        return Ok(false);
    }
    let args =
        serde_json::to_value(left).map_err(|error| StoreError::Database(error.to_string()))?;
    let job = NewJob {
        unique_key: Some(format!("fetch {}", left.id)),
        max_attempts: TRIES,
        tenant: receive::share(left.envelope_from.as_deref()),
        ..NewJob::new("fetch", args)
    };
    jobs::enqueue(tx, &job, now).await?;
    Ok(true)
}

/// Fetches the mail of a job, and has it read.
///
/// # Errors
/// When it cannot be had now, or never as things stand.
pub async fn fetch(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    let left: Left = serde_json::from_value(attempt.job.args.clone())
        .map_err(|error| StageError::Unusable(error.to_string()))?;
    let bucket = deployment.bucket.as_ref().ok_or_else(|| {
        StageError::Unusable("a mail is in a bucket, and `inbound.s3` is not set".to_owned())
    })?;
    let raw = get(bucket, &left, deployment.config.inbound.max_bytes).await?;
    crate::fault::point("fetch.got");
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let work = transaction(move |tx| {
        async move {
            let verdicts = left.verdicts.unwrap_or_else(|| Verdicts::from_header(&raw));
            let bytes = receive::bytes(Received {
                raw,
                envelope_to: left.envelope_to,
                envelope_from: left.envelope_from,
                source: Source::Ses,
                verdicts: Some(verdicts),
                external_id: left.id,
            })?;
            let raw = mails::arrived(tx, &bytes, now).await?;
            let job = receive::job(raw, bytes.envelope_from.as_deref());
            jobs::hand_on(tx, lease, &job, now).await
        }
        .boxed()
    });
    let over = deployment.store().write("fetch.kept", work).await?;
    counter!(MAILS, "source" => Source::Ses.name()).increment(1);
    Ok(over)
}

async fn get(bucket: &Bucket, left: &Left, most: usize) -> Result<Vec<u8>, StageError> {
    let place = bucket.place();
    if left.bucket != place.bucket || !left.key.starts_with(&place.prefix) {
        // Whoever may publish to the topic must not choose what we read with our keys.
        let elsewhere = format!(
            "`{}/{}` is not in the bucket of `inbound.s3`",
            left.bucket, left.key
        );
        return Err(StageError::Unusable(elsewhere));
    }
    bucket
        .get(&left.key, most)
        .await
        .map_err(|error| match error {
            S3Error::TooLarge { .. } | S3Error::NotBuilt => StageError::Unusable(error.to_string()),
            S3Error::Missing(_)
            | S3Error::Denied(_)
            | S3Error::Cut { .. }
            | S3Error::Unreachable(_) => StageError::Later(error.to_string()),
        })
}

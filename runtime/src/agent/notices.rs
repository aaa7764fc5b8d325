//! What Amazon SES tells by SNS is taken in: once, in one transaction with its two ids.

use futures_util::FutureExt;
use metrics::counter;
use serde_json::json;

use super::fetch::Left;
use super::{Deployment, event, feedback, fetch, receive};
use crate::mail::inbound::ses::{Content, Notice, Receipt, Unreadable};
use crate::mail::inbound::sns::Message;
use crate::mail::inbound::{Received, Source};
use crate::mail::parse::Incoming;
use crate::store::mails::NewRaw;
use crate::store::quarantine::Cause;
use crate::store::{Connection, StoreError, events, jobs, mails, transaction};
use crate::telemetry::metrics::MAILS;

/// How late a notice may be without being remarkable: the longest that SNS tries, and an hour.
const LATE_MS: i64 = 2 * 3600 * 1000;

/// What came of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is new.
    New,
    /// We had it.
    Known,
}

/// Takes in a notice whose signature was checked. When this has returned, it is not lost any more.
///
/// # Errors
/// When the store fails; then nothing was kept, and SNS should try again.
pub async fn take(
    deployment: &Deployment,
    message: &Message,
    notice: Notice,
) -> Result<Taken, StoreError> {
    let now = deployment.clock().now_ms();
    let late = lateness(&message.timestamp, now).filter(|late| *late > LATE_MS);
    let (id, ours) = (message.id.clone(), deployment.clone());
    let holds_mail =
        matches!(&notice, Notice::Received(receipt) if matches!(receipt.content, Content::Here(_)));
    let bucket = deployment
        .bucket
        .as_ref()
        .map(|bucket| bucket.place().clone());
    let work = transaction(move |tx| {
        async move {
            if !mails::note(tx, "sns", &id, now).await? {
                return Ok(Taken::Known);
            }
            if let Some(late) = late {
                // A late repetition is legal; a notice that was kept by a stranger looks the same.
                let data = json!({ "id": id, "late_ms": late });
                events::append(tx, &event("sns.late", "sns", None, None, data), now).await?;
            }
            match notice {
                Notice::Received(mut receipt) => {
                    if let (Content::Nowhere, Some(place)) = (&receipt.content, bucket) {
                        // Another action of the same rule may have left it in our bucket.
                        let key = format!("{}{}", place.prefix, receipt.id);
                        receipt.content = Content::S3 {
                            bucket: place.bucket,
                            key,
                        };
                    }
                    received(tx, *receipt, now).await
                }
                Notice::Event(event) => feedback::told(tx, &ours, *event, now)
                    .await
                    .map(|()| Taken::New),
                Notice::Other(what) => {
                    let data = json!({ "id": id, "what": what });
                    events::append(tx, &event("sns.other", "sns", None, None, data), now).await?;
                    Ok(Taken::New)
                }
            }
        }
        .boxed()
    });
    let taken = deployment.store().write("notice.taken", work).await?;
    if holds_mail && taken == Taken::New {
        counter!(MAILS, "source" => Source::Ses.name()).increment(1);
    }
    Ok(taken)
}

/// Keeps a notice that cannot be read, in which a mail may be, where people see what was put aside.
///
/// # Errors
/// When the store fails; then nothing was kept, and SNS should try again.
pub async fn put_aside(
    deployment: &Deployment,
    message: &Message,
    unreadable: &Unreadable,
) -> Result<Taken, StoreError> {
    tracing::error!(sns.id = message.id, %unreadable, "a notice was put aside");
    let (now, why) = (deployment.clock().now_ms(), unreadable.to_string());
    let kept = NewRaw {
        source: "sns".to_owned(),
        external_id: message.id.clone(),
        bytes: message.text.clone().into_bytes(),
        ..NewRaw::default()
    };
    let work = transaction(move |tx| {
        async move {
            let mails::Accepted::New(raw) = mails::accept(tx, &kept, now).await? else {
                return Ok(Taken::Known);
            };
            let row = receive::row(raw, &Incoming::default(), String::new(), now);
            receive::put_aside(tx, &row, Cause::Unreadable, &why, now).await?;
            Ok(Taken::New)
        }
        .boxed()
    });
    deployment.store().write("notice.aside", work).await
}

/// A mail came: its bytes are kept, or getting them is a job.
async fn received(tx: &mut Connection, receipt: Receipt, now: i64) -> Result<Taken, StoreError> {
    let Receipt {
        id,
        envelope_from,
        envelope_to,
        verdicts,
        content,
    } = receipt;
    match content {
        Content::Here(raw) => {
            let mail = Received {
                raw,
                envelope_to,
                envelope_from,
                source: Source::Ses,
                verdicts: Some(verdicts),
                external_id: id,
            };
            let bytes = receive::bytes(mail)?;
            match mails::accept(tx, &bytes, now).await? {
                mails::Accepted::New(raw) => {
                    let job = receive::job(raw, bytes.envelope_from.as_deref());
                    jobs::enqueue(tx, &job, now).await?;
                }
                mails::Accepted::Known(_) => return Ok(Taken::Known),
            }
        }
        Content::S3 { bucket, key } => {
            let left = Left {
                id,
                bucket,
                key,
                envelope_from,
                envelope_to,
                verdicts: Some(verdicts),
            };
            if !fetch::enqueue(tx, &left, now).await? {
                return Ok(Taken::Known);
            }
        }
        Content::Nowhere => {
            tracing::error!(
                ses.id = id,
                "SES told of a mail and left it nowhere: its rule needs an S3 action"
            );
            let data = json!({ "id": id, "to": envelope_to });
            events::append(tx, &event("mail.nowhere", "ses", None, None, data), now).await?;
        }
    }
    Ok(Taken::New)
}

/// Notes a message that is no notice, once.
///
/// # Errors
/// When the store fails.
pub async fn note(
    deployment: &Deployment,
    message: &Message,
    kind: &'static str,
) -> Result<(), StoreError> {
    let (now, id, topic) = (
        deployment.clock().now_ms(),
        message.id.clone(),
        message.topic.clone(),
    );
    let work = transaction(move |tx| {
        async move {
            if mails::note(tx, "sns", &id, now).await? {
                let told = event(kind, "sns", None, None, json!({ "topic": topic }));
                events::append(tx, &told, now).await?;
            }
            Ok(())
        }
        .boxed()
    });
    deployment.store().write("notice.noted", work).await
}

/// How long ago a notice was published, milliseconds; none for what is no time.
fn lateness(timestamp: &str, now: i64) -> Option<i64> {
    let published: jiff::Timestamp = timestamp.parse().ok()?;
    Some(now - published.as_millisecond())
}

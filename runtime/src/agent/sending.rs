//! The one way out: every mail of ours is sent at most once by what is told here.
//!
//! The intent to send is committed before the call. What a crash leaves is *sending*: the outbox
//! recognises its intent and settles it, a mail server cannot, so that is *unknown* until the
//! server's own report or a person settles it.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::settle::{Came, settle};
use super::{Deployment, StageError, letter};
use crate::mail::transport::{Accepted, Envelope, SendError, Transport};
use crate::queue::Attempt;
use crate::store::deliveries::{self, Delivery, DeliveryState, Intended};
use crate::store::{Connection, StoreError, jobs, transaction};
use crate::telemetry::span;

/// What the last look before the call comes to.
#[derive(Debug)]
pub(super) enum Leave {
    /// It is to be sent, if no earlier attempt did.
    Now(Intended),
    /// There is nothing to send any more.
    Never,
}

/// Sends the mail of a job: `look` commits to it, in a transaction of its own.
///
/// # Errors
/// When the transport did not take it now, or the store fails.
pub(super) async fn send<F>(
    deployment: &Deployment,
    attempt: &Attempt,
    look: F,
) -> Result<(), StageError>
where
    F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<Leave, StoreError>>
        + Send
        + 'static,
{
    let Some(delivery) = begin(deployment, attempt, look).await? else {
        return Ok(());
    };
    let sent = hand_on(deployment, &delivery).await;
    conclude(deployment, attempt, delivery, sent).await
}

/// Commits to the sending. None when there is nothing to send; then the job is done.
pub(super) async fn begin<F>(
    deployment: &Deployment,
    attempt: &Attempt,
    look: F,
) -> Result<Option<Box<Delivery>>, StageError>
where
    F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<Leave, StoreError>>
        + Send
        + 'static,
{
    let lease = attempt.job.lease;
    let work = transaction(move |tx| {
        async move {
            jobs::still_held(tx, lease).await?;
            look(tx).await
        }
        .boxed()
    });
    let leave = deployment.store().write("deliver.intended", work).await?;
    match leave {
        Leave::Now(Intended::Send(delivery)) => return Ok(Some(delivery)),
        Leave::Now(Intended::Before(before)) if before.state == DeliveryState::Sending => {
            if matches!(deployment.transport, Transport::Outbox(_)) {
                return Ok(Some(before));
            }
            let why = "the process ended while it was sending: look whether it arrived";
            let unknown = Err(SendError::Unknown(why.to_owned()));
            conclude(deployment, attempt, before, unknown).await?;
        }
        Leave::Now(Intended::Before(_)) | Leave::Never => done(deployment, attempt).await?,
    }
    Ok(None)
}

/// Makes the call.
async fn hand_on(deployment: &Deployment, delivery: &Delivery) -> Result<Accepted, SendError> {
    let from = letter::sender(&delivery.sender)
        .map_err(|error| SendError::Refused(error.to_string()))?
        .address;
    let envelope = Envelope {
        from,
        to: vec![delivery.recipient.clone()],
    };
    let span = tracing::info_span!(
        span::DELIVERY,
        delivery.id = delivery.id,
        purpose = delivery.purpose.word()
    );
    crate::fault::point("deliver.before_send");
    let sent = tracing::Instrument::instrument(
        deployment
            .transport
            .send(&envelope, &delivery.raw, &delivery.intent),
        span,
    )
    .await;
    crate::fault::point("deliver.after_send");
    sent
}

async fn done(deployment: &Deployment, attempt: &Attempt) -> Result<(), StageError> {
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let work = transaction(move |tx| async move { jobs::complete(tx, lease, now).await }.boxed());
    Ok(deployment.store().write("deliver.nothing", work).await?)
}

/// Writes down what came of the call, and ends the job with it.
pub(super) async fn conclude(
    deployment: &Deployment,
    attempt: &Attempt,
    delivery: Box<Delivery>,
    sent: Result<Accepted, SendError>,
) -> Result<(), StageError> {
    let came = match sent {
        Ok(accepted) => Came::Accepted(accepted),
        Err(SendError::Refused(why)) => Came::Refused(why),
        Err(SendError::Unknown(why)) => Came::Unknown(why),
        Err(SendError::Retry(why)) => return again(deployment, attempt, delivery.id, why).await,
    };
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let ours = deployment.clone();
    let work = transaction(move |tx| {
        async move {
            settle(tx, &ours, &delivery, came, now).await?;
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("deliver.settled", work).await?)
}

/// It was certainly not taken: the intent is withdrawn, and the job tries again later.
async fn again(
    deployment: &Deployment,
    attempt: &Attempt,
    delivery: i64,
    why: String,
) -> Result<(), StageError> {
    let lease = attempt.job.lease;
    let work = transaction(move |tx| {
        async move {
            jobs::still_held(tx, lease).await?;
            deliveries::withdraw(tx, delivery).await
        }
        .boxed()
    });
    deployment.store().write("deliver.withdrawn", work).await?;
    Err(StageError::Later(why))
}

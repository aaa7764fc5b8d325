//! The one way out: every mail of ours is sent at most once by what is told here.
//!
//! The intent to send is committed before the call. What a crash leaves is *sending*: the outbox
//! recognises its intent and settles it, a mail server cannot, so that is *unknown* until the
//! server's own report or a person settles it.
//!
//! A database that goes away in between makes nothing unknown: whether the intent was committed is
//! found out before the call, and what came of the call is written when it is back. A node that was
//! paused looks again whether the job is still its own before it makes the call.

use std::ops::ControlFlow;
use std::time::Duration;

use ::metrics::counter;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::settle::{Came, settle};
use super::{Deployment, StageError, end, letter};
use crate::mail::transport::{Accepted, Envelope, SendError, Transport};
use crate::queue::Attempt;
use crate::store::deliveries::{self, Delivery, DeliveryState, Intended};
use crate::store::jobs::{self, Lease, Over};
use crate::store::{Connection, StoreError, events, senders, suppression, transaction};
use crate::telemetry::{event, metrics, span};

/// How long a job waits for a sender that rests before it looks again: a person may have ended it.
const GLANCE_MS: i64 = 60_000;

/// How long ago the job may have been seen to be ours when the call is made: a lease holds for longer.
const FRESH_MS: i64 = 10_000;

/// How long a store that cannot be written is left alone.
const REST: Duration = Duration::from_secs(1);

/// What the last look before the call comes to.
#[derive(Debug)]
pub(super) enum Leave {
    /// It is to be sent, if no earlier attempt did.
    Now(Intended),
    /// It is too early: the job comes back then, in milliseconds, for this reason.
    Later(i64, String),
    /// There is nothing to send any more.
    Never,
}

/// Lets mail leave again in the name of a sender that rests. `false` when it does not rest.
///
/// # Errors
/// When the store fails.
pub async fn resume(deployment: &Deployment, address: &str, by: &str) -> Result<bool, StoreError> {
    let (address, by, now) = (
        address.to_owned(),
        by.to_owned(),
        deployment.clock().now_ms(),
    );
    let work = transaction(move |tx| {
        async move {
            let goes_on = senders::resume(tx, &address, now).await?;
            if goes_on {
                let data = json!({ "sender": address });
                let told = super::event("sender.resumed", &by, None, None, data);
                events::append(tx, &told, now).await?;
            }
            Ok(goes_on)
        }
        .boxed()
    });
    deployment.store().write("sender.resumed", work).await
}

/// Sends the mail of a job in a sender's name: `look` commits to it, in a transaction of its own.
///
/// # Errors
/// When the transport did not take it now, or the store fails.
pub(super) async fn send<F>(
    deployment: &Deployment,
    attempt: &Attempt,
    sender: &str,
    look: F,
) -> Result<Over, StageError>
where
    F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<Leave, StoreError>>
        + Send
        + 'static,
{
    let delivery = match begin(deployment, attempt, sender, look).await? {
        ControlFlow::Continue(delivery) => delivery,
        ControlFlow::Break(over) => return Ok(over),
    };
    let (ours, attempt) = (deployment.clone(), attempt.clone());
    // Whoever gives the attempt up cannot take the call back: what comes of it is heard in any case.
    let sending = tokio::spawn(
        async move {
            let sent = call(&ours, &delivery).await;
            conclude(&ours, &attempt, delivery, sent).await
        }
        .in_current_span(),
    );
    let ended = |error| StageError::Later(format!("the sending ended: {error}"));
    sending.await.map_err(ended)?
}

/// How often it is tried: for four days, as RFC 5321, 4.5.4.1 asks for.
pub(super) const TRIES: i64 = 64;

/// Commits to the sending, unless there is nothing to send: then the job is done.
pub(super) async fn begin<F>(
    deployment: &Deployment,
    attempt: &Attempt,
    sender: &str,
    look: F,
) -> Result<ControlFlow<Over, Box<Delivery>>, StageError>
where
    F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<Leave, StoreError>>
        + Send
        + 'static,
{
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let sender = letter::sender(sender)?.address;
    let ours = deployment.clone();
    let (begun, was_begun) = oneshot::channel();
    let work = transaction(move |tx| {
        async move {
            jobs::still_held(tx, lease).await?;
            let interval = ours.config.outbound.interval_ms();
            if let Some(until) = senders::take(tx, &sender, interval, now).await? {
                let reason = format!("nothing may leave in the name of {sender} before");
                return Ok(Leave::Later(until.min(now + GLANCE_MS), reason));
            }
            let leave = look(tx).await?;
            let Leave::Now(Intended::Send(delivery)) = &leave else {
                return Ok(leave);
            };
            if let Some(suppressed) = suppression::before_sending(tx, &delivery.recipient).await? {
                let refused = Came::Refused(suppressed.why());
                settle(tx, &ours, delivery, refused, now).await?;
                return Ok(Leave::Never);
            }
            // Nobody may listen any more.
            let _ = begun.send(delivery.clone());
            Ok(leave)
        }
        .boxed()
    });
    let leave = match deployment.store().write("deliver.intended", work).await {
        Err(error @ StoreError::Away(_)) => {
            let begun = was_begun.await.map_err(|_| error.clone())?;
            if !was_kept(deployment, lease, begun.id).await? {
                return Err(error.into());
            }
            Leave::Now(Intended::Send(begun))
        }
        leave => leave?,
    };
    if deployment.clock().now_ms() - now > FRESH_MS {
        let held = || transaction(move |tx| jobs::still_held(tx, lease).boxed());
        insist(deployment, "", held).await?;
    }
    let over = match leave {
        Leave::Now(Intended::Send(delivery)) => return Ok(ControlFlow::Continue(delivery)),
        Leave::Now(Intended::Before(before)) if before.state == DeliveryState::Sending => {
            if matches!(deployment.transport, Transport::Outbox(_)) {
                return Ok(ControlFlow::Continue(before));
            }
            let why = "the process ended while it was sending: look whether it arrived";
            let unknown = Err(SendError::Unknown(why.to_owned()));
            conclude(deployment, attempt, before, unknown).await?
        }
        Leave::Later(until, reason) => return Err(StageError::Early { until, reason }),
        Leave::Now(Intended::Before(_)) | Leave::Never => {
            end(deployment, attempt, "deliver.nothing", None).await?
        }
    };
    Ok(ControlFlow::Break(over))
}

/// Makes the call.
async fn call(deployment: &Deployment, delivery: &Delivery) -> Result<Accepted, SendError> {
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
    let transport = &deployment.transport;
    let sent = transport.send(&envelope, &delivery.raw, &delivery.intent);
    let sent = sent.instrument(span).await;
    crate::fault::point("deliver.after_send");
    sent
}

/// Writes down what came of the call, and ends the job with it.
pub(super) async fn conclude(
    deployment: &Deployment,
    attempt: &Attempt,
    delivery: Box<Delivery>,
    sent: Result<Accepted, SendError>,
) -> Result<Over, StageError> {
    let outcome = match &sent {
        Ok(_) => "accepted",
        Err(SendError::Refused(_)) => "refused",
        Err(SendError::Unknown(_)) => "unknown",
        Err(SendError::Retry(_)) => "retry",
        Err(SendError::Paused { .. }) => "paused",
    };
    counter!(metrics::DELIVERIES, "outcome" => outcome).increment(1);
    let came = match sent {
        Ok(accepted) => Came::Accepted(accepted),
        Err(SendError::Refused(why)) => Came::Refused(why),
        Err(SendError::Unknown(why)) => Came::Unknown(why),
        Err(SendError::Retry(why)) => {
            withdraw(deployment, attempt, &delivery, None).await?;
            return Err(StageError::Later(why));
        }
        Err(SendError::Paused { pause, why }) => {
            let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 2);
            let until = deployment.clock().now_ms() + pause;
            // What rests for a moment goes on by itself.
            if pause < GLANCE_MS {
                tracing::warn!(delivery.id = delivery.id, until, "{}", event::SENDER_PAUSED);
            } else {
                tracing::error!(delivery.id = delivery.id, until, "{}", event::SENDER_PAUSED);
            }
            withdraw(deployment, attempt, &delivery, Some((until, &why))).await?;
            let until = until.min(deployment.clock().now_ms() + GLANCE_MS);
            return Err(StageError::Early { until, reason: why });
        }
    };
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let known = || (deployment.clone(), delivery.clone(), came.clone());
    let settled = insist(deployment, "deliver.settled", || {
        let (ours, delivery, came) = known();
        transaction(move |tx| {
            async move {
                settle(tx, &ours, &delivery, came, now).await?;
                jobs::complete(tx, lease, now).await
            }
            .boxed()
        })
    })
    .await;
    // Another node has the job by now and knows less: what was taken is known, whoever heard it.
    if matches!(
        (&settled, &came),
        (Err(StoreError::Lost { .. }), Came::Accepted(_))
    ) {
        let keep = || {
            let (ours, delivery, came) = known();
            transaction(move |tx| {
                async move { settle(tx, &ours, &delivery, came, now).await }.boxed()
            })
        };
        insist(deployment, "", keep).await?;
    }
    Ok(settled?)
}

/// Whether the commit was made at which the database went away, as soon as it can be asked: the
/// sending has begun, and the job is still ours, so nobody else began it.
async fn was_kept(
    deployment: &Deployment,
    lease: Lease,
    delivery: i64,
) -> Result<bool, StoreError> {
    let look = || {
        transaction(move |tx| {
            async move {
                jobs::still_held(tx, lease).await?;
                let found = deliveries::find(tx, delivery).await?;
                Ok(found.is_some_and(|it| it.state == DeliveryState::Sending))
            }
            .boxed()
        })
    };
    insist(deployment, "", look).await
}

/// Writes what nobody else knows. A store that cannot be written for now is asked until it can be: if
/// it never can, the attempt is given up from outside.
async fn insist<T, W>(
    deployment: &Deployment,
    label: &'static str,
    work: impl Fn() -> W,
) -> Result<T, StoreError>
where
    T: Send + 'static,
    W: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
{
    loop {
        match deployment.store().write(label, work()).await {
            Err(error) if error.is_passing() => {
                tracing::warn!(%error, "{}", event::STORE_UNREACHABLE);
                tokio::time::sleep(REST).await;
            }
            written => return written,
        }
    }
}

/// It was certainly not taken: the intent is withdrawn, and its sender rests if so it is said.
async fn withdraw(
    deployment: &Deployment,
    attempt: &Attempt,
    delivery: &Delivery,
    rest: Option<(i64, &str)>,
) -> Result<(), StageError> {
    let (lease, id) = (attempt.job.lease, delivery.id);
    let sender = letter::sender(&delivery.sender)?.address;
    let rest = rest.map(|(until, why)| (until, why.to_owned()));
    let work = || {
        let (sender, rest) = (sender.clone(), rest.clone());
        transaction(move |tx| {
            async move {
                jobs::still_held(tx, lease).await?;
                if let Some((until, why)) = &rest {
                    senders::pause(tx, &sender, *until, why).await?;
                }
                deliveries::withdraw(tx, id).await
            }
            .boxed()
        })
    };
    Ok(insist(deployment, "deliver.withdrawn", work).await?)
}

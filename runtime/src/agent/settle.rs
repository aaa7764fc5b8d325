//! What came of a sending: the same, whether the transport says it, its report or a person.
//!
//! Nobody guesses. A sending that nobody knows the end of waits for the report that names its
//! intent. Without one, a reply is for a person to look up, a campaign's mail is given up, and what
//! only tells somebody something is sent once more.

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::{Deployment, StageError, argument, campaign, event, letter, post, review};
use crate::mail::transport::Accepted;
use crate::mail::{clean, record};
use crate::queue::Attempt;
use crate::store::campaigns::SendState;
use crate::store::deliveries::{self, Delivery, DeliveryState, Purpose};
use crate::store::jobs::{self, NewJob, Over};
use crate::store::mails::{self, Direction, MailState, NewMail};
use crate::store::{Connection, StoreError, drafts, events, threads, transaction};

/// What came of a sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Came {
    /// It was taken.
    Accepted(Accepted),
    /// It will never be taken, for this reason.
    Refused(String),
    /// Nobody knows, for this reason.
    Unknown(String),
}

impl Came {
    /// What a person found who looked whether it arrived.
    pub(super) fn looked_up(delivery: &Delivery, arrived: bool) -> Self {
        if arrived {
            Self::Accepted(Accepted {
                id: delivery.intent.clone(),
                message_id: None,
            })
        } else {
            Self::Refused("it did not arrive".to_owned())
        }
    }
}

/// Writes down what came of a sending, with all that follows from it.
///
/// # Errors
/// [`StoreError::Conflict`] when something else came of it before.
pub(super) async fn settle(
    tx: &mut Connection,
    deployment: &Deployment,
    delivery: &Delivery,
    came: Came,
    now: i64,
) -> Result<(), StoreError> {
    match came {
        Came::Accepted(accepted) => accept(tx, deployment, delivery, &accepted, now).await,
        Came::Refused(why) => refuse(tx, deployment, delivery, &why, now).await,
        Came::Unknown(why) => {
            deliveries::unknown(tx, delivery.id, &why).await?;
            let grace = i64::try_from(deployment.config.outbound.unknown_minutes)
                .unwrap_or(i64::MAX / 60_000)
                .saturating_mul(60_000);
            let job = NewJob {
                run_at: now.saturating_add(grace),
                unique_key: Some(format!("settle {}", delivery.id)),
                ..NewJob::new("settle", json!({ "delivery": delivery.id }))
            };
            jobs::enqueue(tx, &job, now).await?;
            let data = json!({ "to": delivery.recipient, "why": why });
            tell(tx, delivery, "delivery.unknown", data, now).await?;
            Ok(())
        }
    }
}

async fn accept(
    tx: &mut Connection,
    deployment: &Deployment,
    delivery: &Delivery,
    accepted: &Accepted,
    now: i64,
) -> Result<(), StoreError> {
    let Accepted { id, message_id } = accepted;
    if !deliveries::accepted(tx, delivery.id, id, message_id.as_deref(), now).await? {
        return Ok(());
    }
    let data = json!({ "to": delivery.recipient, "id": id });
    let Some((draft, revision)) = delivery.sends() else {
        tell(tx, delivery, "post.sent", data, now).await?;
        return Ok(());
    };
    if !drafts::delivered(tx, draft, revision).await? {
        // It was believed lost, and people have the draft again.
        let reason = format!("revision {revision} did arrive: sending it again is too much");
        drafts::warn(tx, draft, &reason).await?;
    }
    let place = tell(tx, delivery, "draft.delivered", data, now).await?;
    keep(
        tx,
        deployment,
        delivery,
        (message_id.as_deref(), place),
        now,
    )
    .await?;
    if delivery.purpose == Purpose::Campaign {
        campaign::ended(tx, draft, SendState::Sent, None, now).await?;
    }
    Ok(())
}

/// A reply goes back to people; what nobody asked for is not offered again.
async fn refuse(
    tx: &mut Connection,
    deployment: &Deployment,
    delivery: &Delivery,
    why: &str,
    now: i64,
) -> Result<(), StoreError> {
    deliveries::failed(tx, delivery.id, why, now).await?;
    if let Some((draft, revision)) = delivery.sends() {
        let reason = format!("it could not be delivered: {why}");
        if delivery.purpose == Purpose::Campaign {
            drafts::withdraw(tx, draft, revision, &reason).await?;
            campaign::ended(tx, draft, SendState::Failed, Some(&reason), now).await?;
        } else {
            review::reopen(tx, deployment, draft, revision, &reason, now).await?;
        }
    }
    let data = json!({ "to": delivery.recipient, "why": why });
    tell(tx, delivery, "delivery.failed", data, now).await?;
    Ok(())
}

/// A report of whoever carried it names the intent: so it was taken, under this id.
///
/// # Errors
/// When the store fails.
pub async fn by_event(
    tx: &mut Connection,
    deployment: &Deployment,
    intent: &str,
    accepted: Accepted,
    now: i64,
) -> Result<(), StoreError> {
    match deliveries::by_intent(tx, intent).await? {
        Some(delivery) => settle(tx, deployment, &delivery, Came::Accepted(accepted), now).await,
        // It is another installation's, or older than this database.
        None => Ok(()),
    }
}

/// The service that took it says that it did not send it on. One of which that is all that we hear goes back
/// to people; what became of one that was answered is told beside it.
///
/// # Errors
/// When the store fails.
pub async fn by_refusal(
    tx: &mut Connection,
    deployment: &Deployment,
    intent: &str,
    why: &str,
    now: i64,
) -> Result<(), StoreError> {
    let found = deliveries::by_intent(tx, intent).await?;
    match found.filter(|delivery| delivery.state == DeliveryState::Unknown) {
        Some(delivery) => {
            let refused = Came::Refused(format!("the mail service did not send it on: {why}"));
            settle(tx, deployment, &delivery, refused, now).await
        }
        None => Ok(()),
    }
}

/// The time is over in which a report of the sending of a job would have come.
///
/// # Errors
/// When the store fails.
pub async fn waited(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    let id = argument(&attempt.job, "delivery")?;
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let ours = deployment.clone();
    let work = transaction(move |tx| {
        async move {
            let delivery = deliveries::find(tx, id).await?;
            let unknown = delivery.filter(|it| it.state == DeliveryState::Unknown);
            if let Some(delivery) = unknown {
                give_up(tx, &ours, &delivery, now).await?;
            }
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("settle.waited", work).await?)
}

async fn give_up(
    tx: &mut Connection,
    deployment: &Deployment,
    delivery: &Delivery,
    now: i64,
) -> Result<(), StoreError> {
    match delivery.purpose {
        // It stands where its reviewer sees it, until they have looked; a link is asked for again.
        Purpose::Reply | Purpose::Link => Ok(()),
        Purpose::Campaign => {
            let why = "nobody knows whether it was taken, and a campaign is sent once at most";
            settle(tx, deployment, delivery, Came::Refused(why.to_owned()), now).await
        }
        Purpose::Review | Purpose::Relay => {
            if deliveries::repeat(tx, delivery.id).await? {
                post::enqueue_sending(tx, delivery.id, &delivery.recipient, now).await?;
                let data = json!({ "to": delivery.recipient });
                tell(tx, delivery, "post.repeated", data, now).await?;
            }
            Ok(())
        }
    }
}

/// A person has looked what became of a sending that nobody knew about.
///
/// # Errors
/// [`StoreError::Conflict`] when it is known.
pub async fn look_up(
    deployment: &Deployment,
    id: i64,
    arrived: bool,
    by: &str,
) -> Result<(), StoreError> {
    let (ours, by, now) = (
        deployment.clone(),
        by.to_owned(),
        deployment.clock().now_ms(),
    );
    let work = transaction(move |tx| {
        async move {
            let delivery = deliveries::find(tx, id).await?;
            let missing = || StoreError::Conflict(format!("there is no delivery {id}"));
            let delivery = delivery.ok_or_else(missing)?;
            if delivery.state != DeliveryState::Unknown {
                let problem = format!("it is known what became of delivery {id}");
                return Err(StoreError::Conflict(problem));
            }
            let data = json!({ "arrived": arrived });
            tell_by(tx, &delivery, ("delivery.looked_up", &by), data, now).await?;
            settle(
                tx,
                &ours,
                &delivery,
                Came::looked_up(&delivery, arrived),
                now,
            )
            .await
        }
        .boxed()
    });
    deployment.store().write("settle.looked_up", work).await
}

/// Notes what happened to a delivery.
async fn tell(
    tx: &mut Connection,
    delivery: &Delivery,
    kind: &str,
    data: Value,
    now: i64,
) -> Result<i64, StoreError> {
    let agent = delivery.agent.as_deref().unwrap_or("silex");
    tell_by(tx, delivery, (kind, agent), data, now).await
}

/// Notes what somebody did about a delivery.
async fn tell_by(
    tx: &mut Connection,
    delivery: &Delivery,
    (kind, by): (&str, &str),
    mut data: Value,
    now: i64,
) -> Result<i64, StoreError> {
    let mail = match delivery.draft_id {
        Some(draft) => drafts::find(tx, draft)
            .await?
            .and_then(|draft| draft.mail_id),
        None => None,
    };
    data["delivery"] = delivery.id.into();
    data["purpose"] = delivery.purpose.word().into();
    let mut told = event(kind, by, delivery.thread_id, mail, data);
    told.draft_id = delivery.draft_id;
    events::append(tx, &told, now).await
}

/// Keeps a sent mail in its thread, with the id that it was given and the event that tells of it, and every
/// id that an answer to it may name.
async fn keep(
    tx: &mut Connection,
    deployment: &Deployment,
    delivery: &Delivery,
    (given, told): (Option<&str>, i64),
    now: i64,
) -> Result<(), StoreError> {
    let (Some(thread), Some(draft)) = (delivery.thread_id, delivery.draft_id) else {
        return Ok(());
    };
    let Some(draft) = drafts::find(tx, draft).await? else {
        return Ok(());
    };
    let mail = match draft.mail_id {
        Some(mail) => mails::find(tx, mail).await?,
        None => None,
    };
    let from = letter::sender(&delivery.sender).unwrap_or_default();
    let message_id = given.unwrap_or(&delivery.message_id).to_owned();
    let own = json!({
        "id": message_id, "from": { "address": from.address, "name": from.name },
        "to": [{ "address": delivery.recipient, "name": "" }],
        // A person may have written more than the record holds.
        "subject": clean::line(&draft.subject, record::SUBJECT), "body": clean::cut(&draft.body, record::BODY),
        "quoted": "", "attachments": [], "verified": true, "received": deployment.now(),
    });
    let sent = NewMail {
        raw_id: None,
        thread_id: Some(thread),
        direction: Direction::Out,
        message_id: message_id.clone(),
        in_reply_to: letter::answered(mail.as_ref()),
        refs: letter::references(mail.as_ref()),
        from_address: from.address,
        from_name: from.name,
        envelope_to: delivery.recipient.clone(),
        subject: draft.subject,
        body: draft.body,
        quoted: String::new(),
        record: own,
        verified: true,
        automatic: None,
        state: MailState::Sent,
        reason: None,
        place: told,
    };
    mails::keep(tx, &sent, now).await?;
    threads::touch(tx, thread, now).await?;
    if let Some(agent) = &delivery.agent {
        let ours = [delivery.message_id.clone(), message_id];
        threads::refer(tx, agent, thread, &ours).await?;
    }
    Ok(())
}

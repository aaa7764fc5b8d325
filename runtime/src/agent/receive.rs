//! A mail comes in: its bytes are kept first, everything else is a job.

use futures_util::FutureExt;
use metrics::counter;
use serde_json::json;

use super::arrival::Arrival;
use super::review::answer::Answer;
use super::{Deployment, StageError, argument, event};
use crate::mail::inbound::{Received, Source, raw};
use crate::mail::verdict::Token;
use crate::mail::{Incoming, record, threading};
use crate::queue::Attempt;
use crate::store::jobs::{self, NewJob};
use crate::store::mails::{self, Accepted, Direction, MailState, NewMail, NewRaw};
use crate::store::{StoreError, events, transaction};
use crate::telemetry::metrics::MAILS;

/// Keeps a mail and enqueues its way. When this has returned, the mail is not lost any more.
///
/// The same mail brought twice is one mail.
///
/// # Errors
/// When the store fails; then nothing was kept and the sender should try again.
pub async fn accept(deployment: &Deployment, received: Received) -> Result<Accepted, StoreError> {
    let now = deployment.clock().now_ms();
    let source = match received.source {
        Source::File => "file",
        Source::Raw => "post",
    };
    let new = NewRaw {
        source: source.to_owned(),
        external_id: received.external_id,
        envelope_from: received.envelope_from,
        envelope_to: Some(received.envelope_to.join(",")).filter(|to| !to.is_empty()),
        bytes: received.raw,
    };
    let work = transaction(move |tx| {
        async move {
            let accepted = mails::accept(tx, &new, now).await?;
            if let Accepted::New(raw) = accepted {
                jobs::enqueue(tx, &NewJob::new("receive", json!({ "raw": raw })), now).await?;
            }
            Ok(accepted)
        }
        .boxed()
    });
    let accepted = deployment.store().write("receive.accepted", work).await?;
    if matches!(accepted, Accepted::New(_)) {
        counter!(MAILS, "source" => source).increment(1);
    }
    Ok(accepted)
}

/// Reads a kept mail, finds its agent, its thread and its contact.
///
/// # Errors
/// When the store fails.
pub async fn receive(deployment: &Deployment, attempt: &Attempt) -> Result<(), StageError> {
    let raw_id = argument(&attempt.job, "raw")?;
    let mut reader = deployment.store().read().await?;
    let kept = mails::raw(&mut reader, raw_id).await?;
    drop(reader);
    let kept = kept.ok_or_else(|| StageError::Unusable(format!("there are no bytes {raw_id}")))?;
    let to: Vec<String> = kept
        .envelope_to
        .iter()
        .flat_map(|to| to.split(','))
        .map(str::to_owned)
        .collect();
    let received = raw::receive(kept.bytes, Source::Raw, kept.envelope_from.as_deref(), &to);
    let site = deployment.site();
    // Hostile mail may cost a second of processor time, which no other job should feel.
    let read = tokio::task::spawn_blocking(move || {
        let incoming = received.read(&site);
        let inbox = incoming
            .as_ref()
            .ok()
            .and_then(|incoming| received.inbox(incoming, &site));
        (incoming, inbox, received.envelope_to)
    });
    let (incoming, inbox, envelope_to) =
        read.await
            .unwrap_or((Err(crate::mail::Unreadable::Broken), None, Vec::new()));
    let bundle = deployment.bundles().current();
    let agent = inbox.as_ref().and_then(|inbox| {
        bundle.bundle().agents.iter().find(|(_, agent)| {
            agent
                .inbox
                .iter()
                .any(|own| own.eq_ignore_ascii_case(inbox))
        })
    });
    match (incoming, agent) {
        (Err(unreadable), _) => {
            aside(
                deployment,
                attempt,
                raw_id,
                &Incoming::default(),
                unreadable.to_string(),
            )
            .await
        }
        (Ok(incoming), None) => {
            let reason = "no agent has an inbox that it is addressed to".to_owned();
            aside(deployment, attempt, raw_id, &incoming, reason).await
        }
        (Ok(incoming), Some((name, agent))) => {
            // An answer to a review goes to no agent, whoever sent it.
            if let Some(token) = Token::of_mail(&incoming, &envelope_to) {
                let inbox = inbox.unwrap_or_default();
                let answer = Answer {
                    raw_id,
                    inbox,
                    token,
                    incoming,
                };
                return answer.keep(deployment, attempt).await;
            }
            let Some(from) = incoming.from.clone() else {
                return aside(
                    deployment,
                    attempt,
                    raw_id,
                    &incoming,
                    "it has no usable sender".to_owned(),
                )
                .await;
            };
            let arrival = Arrival {
                raw_id,
                clues: threading::candidates(&incoming, &envelope_to, &deployment.secret),
                agent: name.clone(),
                inbox: inbox.unwrap_or_default(),
                contact: agent.contact.clone(),
                from,
                incoming,
                bundle: bundle.clone(),
            };
            arrival.keep(deployment, attempt).await
        }
    }
}

/// What cannot be worked on is kept, shown to people, and not answered.
async fn aside(
    deployment: &Deployment,
    attempt: &Attempt,
    raw_id: i64,
    incoming: &Incoming,
    reason: String,
) -> Result<(), StageError> {
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let mut mail = row(raw_id, incoming, String::new(), now);
    mail.state = MailState::Quarantined;
    mail.reason = Some(reason.clone());
    let work = transaction(move |tx| {
        async move {
            let id = mails::keep(tx, &mail, now).await?;
            events::append(
                tx,
                &event(
                    "mail.quarantined",
                    "silex",
                    None,
                    Some(id),
                    json!({ "reason": reason }),
                ),
                now,
            )
            .await?;
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("receive.aside", work).await?)
}

pub(super) fn row(raw_id: i64, incoming: &Incoming, inbox: String, now: i64) -> NewMail {
    let from = incoming.from.clone().unwrap_or_default();
    NewMail {
        raw_id: Some(raw_id),
        thread_id: None,
        direction: Direction::In,
        message_id: incoming.message_id.clone().unwrap_or_default(),
        in_reply_to: incoming.in_reply_to.first().cloned(),
        refs: incoming.references.clone(),
        from_address: from.address,
        from_name: from.name,
        envelope_to: inbox,
        subject: incoming.subject.clone(),
        body: incoming.text.clone(),
        quoted: incoming.quoted.clone(),
        record: record::mail(incoming, &raw_id.to_string(), now),
        verified: incoming.verified(),
        automatic: incoming.automatic.as_ref().map(ToString::to_string),
        state: MailState::Received,
        reason: None,
    }
}

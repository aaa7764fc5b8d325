//! A mail comes in: its bytes are kept first, everything else is a job.

use futures_util::FutureExt;
use serde_json::json;

use super::{Deployment, StageError, argument, event, inputs, thread_job};
use crate::mail::inbound::{Received, Source, raw};
use crate::mail::threading::{self, Clues, Found, Known, Place};
use crate::mail::{Incoming, record};
use crate::queue::Attempt;
use crate::store::jobs::{self, NewJob};
use crate::store::mails::{self, Accepted, Direction, MailState, NewMail, NewRaw};
use crate::store::threads::{self, NewThread, Thread};
use crate::store::{Connection, StoreError, drafts, events, transaction};

/// How far back a subject alone finds its thread, milliseconds.
const SUBJECT_REACH_MS: i64 = 30 * 24 * 3600 * 1000;

/// Keeps a mail and enqueues its way. When this has returned, the mail is not lost any more.
///
/// The same mail brought twice is one mail.
///
/// # Errors
/// When the store fails; then nothing was kept and the sender should try again.
pub async fn accept(deployment: &Deployment, received: Received) -> Result<Accepted, StoreError> {
    let now = deployment.clock().now_ms();
    let new = NewRaw {
        source: match received.source {
            Source::File => "file".to_owned(),
            Source::Raw => "post".to_owned(),
        },
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
    deployment.store().write("receive.accepted", work).await
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
            let place = find(deployment, name, &incoming, &envelope_to, &from.address).await?;
            let arrival = Arrival {
                raw_id,
                agent: name.clone(),
                inbox: inbox.unwrap_or_default(),
                contact: agent.contact.clone(),
                from,
                incoming,
                place,
            };
            arrival.keep(deployment, attempt, bundle.clone()).await
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

fn row(raw_id: i64, incoming: &Incoming, inbox: String, now: i64) -> NewMail {
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

/// The thread that the clues of a mail lead to.
async fn find(
    deployment: &Deployment,
    agent: &str,
    incoming: &Incoming,
    envelope_to: &[String],
    from: &str,
) -> Result<Place, StageError> {
    let Clues {
        token_thread,
        references,
        subject,
    } = threading::candidates(incoming, envelope_to, &deployment.secret);
    let now = deployment.clock().now_ms();
    let mut reader = deployment.store().read().await?;
    let mut found = Found::default();
    if let Some(id) = token_thread.and_then(|id| id.parse().ok()) {
        found.token = threads::find(&mut reader, id)
            .await?
            .filter(|thread| thread.agent == agent)
            .map(known);
    }
    if let Some(thread) = threads::by_message_ids(&mut reader, agent, &references).await? {
        found.references.push(known(thread));
    }
    if let Some(subject) = subject {
        let since = now - SUBJECT_REACH_MS;
        found.subject.extend(
            threads::by_subject(&mut reader, agent, from, &subject, since)
                .await?
                .map(known),
        );
    }
    Ok(threading::place(from, now, &found))
}

fn known(thread: Thread) -> Known {
    Known {
        thread: thread.id.to_string(),
        participants: vec![thread.contact_key],
        last_mail_at: thread.updated_at,
    }
}

/// A mail that an agent will work on.
struct Arrival {
    raw_id: i64,
    agent: String,
    inbox: String,
    contact: silex_bundle::agent::Contact,
    from: crate::mail::Mailbox,
    incoming: Incoming,
    place: Place,
}

impl Arrival {
    async fn keep(
        self,
        deployment: &Deployment,
        attempt: &Attempt,
        bundle: std::sync::Arc<crate::bundle::Loaded>,
    ) -> Result<(), StageError> {
        let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
        let work = transaction(move |tx| {
            async move {
                // A message that came by two ways, or twice with other trace fields, is one mail.
                let same = format!("{} {}", self.from.address, self.incoming.message_id.as_deref().unwrap_or_default());
                let known = self.incoming.message_id.is_some() && !mails::note(tx, "message-id", &same, now).await?;
                let thread = self.thread(tx, now).await?;
                let mut mail = row(self.raw_id, &self.incoming, self.inbox.clone(), now);
                mail.thread_id = Some(thread);
                if known {
                    mail.state = MailState::Ignored;
                    mail.reason = Some("the same message was received before".to_owned());
                } else if let Some(automatic) = &self.incoming.automatic {
                    mail.state = MailState::Ignored;
                    mail.reason = Some(automatic.to_string());
                }
                let answer = mail.state == MailState::Received;
                let id = mails::keep(tx, &mail, now).await?;
                let data = json!({
                    "from": mail.from_address, "subject": mail.subject, "verified": mail.verified, "reason": mail.reason,
                });
                let kind = if answer { "mail.received" } else { "mail.ignored" };
                events::append(tx, &event(kind, &self.agent, Some(thread), Some(id), data), now).await?;
                if answer {
                    self.go_on(tx, &bundle, thread, id, now).await?;
                }
                jobs::complete(tx, lease, now).await
            }
            .boxed()
        });
        Ok(deployment.store().write("receive.kept", work).await?)
    }

    /// The thread that it joins, or a new one.
    async fn thread(&self, tx: &mut Connection, now: i64) -> Result<i64, StoreError> {
        if let Place::Joins(id) = &self.place {
            if let Ok(id) = id.parse() {
                threads::touch(tx, id, now).await?;
                return Ok(id);
            }
        }
        let new = NewThread {
            agent: self.agent.clone(),
            contact_key: self.from.address.clone(),
            contact_name: self.from.name.clone(),
            subject: self.incoming.subject.clone(),
            base_subject: threading::base_subject(&self.incoming.subject),
            token: format!("{}", self.raw_id),
        };
        let id = threads::open(tx, &new, now).await?;
        if let Place::Beside(other) = &self.place {
            let data = json!({ "thread": other });
            events::append(
                tx,
                &event("thread.beside", &self.agent, Some(id), None, data),
                now,
            )
            .await?;
        }
        Ok(id)
    }

    async fn go_on(
        &self,
        tx: &mut Connection,
        bundle: &crate::bundle::Loaded,
        thread: i64,
        mail: i64,
        now: i64,
    ) -> Result<(), StoreError> {
        // The thread's older drafts answer what is no longer its last word.
        for draft in drafts::supersede(tx, thread, mail).await? {
            let mut stale = event(
                "draft.stale",
                &self.agent,
                Some(thread),
                Some(mail),
                json!({}),
            );
            stale.draft_id = Some(draft);
            events::append(tx, &stale, now).await?;
        }
        let kept = inputs::keep_contact(
            tx,
            bundle.bundle(),
            &self.contact,
            &self.from.address,
            &self.from.name,
            now,
        )
        .await;
        kept.map_err(|error| StoreError::Database(error.to_string()))?;
        let args = json!({ "mail": mail, "thread": thread });
        jobs::enqueue(
            tx,
            &thread_job("screen", args, thread, &self.from.address),
            now,
        )
        .await?;
        Ok(())
    }
}

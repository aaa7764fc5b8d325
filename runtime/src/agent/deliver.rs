//! An approved draft leaves, at most once.
//!
//! The intent to send is committed before the call. What a crash leaves is *sending*: the outbox
//! recognises its intent and settles it, a mail server cannot, so that is *unknown* and for a person.
//! Who receives is never the model's choice: it is the thread's contact.

use futures_util::FutureExt;
use serde_json::json;
use silex_bundle::Agent;

use super::{Deployment, StageError, agent, argument, event, guard, review};
use crate::mail::compose::{Decided, Outgoing, compose};
use crate::mail::transport::{Accepted, Envelope, SendError, Transport};
use crate::mail::{Mailbox, automatic, clean, record, threading};
use crate::queue::Attempt;
use crate::store::deliveries::{self, DeliveryState, Intended, NewDelivery};
use crate::store::drafts::{self, Draft, DraftState};
use crate::store::jobs;
use crate::store::mails::{self, Direction, Mail, MailState, NewMail};
use crate::store::threads::{self, Thread};
use crate::store::{events, transaction};

/// Sends the draft of a job, if it is still approved at exactly its revision.
///
/// # Errors
/// When the transport did not take it now, or the store fails.
pub async fn deliver(deployment: &Deployment, attempt: &Attempt) -> Result<(), StageError> {
    let Some((delivery, letter)) = begin(deployment, attempt).await? else {
        return Ok(());
    };
    crate::fault::point("deliver.before_send");
    let envelope = Envelope {
        from: letter.from.clone(),
        to: vec![letter.recipient.clone()],
    };
    let sent = deployment
        .transport
        .send(&envelope, &letter.raw, &letter.intent)
        .await;
    crate::fault::point("deliver.after_send");
    settle(deployment, attempt, delivery, &letter, sent).await
}

/// Commits to the sending. None when there is nothing to send; then the job is done.
pub(super) async fn begin(
    deployment: &Deployment,
    attempt: &Attempt,
) -> Result<Option<(i64, Letter)>, StageError> {
    let (mail, thread) = guard::subject(deployment, attempt).await?;
    let (id, revision) = (
        argument(&attempt.job, "draft")?,
        argument(&attempt.job, "revision")?,
    );
    let mut reader = deployment.store().read().await?;
    let draft = drafts::find(&mut reader, id).await?;
    let history = mails::of_thread(&mut reader, thread.id).await?;
    drop(reader);
    let draft = draft.ok_or_else(|| StageError::Unusable(format!("there is no draft {id}")))?;
    let bundle = deployment.bundles().current();
    let agent = agent(&bundle, &thread.agent)?;
    egress(&draft, &thread, &history)?;
    let letter = Letter::write(deployment, agent, &draft, revision, &mail, &thread)?;
    let delivery = match intend(deployment, attempt, &draft, &letter).await? {
        Some(Intended::New(delivery)) => delivery,
        Some(Intended::Existing(before)) => match before.state {
            // A person has looked, and says that it arrived.
            DeliveryState::Unknown if attempt.job.args["arrived"] == true => {
                let sent = Accepted { id: before.intent };
                settle(deployment, attempt, before.id, &letter, Ok(sent)).await?;
                return Ok(None);
            }
            DeliveryState::Accepted | DeliveryState::Failed | DeliveryState::Unknown => {
                done(deployment, attempt).await?;
                return Ok(None);
            }
            DeliveryState::Sending if matches!(deployment.transport, Transport::Outbox(_)) => {
                before.id
            }
            DeliveryState::Sending => {
                let why = "the process ended while it was sending: look whether it arrived";
                let unknown = Err(SendError::Unknown(why.to_owned()));
                settle(deployment, attempt, before.id, &letter, unknown).await?;
                return Ok(None);
            }
        },
        // It was decided otherwise, or newer mail made it stale, between the approval and now.
        None => {
            done(deployment, attempt).await?;
            return Ok(None);
        }
    };
    Ok(Some((delivery, letter)))
}

/// A mail of ours, ready to leave.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    agent: String,
    thread: i64,
    mail: i64,
    draft: i64,
    revision: i64,
    intent: String,
    from: String,
    from_name: String,
    recipient: String,
    subject: String,
    body: String,
    message_id: String,
    in_reply_to: Option<String>,
    references: Vec<String>,
    raw: Vec<u8>,
}

impl Letter {
    fn write(
        deployment: &Deployment,
        agent: &Agent,
        draft: &Draft,
        revision: i64,
        mail: &Mail,
        thread: &Thread,
    ) -> Result<Self, StageError> {
        let from = mailbox(&agent.deliver.from)?;
        let recipient = Mailbox {
            address: thread.contact_key.clone(),
            name: thread.contact_name.clone(),
        };
        let intent = deliveries::intent(draft.id, revision, &recipient.address, "reply");
        let seed = super::seed(&deployment.secret, &intent);
        let message_id = automatic::message_id(
            seed.get(..32).unwrap_or(&seed),
            crate::mail::address::domain(&from.address),
        );
        let in_reply_to = Some(mail.message_id.clone()).filter(|id| !id.is_empty());
        let mut references = mail.refs.clone();
        references.extend(in_reply_to.clone());
        let inbox = if mail.envelope_to.is_empty() {
            from.address.clone()
        } else {
            mail.envelope_to.clone()
        };
        let person = draft.decided_by.as_deref().is_some_and(|by| by != "policy");
        let outgoing = Outgoing {
            from: from.clone(),
            to: vec![recipient.clone()],
            reply_to: threading::reply_address(&deployment.secret, &inbox, &thread.id.to_string()),
            subject: draft.subject.clone(),
            message_id: message_id.clone(),
            in_reply_to: in_reply_to.clone(),
            references: references.clone(),
            date: deployment.clock().now_ms(),
            text: draft.body.clone(),
            decided: if person {
                Decided::ByPerson
            } else {
                Decided::Automatically
            },
            intent: intent.clone(),
        };
        let raw = compose(&outgoing).map_err(|error| StageError::Unusable(error.to_string()))?;
        Ok(Self {
            agent: thread.agent.clone(),
            thread: thread.id,
            mail: mail.id,
            draft: draft.id,
            revision,
            intent,
            from: from.address,
            from_name: from.name,
            recipient: recipient.address,
            subject: draft.subject.clone(),
            body: draft.body.clone(),
            message_id,
            in_reply_to,
            references,
            raw,
        })
    }

    /// The sent mail as it stands in the thread.
    fn row(&self, received: &str) -> NewMail {
        let own = json!({
            "id": self.message_id, "from": { "address": self.from, "name": self.from_name },
            "to": [{ "address": self.recipient, "name": "" }],
            // A person may have written more than the record holds.
            "subject": clean::line(&self.subject, record::SUBJECT), "body": clean::cut(&self.body, record::BODY),
            "quoted": "", "attachments": [], "verified": true, "received": received,
        });
        NewMail {
            raw_id: None,
            thread_id: Some(self.thread),
            direction: Direction::Out,
            message_id: self.message_id.clone(),
            in_reply_to: self.in_reply_to.clone(),
            refs: self.references.clone(),
            from_address: self.from.clone(),
            from_name: self.from_name.clone(),
            envelope_to: self.recipient.clone(),
            subject: self.subject.clone(),
            body: self.body.clone(),
            quoted: String::new(),
            record: own,
            verified: true,
            automatic: None,
            state: MailState::Sent,
            reason: None,
        }
    }
}

/// `Name <address>` as the spec says it.
fn mailbox(from: &str) -> Result<Mailbox, StageError> {
    let wrong = || StageError::Unusable(format!("`{from}` is not a sender"));
    let (name, address) = match from.rsplit_once('<') {
        Some((name, rest)) => (
            name.trim().trim_matches('"'),
            rest.trim_end().trim_end_matches('>'),
        ),
        None => ("", from),
    };
    Mailbox::read(address, name).ok_or_else(wrong)
}

/// What no draft may do, whoever approved it: reach an address that never wrote in this thread.
fn egress(draft: &Draft, thread: &Thread, history: &[Mail]) -> Result<(), StageError> {
    let wrote = history
        .iter()
        .any(|mail| mail.direction == Direction::In && mail.from_address == thread.contact_key);
    if !wrote {
        let problem = format!(
            "draft {} would go to {}, who never wrote in this thread",
            draft.id, thread.contact_key
        );
        return Err(StageError::Unusable(problem));
    }
    Ok(())
}

/// Commits to the sending. None when the draft may no longer be sent.
async fn intend(
    deployment: &Deployment,
    attempt: &Attempt,
    draft: &Draft,
    letter: &Letter,
) -> Result<Option<Intended>, StageError> {
    let (lease, now, id) = (attempt.job.lease, deployment.clock().now_ms(), draft.id);
    let new = NewDelivery {
        intent: letter.intent.clone(),
        draft_id: id,
        revision: letter.revision,
        recipient: letter.recipient.clone(),
        message_id: letter.message_id.clone(),
        raw: letter.raw.clone(),
    };
    let revision = letter.revision;
    let work = transaction(move |tx| {
        async move {
            jobs::still_held(tx, lease).await?;
            let draft = drafts::find(tx, id).await?;
            let approved = draft.is_some_and(|draft| {
                draft.revision == revision
                    && matches!(draft.state, DraftState::Approved | DraftState::Delivered)
            });
            if !approved {
                return Ok(None);
            }
            deliveries::intend(tx, &new, now).await.map(Some)
        }
        .boxed()
    });
    Ok(deployment.store().write("deliver.intended", work).await?)
}

async fn done(deployment: &Deployment, attempt: &Attempt) -> Result<(), StageError> {
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let work = transaction(move |tx| async move { jobs::complete(tx, lease, now).await }.boxed());
    Ok(deployment.store().write("deliver.nothing", work).await?)
}

/// Writes down what came of the sending. What was refused goes back to people.
pub(super) async fn settle(
    deployment: &Deployment,
    attempt: &Attempt,
    delivery: i64,
    letter: &Letter,
    sent: Result<Accepted, SendError>,
) -> Result<(), StageError> {
    if let Err(SendError::Retry(why)) = &sent {
        return again(deployment, attempt, delivery, why).await;
    }
    let (lease, now, letter) = (
        attempt.job.lease,
        deployment.clock().now_ms(),
        letter.clone(),
    );
    let received = deployment.now();
    let pool = review::pool(deployment);
    let work = transaction(move |tx| {
        async move {
            let (kind, data) = match sent {
                Ok(Accepted { id }) => {
                    deliveries::accepted(tx, delivery, &id, now).await?;
                    drafts::delivered(tx, letter.draft, letter.revision).await?;
                    mails::keep(tx, &letter.row(&received), now).await?;
                    threads::touch(tx, letter.thread, now).await?;
                    let ours = [letter.message_id.clone()];
                    threads::refer(tx, &letter.agent, letter.thread, &ours).await?;
                    (
                        "draft.delivered",
                        json!({ "to": letter.recipient, "id": id }),
                    )
                }
                Err(SendError::Unknown(why)) => {
                    deliveries::unknown(tx, delivery, &why).await?;
                    (
                        "delivery.unknown",
                        json!({ "to": letter.recipient, "why": why }),
                    )
                }
                Err(SendError::Refused(why) | SendError::Retry(why)) => {
                    deliveries::failed(tx, delivery, &why, now).await?;
                    let reason = format!("it could not be delivered: {why}");
                    review::reopen(tx, letter.draft, letter.revision, &reason, &pool, now).await?;
                    (
                        "delivery.failed",
                        json!({ "to": letter.recipient, "why": why }),
                    )
                }
            };
            let mut settled = event(
                kind,
                &letter.agent,
                Some(letter.thread),
                Some(letter.mail),
                data,
            );
            settled.draft_id = Some(letter.draft);
            events::append(tx, &settled, now).await?;
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
    why: &str,
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
    Err(StageError::Later(why.to_owned()))
}

//! A mail that an agent will work on finds its thread and its contact, in one transaction.
//!
//! The thread is looked for in the transaction that keeps the mail, so two mails that come at once,
//! in whatever order, end in the same thread.

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::{Value, json};
use silex_bundle::agent::Contact;

use super::{Deployment, StageError, event, inputs, receive, thread_job};
use crate::bundle::Loaded;
use crate::mail::automatic::{History, Pace};
use crate::mail::threading::{self, Clues, Found, Known, Place};
use crate::mail::{Incoming, Mailbox};
use crate::queue::Attempt;
use crate::store::mails::{Direction, MailState};
use crate::store::threads::{NewThread, Thread};
use crate::store::{Connection, StoreError, events, jobs, mails, threads, transaction};

/// How far back a subject alone finds its thread, milliseconds.
const SUBJECT_REACH_MS: i64 = 30 * 24 * 3600 * 1000;

const HOUR_MS: i64 = 3600 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A mail that an agent will work on.
pub(super) struct Arrival {
    /// Its bytes.
    pub(super) raw_id: i64,
    /// Qualified agent.
    pub(super) agent: String,
    /// The inbox that it was sent to.
    pub(super) inbox: String,
    /// How the agent finds its contact.
    pub(super) contact: Contact,
    /// Who wrote it.
    pub(super) from: Mailbox,
    /// What it says about its thread.
    pub(super) clues: Clues,
    /// What was read of it.
    pub(super) incoming: Incoming,
    /// The bundle that new work starts on.
    pub(super) bundle: Arc<Loaded>,
}

impl Arrival {
    /// Keeps the mail in its thread, and enqueues its way if it is to be answered.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn keep(
        self,
        deployment: &Deployment,
        attempt: &Attempt,
    ) -> Result<(), StageError> {
        let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
        let Mailbox { address, name } = &self.from;
        let contact = inputs::new_contact(self.bundle.bundle(), &self.contact, address, name);
        let work = transaction(move |tx| {
            async move {
                let known = self.known_before(tx, now).await?;
                let thread = self.thread(tx, now).await?;
                let mut mail = receive::row(self.raw_id, &self.incoming, self.inbox.clone(), now);
                mail.thread_id = Some(thread);
                if known {
                    mail.state = MailState::Ignored;
                    mail.reason = Some("the same message was received before".to_owned());
                } else if let Some(automatic) = &self.incoming.automatic {
                    mail.state = MailState::Ignored;
                    mail.reason = Some(automatic.to_string());
                } else if let Some(exceeded) = self.pace(tx, thread, now).await? {
                    mail.state = MailState::Quarantined;
                    mail.reason = Some(exceeded);
                } else if let Err(impossible) = &contact {
                    mail.state = MailState::Quarantined;
                    mail.reason = Some(impossible.to_string());
                }
                let id = mails::keep(tx, &mail, now).await?;
                let kind = match mail.state {
                    MailState::Ignored => "mail.ignored",
                    MailState::Quarantined => "mail.quarantined",
                    MailState::Received | MailState::Screened | MailState::Handled | MailState::Sent => "mail.received",
                };
                let data = json!({
                    "from": mail.from_address, "subject": mail.subject, "verified": mail.verified, "reason": mail.reason,
                });
                events::append(tx, &event(kind, &self.agent, Some(thread), Some(id), data), now).await?;
                if let (MailState::Received, Ok(contact)) = (mail.state, contact) {
                    self.go_on(tx, contact, thread, id, now).await?;
                }
                jobs::complete(tx, lease, now).await
            }
            .boxed()
        });
        Ok(deployment.store().write("receive.kept", work).await?)
    }

    /// A message that came by two ways, or twice with other trace fields, is one mail.
    async fn known_before(&self, tx: &mut Connection, now: i64) -> Result<bool, StoreError> {
        let Some(id) = &self.incoming.message_id else {
            return Ok(false);
        };
        let same = format!("{} {id}", self.from.address);
        Ok(!mails::note(tx, "message-id", &same, now).await?)
    }

    /// The thread that it joins, or a new one. The thread then speaks of all that the mail names.
    async fn thread(&self, tx: &mut Connection, now: i64) -> Result<i64, StoreError> {
        let place = self.place(tx, now).await?;
        let joined = match &place {
            Place::Joins(id) => id.parse().ok(),
            Place::Beside(_) | Place::New => None,
        };
        let id = match joined {
            Some(id) => {
                threads::touch(tx, id, now).await?;
                id
            }
            None => self.open(tx, &place, now).await?,
        };
        threads::refer(tx, &self.agent, id, &self.ids()).await?;
        Ok(id)
    }

    async fn open(&self, tx: &mut Connection, place: &Place, now: i64) -> Result<i64, StoreError> {
        let new = NewThread {
            agent: self.agent.clone(),
            contact_key: self.from.address.clone(),
            contact_name: self.from.name.clone(),
            subject: self.incoming.subject.clone(),
            base_subject: threading::base_subject(&self.incoming.subject),
        };
        let id = threads::open(tx, &new, now).await?;
        if let Place::Beside(other) = place {
            let beside = event(
                "thread.beside",
                &self.agent,
                Some(id),
                None,
                json!({ "thread": other }),
            );
            events::append(tx, &beside, now).await?;
        }
        Ok(id)
    }

    /// Every id that it names: those that it answers, nearest first, and its own, which a mail that
    /// came before it may have answered.
    fn ids(&self) -> Vec<String> {
        self.clues
            .references
            .iter()
            .chain(&self.incoming.message_id)
            .cloned()
            .collect()
    }

    async fn place(&self, tx: &mut Connection, now: i64) -> Result<Place, StoreError> {
        let mut found = Found::default();
        if let Some(id) = self
            .clues
            .token_thread
            .as_ref()
            .and_then(|id| id.parse().ok())
        {
            let thread = threads::find(tx, id).await?;
            found.token = thread
                .filter(|thread| thread.agent == self.agent)
                .map(known);
        }
        let threads = threads::by_message_ids(tx, &self.agent, &self.ids()).await?;
        found.references = threads.into_iter().map(known).collect();
        if let Some(subject) = &self.clues.subject {
            let since = now - SUBJECT_REACH_MS;
            let thread =
                threads::by_subject(tx, &self.agent, &self.from.address, subject, since).await?;
            found.subject.extend(thread.map(known));
        }
        Ok(threading::place(&self.from.address, now, &found))
    }

    /// Why the thread goes to a person now, if it does: two machines that answer each other are
    /// stopped here, whatever their headers say.
    async fn pace(
        &self,
        tx: &mut Connection,
        thread: i64,
        now: i64,
    ) -> Result<Option<String>, StoreError> {
        let before = mails::of_thread(tx, thread).await?;
        let sent = before
            .iter()
            .filter(|mail| mail.direction == Direction::Out);
        let last_hour = sent.filter(|mail| mail.received_at > now - HOUR_MS).count();
        let previous = before
            .iter()
            .rev()
            .find(|mail| mail.direction == Direction::In);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let history = History {
            thread_last_hour: count(last_hour),
            sender_last_day: u32::try_from(
                mails::count_to(tx, &self.from.address, now - DAY_MS).await?,
            )
            .unwrap_or(u32::MAX),
            thread_mails: count(before.len()),
            previous_text: previous.map(|mail| mail.body.clone()),
        };
        let exceeded = Pace::default().exceeded(&self.incoming.text, &history);
        Ok(exceeded.map(|automatic| automatic.to_string()))
    }

    /// Keeps its contact, and has the guard look at it.
    async fn go_on(
        &self,
        tx: &mut Connection,
        contact: Value,
        thread: i64,
        mail: i64,
        now: i64,
    ) -> Result<(), StoreError> {
        let address = &self.from.address;
        inputs::keep_contact(tx, &self.contact, address, contact, now).await?;
        let args = json!({ "mail": mail, "thread": thread });
        jobs::enqueue(tx, &thread_job("screen", args, thread, address), now).await?;
        Ok(())
    }
}

fn known(thread: Thread) -> Known {
    Known {
        thread: thread.id.to_string(),
        participants: vec![thread.contact_key],
        last_mail_at: thread.updated_at,
    }
}

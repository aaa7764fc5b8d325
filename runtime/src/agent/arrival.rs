//! A mail that an agent will work on finds its thread and its contact, in one transaction.
//!
//! The thread is looked for in the transaction that keeps the mail, so two mails that come at once,
//! in whatever order, end in the same thread.

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::{Value, json};
use silex_bundle::agent::Contact;

use super::{Deployment, StageError, event, inputs, joining, pin, receive, thread_job};
use crate::bundle::Loaded;
use crate::config::{self, Bundles};
use crate::mail::automatic::{History, Pace};
use crate::mail::inbound::Verdicts;
use crate::mail::threading::{self, Clues, Found, Known, Place};
use crate::mail::{Automatic, Incoming, Mailbox};
use crate::queue::Attempt;
use crate::store::jobs::{self, NewJob, Over};
use crate::store::joining as store_joining;
use crate::store::mails::MailState;
use crate::store::quarantine::{self, Cause};
use crate::store::threads::{NewThread, Thread};
use crate::store::{Connection, StoreError, events, lock, mails, threads, transaction};

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
    /// What the receiving service found out about it.
    pub(super) verdicts: Option<Verdicts>,
    /// The bundle that new work starts on.
    pub(super) bundle: Arc<Loaded>,
}

/// How many mails of one Message-ID a further one is compared with.
const COMPARED: i64 = 16;

/// Whether its sender has sent a message with its Message-ID before.
enum Before {
    /// They have not.
    Never,
    /// They have, and it is this one.
    Same,
    /// They have, and it said something else.
    Other,
}

/// What is done with a mail.
enum Fate {
    /// An agent works on it.
    GoesOn(Value),
    /// It is kept and not answered.
    Ignored(String),
    /// A person looks at it first.
    Aside(Cause, String),
}

/// Keeps a mail in the thread of each agent that it is for, and enqueues its way there if it is to be
/// answered.
///
/// # Errors
/// When the store fails.
pub(super) async fn keep(
    deployment: &Deployment,
    attempt: &Attempt,
    arrivals: Vec<Arrival>,
) -> Result<Over, StageError> {
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let pins = deployment.config.bundles.clone();
    let pace = pace(&deployment.config.inbound.pace);
    let work = transaction(move |tx| {
        async move {
            let mut screens = Vec::new();
            // What comes from one address at once is one conversation only if one looks after the other.
            if let Some(Arrival { from, .. }) = arrivals.first() {
                lock::named(tx, &format!("mail from {}", from.address)).await?;
            }
            for arrival in &arrivals {
                let thread = arrival.thread(tx, &pins, now).await?;
                let fate = arrival.fate(tx, &pace, thread, now).await?;
                screens.extend(arrival.settle(tx, thread, fate, now).await?);
            }
            // One goes on in the same hands, and others look for the rest.
            let Some(last) = screens.pop() else {
                return jobs::complete(tx, lease, now).await;
            };
            for screen in &screens {
                jobs::enqueue(tx, screen, now).await?;
            }
            jobs::hand_on(tx, lease, &last, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("receive.kept", work).await?)
}

impl Arrival {
    async fn fate(
        &self,
        tx: &mut Connection,
        pace: &Pace,
        thread: i64,
        now: i64,
    ) -> Result<Fate, StoreError> {
        match self.before(tx, now).await? {
            Before::Never => {}
            Before::Same => {
                let reason = "the same message was received before";
                return Ok(Fate::Ignored(reason.to_owned()));
            }
            Before::Other => {
                let reason = "another mail of its sender's had the same Message-ID";
                return Ok(Fate::Aside(Cause::SameId, reason.to_owned()));
            }
        }
        if let Some(automatic) = &self.incoming.automatic {
            return Ok(Fate::Ignored(automatic.to_string()));
        }
        if let Some(exceeded) = self.exceeded(tx, pace, thread, now).await? {
            return Ok(Fate::Aside(Cause::Pace, exceeded.to_string()));
        }
        let Mailbox { address, name } = &self.from;
        let contact = inputs::new_contact(self.bundle.bundle(), &self.contact, address, name);
        Ok(match contact {
            Ok(contact) => Fate::GoesOn(contact),
            Err(impossible) => Fate::Aside(Cause::Contact, impossible.to_string()),
        })
    }

    /// Keeps the mail with its fate. Gives the job that goes on with it, if one does.
    async fn settle(
        &self,
        tx: &mut Connection,
        thread: i64,
        fate: Fate,
        now: i64,
    ) -> Result<Option<NewJob>, StoreError> {
        let mut mail = receive::row(self.raw_id, &self.incoming, self.inbox.clone(), now);
        mail.thread_id = Some(thread);
        if let Fate::Ignored(reason) = &fate {
            mail.state = MailState::Ignored;
            mail.reason = Some(reason.clone());
        }
        let id = mails::keep(tx, &mail, now).await?;
        let (kind, reason) = match &fate {
            Fate::GoesOn(_) => ("mail.received", None),
            Fate::Ignored(reason) => ("mail.ignored", Some(reason)),
            Fate::Aside(cause, reason) => {
                quarantine::put_aside(tx, id, *cause, reason).await?;
                ("mail.quarantined", Some(reason))
            }
        };
        let data = json!({
            "from": mail.from_address, "subject": mail.subject, "verified": mail.verified, "reason": reason,
            "verdicts": self.verdicts,
        });
        let told = event(kind, &self.agent, Some(thread), Some(id), data);
        events::append(tx, &told, now).await?;
        match fate {
            Fate::GoesOn(contact) => self.go_on(tx, contact, thread, id, now).await.map(Some),
            Fate::Ignored(_) | Fate::Aside(..) => Ok(None),
        }
    }

    /// A message that came by two ways, or twice with other trace fields, is one mail. But nobody's second
    /// text is thrown away because the program that they write with gives each the same id.
    async fn before(&self, tx: &mut Connection, now: i64) -> Result<Before, StoreError> {
        let Some(id) = &self.incoming.message_id else {
            return Ok(Before::Never);
        };
        let address = &self.from.address;
        let same = format!("{} {address} {id}", self.agent);
        if mails::note(tx, "message-id", &same, now).await? {
            return Ok(Before::Never);
        }
        let texts = mails::texts_of_id(tx, id, address, COMPARED).await?;
        // Of mail that is kept no longer nothing can be compared.
        let is_same = texts.is_empty() || texts.iter().any(|text| self.says(text));
        Ok(if is_same { Before::Same } else { Before::Other })
    }

    /// Whether it says what another text says. A list adds lines to what comes through it.
    fn says(&self, other: &str) -> bool {
        let (ours, other) = (lines(&self.incoming.text), lines(other));
        let (shorter, longer) = match ours.len() < other.len() {
            true => (ours, other),
            false => (other, ours),
        };
        match shorter.len() {
            0 => longer.is_empty(),
            some => longer.windows(some).any(|part| part == shorter),
        }
    }

    /// The thread that it joins, or a new one. The thread then speaks of all that the mail names.
    async fn thread(
        &self,
        tx: &mut Connection,
        pins: &Bundles,
        now: i64,
    ) -> Result<i64, StoreError> {
        let (place, others) = self.place(tx, now).await?;
        let joined: Option<i64> = match &place {
            Place::Joins(id) => id.parse().ok(),
            Place::Beside(_) | Place::New => None,
        };
        let id = match joined {
            Some(nearest) => {
                let id = joining::join(tx, &self.agent, nearest, &others, now).await?;
                if let Some(known) = threads::find(tx, id).await? {
                    pin::move_on(tx, pins, &self.bundle, &known, now).await?;
                }
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
            bundle: self.bundle.digest().to_owned(),
            listeners: pin::listeners(&self.bundle, &self.agent),
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

    /// Where it belongs, and the sender's other threads that it names as well.
    async fn place(&self, tx: &mut Connection, now: i64) -> Result<(Place, Vec<i64>), StoreError> {
        let mut found = Found::default();
        let token = self.clues.token_thread.as_ref();
        if let Some(id) = token.and_then(|id| id.parse().ok()) {
            // The address may be older than a join.
            let thread = store_joining::current(tx, id).await?;
            found.token = thread
                .filter(|thread| thread.agent == self.agent)
                .map(known);
        }
        let threads = threads::by_message_ids(tx, &self.agent, &self.ids()).await?;
        let mut others: Vec<i64> = threads
            .iter()
            .filter(|thread| thread.contact_key == self.from.address)
            .map(|thread| thread.id)
            .collect();
        found.references = threads.into_iter().map(known).collect();
        if let Some(subject) = &self.clues.subject {
            let since = now - threading::SUBJECT_WINDOW_MS;
            let thread =
                threads::by_subject(tx, &self.agent, &self.from.address, subject, since).await?;
            found.subject.extend(thread.map(known));
        }
        let place = threading::place(&self.from.address, now, &found);
        others.sort_unstable();
        others.dedup();
        others.retain(|id| place != Place::Joins(id.to_string()));
        Ok((place, others))
    }

    /// Why the thread goes to a person now, if it does: two machines that answer each other are
    /// stopped here, whatever their headers say.
    async fn exceeded(
        &self,
        tx: &mut Connection,
        pace: &Pace,
        thread: i64,
        now: i64,
    ) -> Result<Option<Automatic>, StoreError> {
        let before = mails::so_far(tx, thread, now - HOUR_MS).await?;
        let counted = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let (day, hour) = (now - DAY_MS, now - HOUR_MS);
        let (to, from) = mails::counts(tx, &self.from.address, day, hour).await?;
        let history = History {
            thread_last_hour: counted(before.sent),
            sender_last_day: counted(to),
            sender_mails_last_hour: counted(from),
            thread_mails: counted(before.mails),
            previous_text: before.newest_text,
        };
        Ok(pace.exceeded(&self.incoming.text, &history))
    }

    /// Keeps its contact, and has the guard look at it.
    async fn go_on(
        &self,
        tx: &mut Connection,
        contact: Value,
        thread: i64,
        mail: i64,
        now: i64,
    ) -> Result<NewJob, StoreError> {
        let address = &self.from.address;
        inputs::keep_contact(tx, &self.contact, address, contact, now).await?;
        let args = json!({ "mail": mail, "thread": thread });
        Ok(thread_job("screen", args, thread, address))
    }
}

/// The lines of a text in which something stands.
fn lines(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).collect()
}

/// The limits against loops, as they are set.
fn pace(set: &config::Pace) -> Pace {
    Pace {
        thread_per_hour: set.thread_per_hour,
        sender_per_day: set.sender_per_day,
        sender_mails_per_hour: set.sender_mails_per_hour,
        thread_mails: set.thread_mails,
    }
}

fn known(thread: Thread) -> Known {
    Known {
        thread: thread.id.to_string(),
        participants: vec![thread.contact_key],
        last_mail_at: thread.updated_at,
    }
}

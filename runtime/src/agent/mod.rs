//! The mail pipeline: what happens to a mail, stage by stage.
//!
//! A stage is a function that a job runs. It reads its input from the store, does its outside
//! calls, and then, in one transaction, writes its results, enqueues the next jobs and marks its own
//! done. There is no state in which a mail is neither waiting nor done.

pub mod after;
mod arrival;
pub mod campaign;
mod cap;
pub mod circuits;
pub mod contacts;
pub mod correspondence;
pub mod deliver;
pub mod doubts;
pub mod dry_run;
pub mod duties;
mod egress;
pub mod feedback;
pub mod fetch;
pub mod guard;
pub mod inputs;
mod joining;
mod letter;
pub mod notices;
mod pin;
pub mod post;
mod quiet;
pub mod receive;
pub mod reconcile;
pub mod redrive;
pub mod relay;
mod restored;
pub mod review;
pub mod route;
pub mod sending;
pub mod settle;
mod subject;
pub mod telling;
pub mod why;

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt as _;
use serde_json::Value;
use sha2::{Digest, Sha256};
use silex_bundle::Agent;
use tokio_util::sync::CancellationToken;

use crate::bundle::{Bundles, Loaded};
use crate::clock::Clock;
use crate::config::Config;
use crate::mail::inbound::s3::Bucket;
use crate::mail::inbound::sns::Certificates;
use crate::mail::transport::Transport;
use crate::mail::{Mailbox, Site};
use crate::queue::Attempt;
use crate::store::events::NewEvent;
use crate::store::jobs::{self, Claimed, NewJob, Over};
use crate::store::{Connection, Store, StoreError, drafts, events, threads, transaction};
use crate::turn::run::{Edge, TurnError};
use relay::webhook::Webhooks;

/// Everything that stages work with. Clones are the same deployment.
#[derive(Debug, Clone)]
pub struct Deployment(Arc<Parts>);

/// The parts of a deployment.
pub struct Parts {
    /// The settings.
    pub config: Config,
    /// What turns work with; store, clock and bundles are shared with it.
    pub edge: Edge,
    /// The way out.
    pub transport: Transport,
    /// The certificates of notices that come by SNS.
    pub certificates: Certificates,
    /// The bucket where mail is left for us.
    pub bucket: Option<Bucket>,
    /// What posts to webhooks.
    pub webhooks: Webhooks,
    /// What reply tokens and fences are drawn from.
    pub secret: Vec<u8>,
    /// Ends when the process is to end.
    pub stop: CancellationToken,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("config", &self.config)
            .field("edge", &self.edge)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

impl std::ops::Deref for Deployment {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Deployment {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.edge.store
    }

    /// Whether who sends waits for somebody: not for a folder.
    #[must_use]
    pub fn waits_to_send(&self) -> bool {
        !matches!(self.transport, Transport::Outbox(_))
    }

    /// Whether SES should tell of each mail that it takes.
    #[must_use]
    pub fn hears_of_each_mail(&self) -> bool {
        let ses = self.config.outbound.ses.as_ref();
        ses.is_some_and(|ses| ses.configuration_set.is_some())
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.edge.clock
    }

    /// The bundles.
    #[must_use]
    pub fn bundles(&self) -> &Bundles {
        &self.edge.bundles
    }

    /// What the mail code must know about this installation, with the addresses of the agents.
    #[must_use]
    pub fn site(&self) -> Site {
        let bundle = self.bundles().current();
        let agents = bundle.bundle().agents.values();
        let senders = agents
            .clone()
            .filter_map(|agent| Some(Mailbox::of_text(&agent.deliver.from)?.address));
        let mut addresses: Vec<String> = agents
            .flat_map(|agent| agent.inbox.clone())
            .chain(senders)
            .collect();
        addresses.sort();
        addresses.dedup();
        Site {
            addresses,
            authserv_id: self.config.inbound.authserv_id.clone(),
            trust_unverified: self.config.inbound.trust_unverified,
            ..Site::default()
        }
    }

    /// The time as conditions see it: RFC 3339 in the deployment's zone.
    #[must_use]
    pub fn now(&self) -> String {
        self.shown(self.clock().now_ms())
    }

    /// A time in milliseconds as people read it: RFC 3339 in the deployment's zone.
    #[must_use]
    pub fn shown(&self, ms: i64) -> String {
        zoned(ms, &self.config.timezone)
    }
}

/// Text that nobody outside can guess, the same for the same name: what fences are drawn from.
pub(crate) fn seed(secret: &[u8], name: &str) -> String {
    let mut hash = Sha256::new();
    hash.update((secret.len() as u64).to_be_bytes());
    hash.update(secret);
    hash.update(name);
    hex::encode(hash.finalize())
}

fn zoned(ms: i64, zone: &str) -> String {
    let instant = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    match jiff::tz::TimeZone::get(zone) {
        Ok(zone) => instant
            .to_zoned(zone)
            .strftime("%Y-%m-%dT%H:%M:%S%:z")
            .to_string(),
        Err(_) => instant.to_string(),
    }
}

/// Why a stage did not end, by what becomes of its job.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A model call, the store or the prompt failed.
    #[error(transparent)]
    Turn(#[from] TurnError),
    /// What is stored does not fit: a person must look.
    #[error("{0}")]
    Unusable(String),
    /// The outside did not take it now.
    #[error("{0}")]
    Later(String),
    /// It is too early for it.
    #[error("{reason}")]
    Early {
        /// Until when, in milliseconds.
        until: i64,
        /// Why.
        reason: String,
    },
    /// The outside did not take it now, and is asked again after a time of its own.
    #[error("{why}")]
    LaterIn {
        /// Why.
        why: String,
        /// After so many milliseconds.
        wait_ms: i64,
    },
}

impl From<StoreError> for StageError {
    fn from(error: StoreError) -> Self {
        Self::Turn(TurnError::Store(error))
    }
}

/// The agent that a thread belongs to, in the bundle that the thread goes on with.
///
/// # Errors
/// When the bundle does not have it.
pub(crate) fn agent<'a>(bundle: &'a Loaded, name: &str) -> Result<&'a Agent, StageError> {
    let known = bundle.bundle().agents.get(name);
    known.ok_or_else(|| StageError::Unusable(format!("the bundle has no agent `{name}`")))
}

/// A job of a thread: in its line, on the share of its contact.
pub(crate) fn thread_job(kind: &str, args: Value, thread: i64, tenant: &str) -> NewJob {
    NewJob {
        order_key: Some(threads::order_key(thread)),
        tenant: tenant.to_owned(),
        unique_key: Some(format!("{kind} {args}")),
        ..NewJob::new(kind, args)
    }
}

/// An event about a mail of a thread.
pub(crate) fn event(
    kind: &str,
    actor: &str,
    thread: Option<i64>,
    mail: Option<i64>,
    data: Value,
) -> NewEvent {
    NewEvent {
        thread_id: thread,
        mail_id: mail,
        data,
        ..NewEvent::new(kind, actor)
    }
}

/// Ends a job that has nothing left to do, with the fact that it leaves behind if there is one.
///
/// # Errors
/// When the job is not held any more, or the store fails.
async fn end(
    deployment: &Deployment,
    attempt: &Attempt,
    label: &'static str,
    told: Option<NewEvent>,
) -> Result<Over, StageError> {
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let work = transaction(move |tx| {
        async move {
            if let Some(told) = &told {
                events::append(tx, told, now).await?;
            }
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write(label, work).await?)
}

/// Makes the drafts stale that answer what is no longer the thread's last word, which is `mail`.
pub(crate) async fn supersede(
    tx: &mut Connection,
    actor: &str,
    thread: i64,
    mail: i64,
    now: i64,
) -> Result<(), StoreError> {
    for draft in drafts::supersede(tx, thread, mail).await? {
        let mut stale = event("draft.stale", actor, Some(thread), Some(mail), Value::Null);
        stale.draft_id = Some(draft);
        events::append(tx, &stale, now).await?;
    }
    Ok(())
}

/// What an argument of a job says.
///
/// # Errors
/// When the argument is missing: the row was not written by this program.
pub(crate) fn argument(job: &Claimed, name: &str) -> Result<i64, StageError> {
    let value = job.args.get(name).and_then(Value::as_i64);
    value.ok_or_else(|| StageError::Unusable(format!("the job has no argument `{name}`")))
}

#[cfg(test)]
mod tests;

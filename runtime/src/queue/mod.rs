//! The queue: claims jobs, runs each in an attempt, keeps its lease and deals with its errors.
//! It knows no kind of job.
//!
//! What a job does is a function from the library. It ends its job itself, in the transaction of
//! its own writes, and brings what that says:
//!
//! ```text
//! store.write("handle", move |tx| Box::pin(async move {
//!     …domain writes…
//!     jobs::hand_on(tx, lease, &next, now).await
//! })).await
//! ```
//!
//! What follows a job in its line goes on in the same attempt's hands. The queue deals with the
//! rest: errors, panics, leases, processes that ended, and the stop of this one.

mod attempt;
mod backoff;
mod crowd;
mod lease;
mod prune;
mod rescue;
mod slots;
mod stage;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::store::StoreError;
use crate::store::jobs::{Claimed, Over};

pub use backoff::Backoff;
pub use lease::Progress;
pub use worker::run;

/// What runs jobs, of every kind.
pub type Run = Arc<dyn Fn(Attempt) -> BoxFuture<'static, Result<Over, JobError>> + Send + Sync>;

/// One try at a job.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The job, with the lease that its writes name.
    pub job: Claimed,
    /// To be told of progress. An attempt that shows none for too long is given up.
    pub progress: Progress,
}

/// Why an attempt did not complete its job, by what is to be done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JobError {
    /// Something failed that may work later.
    #[error("{0}")]
    Retry(String),
    /// Something failed that may work later, after a time that the job knows itself.
    #[error("{error}")]
    RetryIn {
        /// What failed.
        error: String,
        /// After so many milliseconds.
        wait_ms: i64,
    },
    /// It is too early. The attempt is not spent.
    #[error("put off: {reason}")]
    Snooze {
        /// Until when, in milliseconds since 1970.
        until: i64,
        /// Why.
        reason: String,
    },
    /// Something that it needs is out until somebody mends it. The attempt is not spent, and
    /// however long that takes the job is not given up.
    #[error("{reason}")]
    Await {
        /// Until when, in milliseconds since 1970.
        until: i64,
        /// What is out.
        reason: String,
    },
    /// It can never work as it is. The job is dead, and its line goes on.
    #[error("{0}")]
    GiveUp(String),
    /// A person must look. The job waits for them, and so does its line if it holds it.
    #[error("{0}")]
    AskPerson(String),
    /// Another attempt has the job by now, or a person took it back: this one is a ghost.
    #[error("the lease was lost")]
    Lost,
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Lost { .. } => Self::Lost,
            StoreError::Corrupt(_) => Self::GiveUp(error.to_string()),
            // The job did nothing wrong. A second at least passes before it is tried again.
            StoreError::Busy(_) | StoreError::Full(_) | StoreError::Away(_) => Self::Snooze {
                until: 0,
                reason: error.to_string(),
            },
            StoreError::Conflict(_)
            | StoreError::Owned { .. }
            | StoreError::Newer { .. }
            | StoreError::Closed
            | StoreError::Database(_) => Self::Retry(error.to_string()),
        }
    }
}

/// How jobs are run.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name of this process among those that share the database.
    pub node: String,
    /// How many attempts work at once.
    pub slots: usize,
    /// How many attempts are there at most, those that wait for an answer from outside included.
    pub most: usize,
    /// How long a claim holds without being renewed.
    pub lease: Duration,
    /// How often leases are renewed.
    pub renew_every: Duration,
    /// How often the queue looks for work that nobody told it of.
    pub poll: Duration,
    /// How long running attempts may go on after the stop.
    pub drain: Duration,
    /// How often a job may end the process, alone, before it is dead.
    pub max_crashes: i64,
    /// How long done and cancelled jobs are kept.
    pub keep_finished: Duration,
    /// What differs by kind.
    pub kinds: Arc<[Policy]>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            node: "node".to_owned(),
            slots: 16,
            most: 10_000,
            lease: Duration::from_secs(30),
            renew_every: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            drain: Duration::from_secs(20),
            max_crashes: 2,
            keep_finished: Duration::from_secs(30 * 24 * 60 * 60),
            kinds: Arc::default(),
        }
    }
}

/// What a kind of job does differently.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The kind.
    pub kind: &'static str,
    /// How long to wait after a failed attempt.
    pub backoff: Backoff,
    /// How long an attempt may show no progress.
    pub patience: Duration,
    /// How long a job may be put off, one time after another.
    pub max_put_off: Duration,
    /// Whether it mostly waits for somebody outside. All such kinds together leave a quarter of the slots to
    /// the others.
    pub waits: bool,
}

/// For kinds that have no policy of their own.
const USUAL: Policy = Policy {
    kind: "",
    backoff: Backoff {
        base: Duration::from_secs(2),
        cap: Duration::from_secs(600),
    },
    patience: Duration::from_secs(300),
    max_put_off: Duration::from_secs(3 * 24 * 60 * 60),
    waits: false,
};

impl Config {
    /// The kinds that mostly wait for somebody outside.
    fn waiting(&self) -> Vec<&'static str> {
        let waiting = self.kinds.iter().filter(|policy| policy.waits);
        waiting.map(|policy| policy.kind).collect()
    }

    /// The policy of a kind.
    pub fn policy(&self, kind: &str) -> Policy {
        self.kinds
            .iter()
            .find(|policy| policy.kind == kind)
            .copied()
            .unwrap_or(USUAL)
    }
}

/// A duration as the store counts it.
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;

//! The `job` table: every statement that reads or moves a job.
//!
//! A claimed job carries its fence. Statements that end an attempt name it, so a worker that lost
//! its lease changes nothing and gets [`StoreError::Lost`], which rolls its transaction back.
//!
//! Jobs of one order key form a line. The head of a line is scheduled, ready, running or waiting;
//! the others are blocked; whatever ends the head moves the next one up in the same transaction.
//! A unique index makes two heads impossible. A job that steps aside is out of the line until it
//! is due, and then comes back to its place.

mod claim;
mod facts;
mod failed;
mod finish;
mod hand_on;
mod list;
mod orphans;
mod paused;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row as _;

use super::{Connection, Row, StoreError, lock, row};

pub use claim::{Found, Until, Wanted, claim, is_expired, look, renew, server_time, stage};
pub use facts::moved;
pub use failed::{Failed, failed};
pub use finish::{
    Over, bury, cancel, complete, give_back, is_held, release, rerun, retry_later, snooze,
    still_held, wait, wake,
};
pub use hand_on::hand_on;
pub use list::{Filter, OfKind, counts, find, list, prune, stuck, unfinished};
pub use orphans::{Orphans, Rescued, rescue};
pub use paused::{EVERY_KIND, Paused, pause, paused, resume};

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Not due yet.
    Scheduled,
    /// Behind the head of its line.
    Blocked,
    /// A worker may claim it.
    Ready,
    /// A worker holds it.
    Running,
    /// A person or an event will move it on.
    Waiting,
    /// It did what it was for.
    Done,
    /// It gave up; a person may run it again.
    Dead,
    /// A person took it back.
    Cancelled,
}

impl JobState {
    /// Whether nothing comes of it any more, unless a person runs it again.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Dead | Self::Cancelled)
    }
}

/// What a backoff does to the job's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBackoff {
    /// The line waits: replies must keep their order.
    Hold,
    /// The next of the line goes first: relays to one place do not depend on each other.
    StepAside,
}

/// A job to enqueue.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// The kind, which says what runs it.
    pub kind: String,
    /// What it runs on.
    pub args: Value,
    /// Jobs of the same key run one after another.
    pub order_key: Option<String>,
    /// What a backoff does to the line.
    pub on_backoff: OnBackoff,
    /// At most one unfinished job has this key.
    pub unique_key: Option<String>,
    /// Whose share of the workers it uses: a contact, or a tenant.
    pub tenant: String,
    /// Higher goes first, before any fairness.
    pub priority: i64,
    /// When it is due; a time in the past means now.
    pub run_at: i64,
    /// How often it may be tried, crashes included.
    pub max_attempts: i64,
}

impl NewJob {
    /// A job of `kind` that is due now, in no line, tried at most eight times.
    pub fn new(kind: &str, args: Value) -> Self {
        Self {
            kind: kind.to_owned(),
            args,
            order_key: None,
            on_backoff: OnBackoff::Hold,
            unique_key: None,
            tenant: String::new(),
            priority: 0,
            run_at: 0,
            max_attempts: 8,
        }
    }
}

/// What came of enqueuing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// A new job.
    Inserted(i64),
    /// An unfinished job has the same unique key.
    Existing(i64),
}

impl Enqueued {
    /// The job, new or not.
    pub fn id(self) -> i64 {
        match self {
            Self::Inserted(id) | Self::Existing(id) => id,
        }
    }
}

/// The right to finish an attempt: valid until a later claim, rescue or cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lease {
    /// The job.
    pub job: i64,
    /// Its fence at the claim.
    pub fence: i64,
}

/// A job that this worker holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The right to finish it.
    pub lease: Lease,
    /// The kind.
    pub kind: String,
    /// What it runs on.
    pub args: Value,
    /// Its line.
    pub order_key: Option<String>,
    /// Whose share of the workers it uses.
    pub tenant: String,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// How many there may be.
    pub max_attempts: i64,
    /// How many attempts ended with the process.
    pub crashes: i64,
    /// Since when it has been put off, one time after another.
    pub put_off_since: Option<i64>,
}

/// A job as a person or a check sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// The row.
    pub id: i64,
    /// The kind.
    pub kind: String,
    /// What it runs on.
    pub args: Value,
    /// Where it is.
    pub state: JobState,
    /// Its line.
    pub order_key: Option<String>,
    /// Whether it is out of its line.
    pub aside: bool,
    /// Whose share of the workers it uses.
    pub tenant: String,
    /// When it is due.
    pub run_at: i64,
    /// Attempts spent.
    pub attempt: i64,
    /// Attempts allowed.
    pub max_attempts: i64,
    /// Attempts that ended with the process.
    pub crashes: i64,
    /// Raised by every claim and release.
    pub fence: i64,
    /// The node and its start that hold it, or held it when it was done.
    pub holder: Option<String>,
    /// The end of their lease.
    pub lease_until: Option<i64>,
    /// Why the last attempt did not finish it, or what it waits for.
    pub error: Option<String>,
    /// When it was enqueued.
    pub created_at: i64,
    /// When its last attempt started.
    pub started_at: Option<i64>,
    /// When it was done, dead or cancelled.
    pub done_at: Option<i64>,
}

/// Adds a job, unless an unfinished one has its unique key. A job that is due and first in its
/// line is ready at once.
pub async fn enqueue(tx: &mut Connection, job: &NewJob, now: i64) -> Result<Enqueued, StoreError> {
    let due = job.run_at <= now;
    let in_line = job.order_key.is_some();
    let state = match (due, in_line) {
        (false, _) => JobState::Scheduled,
        (true, false) => JobState::Ready,
        (true, true) => JobState::Blocked,
    };
    let inserted = sqlx::query(
        "insert into job (kind, args, state, order_key, on_backoff, aside, unique_key, tenant,
                          priority, run_at, max_attempts, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict do nothing
         returning id",
    )
    .bind(&job.kind)
    .bind(row::text(&job.args)?)
    .bind(row::name(&state)?)
    .bind(&job.order_key)
    .bind(row::name(&job.on_backoff)?)
    .bind(i64::from(in_line && !due))
    .bind(&job.unique_key)
    .bind(&job.tenant)
    .bind(job.priority)
    .bind(if due { now } else { job.run_at })
    .bind(job.max_attempts)
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(inserted) = inserted else {
        let existing = with_key(tx, job.unique_key.as_deref()).await?;
        // One that ended between the two looks; the same call may be made again.
        let gone = || StoreError::Busy("the same job ended just now".to_owned());
        return Ok(Enqueued::Existing(existing.ok_or_else(gone)?));
    };
    if let Some(order_key) = job.order_key.as_deref().filter(|_| due) {
        move_up(tx, order_key).await?;
    }
    Ok(Enqueued::Inserted(inserted.try_get("id")?))
}

async fn with_key(
    tx: &mut Connection,
    unique_key: Option<&str>,
) -> Result<Option<i64>, StoreError> {
    let found = sqlx::query(
        "select id from job
          where unique_key = $1
            and state in ('scheduled', 'blocked', 'ready', 'running', 'waiting')",
    )
    .bind(unique_key)
    .fetch_optional(tx)
    .await?;
    found.map(|row| Ok(row.try_get("id")?)).transpose()
}

/// Moves the next one up in a line, now or when it is staged.
///
/// Two transactions at one line could pass each other by unseen: one adds a job behind a head that
/// the other ends. So only one at a time looks at a line. The other does not wait for it, which
/// would make deadlocks of commits with several lines in them: it leaves a note, and [`stage`],
/// which reads it, sees what both have committed.
async fn move_up(tx: &mut Connection, order_key: &str) -> Result<(), StoreError> {
    if lock::duty(tx, order_key).await? {
        return promote(tx, order_key).await;
    }
    sqlx::query("insert into stirred (order_key) values ($1)")
        .bind(order_key)
        .execute(tx)
        .await?;
    Ok(())
}

/// Makes the first blocked job of a line ready, if the line has no head.
async fn promote(tx: &mut Connection, order_key: &str) -> Result<(), StoreError> {
    // No row is as good as one: the line is empty, or has its head.
    sqlx::query(
        "update job set state = 'ready'
          where id = (select id from job where order_key = $1 and state = 'blocked'
                       order by id limit 1)
            and not exists (select 1 from job
                             where order_key = $1 and aside = 0
                               and state in ('scheduled', 'ready', 'running', 'waiting'))",
    )
    .bind(order_key)
    .execute(tx)
    .await?;
    Ok(())
}

/// Moves the next one up in the line that `moved` names, if it names one.
async fn promote_behind(tx: &mut Connection, moved: &Row) -> Result<(), StoreError> {
    match moved.try_get::<Option<&str>, _>("order_key")? {
        Some(order_key) => move_up(tx, order_key).await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;

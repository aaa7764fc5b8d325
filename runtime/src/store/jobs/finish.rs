//! How an attempt ends, and what a person may do with a job.
//!
//! Each function that ends an attempt moves the next of the line up.

use super::{Claimed, Connection, Lease, StoreError, facts, failed, find, promote_behind};
use crate::store::Row;
use crate::store::database::Dialect;

/// That an attempt is over, as the transaction says that ended it. Whoever runs a job has to bring
/// it, so nobody forgets to end one.
#[derive(Debug, PartialEq)]
pub struct Over {
    /// The job that goes on in the same hands.
    pub(super) next: Option<Box<Claimed>>,
}

impl Over {
    /// What whoever ran the job is to run next.
    pub fn into_next(self) -> Option<Claimed> {
        self.next.map(|next| *next)
    }
}

/// Marks a held job done, together with everything else in the transaction.
pub async fn complete(tx: &mut Connection, lease: Lease, now: i64) -> Result<Over, StoreError> {
    let done = done(tx, lease, now).await?;
    promote_behind(tx, &done).await?;
    Ok(Over { next: None })
}

/// Marks a held job done and leaves its line as it is. It keeps its holder and the end of its lease.
pub(super) async fn done(tx: &mut Connection, lease: Lease, now: i64) -> Result<Row, StoreError> {
    let done = sqlx::query(
        "update job set state = 'done', done_at = $3, error = null
          where id = $1 and fence = $2 and state = 'running'
          returning order_key, holder, lease_until",
    )
    .bind(lease.job)
    .bind(lease.fence)
    .bind(now)
    .fetch_optional(tx)
    .await?;
    done.ok_or_else(|| lost(lease))
}

/// Whether the job is held just now.
pub async fn is_held(db: &mut Connection, lease: Lease) -> Result<bool, StoreError> {
    let held = sqlx::query("select 1 from job where id = $1 and fence = $2 and state = 'running'")
        .bind(lease.job)
        .bind(lease.fence)
        .fetch_optional(db)
        .await?;
    Ok(held.is_some())
}

/// Fails unless the job is still held. Writes that a later step relies on begin with this.
pub async fn still_held(tx: &mut Connection, lease: Lease) -> Result<(), StoreError> {
    let sql = match Dialect::of(tx) {
        Dialect::Sqlite => "select 1 from job where id = $1 and fence = $2 and state = 'running'",
        // Nobody is to take the job away between this look and the commit.
        Dialect::Postgres => {
            "select 1 from job where id = $1 and fence = $2 and state = 'running' for update"
        }
    };
    let held = sqlx::query(sql)
        .bind(lease.job)
        .bind(lease.fence)
        .fetch_optional(tx)
        .await?;
    match held {
        Some(_) => Ok(()),
        None => Err(lost(lease)),
    }
}

/// Puts a held job off until `run_at`. If its attempts are spent it is dead instead.
pub async fn retry_later(
    tx: &mut Connection,
    lease: Lease,
    run_at: i64,
    error: &str,
    now: i64,
) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update job
            set state = case when attempt < max_attempts then 'scheduled' else 'dead' end,
                aside = case when order_key is not null and on_backoff = 'step_aside' then 1 else 0 end,
                done_at = case when attempt < max_attempts then null else $5 end,
                run_at = $3, error = $4, lease_until = null, holder = null, put_off_since = null
          where id = $1 and fence = $2 and state = 'running'
          returning order_key, state, id, kind, args, error, fence, attempt, started_at",
    )
    .bind(lease.job)
    .bind(lease.fence)
    .bind(run_at)
    .bind(error)
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?;
    did_not(tx, lease, moved, now).await
}

/// Puts a held job off until `run_at` and gives its attempt back. `since` is when that began, if it is not
/// to go on for ever.
pub async fn snooze(
    tx: &mut Connection,
    lease: Lease,
    run_at: i64,
    reason: &str,
    since: Option<i64>,
) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update job
            set state = 'scheduled', attempt = attempt - 1, run_at = $3, error = $4, put_off_since = $5,
                aside = case when order_key is not null and on_backoff = 'step_aside' then 1 else 0 end,
                lease_until = null, holder = null
          where id = $1 and fence = $2 and state = 'running'
          returning order_key",
    )
    .bind(lease.job)
    .bind(lease.fence)
    .bind(run_at)
    .bind(reason)
    .bind(since)
    .fetch_optional(&mut *tx)
    .await?;
    ended(tx, lease, moved).await
}

/// Gives a held job up. It stays where people see it, with its error.
pub async fn bury(
    tx: &mut Connection,
    lease: Lease,
    error: &str,
    now: i64,
) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update job set state = 'dead', error = $3, done_at = $4, lease_until = null, holder = null
          where id = $1 and fence = $2 and state = 'running'
          returning order_key, state, id, kind, args, error, fence, attempt, started_at",
    )
    .bind(lease.job)
    .bind(lease.fence)
    .bind(error)
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?;
    did_not(tx, lease, moved, now).await
}

/// Leaves a held job to a person or an event: [`wake`], [`rerun`] or [`cancel`] moves it on. The
/// attempt is given back. A job that holds its line goes on holding it.
pub async fn wait(tx: &mut Connection, lease: Lease, reason: &str) -> Result<Over, StoreError> {
    let moved = sqlx::query(
        "update job
            set state = 'waiting', attempt = attempt - 1, error = $3, lease_until = null, holder = null,
                aside = case when order_key is not null and on_backoff = 'step_aside' then 1 else 0 end
          where id = $1 and fence = $2 and state = 'running'
          returning order_key",
    )
    .bind(lease.job)
    .bind(lease.fence)
    .bind(reason)
    .fetch_optional(&mut *tx)
    .await?;
    ended(tx, lease, moved).await?;
    Ok(Over { next: None })
}

/// Gives a held job back as it was before the claim, to be claimed again. It stays the head of its line.
pub async fn give_back(tx: &mut Connection, lease: Lease) -> Result<(), StoreError> {
    let given = sqlx::query(
        "update job
            set state = 'ready', attempt = attempt - 1, fence = fence + 1, lease_until = null, holder = null
          where id = $1 and fence = $2 and state = 'running'",
    )
    .bind(lease.job)
    .bind(lease.fence)
    .execute(tx)
    .await?;
    match given.rows_affected() {
        1 => Ok(()),
        _ => Err(lost(lease)),
    }
}

/// Gives all that a holder has back as it was before the claim, for a process that stops. Each
/// stays the head of its line.
pub async fn release(tx: &mut Connection, holder: &str) -> Result<u64, StoreError> {
    let released = sqlx::query(
        "update job
            set state = 'ready', attempt = attempt - 1, fence = fence + 1, lease_until = null, holder = null
          where state = 'running' and holder = $1",
    )
    .bind(holder)
    .execute(tx)
    .await?;
    Ok(released.rows_affected())
}

/// Lets a waiting job go on: it is ready, or takes its place in its line.
pub async fn wake(tx: &mut Connection, job: i64, now: i64) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update job
            set state = case when order_key is null or aside = 0 then 'ready' else 'blocked' end,
                aside = 0, run_at = $2, error = null, put_off_since = null
          where id = $1 and state = 'waiting'
          returning order_key",
    )
    .bind(job)
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?;
    decided(tx, job, "waiting", moved).await
}

/// Runs a dead, cancelled or waiting job again, with all its attempts.
pub async fn rerun(tx: &mut Connection, job: i64, now: i64) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update job
            set state = case when order_key is null then 'ready' else 'blocked' end,
                aside = 0, attempt = 0, crashes = 0, alone = 0, run_at = $2, error = null, done_at = null,
                put_off_since = null, again = 1
          where id = $1 and state in ('dead', 'cancelled', 'waiting')
          returning order_key",
    )
    .bind(job)
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?;
    decided(tx, job, "dead, cancelled or waiting", moved).await
}

/// Takes a job back. One that runs loses its lease, so what it was about to commit is not kept.
pub async fn cancel(
    tx: &mut Connection,
    job: i64,
    reason: &str,
    now: i64,
) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update job set state = 'cancelled', error = $2, done_at = $3, lease_until = null, holder = null
          where id = $1 and state in ('scheduled', 'blocked', 'ready', 'running', 'waiting')
          returning order_key",
    )
    .bind(job)
    .bind(reason)
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?;
    decided(tx, job, "unfinished", moved).await
}

async fn ended(tx: &mut Connection, lease: Lease, moved: Option<Row>) -> Result<(), StoreError> {
    match moved {
        Some(moved) => promote_behind(tx, &moved).await,
        None => Err(lost(lease)),
    }
}

/// Ends an attempt that did not do what its job is for.
async fn did_not(
    tx: &mut Connection,
    lease: Lease,
    moved: Option<Row>,
    now: i64,
) -> Result<(), StoreError> {
    if let Some(moved) = &moved {
        failed::note(tx, moved, now).await?;
        facts::gave_up(tx, moved, now).await?;
    }
    ended(tx, lease, moved).await
}

async fn decided(
    tx: &mut Connection,
    job: i64,
    needed: &str,
    moved: Option<Row>,
) -> Result<(), StoreError> {
    match moved {
        Some(moved) => promote_behind(tx, &moved).await,
        None => Err(StoreError::Conflict(match find(tx, job).await? {
            None => format!("there is no job {job}"),
            Some(_) => format!("job {job} is not {needed}"),
        })),
    }
}

fn lost(lease: Lease) -> StoreError {
    StoreError::Lost {
        job: lease.job,
        fence: lease.fence,
    }
}

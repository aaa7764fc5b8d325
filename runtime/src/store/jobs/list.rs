//! Reading jobs for people, and deleting those that nobody asks for.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::Row as _;

use super::{Connection, Job, JobState, Row, StoreError, row};

/// Which jobs to list. The default is all of them.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those in this state.
    pub state: Option<JobState>,
    /// Only those of this kind.
    pub kind: Option<String>,
    /// Only those of this line.
    pub order_key: Option<String>,
    /// Only those older than this one.
    pub before: Option<i64>,
}

/// The newest jobs that the filter lets through.
pub async fn list(
    db: &mut Connection,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Job>, StoreError> {
    let state = filter.state.as_ref().map(row::name).transpose()?;
    // What is not asked for is left out of the text, so that each question finds its index.
    let only = |column: &str, number: u8, asked: bool| match asked {
        true => format!("{column} = ${number}"),
        false => format!("cast(${number} as text) is null"),
    };
    let jobs = sqlx::query(sqlx::AssertSqlSafe(format!(
        "select * from job where id < $1 and {} and {} and {} order by id desc limit $5",
        only("state", 2, state.is_some()),
        only("kind", 3, filter.kind.is_some()),
        only("order_key", 4, filter.order_key.is_some()),
    )))
    .bind(filter.before.unwrap_or(i64::MAX))
    .bind(state)
    .bind(&filter.kind)
    .bind(&filter.order_key)
    .bind(limit)
    .fetch_all(db)
    .await?;
    jobs.iter().map(read).collect()
}

/// The newest jobs that gave up or wait for a person, however many came after them.
pub async fn stuck(db: &mut Connection, limit: i64) -> Result<Vec<Job>, StoreError> {
    let jobs = sqlx::query(
        "select * from job where state in ('dead', 'waiting') order by id desc limit $1",
    )
    .bind(limit)
    .fetch_all(db)
    .await?;
    jobs.iter().map(read).collect()
}

/// One job.
pub async fn find(db: &mut Connection, id: i64) -> Result<Option<Job>, StoreError> {
    let job = sqlx::query("select * from job where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    job.as_ref().map(read).transpose()
}

/// How many jobs are in each state.
pub async fn counts(db: &mut Connection) -> Result<BTreeMap<JobState, i64>, StoreError> {
    let states = sqlx::query("select state, count(*) as jobs from job group by state")
        .fetch_all(db)
        .await?;
    states
        .iter()
        .map(|state| Ok((row::word(state, "state")?, state.try_get("jobs")?)))
        .collect()
}

/// How many jobs of a kind are in each state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfKind {
    /// The kind.
    pub kind: String,
    /// The states in which there are any.
    pub states: BTreeMap<JobState, i64>,
}

/// How many jobs of each kind are not done, by kind.
pub async fn unfinished(db: &mut Connection) -> Result<Vec<OfKind>, StoreError> {
    let counted = sqlx::query(
        "select kind, state, count(*) as jobs from job
          where state in ('scheduled', 'blocked', 'ready', 'running', 'waiting', 'dead')
          group by kind, state order by kind",
    )
    .fetch_all(db)
    .await?;
    let mut kinds: Vec<OfKind> = Vec::new();
    for row in &counted {
        let kind: String = row.try_get("kind")?;
        if kinds.last().is_none_or(|last| last.kind != kind) {
            let states = BTreeMap::new();
            kinds.push(OfKind { kind, states });
        }
        if let Some(last) = kinds.last_mut() {
            let state = row::word(row, "state")?;
            last.states.insert(state, row.try_get("jobs")?);
        }
    }
    Ok(kinds)
}

/// Deletes up to `limit` done jobs that ended before `before`, and says how many. One that was taken back may
/// be run again: what it was to do is known by it alone.
pub async fn prune(tx: &mut Connection, before: i64, limit: i64) -> Result<u64, StoreError> {
    let gone = sqlx::query(
        "delete from job
          where id in (select id from job where state in ('done', 'cancelled') and state = 'done' and done_at < $1
                        order by done_at limit $2)",
    )
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await?;
    Ok(gone.rows_affected())
}

fn read(row: &Row) -> Result<Job, StoreError> {
    Ok(Job {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        args: row::json(row, "args")?,
        state: row::word(row, "state")?,
        order_key: row.try_get("order_key")?,
        aside: row.try_get::<i64, _>("aside")? != 0,
        tenant: row.try_get("tenant")?,
        run_at: row.try_get("run_at")?,
        attempt: row.try_get("attempt")?,
        max_attempts: row.try_get("max_attempts")?,
        crashes: row.try_get("crashes")?,
        fence: row.try_get("fence")?,
        holder: row.try_get("holder")?,
        lease_until: row.try_get("lease_until")?,
        error: row.try_get("error")?,
        created_at: row.try_get("created_at")?,
        started_at: row.try_get("started_at")?,
        done_at: row.try_get("done_at")?,
    })
}

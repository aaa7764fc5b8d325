//! How much there is of what people watch.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::{Connection, StoreError};

/// States of jobs that people watch. Finished jobs are left out: there are many, and counting them
/// would read them all.
const WATCHED: [&str; 6] = [
    "scheduled",
    "blocked",
    "ready",
    "running",
    "waiting",
    "dead",
];

/// Numbers for those who watch an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Census {
    /// Jobs that are not done, by state.
    pub jobs: BTreeMap<String, i64>,
    /// Since when the oldest ready job is due.
    pub oldest_ready: Option<i64>,
    /// Drafts that wait for a person.
    pub held: i64,
    /// When the oldest of them was made.
    pub oldest_held: Option<i64>,
    /// Mails that were put aside.
    pub quarantined: i64,
    /// Sendings of which nobody knows what became.
    pub unknown: i64,
}

/// Counts.
pub async fn census(db: &mut Connection) -> Result<Census, StoreError> {
    let mut jobs: BTreeMap<String, i64> = WATCHED
        .iter()
        .map(|state| ((*state).to_owned(), 0))
        .collect();
    let counted = sqlx::query(
        "select state, count(*) as jobs from job
          where state in ('scheduled', 'blocked', 'ready', 'running', 'waiting', 'dead')
          group by state",
    )
    .fetch_all(&mut *db)
    .await?;
    for row in &counted {
        jobs.insert(row.try_get("state")?, row.try_get("jobs")?);
    }
    // In order, not as a minimum: for that SQLite reads all jobs by the time that they run.
    let row = sqlx::query(
        "select (select run_at from job where state = 'ready' order by run_at limit 1) as oldest_ready,
                (select count(*) from draft where state = 'held') as held,
                (select min(created_at) from draft where state = 'held') as oldest_held,
                (select count(*) from mail where state = 'quarantined') as quarantined,
                (select count(*) from delivery where state = 'unknown') as unknown",
    )
    .fetch_one(db)
    .await?;
    Ok(Census {
        jobs,
        oldest_ready: row.try_get("oldest_ready")?,
        held: row.try_get("held")?,
        oldest_held: row.try_get("oldest_held")?,
        quarantined: row.try_get("quarantined")?,
        unknown: row.try_get("unknown")?,
    })
}

/// As many of one thing are counted.
const MOST: i64 = 1000;

/// How much waits for people, as every page shows it. More than 999 of one thing are a thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Drafts to decide.
    pub held: i64,
    /// Questions to answer.
    pub questions: i64,
    /// Mails that were put aside.
    pub aside: i64,
    /// Jobs that gave up, or wait for a person.
    pub stuck: i64,
}

/// Counts what waits, along indexes and no further than anybody wants to know.
pub async fn waiting(db: &mut Connection) -> Result<Waiting, StoreError> {
    let row = sqlx::query(
        "select (select count(*) from (select 1 from draft where state = 'held' limit $1) as those) as held,
                (select count(*) from (select 1 from question where state = 'open' limit $1) as those) as questions,
                (select count(*) from (select 1 from mail where state = 'quarantined' limit $1) as those) as aside,
                (select count(*) from (select 1 from job where state in ('dead', 'waiting') limit $1) as those) as stuck",
    )
    .bind(MOST)
    .fetch_one(db)
    .await?;
    Ok(Waiting {
        held: row.try_get("held")?,
        questions: row.try_get("questions")?,
        aside: row.try_get("aside")?,
        stuck: row.try_get("stuck")?,
    })
}

//! How much there is of what people watch.

use sqlx::Row as _;

use super::jobs::JobState;
use super::{Connection, StoreError, jobs};

/// Numbers for those who watch an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Census {
    /// Jobs that are not done, by state.
    pub jobs: Vec<(JobState, i64)>,
    /// Drafts that wait for a person.
    pub held: i64,
    /// When the oldest of them was made.
    pub oldest_held: Option<i64>,
    /// Mails that were put aside.
    pub quarantined: i64,
    /// Sendings of which nobody knows what became.
    pub unknown: i64,
}

/// Counts. Finished jobs are left out: there are many, and counting them would read them all.
pub async fn census(db: &mut Connection) -> Result<Census, StoreError> {
    const WATCHED: [JobState; 6] = [
        JobState::Scheduled,
        JobState::Blocked,
        JobState::Ready,
        JobState::Running,
        JobState::Waiting,
        JobState::Dead,
    ];
    let mut counted = Vec::with_capacity(WATCHED.len());
    for state in WATCHED {
        counted.push((state, jobs::count(db, state).await?));
    }
    let row = sqlx::query(
        "select (select count(*) from draft where state = 'held') as held,
                (select min(created_at) from draft where state = 'held') as oldest_held,
                (select count(*) from mail where state = 'quarantined') as quarantined,
                (select count(*) from delivery where state = 'unknown') as unknown",
    )
    .fetch_one(db)
    .await?;
    Ok(Census {
        jobs: counted,
        held: row.try_get("held")?,
        oldest_held: row.try_get("oldest_held")?,
        quarantined: row.try_get("quarantined")?,
        unknown: row.try_get("unknown")?,
    })
}

//! Attempts that did not do what their job is for: the job itself tells only of the last.

use serde::Serialize;
use sqlx::Row as _;

use super::{Connection, StoreError};
use crate::store::Row;

/// An attempt that failed, or ended with its process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// Which it was; a job that a person runs again begins anew with the first.
    pub attempt: i64,
    /// When it began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: i64,
    /// What it said.
    pub error: String,
}

/// Notes that an attempt failed: of the row's `id`, `fence`, `attempt`, `started_at` and `error`.
pub(super) async fn note(tx: &mut Connection, moved: &Row, now: i64) -> Result<(), StoreError> {
    let (job, fence): (i64, i64) = (moved.try_get("id")?, moved.try_get("fence")?);
    let error: Option<String> = moved.try_get("error")?;
    sqlx::query(
        "insert into failed_attempt (job_id, fence, attempt, started_at, ended_at, error)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(job)
    .bind(fence)
    .bind(moved.try_get::<i64, _>("attempt")?)
    .bind(moved.try_get::<Option<i64>, _>("started_at")?)
    .bind(now)
    .bind(error.unwrap_or_default())
    .execute(tx)
    .await?;
    Ok(())
}

/// The last attempts of a job that failed, the newest first.
pub async fn failed(db: &mut Connection, job: i64, limit: i64) -> Result<Vec<Failed>, StoreError> {
    let rows = sqlx::query(
        "select attempt, started_at, ended_at, error from failed_attempt
          where job_id = $1 order by fence desc limit $2",
    )
    .bind(job)
    .bind(limit)
    .fetch_all(db)
    .await?;
    let read = |row: &Row| {
        Ok(Failed {
            attempt: row.try_get("attempt")?,
            started_at: row.try_get("started_at")?,
            ended_at: row.try_get("ended_at")?,
            error: row.try_get("error")?,
        })
    };
    rows.iter().map(read).collect()
}

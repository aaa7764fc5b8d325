//! Kinds of jobs that are not claimed for now. All nodes keep to it; what runs goes on.

use serde::Serialize;
use sqlx::Row as _;

use super::{Connection, StoreError};

/// The kind that is all kinds.
pub const EVERY_KIND: &str = "*";

/// A kind that is not claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paused {
    /// The kind, or [`EVERY_KIND`].
    pub kind: String,
    /// Who paused it.
    pub paused_by: String,
    /// When.
    pub paused_at: i64,
}

/// Pauses a kind. `false` means that it was paused already; it stays as it is.
pub async fn pause(
    tx: &mut Connection,
    kind: &str,
    by: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let paused = sqlx::query(
        "insert into paused (kind, paused_by, paused_at) values ($1, $2, $3)
         on conflict (kind) do nothing",
    )
    .bind(kind)
    .bind(by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(paused.rows_affected() == 1)
}

/// Lets a kind go on. `false` means that it was not paused.
pub async fn resume(tx: &mut Connection, kind: &str) -> Result<bool, StoreError> {
    let resumed = sqlx::query("delete from paused where kind = $1")
        .bind(kind)
        .execute(tx)
        .await?;
    Ok(resumed.rows_affected() == 1)
}

/// What is paused, by kind.
pub async fn paused(db: &mut Connection) -> Result<Vec<Paused>, StoreError> {
    let kinds = sqlx::query("select * from paused order by kind")
        .fetch_all(db)
        .await?;
    kinds
        .iter()
        .map(|row| {
            Ok(Paused {
                kind: row.try_get("kind")?,
                paused_by: row.try_get("paused_by")?,
                paused_at: row.try_get("paused_at")?,
            })
        })
        .collect()
}

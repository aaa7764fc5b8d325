//! Locks for what a transaction reads and then decides by.
//!
//! SQLite has one writer, so nothing moves between a read and a write of one transaction. On
//! PostgreSQL another transaction may be at the same row: it waits for the one that locked it.
//! Whoever locks several rows does so in the order of these functions, and those of a kind by id.

use super::database::Dialect;
use super::{Connection, StoreError};

/// Locks a thread until the transaction ends.
pub async fn thread(tx: &mut Connection, id: i64) -> Result<(), StoreError> {
    row(tx, "select 1 from thread where id = $1 for update", id).await
}

/// Locks a draft until the transaction ends.
pub async fn draft(tx: &mut Connection, id: i64) -> Result<(), StoreError> {
    row(tx, "select 1 from draft where id = $1 for update", id).await
}

/// Locks the drafts of a thread until the transaction ends.
pub async fn drafts(tx: &mut Connection, thread: i64) -> Result<(), StoreError> {
    let drafts = "select 1 from draft where thread_id = $1 order by id for update";
    row(tx, drafts, thread).await
}

/// Locks a delivery until the transaction ends.
pub async fn delivery(tx: &mut Connection, id: i64) -> Result<(), StoreError> {
    row(tx, "select 1 from delivery where id = $1 for update", id).await
}

/// Locks a job until the transaction ends.
pub async fn job(tx: &mut Connection, id: i64) -> Result<(), StoreError> {
    row(tx, "select 1 from job where id = $1 for update", id).await
}

async fn row(tx: &mut Connection, sql: &'static str, id: i64) -> Result<(), StoreError> {
    if Dialect::of(tx) == Dialect::Postgres {
        sqlx::query(sql).bind(id).execute(tx).await?;
    }
    Ok(())
}

/// Locks what has no row of its own, by a name for it, until the transaction ends.
pub async fn named(tx: &mut Connection, name: &str) -> Result<(), StoreError> {
    if Dialect::of(tx) == Dialect::Postgres {
        sqlx::query("select 1 from pg_advisory_xact_lock(hashtext($1))")
            .bind(name)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Whether this transaction may do what one node does at a time. `false` means that another is at
/// it just now.
pub async fn duty(tx: &mut Connection, name: &str) -> Result<bool, StoreError> {
    if Dialect::of(tx) == Dialect::Sqlite {
        return Ok(true);
    }
    let ours = sqlx::query("select 1 where pg_try_advisory_xact_lock(hashtext($1))")
        .bind(name)
        .fetch_optional(tx)
        .await?;
    Ok(ours.is_some())
}

//! The stage in which each behaviour of a thread is.

use sqlx::Row as _;

use super::{Connection, StoreError};

/// The stage of a behaviour in a thread, if it has left its first one.
pub async fn find(
    db: &mut Connection,
    thread: i64,
    behaviour: &str,
) -> Result<Option<String>, StoreError> {
    let found =
        sqlx::query("select stage from thread_stage where thread_id = $1 and behaviour = $2")
            .bind(thread)
            .bind(behaviour)
            .fetch_optional(db)
            .await?;
    found.map(|row| Ok(row.try_get("stage")?)).transpose()
}

/// Moves a behaviour of a thread from one stage into another, which the next turn is in. Says whether
/// it was in the first.
pub async fn enter(
    tx: &mut Connection,
    thread: i64,
    behaviour: &str,
    (from, into): (&str, &str),
    turn: i64,
    now: i64,
) -> Result<bool, StoreError> {
    let moved = sqlx::query(
        "insert into thread_stage (thread_id, behaviour, stage, turn_id, moved_at)
         values ($1, $2, $3, $4, $5)
         on conflict (thread_id, behaviour) do update
            set stage = $3, turn_id = $4, moved_at = $5
          where thread_stage.stage = $6",
    )
    .bind(thread)
    .bind(behaviour)
    .bind(into)
    .bind(turn)
    .bind(now)
    .bind(from)
    .execute(tx)
    .await?;
    Ok(moved.rows_affected() == 1)
}

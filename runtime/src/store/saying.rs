//! What models are saying right now in threads that somebody watches, on whichever node they do.
//!
//! The journal has every answer when it is whole. Until then the node that hears it keeps what was
//! said so far here, and only while somebody watches. A row holds all of it, so that whoever comes
//! late, was cut off, or is slow reads the same as everybody else.

use serde::Serialize;
use sqlx::Row as _;

use super::{Connection, Row, StoreError};

/// An answer that is not whole yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Saying {
    /// The turn.
    pub turn_id: i64,
    /// The step that the answer becomes.
    pub step: i64,
    /// The thread.
    pub thread_id: i64,
    /// What was said so far.
    pub text: String,
}

/// Notes that somebody watches a thread, until then.
pub async fn watch(tx: &mut Connection, thread_id: i64, until: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into watched (thread_id, until_at) values ($1, $2)
         on conflict (thread_id) do update set until_at = $2 where watched.until_at < $2",
    )
    .bind(thread_id)
    .bind(until)
    .execute(tx)
    .await?;
    Ok(())
}

/// The threads that somebody watches.
pub async fn watched(db: &mut Connection, now: i64) -> Result<Vec<i64>, StoreError> {
    let threads = sqlx::query("select thread_id from watched where until_at > $1")
        .bind(now)
        .fetch_all(db)
        .await?;
    threads
        .iter()
        .map(|row| Ok(row.try_get("thread_id")?))
        .collect()
}

/// Keeps what was said so far.
pub async fn say(tx: &mut Connection, saying: &Saying, now: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into saying (turn_id, step, thread_id, text, said_at) values ($1, $2, $3, $4, $5)
         on conflict (turn_id, step) do update set text = $4, said_at = $5",
    )
    .bind(saying.turn_id)
    .bind(saying.step)
    .bind(saying.thread_id)
    .bind(&saying.text)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// All that is being said: what the journal has by now is over.
pub async fn now(db: &mut Connection) -> Result<Vec<Saying>, StoreError> {
    let saying = sqlx::query(
        "select turn_id, step, thread_id, text from saying
          where not exists (select 1 from step where step.turn_id = saying.turn_id
                                                 and step.number = saying.step)
          order by turn_id, step",
    )
    .fetch_all(db)
    .await?;
    saying.iter().map(read).collect()
}

/// Forgets what nobody has said any more of since `before`, and who has not watched since.
pub async fn forget(tx: &mut Connection, before: i64) -> Result<(), StoreError> {
    for sql in [
        "delete from saying where said_at < $1",
        "delete from watched where until_at < $1",
    ] {
        sqlx::query(sql).bind(before).execute(&mut *tx).await?;
    }
    Ok(())
}

fn read(row: &Row) -> Result<Saying, StoreError> {
    Ok(Saying {
        turn_id: row.try_get("turn_id")?,
        step: row.try_get("step")?,
        thread_id: row.try_get("thread_id")?,
        text: row.try_get("text")?,
    })
}

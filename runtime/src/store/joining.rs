//! Two threads that turn out to be one conversation: mail came out of order, and what ties them
//! together came last.

use sqlx::Row as _;

use super::{Connection, StoreError, threads};

/// Joins that are followed from an old thread; a circle cannot be, and would end here.
const STEPS: usize = 16;

/// Whether nothing of ours stands in a thread: no mail was sent in it, none was begun to be sent,
/// and nobody has approved one.
pub async fn is_unanswered(tx: &mut Connection, thread: i64) -> Result<bool, StoreError> {
    let answered = sqlx::query(
        "select (select count(*) from mail where thread_id = $1 and direction = 'out')
              + (select count(*) from draft where thread_id = $1 and state in ('approved', 'delivered'))
              + (select count(*) from delivery where thread_id = $1 and revision is not null)",
    )
    .bind(thread)
    .fetch_one(tx)
    .await?;
    Ok(answered.try_get::<i64, _>(0)? == 0)
}

/// Moves everything that was said in a thread into another. Its jobs are the caller's to move.
pub async fn join(tx: &mut Connection, from: i64, into: i64) -> Result<(), StoreError> {
    let joined = sqlx::query(
        "update thread set joined_to = $2 where id = $1 and joined_to is null and id <> $2",
    )
    .bind(from)
    .bind(into)
    .execute(&mut *tx)
    .await?;
    if joined.rows_affected() != 1 {
        return Err(StoreError::Conflict(format!(
            "thread {from} is joined already"
        )));
    }
    let moves = [
        "update mail set thread_id = $2 where thread_id = $1",
        "update reference set thread_id = $2 where thread_id = $1",
        "update draft set thread_id = $2 where thread_id = $1",
        "update turn set thread_id = $2 where thread_id = $1",
        "update delivery set thread_id = $2 where thread_id = $1",
    ];
    for sql in moves {
        sqlx::query(sql)
            .bind(from)
            .bind(into)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// The thread that a thread is part of now: itself, unless it was joined to another.
pub async fn current(
    db: &mut Connection,
    thread: i64,
) -> Result<Option<threads::Thread>, StoreError> {
    let mut id = thread;
    for _ in 0..STEPS {
        let row = sqlx::query("select joined_to from thread where id = $1")
            .bind(id)
            .fetch_optional(&mut *db)
            .await?;
        match row
            .map(|row| row.try_get::<Option<i64>, _>(0))
            .transpose()?
        {
            None => return Ok(None),
            Some(Some(next)) => id = next,
            Some(None) => return threads::find(db, id).await,
        }
    }
    Ok(None)
}

//! What all nodes share and what runs out: how often somebody may try something.
//!
//! A bucket fills evenly up to its size. Taking is allowed while anything is left, however much is
//! taken, and what was taken too much is a debt that has to be filled first: a limit is passed by one
//! call at most. A bucket that nobody set has no limit.

use sqlx::Row as _;

use super::database::Dialect;
use super::{Connection, Row, StoreError};

/// How much there is of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What a bucket that was left alone holds.
    pub size: i64,
    /// How much comes back in an hour.
    pub per_hour: i64,
}

/// What came of taking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was taken.
    Now,
    /// There is nothing left until this time, in milliseconds since 1970.
    NotBefore(i64),
}

/// Sets the limit of a bucket. One that is known keeps what is left in it.
pub async fn set(
    tx: &mut Connection,
    bucket: &str,
    limit: Limit,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into bucket (name, size, per_hour, level, level_at, ready_at)
         values ($1, $2, $3, $2 * 3600000, $4, 0)
         on conflict (name) do update set size = $2, per_hour = $3",
    )
    .bind(bucket)
    .bind(limit.size)
    .bind(limit.per_hour)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes from a bucket if anything is left in it.
pub async fn take(
    tx: &mut Connection,
    bucket: &str,
    amount: i64,
    now: i64,
) -> Result<Taken, StoreError> {
    let Some(found) = read(tx, bucket, now).await? else {
        return Ok(Taken::Now);
    };
    if found.ready_at > now {
        return Ok(Taken::NotBefore(found.ready_at));
    }
    spend(tx, bucket, found, amount, now).await?;
    Ok(Taken::Now)
}

/// What is in a bucket. A level is counted in parts of which `per_hour` come back each millisecond.
struct Bucket {
    limit: Limit,
    level: i64,
    ready_at: i64,
}

/// How many parts one of what is counted has.
const PARTS: i64 = 3_600_000;

/// The bucket as it is now, locked.
async fn read(tx: &mut Connection, bucket: &str, now: i64) -> Result<Option<Bucket>, StoreError> {
    let look = match Dialect::of(tx) {
        Dialect::Sqlite => "select * from bucket where name = $1",
        Dialect::Postgres => "select * from bucket where name = $1 for update",
    };
    let found = sqlx::query(look).bind(bucket).fetch_optional(tx).await?;
    found.as_ref().map(|row| filled(row, now)).transpose()
}

fn filled(row: &Row, now: i64) -> Result<Bucket, StoreError> {
    let limit = Limit {
        size: row.try_get("size")?,
        per_hour: row.try_get("per_hour")?,
    };
    let (level, level_at): (i64, i64) = (row.try_get("level")?, row.try_get("level_at")?);
    let back = (now - level_at).max(0).saturating_mul(limit.per_hour);
    let full = limit.size.saturating_mul(PARTS);
    let level = level.saturating_add(back).min(full);
    Ok(Bucket {
        limit,
        level,
        ready_at: row.try_get("ready_at")?,
    })
}

async fn spend(
    tx: &mut Connection,
    name: &str,
    bucket: Bucket,
    amount: i64,
    now: i64,
) -> Result<(), StoreError> {
    let level = bucket.level.saturating_sub(amount.saturating_mul(PARTS));
    let ready_at = if level > 0 {
        bucket.ready_at
    } else {
        let wait = (1 - level) / bucket.limit.per_hour.max(1) + 1;
        bucket.ready_at.max(now.saturating_add(wait))
    };
    sqlx::query("update bucket set level = $2, level_at = $3, ready_at = $4 where name = $1")
        .bind(name)
        .bind(level)
        .bind(now)
        .bind(ready_at)
        .execute(tx)
        .await?;
    Ok(())
}

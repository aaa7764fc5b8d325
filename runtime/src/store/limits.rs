//! What all nodes share and what runs out: calls and tokens of a provider, mails of a sending
//! identity, money.
//!
//! A bucket fills evenly up to its size. Taking is allowed while anything is left, however much is
//! taken, and what was taken too much is a debt that has to be filled first: a limit is passed by one
//! call at most. A bucket that nobody set has no limit, but can be paused.
//!
//! A job that names a bucket is not claimed while the bucket is empty or paused, so it holds no
//! slot meanwhile: see [`super::jobs::claim`].

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
         on conflict (name) do update
            set size = $2, per_hour = $3,
                level = case when bucket.size is null then $2 * 3600000 else bucket.level end,
                level_at = case when bucket.size is null then $4 else bucket.level_at end",
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

/// Takes from a bucket whatever is left in it: for what was found to be used after the call.
pub async fn charge(
    tx: &mut Connection,
    bucket: &str,
    amount: i64,
    now: i64,
) -> Result<(), StoreError> {
    match read(tx, bucket, now).await? {
        Some(found) => spend(tx, bucket, found, amount, now).await,
        None => Ok(()),
    }
}

/// Lets nothing be taken until a time: what a provider's `retry-after` asks for.
pub async fn pause_until(tx: &mut Connection, bucket: &str, until: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into bucket (name, level_at, ready_at) values ($1, $2, $2)
         on conflict (name) do update set ready_at = $2 where bucket.ready_at < $2",
    )
    .bind(bucket)
    .bind(until)
    .execute(tx)
    .await?;
    Ok(())
}

/// From when on something can be taken; a time in the past if it can be now.
pub async fn ready_at(db: &mut Connection, bucket: &str) -> Result<i64, StoreError> {
    let found = sqlx::query("select ready_at from bucket where name = $1")
        .bind(bucket)
        .fetch_optional(db)
        .await?;
    found.map_or(Ok(0), |row| Ok(row.try_get("ready_at")?))
}

/// What is in a bucket. A level is counted in parts of which `per_hour` come back each millisecond.
struct Bucket {
    /// `None` if it can only be paused.
    limit: Option<Limit>,
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
    let size: Option<i64> = row.try_get("size")?;
    let per_hour: Option<i64> = row.try_get("per_hour")?;
    let limit = size
        .zip(per_hour)
        .map(|(size, per_hour)| Limit { size, per_hour });
    let (level, level_at): (i64, i64) = (row.try_get("level")?, row.try_get("level_at")?);
    let level = match limit {
        Some(limit) => {
            let back = (now - level_at).max(0).saturating_mul(limit.per_hour);
            level
                .saturating_add(back)
                .min(limit.size.saturating_mul(PARTS))
        }
        None => level,
    };
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
    let Some(limit) = bucket.limit else {
        return Ok(());
    };
    let level = bucket.level.saturating_sub(amount.saturating_mul(PARTS));
    let ready_at = if level > 0 {
        bucket.ready_at
    } else {
        let wait = (1 - level) / limit.per_hour.max(1) + 1;
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

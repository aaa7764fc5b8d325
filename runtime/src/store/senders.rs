//! Senders: how fast mail leaves in each one's name, and when it rests. All nodes share a row.

use serde::Serialize;
use sqlx::Row as _;

use super::{Connection, StoreError};

/// A sender that rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paused {
    /// Its address.
    pub address: String,
    /// Until when nothing is sent in its name.
    pub until: i64,
    /// Why.
    pub reason: String,
}

/// Whether a mail may leave now in a sender's name. If not, when to ask again: those who wait are
/// told different times, so that they do not all come at once.
///
/// `interval` is the time between two mails in milliseconds; 0 when nothing limits them.
pub async fn take(
    tx: &mut Connection,
    address: &str,
    interval: i64,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    let paused = sqlx::query("select paused_until from sender where address = $1")
        .bind(address)
        .fetch_optional(&mut *tx)
        .await?;
    let paused: i64 = match &paused {
        Some(row) => row.try_get("paused_until")?,
        None => 0,
    };
    if paused > now {
        return Ok(Some(paused));
    }
    if interval == 0 {
        return Ok(None);
    }
    let taken = sqlx::query(
        "insert into sender (address, free_at, asked_at) values ($1, $2 + $3, $2)
         on conflict (address) do update set free_at = $2 + $3 where sender.free_at <= $2
         returning free_at",
    )
    .bind(address)
    .bind(now)
    .bind(interval)
    .fetch_optional(&mut *tx)
    .await?;
    if taken.is_some() {
        return Ok(None);
    }
    let later = sqlx::query(
        "update sender set asked_at = $3 + case when asked_at > free_at then asked_at else free_at end
          where address = $1 and free_at > $2
          returning asked_at",
    )
    .bind(address)
    .bind(now)
    .bind(interval)
    .fetch_optional(tx)
    .await?;
    match later {
        Some(later) => Ok(Some(later.try_get("asked_at")?)),
        None => Ok(Some(now)),
    }
}

/// Lets nothing leave in a sender's name until then.
pub async fn pause(
    tx: &mut Connection,
    address: &str,
    until: i64,
    reason: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into sender (address, paused_until, reason) values ($1, $2, $3)
         on conflict (address) do update set paused_until = $2, reason = $3
          where sender.paused_until < $2",
    )
    .bind(address)
    .bind(until)
    .bind(reason)
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends the pause of a sender. False when it had none.
pub async fn resume(tx: &mut Connection, address: &str, now: i64) -> Result<bool, StoreError> {
    let resumed = sqlx::query(
        "update sender set paused_until = 0, reason = null
          where address = $1 and paused_until > $2",
    )
    .bind(address)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(resumed.rows_affected() == 1)
}

/// The senders that rest.
pub async fn paused(db: &mut Connection, now: i64) -> Result<Vec<Paused>, StoreError> {
    let senders = sqlx::query(
        "select address, paused_until, coalesce(reason, '') as reason from sender
          where paused_until > $1 order by address",
    )
    .bind(now)
    .fetch_all(db)
    .await?;
    senders
        .iter()
        .map(|row| {
            Ok(Paused {
                address: row.try_get("address")?,
                until: row.try_get("paused_until")?,
                reason: row.try_get("reason")?,
            })
        })
        .collect()
}

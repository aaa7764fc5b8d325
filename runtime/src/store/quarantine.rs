//! Mail that was put aside: why, how many of each, and its way back.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::mails::{self, Mail};
use super::{Connection, StoreError, row};

/// Why a mail is aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It is over a limit, or is no mail.
    Unreadable,
    /// Reading it took too long.
    Slow,
    /// No agent has an inbox that it is addressed to.
    NoAgent,
    /// It has no sender that could be answered.
    NoSender,
    /// A virus was found in it.
    Virus,
    /// The receiving service takes it for spam.
    Spam,
    /// Its sender is refuted, and the sender's domain asks for such mail to be refused.
    Forged,
    /// Another mail of its sender's had the same Message-ID.
    SameId,
    /// A limit against loops.
    Pace,
    /// No contact can be made of its sender.
    Contact,
    /// The guard blocked it.
    Blocked,
    /// The guard wants a person to look.
    Review,
    /// The guard could not judge it.
    GuardFailed,
}

impl Cause {
    /// The names of all causes, and of none that was noted.
    pub const NAMES: [&str; 14] = [
        "unreadable",
        "slow",
        "no_agent",
        "no_sender",
        "virus",
        "spam",
        "forged",
        "same_id",
        "pace",
        "contact",
        "blocked",
        "review",
        "guard_failed",
        "other",
    ];
}

/// Puts a mail aside until a person has looked at it.
pub async fn put_aside(
    tx: &mut Connection,
    id: i64,
    cause: Cause,
    reason: &str,
) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update mail set state = 'quarantined', cause = $2, reason = $3
          where id = $1 and state in ('received', 'screened')",
    )
    .bind(id)
    .bind(row::name(&cause)?)
    .bind(reason)
    .execute(tx)
    .await?;
    mails::moved_one(moved.rows_affected(), id, "received or screened")
}

/// Takes a mail that has a thread back to where it came in, so that the guard judges it again.
pub async fn readmit(tx: &mut Connection, id: i64) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update mail set state = 'received', cause = null, reason = null, place = 0
          where id = $1 and state = 'quarantined' and thread_id is not null",
    )
    .bind(id)
    .execute(tx)
    .await?;
    mails::moved_one(moved.rows_affected(), id, "quarantined in a thread")
}

/// Forgets what was read of a mail that found no thread, so that its bytes are read again. Gives
/// the row of its bytes.
pub async fn unread(tx: &mut Connection, id: i64) -> Result<i64, StoreError> {
    let forgotten = sqlx::query(
        "delete from mail
          where id = $1 and state = 'quarantined' and thread_id is null and raw_id is not null
         returning raw_id",
    )
    .bind(id)
    .fetch_optional(tx)
    .await?;
    match forgotten {
        Some(forgotten) => Ok(forgotten.try_get("raw_id")?),
        None => Err(StoreError::Conflict(format!("mail {id} is not aside"))),
    }
}

/// The causes for which mail is aside, and how much for each, most first.
pub async fn causes(db: &mut Connection) -> Result<Vec<(String, i64)>, StoreError> {
    let causes = sqlx::query(
        "select coalesce(cause, 'other') as cause, count(*) as mails from mail
          where state = 'quarantined' group by coalesce(cause, 'other')
          order by count(*) desc, coalesce(cause, 'other')",
    )
    .fetch_all(db)
    .await?;
    let read = |row: &super::Row| Ok((row.try_get("cause")?, row.try_get("mails")?));
    causes.iter().map(read).collect()
}

/// The oldest mails that are aside for a cause, of those behind the first and not behind the second id.
pub async fn ids_of_cause(
    db: &mut Connection,
    cause: &str,
    (after, last): (i64, i64),
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let mails = sqlx::query(
        "select id from mail where state = 'quarantined' and coalesce(cause, 'other') = $1
            and id > $2 and id <= $3 order by id limit $4",
    )
    .bind(cause)
    .bind(after)
    .bind(last)
    .bind(limit)
    .fetch_all(db)
    .await?;
    mails.iter().map(|row| Ok(row.try_get("id")?)).collect()
}

/// The newest mails that are aside for a cause, of those older than `before`.
pub async fn of_cause(
    db: &mut Connection,
    cause: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<Mail>, StoreError> {
    let mails = sqlx::query(
        "select * from mail where state = 'quarantined' and coalesce(cause, 'other') = $1 and id < $2
          order by id desc limit $3",
    )
    .bind(cause)
    .bind(before)
    .bind(limit)
    .fetch_all(db)
    .await?;
    mails.iter().map(mails::read).collect()
}

#[cfg(test)]
mod tests {
    use super::Cause;

    #[test]
    fn every_cause_has_its_name() {
        let error = serde_json::from_str::<Cause>("\"other\"").unwrap_err();
        let (other, named) = Cause::NAMES.split_last().unwrap();
        let expected = format!(
            "unknown variant `{other}`, expected one of `{}`",
            named.join("`, `")
        );
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

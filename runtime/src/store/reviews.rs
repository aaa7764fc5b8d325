//! The clock of a held draft: who has had it, until when, and what is left overdue.
//!
//! Statements move a draft only from what they have seen, so a duty that two nodes run at once does
//! each thing once.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::reviewers::there;
use super::{Connection, Row, StoreError, row};

/// What happens to a draft that waited too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overdue {
    /// Another reviewer gets it.
    Reassign,
    /// Those above get it.
    Escalate,
}

/// The clock of a draft.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Review {
    /// The draft.
    pub draft_id: i64,
    /// Who has had it, first to last.
    pub had: Vec<String>,
    /// What happens when it is due.
    pub overdue: Option<Overdue>,
    /// How long it may wait with one reviewer, milliseconds.
    pub patience: Option<i64>,
    /// When its reviewer is warned.
    pub warn_at: Option<i64>,
    /// When it moves on.
    pub due_at: Option<i64>,
    /// How often a note went back to the model.
    pub redone: i64,
}

/// Starts or sets the clock of a draft.
pub async fn set(tx: &mut Connection, review: &Review) -> Result<(), StoreError> {
    sqlx::query(
        "insert into review (draft_id, had, overdue, patience, warn_at, due_at, redone)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (draft_id) do update
            set had = $2, overdue = $3, patience = $4, warn_at = $5, due_at = $6, redone = $7",
    )
    .bind(review.draft_id)
    .bind(row::text(&review.had)?)
    .bind(review.overdue.as_ref().map(row::name).transpose()?)
    .bind(review.patience)
    .bind(review.warn_at)
    .bind(review.due_at)
    .bind(review.redone)
    .execute(tx)
    .await?;
    Ok(())
}

/// The clock of a draft; one that was never held has none.
pub async fn find(db: &mut Connection, draft_id: i64) -> Result<Option<Review>, StoreError> {
    let found = sqlx::query("select * from review where draft_id = $1")
        .bind(draft_id)
        .fetch_optional(db)
        .await?;
    found.as_ref().map(read).transpose()
}

/// Held drafts whose reviewer is to be warned, or which are overdue: their ids.
pub async fn due(db: &mut Connection, now: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    ids(&sqlx::query(
        "select review.draft_id as id from review join draft on draft.id = review.draft_id
              where draft.state = 'held' and (review.warn_at <= $1 or review.due_at <= $1)
              order by review.draft_id limit $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

/// Held drafts whose reviewer is away or reviews no longer, and those that nobody has if `unassigned`:
/// their ids. One that was just written has no clock yet: whether anybody gets it is not decided.
pub async fn orphans(
    db: &mut Connection,
    unassigned: bool,
    now: i64,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    ids(&sqlx::query(concat!(
        "select id from draft
              where state = 'held' and id in (select draft_id from review)
                and (reviewer is not null or $1 = 1)
                and (reviewer is null or reviewer not in (",
        there!(at "$2"),
        "))
              order by id limit $3",
    ))
    .bind(i64::from(unassigned))
    .bind(now)
    .bind(limit)
    .fetch_all(db)
    .await?)
}

fn ids(rows: &[Row]) -> Result<Vec<i64>, StoreError> {
    rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
}

/// Notes that the warning was given. `false` if it was before.
pub async fn warned(tx: &mut Connection, draft_id: i64, now: i64) -> Result<bool, StoreError> {
    let warned =
        sqlx::query("update review set warn_at = null where draft_id = $1 and warn_at <= $2")
            .bind(draft_id)
            .bind(now)
            .execute(tx)
            .await?;
    Ok(warned.rows_affected() == 1)
}

/// Stops the clock of an overdue draft, for whoever moves it on. `false` if somebody did.
pub async fn stop(tx: &mut Connection, draft_id: i64, now: i64) -> Result<bool, StoreError> {
    let stopped = sqlx::query(
        "update review set due_at = null, warn_at = null where draft_id = $1 and due_at <= $2",
    )
    .bind(draft_id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(stopped.rows_affected() == 1)
}

/// Counts a mail about a draft that is answered; gives how many there were with this one.
pub async fn told(tx: &mut Connection, draft_id: i64) -> Result<i64, StoreError> {
    let told = sqlx::query("update review set told = told + 1 where draft_id = $1 returning told")
        .bind(draft_id)
        .fetch_optional(tx)
        .await?;
    Ok(told
        .map(|row| row.try_get("told"))
        .transpose()?
        .unwrap_or(1))
}

fn read(row: &Row) -> Result<Review, StoreError> {
    let overdue: Option<String> = row.try_get("overdue")?;
    Ok(Review {
        draft_id: row.try_get("draft_id")?,
        had: row::json(row, "had")?,
        overdue: overdue.map(|_| row::word(row, "overdue")).transpose()?,
        patience: row.try_get("patience")?,
        warn_at: row.try_get("warn_at")?,
        due_at: row.try_get("due_at")?,
        redone: row.try_get("redone")?,
    })
}

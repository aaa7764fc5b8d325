//! Deliveries: the intent to send, committed before the call, and what came of it.
//!
//! What a crash or a time-out leaves is unknown. It is settled by an event of the provider or by a
//! person, and never guessed.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::{Connection, Row, StoreError, row};

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// The call may have been made.
    Sending,
    /// The transport took it.
    Accepted,
    /// The transport refused it.
    Failed,
    /// Nobody knows whether the transport took it.
    Unknown,
}

/// A sending to begin.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDelivery {
    /// Thread, draft, revision, recipient and purpose in one text; see [`intent`].
    pub intent: String,
    /// The draft.
    pub draft_id: i64,
    /// The revision of it that is approved.
    pub revision: i64,
    /// To whom.
    pub recipient: String,
    /// The `Message-ID` of what is sent, without angle brackets.
    pub message_id: String,
    /// What is sent.
    pub raw: Vec<u8>,
}

/// A sending.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Delivery {
    /// The row.
    pub id: i64,
    /// What is sent once.
    pub intent: String,
    /// The draft.
    pub draft_id: i64,
    /// The revision of it.
    pub revision: i64,
    /// To whom.
    pub recipient: String,
    /// The `Message-ID` of what is sent.
    pub message_id: String,
    /// What is sent.
    #[serde(skip)]
    pub raw: Vec<u8>,
    /// Where it is.
    pub state: DeliveryState,
    /// The transport's id for it.
    pub external_id: Option<String>,
    /// Why it failed or is unknown.
    pub error: Option<String>,
    /// When the intent was committed.
    pub created_at: i64,
    /// When its state became known.
    pub settled_at: Option<i64>,
}

/// What came of an intent.
#[derive(Debug, Clone, PartialEq)]
pub enum Intended {
    /// It is the first of its kind: send it.
    New(i64),
    /// There was one before. If it is sending, an earlier attempt may have made the call.
    Existing(Box<Delivery>),
}

/// The intent of sending a revision of a draft to a recipient.
pub fn intent(draft_id: i64, revision: i64, recipient: &str, purpose: &str) -> String {
    format!(
        "{purpose} draft {draft_id} revision {revision} to {}",
        recipient.to_lowercase()
    )
}

/// Commits to a sending, if the draft is approved at exactly this revision.
pub async fn intend(
    tx: &mut Connection,
    delivery: &NewDelivery,
    now: i64,
) -> Result<Intended, StoreError> {
    let before = sqlx::query("select * from delivery where intent = $1")
        .bind(&delivery.intent)
        .fetch_optional(&mut *tx)
        .await?;
    if let Some(before) = before {
        return Ok(Intended::Existing(Box::new(read(&before)?)));
    }
    let intended = sqlx::query(
        "insert into delivery (intent, draft_id, revision, recipient, message_id, raw, state,
                               created_at)
         select $1, $2, $3, $4, $5, $6, 'sending', $7
          where exists (select 1 from draft
                         where id = $2 and revision = $3 and state = 'approved')
         returning id",
    )
    .bind(&delivery.intent)
    .bind(delivery.draft_id)
    .bind(delivery.revision)
    .bind(&delivery.recipient)
    .bind(&delivery.message_id)
    .bind(&delivery.raw)
    .bind(now)
    .fetch_optional(tx)
    .await?;
    match intended {
        Some(intended) => Ok(Intended::New(intended.try_get("id")?)),
        None => Err(StoreError::Conflict(format!(
            "draft {} is not approved at revision {}",
            delivery.draft_id, delivery.revision
        ))),
    }
}

/// Notes that the transport took it. Also settles an unknown one.
pub async fn accepted(
    tx: &mut Connection,
    id: i64,
    external_id: &str,
    now: i64,
) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update delivery set state = 'accepted', external_id = $2, settled_at = $3, error = null
          where id = $1 and state in ('sending', 'unknown')",
    )
    .bind(id)
    .bind(external_id)
    .bind(now)
    .execute(tx)
    .await?;
    settled(moved.rows_affected(), id)
}

/// Notes that the transport refused it for good. Also settles an unknown one.
pub async fn failed(tx: &mut Connection, id: i64, error: &str, now: i64) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update delivery set state = 'failed', error = $2, settled_at = $3
          where id = $1 and state in ('sending', 'unknown')",
    )
    .bind(id)
    .bind(error)
    .bind(now)
    .execute(tx)
    .await?;
    settled(moved.rows_affected(), id)
}

/// Takes back a sending that certainly did not happen, so that it can be made again.
pub async fn withdraw(tx: &mut Connection, id: i64) -> Result<(), StoreError> {
    let gone = sqlx::query("delete from delivery where id = $1 and state = 'sending'")
        .bind(id)
        .execute(tx)
        .await?;
    settled(gone.rows_affected(), id)
}

/// Notes that nobody knows whether the transport took it.
pub async fn unknown(tx: &mut Connection, id: i64, error: &str) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update delivery set state = 'unknown', error = $2 where id = $1 and state = 'sending'",
    )
    .bind(id)
    .bind(error)
    .execute(tx)
    .await?;
    settled(moved.rows_affected(), id)
}

fn settled(moved: u64, id: i64) -> Result<(), StoreError> {
    if moved == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("delivery {id} is settled")))
    }
}

/// One delivery.
pub async fn find(db: &mut Connection, id: i64) -> Result<Option<Delivery>, StoreError> {
    let found = sqlx::query("select * from delivery where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    found.as_ref().map(read).transpose()
}

/// The deliveries of a draft, oldest first.
pub async fn of_draft(db: &mut Connection, draft_id: i64) -> Result<Vec<Delivery>, StoreError> {
    let deliveries = sqlx::query("select * from delivery where draft_id = $1 order by id")
        .bind(draft_id)
        .fetch_all(db)
        .await?;
    deliveries.iter().map(read).collect()
}

/// The newest deliveries in a state; the unknown ones wait for a person.
pub async fn in_state(
    db: &mut Connection,
    state: DeliveryState,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let deliveries =
        sqlx::query("select * from delivery where state = $1 order by id desc limit $2")
            .bind(row::name(&state)?)
            .bind(limit)
            .fetch_all(db)
            .await?;
    deliveries.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: row.try_get("id")?,
        intent: row.try_get("intent")?,
        draft_id: row.try_get("draft_id")?,
        revision: row.try_get("revision")?,
        recipient: row.try_get("recipient")?,
        message_id: row.try_get("message_id")?,
        raw: row.try_get("raw")?,
        state: row::word(row, "state")?,
        external_id: row.try_get("external_id")?,
        error: row.try_get("error")?,
        created_at: row.try_get("created_at")?,
        settled_at: row.try_get("settled_at")?,
    })
}

//! What others told about mails that we sent.
//!
//! An event may come before we know that the mail was taken at all. It is kept then too, with the
//! sending that it is about: whoever settles that sending finds it there.

use serde::Serialize;
use sqlx::Row as _;

use super::{Connection, Row, StoreError, row};

/// Who told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Teller {
    /// Amazon SES.
    Ses,
    /// A mail server, in a report by mail.
    Report,
}

/// An event to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDeliveryEvent {
    /// Who told.
    pub source: Teller,
    /// What became of the mail: a word of the mail code's `Outcome`.
    pub outcome: String,
    /// The intent of the sending, as its tag or header has it.
    pub intent: Option<String>,
    /// The id that the provider gave the mail.
    pub provider_id: Option<String>,
    /// Whom it concerns.
    pub recipients: Vec<String>,
    /// More about it.
    pub detail: String,
    /// When it happened, in the words of whoever told.
    pub said_at: String,
    /// The sending that it is about, if that is known.
    pub delivery_id: Option<i64>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeliveryEvent {
    /// The row.
    pub id: i64,
    /// What became of the mail.
    pub outcome: String,
    /// The id that the provider gave the mail.
    pub provider_id: Option<String>,
    /// Whom it concerns.
    pub recipients: Vec<String>,
    /// More about it.
    pub detail: String,
    /// The sending that it is about.
    pub delivery_id: Option<i64>,
    /// When it was kept.
    pub noted_at: i64,
}

/// The sending that an event is about.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// The sending.
    pub delivery: i64,
    /// Whose mail it is.
    pub agent: Option<String>,
    /// The thread that it is part of.
    pub thread: Option<i64>,
    /// The draft that it sends.
    pub draft: Option<i64>,
}

/// Keeps an event.
pub async fn keep(
    tx: &mut Connection,
    event: &NewDeliveryEvent,
    now: i64,
) -> Result<i64, StoreError> {
    let kept = sqlx::query(
        "insert into delivery_event (source, outcome, intent, provider_id, recipients, detail,
                                     said_at, delivery_id, noted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id",
    )
    .bind(row::name(&event.source)?)
    .bind(&event.outcome)
    .bind(&event.intent)
    .bind(&event.provider_id)
    .bind(row::text(&event.recipients)?)
    .bind(&event.detail)
    .bind(&event.said_at)
    .bind(event.delivery_id)
    .bind(now)
    .fetch_one(tx)
    .await?;
    Ok(kept.try_get("id")?)
}

/// Whether the same was told before of a sending that is known.
pub async fn is_known(db: &mut Connection, event: &NewDeliveryEvent) -> Result<bool, StoreError> {
    let known = sqlx::query(
        "select 1 from delivery_event
          where delivery_id = $1 and source = $2 and outcome = $3 and recipients = $4
            and said_at = $5",
    )
    .bind(event.delivery_id)
    .bind(row::name(&event.source)?)
    .bind(&event.outcome)
    .bind(row::text(&event.recipients)?)
    .bind(&event.said_at)
    .fetch_optional(db)
    .await?;
    Ok(known.is_some())
}

/// The sending that a provider knows by this id, or that has this intent.
pub async fn about(
    db: &mut Connection,
    provider_id: Option<&str>,
    intent: Option<&str>,
) -> Result<Option<About>, StoreError> {
    if let Some(id) = provider_id {
        let found = sqlx::query(
            "select id, draft_id, thread_id, agent from delivery
              where external_id = $1",
        )
        .bind(id)
        .fetch_optional(&mut *db)
        .await?;
        if let Some(found) = found {
            return Ok(Some(read_about(&found)?));
        }
    }
    let found =
        sqlx::query("select id, draft_id, thread_id, agent from delivery where intent = $1")
            .bind(intent.unwrap_or_default())
            .fetch_optional(db)
            .await?;
    found.as_ref().map(read_about).transpose()
}

/// The sending of a mail with this `Message-ID` to this recipient.
pub async fn of_message(
    db: &mut Connection,
    message_id: &str,
    recipient: &str,
) -> Result<Option<About>, StoreError> {
    let found = sqlx::query(
        "select id, draft_id, thread_id, agent from delivery
          where message_id = $1 and recipient = $2
          order by id desc limit 1",
    )
    .bind(message_id)
    .bind(recipient)
    .fetch_optional(db)
    .await?;
    found.as_ref().map(read_about).transpose()
}

/// The statement that finds the gravest that was told of these sendings: who complained got the mail,
/// and what is delayed may yet arrive.
pub(super) fn became(of: &str) -> String {
    format!(
        "select outcome from delivery_event where {of} and outcome not in ('sent', 'noted')
          order by case outcome when 'complained' then 1 when 'bounced' then 2 when 'rejected' then 3
                                when 'bounced_for_now' then 4 when 'delivered' then 5 else 6 end
          limit 1"
    )
}

/// What was told about a sending, oldest first.
pub async fn of_delivery(
    db: &mut Connection,
    delivery: i64,
) -> Result<Vec<DeliveryEvent>, StoreError> {
    let events = sqlx::query("select * from delivery_event where delivery_id = $1 order by id")
        .bind(delivery)
        .fetch_all(db)
        .await?;
    events.iter().map(read).collect()
}

/// Whether this was told about a sending.
pub async fn were_told(
    db: &mut Connection,
    delivery: i64,
    outcome: &str,
) -> Result<bool, StoreError> {
    let told =
        sqlx::query("select 1 from delivery_event where delivery_id = $1 and outcome = $2 limit 1")
            .bind(delivery)
            .bind(outcome)
            .fetch_optional(db)
            .await?;
    Ok(told.is_some())
}

/// What was told and belongs to no sending of ours, newest first: for the audit.
pub async fn unjoined(db: &mut Connection, limit: i64) -> Result<Vec<DeliveryEvent>, StoreError> {
    let events = sqlx::query(
        "select * from delivery_event where delivery_id is null order by id desc limit $1",
    )
    .bind(limit)
    .fetch_all(db)
    .await?;
    events.iter().map(read).collect()
}

fn read_about(row: &Row) -> Result<About, StoreError> {
    Ok(About {
        delivery: row.try_get("id")?,
        agent: row.try_get("agent")?,
        thread: row.try_get("thread_id")?,
        draft: row.try_get("draft_id")?,
    })
}

fn read(row: &Row) -> Result<DeliveryEvent, StoreError> {
    Ok(DeliveryEvent {
        id: row.try_get("id")?,
        outcome: row.try_get("outcome")?,
        provider_id: row.try_get("provider_id")?,
        recipients: row::json(row, "recipients")?,
        detail: row.try_get("detail")?,
        delivery_id: row.try_get("delivery_id")?,
        noted_at: row.try_get("noted_at")?,
    })
}

//! Deliveries: the intent to send, committed before the call, and what came of it.
//!
//! What a crash or a time-out leaves is unknown. It is settled by an event of the provider or by a
//! person, and never guessed.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::{Connection, Row, StoreError, delivery_events, row};

/// What a mail is sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It answers a mail.
    Reply,
    /// Nobody asked for it.
    Campaign,
    /// It tells a reviewer something.
    Review,
    /// It tells somebody else what happened.
    Relay,
    /// It has a link by which somebody signs in to the pages.
    Link,
}

impl Purpose {
    /// The word that the store and intents hold.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Campaign => "campaign",
            Self::Review => "review",
            Self::Relay => "relay",
            Self::Link => "link",
        }
    }
}

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is ready, and no call was made.
    Queued,
    /// The call may have been made.
    Sending,
    /// The transport took it.
    Accepted,
    /// The transport refused it.
    Failed,
    /// Nobody knows whether the transport took it.
    Unknown,
}

impl DeliveryState {
    /// Whether a call may have been made.
    #[must_use]
    pub fn was_begun(self) -> bool {
        self != Self::Queued
    }
}

/// A sending to begin.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDelivery {
    /// What is sent once.
    pub intent: String,
    /// What for.
    pub purpose: Purpose,
    /// Whose mail it is; none for mail of the installation itself.
    pub agent: Option<String>,
    /// The conversation that it is part of, or about.
    pub thread_id: Option<i64>,
    /// The draft that it sends, or is about.
    pub draft_id: Option<i64>,
    /// The revision that it sends; none when it is only about the draft.
    pub revision: Option<i64>,
    /// From whom, `Name <address>`.
    pub sender: String,
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
    /// What for.
    pub purpose: Purpose,
    /// Whose mail it is.
    pub agent: Option<String>,
    /// The conversation that it is part of, or about.
    pub thread_id: Option<i64>,
    /// The draft that it sends, or is about.
    pub draft_id: Option<i64>,
    /// The revision that it sends.
    pub revision: Option<i64>,
    /// From whom, `Name <address>`.
    pub sender: String,
    /// To whom.
    pub recipient: String,
    /// The `Message-ID` that it has on its way: the transport's, once that has given another.
    pub message_id: String,
    /// What is sent.
    #[serde(skip)]
    pub raw: Vec<u8>,
    /// Where it is.
    pub state: DeliveryState,
    /// Whether it was sent again because nobody knew what became of the first sending.
    pub repeated: bool,
    /// The transport's id for it.
    pub external_id: Option<String>,
    /// Why it failed or is unknown.
    pub error: Option<String>,
    /// When the intent was committed.
    pub created_at: i64,
    /// When its state became known.
    pub settled_at: Option<i64>,
    /// What others told of it since, in lists alone: a word of the mail code's `Outcome`.
    pub became: Option<String>,
}

impl Delivery {
    /// The draft and its revision that this sends; none for mail that only tells of one.
    #[must_use]
    pub fn sends(&self) -> Option<(i64, i64)> {
        self.draft_id.zip(self.revision)
    }
}

/// What came of an intent.
#[derive(Debug, Clone, PartialEq)]
pub enum Intended {
    /// No call was made for it: make it.
    Send(Box<Delivery>),
    /// There was one before. If it is sending, an earlier attempt may have made the call.
    Before(Box<Delivery>),
}

/// Keeps a mail to be sent; [`begin`] begins it. Gives its row, and whether that is new.
pub async fn queue(
    tx: &mut Connection,
    delivery: &NewDelivery,
    now: i64,
) -> Result<(i64, bool), StoreError> {
    match insert(tx, delivery, DeliveryState::Queued, now).await? {
        Some(queued) => Ok((queued.id, true)),
        None => Ok((before(tx, &delivery.intent).await?.id, false)),
    }
}

/// Commits to a sending whose mail is new. The caller has seen that its draft may be sent.
pub async fn intend(
    tx: &mut Connection,
    delivery: &NewDelivery,
    now: i64,
) -> Result<Intended, StoreError> {
    if let Some(begun) = insert(tx, delivery, DeliveryState::Sending, now).await? {
        return Ok(Intended::Send(Box::new(begun)));
    }
    let before = before(tx, &delivery.intent).await?;
    begin(tx, before.id).await
}

/// Commits to the sending of a queued mail.
pub async fn begin(tx: &mut Connection, id: i64) -> Result<Intended, StoreError> {
    let begun = sqlx::query(
        "update delivery set state = 'sending' where id = $1 and state = 'queued' returning *",
    )
    .bind(id)
    .fetch_optional(&mut *tx)
    .await?;
    match begun {
        Some(begun) => Ok(Intended::Send(Box::new(read(&begun)?))),
        None => {
            let before = find(tx, id).await?;
            let missing = || StoreError::Conflict(format!("there is no delivery {id}"));
            Ok(Intended::Before(Box::new(before.ok_or_else(missing)?)))
        }
    }
}

async fn insert(
    tx: &mut Connection,
    delivery: &NewDelivery,
    state: DeliveryState,
    now: i64,
) -> Result<Option<Delivery>, StoreError> {
    let inserted = sqlx::query(
        "insert into delivery (intent, purpose, agent, thread_id, draft_id, revision, sender,
                               recipient, message_id, raw, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict do nothing
         returning *",
    )
    .bind(&delivery.intent)
    .bind(delivery.purpose.word())
    .bind(&delivery.agent)
    .bind(delivery.thread_id)
    .bind(delivery.draft_id)
    .bind(delivery.revision)
    .bind(&delivery.sender)
    .bind(&delivery.recipient)
    .bind(&delivery.message_id)
    .bind(&delivery.raw)
    .bind(row::name(&state)?)
    .bind(now)
    .fetch_optional(tx)
    .await?;
    inserted.as_ref().map(read).transpose()
}

async fn before(tx: &mut Connection, intent: &str) -> Result<Delivery, StoreError> {
    let before = by_intent(tx, intent).await?;
    before.ok_or_else(|| StoreError::Conflict(format!("the intent `{intent}` was withdrawn")))
}

/// Notes that the transport took it, under this id and, if it gave another, this `Message-ID`. What
/// was believed before gives way to that. False when it was known.
pub async fn accepted(
    tx: &mut Connection,
    id: i64,
    external_id: &str,
    message_id: Option<&str>,
    now: i64,
) -> Result<bool, StoreError> {
    let moved = sqlx::query(
        "update delivery set state = 'accepted', external_id = $2, settled_at = $3, error = null,
                             message_id = coalesce($4, message_id)
          where id = $1 and state <> 'accepted'",
    )
    .bind(id)
    .bind(external_id)
    .bind(now)
    .bind(message_id)
    .execute(tx)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Notes that the transport refused it for good. Also settles an unknown one.
pub async fn failed(tx: &mut Connection, id: i64, error: &str, now: i64) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update delivery set state = 'failed', error = $2, settled_at = $3
          where id = $1 and state in ('queued', 'sending', 'unknown')",
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
    let back =
        sqlx::query("update delivery set state = 'queued' where id = $1 and state = 'sending'")
            .bind(id)
            .execute(tx)
            .await?;
    settled(back.rows_affected(), id)
}

/// Lets a sending be made once more that nobody knows the end of. False when it was before.
pub async fn repeat(tx: &mut Connection, id: i64) -> Result<bool, StoreError> {
    let back = sqlx::query(
        "update delivery set state = 'queued', repeated = 1
          where id = $1 and state = 'unknown' and repeated = 0",
    )
    .bind(id)
    .execute(tx)
    .await?;
    Ok(back.rows_affected() == 1)
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

/// The delivery of an intent.
pub async fn by_intent(db: &mut Connection, intent: &str) -> Result<Option<Delivery>, StoreError> {
    let found = sqlx::query("select * from delivery where intent = $1")
        .bind(intent)
        .fetch_optional(db)
        .await?;
    found.as_ref().map(read).transpose()
}

/// The sendings of a draft, oldest first; not the mails that only tell of it.
pub async fn of_draft(db: &mut Connection, draft_id: i64) -> Result<Vec<Delivery>, StoreError> {
    let deliveries = sqlx::query(sqlx::AssertSqlSafe(format!(
        "select *, ({}) as became from delivery
          where draft_id = $1 and revision is not null order by id",
        delivery_events::became("delivery_event.delivery_id = delivery.id")
    )))
    .bind(draft_id)
    .fetch_all(db)
    .await?;
    deliveries.iter().map(read_listed).collect()
}

/// When the mails of an agent to a contact left, or may have, since `since`: the newest first.
pub async fn sent_since(
    db: &mut Connection,
    agent: &str,
    address: &str,
    since: i64,
) -> Result<Vec<i64>, StoreError> {
    let sent = sqlx::query(
        "select created_at from delivery
          where recipient = $1 and agent = $2 and created_at > $3
            and purpose in ('reply', 'campaign') and state in ('sending', 'accepted', 'unknown')
          order by created_at desc limit 1000",
    )
    .bind(address)
    .bind(agent)
    .bind(since)
    .fetch_all(db)
    .await?;
    sent.iter()
        .map(|row| Ok(row.try_get("created_at")?))
        .collect()
}

/// The newest deliveries, of one state or all, of which this was `told` if anything is asked for; the
/// unknown ones wait for a person.
pub async fn list(
    db: &mut Connection,
    state: Option<DeliveryState>,
    told: Option<&str>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let deliveries = sqlx::query(sqlx::AssertSqlSafe(format!(
        "select *, ({}) as became from delivery
          where ($1 is null or state = $1)
            and ($2 is null or exists (select 1 from delivery_event
                                        where delivery_id = delivery.id and outcome = $2))
          order by id desc limit $3",
        delivery_events::became("delivery_event.delivery_id = delivery.id")
    )))
    .bind(state.as_ref().map(row::name).transpose()?)
    .bind(told)
    .bind(limit)
    .fetch_all(db)
    .await?;
    deliveries.iter().map(read_listed).collect()
}

/// Mails that SES took before `since` and of which no event told, the newest first: what it takes
/// it names. For an account whose configuration set should tell of all.
pub async fn untold(
    db: &mut Connection,
    since: i64,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let deliveries = sqlx::query(
        "select * from delivery
          where state = 'accepted' and settled_at < $1 and message_id like '%amazonses.com'
            and not exists (select 1 from delivery_event where delivery_id = delivery.id)
          order by id desc limit $2",
    )
    .bind(since)
    .bind(limit)
    .fetch_all(db)
    .await?;
    deliveries.iter().map(read).collect()
}

fn read_listed(row: &Row) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        became: row.try_get("became")?,
        ..read(row)?
    })
}

fn read(row: &Row) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: row.try_get("id")?,
        intent: row.try_get("intent")?,
        purpose: row::word(row, "purpose")?,
        agent: row.try_get("agent")?,
        thread_id: row.try_get("thread_id")?,
        draft_id: row.try_get("draft_id")?,
        revision: row.try_get("revision")?,
        sender: row.try_get("sender")?,
        recipient: row.try_get("recipient")?,
        message_id: row.try_get("message_id")?,
        raw: row.try_get("raw")?,
        state: row::word(row, "state")?,
        repeated: row.try_get::<i64, _>("repeated")? == 1,
        external_id: row.try_get("external_id")?,
        error: row.try_get("error")?,
        created_at: row.try_get("created_at")?,
        settled_at: row.try_get("settled_at")?,
        became: None,
    })
}

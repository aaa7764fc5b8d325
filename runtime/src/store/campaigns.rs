//! Campaigns: each sending or skipping, once for each of the audience and period, with its reason.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::{Connection, Row, StoreError, row};

/// Where the mail of a campaign to one of its audience is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendState {
    /// It is due, and a job will write it.
    Planned,
    /// It is not sent; the reason says why.
    Skipped,
    /// It is written, and goes the way of every draft.
    Drafted,
    /// It was sent.
    Sent,
    /// It was not taken, or nobody knows.
    Failed,
}

/// A sending to plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSend {
    /// Qualified agent.
    pub agent: String,
    /// The campaign's name in it.
    pub campaign: String,
    /// Whom it is for: the key of the audience's entity.
    pub contact_key: String,
    /// What is sent once, `YYYY-MM-DD`.
    pub period: String,
    /// When it is due.
    pub due_at: i64,
}

/// A sending or skipping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Send {
    /// The row.
    pub id: i64,
    /// Qualified agent.
    pub agent: String,
    /// The campaign's name in it.
    pub campaign: String,
    /// Whom it is for.
    pub contact_key: String,
    /// What is sent once.
    pub period: String,
    /// When it was due.
    pub due_at: i64,
    /// Where it is.
    pub state: SendState,
    /// Why it is there.
    pub reason: Option<String>,
    /// The thread that it begins.
    pub thread_id: Option<i64>,
    /// What was written.
    pub draft_id: Option<i64>,
    /// When it was planned.
    pub created_at: i64,
}

/// The end of the last stretch of time that was looked through for what is due; none when the
/// campaign was never looked at.
pub async fn last_round(
    db: &mut Connection,
    agent: &str,
    campaign: &str,
) -> Result<Option<i64>, StoreError> {
    let last = sqlx::query(
        "select max(due_at) as due_at from campaign_round where agent = $1 and campaign = $2",
    )
    .bind(agent)
    .bind(campaign)
    .fetch_one(db)
    .await?;
    Ok(last.try_get("due_at")?)
}

/// Notes that the time up to `due_at` was looked through. False when somebody else did.
pub async fn keep_round(
    tx: &mut Connection,
    agent: &str,
    campaign: &str,
    due_at: i64,
    now: i64,
) -> Result<bool, StoreError> {
    let kept = sqlx::query(
        "insert into campaign_round (agent, campaign, due_at, kept_at) values ($1, $2, $3, $4)
         on conflict do nothing",
    )
    .bind(agent)
    .bind(campaign)
    .bind(due_at)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    // The newest alone is asked for.
    sqlx::query("delete from campaign_round where agent = $1 and campaign = $2 and due_at < $3")
        .bind(agent)
        .bind(campaign)
        .bind(due_at)
        .execute(tx)
        .await?;
    Ok(kept.rows_affected() == 1)
}

/// Plans a sending; none when it was planned before, on whatever node.
pub async fn plan(
    tx: &mut Connection,
    send: &NewSend,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    let planned = sqlx::query(
        "insert into campaign_send (agent, campaign, contact_key, period, due_at, state, created_at)
         values ($1, $2, $3, $4, $5, 'planned', $6)
         on conflict do nothing
         returning id",
    )
    .bind(&send.agent)
    .bind(&send.campaign)
    .bind(&send.contact_key)
    .bind(&send.period)
    .bind(send.due_at)
    .bind(now)
    .fetch_optional(tx)
    .await?;
    planned.map(|row| Ok(row.try_get("id")?)).transpose()
}

/// Notes the thread that a sending begins.
pub async fn begin(tx: &mut Connection, id: i64, thread: i64) -> Result<(), StoreError> {
    let begun = sqlx::query(
        "update campaign_send set thread_id = $2
          where id = $1 and state = 'planned' and thread_id is null",
    )
    .bind(id)
    .bind(thread)
    .execute(tx)
    .await?;
    moved(begun.rows_affected(), id)
}

/// Notes what was written.
pub async fn drafted(tx: &mut Connection, id: i64, draft: i64) -> Result<(), StoreError> {
    let drafted = sqlx::query(
        "update campaign_send set state = 'drafted', draft_id = $2
          where id = $1 and state = 'planned'",
    )
    .bind(id)
    .bind(draft)
    .execute(tx)
    .await?;
    moved(drafted.rows_affected(), id)
}

/// Notes where a sending is that is not planned any more, and why.
pub async fn end(
    tx: &mut Connection,
    id: i64,
    state: SendState,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let ended = sqlx::query("update campaign_send set state = $2, reason = $3 where id = $1")
        .bind(id)
        .bind(row::name(&state)?)
        .bind(reason)
        .execute(tx)
        .await?;
    moved(ended.rows_affected(), id)
}

fn moved(rows: u64, id: i64) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        let problem = format!("the sending {id} of a campaign is in another state");
        Err(StoreError::Conflict(problem))
    }
}

/// One sending.
pub async fn find(db: &mut Connection, id: i64) -> Result<Option<Send>, StoreError> {
    let send = sqlx::query("select * from campaign_send where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    send.as_ref().map(read).transpose()
}

/// The sending that a draft belongs to.
pub async fn of_draft(db: &mut Connection, draft: i64) -> Result<Option<Send>, StoreError> {
    let send = sqlx::query("select * from campaign_send where draft_id = $1")
        .bind(draft)
        .fetch_optional(db)
        .await?;
    send.as_ref().map(read).transpose()
}

/// The drafts that are written for one of an audience and are not sent.
pub async fn drafts_of(
    db: &mut Connection,
    agent: &str,
    contact_key: &str,
) -> Result<Vec<i64>, StoreError> {
    let sends = sqlx::query(
        "select draft_id from campaign_send
          where agent = $1 and contact_key = $2 and state = 'drafted' order by id",
    )
    .bind(agent)
    .bind(contact_key)
    .fetch_all(db)
    .await?;
    sends
        .iter()
        .map(|send| Ok(send.try_get("draft_id")?))
        .collect()
}

/// The sending that began a thread.
pub async fn of_thread(db: &mut Connection, thread: i64) -> Result<Option<Send>, StoreError> {
    let send = sqlx::query("select * from campaign_send where thread_id = $1")
        .bind(thread)
        .fetch_optional(db)
        .await?;
    send.as_ref().map(read).transpose()
}

/// The newest sendings of a campaign, of those older than `before`.
pub async fn list(
    db: &mut Connection,
    agent: &str,
    campaign: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<Send>, StoreError> {
    let sends = sqlx::query(
        "select * from campaign_send where agent = $1 and campaign = $2 and id < $3
          order by id desc limit $4",
    )
    .bind(agent)
    .bind(campaign)
    .bind(before)
    .bind(limit)
    .fetch_all(db)
    .await?;
    sends.iter().map(read).collect()
}

/// How many sendings of a campaign are in each state.
pub async fn counts(
    db: &mut Connection,
    agent: &str,
    campaign: &str,
) -> Result<Vec<(SendState, i64)>, StoreError> {
    let counts = sqlx::query(
        "select state, count(*) as many from campaign_send
          where agent = $1 and campaign = $2 group by state order by state",
    )
    .bind(agent)
    .bind(campaign)
    .fetch_all(db)
    .await?;
    counts
        .iter()
        .map(|counted| Ok((row::word(counted, "state")?, counted.try_get("many")?)))
        .collect()
}

/// Notes that an address wants no more mail that it did not ask for from an agent. False when it
/// was noted before.
pub async fn unsubscribe(
    tx: &mut Connection,
    agent: &str,
    address: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let noted = sqlx::query(
        "insert into unsubscription (agent, address, noted_at) values ($1, $2, $3)
         on conflict do nothing",
    )
    .bind(agent)
    .bind(address)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Whether an address wants no more mail that it did not ask for from an agent.
pub async fn is_unsubscribed(
    db: &mut Connection,
    agent: &str,
    address: &str,
) -> Result<bool, StoreError> {
    let noted = sqlx::query("select 1 from unsubscription where agent = $1 and address = $2")
        .bind(agent)
        .bind(address)
        .fetch_optional(db)
        .await?;
    Ok(noted.is_some())
}

fn read(row: &Row) -> Result<Send, StoreError> {
    Ok(Send {
        id: row.try_get("id")?,
        agent: row.try_get("agent")?,
        campaign: row.try_get("campaign")?,
        contact_key: row.try_get("contact_key")?,
        period: row.try_get("period")?,
        due_at: row.try_get("due_at")?,
        state: row::word(row, "state")?,
        reason: row.try_get("reason")?,
        thread_id: row.try_get("thread_id")?,
        draft_id: row.try_get("draft_id")?,
        created_at: row.try_get("created_at")?,
    })
}

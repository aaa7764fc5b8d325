//! What waits for reviewers, and what they decided: lists without the texts of prompts and mails.

use serde::Serialize;
use serde_json::Value;
use sqlx::Row as _;

use super::drafts::DraftState;
use super::{Connection, Row, StoreError, delivery_events, row};

/// A draft in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// The draft.
    pub id: i64,
    /// Its thread.
    pub thread_id: i64,
    /// Who gets it.
    pub contact: String,
    /// Its subject.
    pub subject: String,
    /// How its text begins.
    pub begins: String,
    /// Where it is.
    pub state: DraftState,
    /// Why a person must decide.
    pub hold_reasons: Value,
    /// Ids of rules whose check it fails.
    pub broken_rules: Value,
    /// Whose it is.
    pub reviewer: Option<String>,
    /// When it moves on to another.
    pub due_at: Option<i64>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<i64>,
    /// When it was written.
    pub created_at: i64,
    /// What others told of its sending: a word of the mail code's `Outcome`.
    pub became: Option<String>,
}

/// Behind which draft a page of the queue begins: when that is due, and its number.
pub type Behind = (i64, i64);

/// Due when nothing is: behind all that is.
pub const NEVER: i64 = i64::MAX;

/// Held drafts, those that are due first before others: everybody's, or those of one reviewer.
pub async fn held(
    db: &mut Connection,
    reviewer: Option<&str>,
    behind: Option<Behind>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let (due, id) = behind.unwrap_or((i64::MIN, i64::MIN));
    let rows = sqlx::query(
        "select draft.id, draft.thread_id, draft.subject, draft.body, draft.state, draft.hold_reasons,
                draft.broken_rules, draft.reviewer, draft.decided_by, draft.decided_at, draft.created_at,
                first.due_at, thread.contact_name, thread.contact_key, cast(null as text) as became
           from (select draft.id, review.due_at, coalesce(review.due_at, $4) as due
                   from draft left join review on review.draft_id = draft.id
                  where draft.state = 'held' and ($1 is null or draft.reviewer = $1)
                    and (coalesce(review.due_at, $4) > $2
                         or coalesce(review.due_at, $4) = $2 and draft.id > $3)
                  order by due, draft.id limit $5) as first
           join draft on draft.id = first.id
           join thread on thread.id = draft.thread_id
          order by first.due, draft.id",
    )
    .bind(reviewer)
    .bind(due)
    .bind(id)
    .bind(NEVER)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Drafts that are not held any more, the newest first, before `before`.
pub async fn decided(
    db: &mut Connection,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "select draft.id, draft.thread_id, draft.subject, draft.body, draft.state, draft.hold_reasons,
                draft.broken_rules, draft.reviewer, draft.decided_by, draft.decided_at, draft.created_at,
                cast(null as bigint) as due_at, thread.contact_name, thread.contact_key, ({}) as became
           from draft join thread on thread.id = draft.thread_id
          where draft.state <> 'held' and draft.id < $1
          order by draft.id desc limit $2",
        delivery_events::became(
            "delivery_id in (select id from delivery where draft_id = draft.id and revision is not null)"
        )
    )))
    .bind(before.unwrap_or(i64::MAX))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// The draft that waits longest besides this one: of everybody, or of one reviewer.
pub async fn next(
    db: &mut Connection,
    reviewer: Option<&str>,
    besides: i64,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "select draft.id from draft left join review on review.draft_id = draft.id
          where draft.state = 'held' and draft.id <> $1 and ($2 is null or draft.reviewer = $2)
          order by coalesce(review.due_at, $3), draft.id limit 1",
    )
    .bind(besides)
    .bind(reviewer)
    .bind(NEVER)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.try_get("id")).transpose()?)
}

/// How many drafts a reviewer has to decide, up to a thousand.
pub async fn count_of(db: &mut Connection, reviewer: &str) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "select count(*) as held
           from (select 1 from draft where state = 'held' and reviewer = $1 limit 1000) as those",
    )
    .bind(reviewer)
    .fetch_one(db)
    .await?;
    Ok(row.try_get("held")?)
}

fn read(row: &Row) -> Result<Listed, StoreError> {
    let (name, key): (String, String) = (row.try_get("contact_name")?, row.try_get("contact_key")?);
    let body: &str = row.try_get("body")?;
    Ok(Listed {
        id: row.try_get("id")?,
        thread_id: row.try_get("thread_id")?,
        contact: if name.is_empty() { key } else { name },
        subject: row.try_get("subject")?,
        begins: body.chars().take(160).collect(),
        state: row::word(row, "state")?,
        hold_reasons: row::json(row, "hold_reasons")?,
        broken_rules: row::json(row, "broken_rules")?,
        reviewer: row.try_get("reviewer")?,
        due_at: row.try_get("due_at")?,
        decided_by: row.try_get("decided_by")?,
        decided_at: row.try_get("decided_at")?,
        created_at: row.try_get("created_at")?,
        became: row.try_get("became")?,
    })
}

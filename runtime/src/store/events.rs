//! What happened, in order: written in the transaction of the fact, read by pages, streams and
//! the audit.

use serde::Serialize;
use serde_json::Value;
use sqlx::Row as _;

use super::{Connection, Row, StoreError, listeners, row};

/// A fact to note.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// What happened: `mail.received`, `draft.approved`.
    pub kind: String,
    /// Who did it: an agent, a reviewer, `policy`.
    pub actor: String,
    /// The thread it concerns.
    pub thread_id: Option<i64>,
    /// The mail it concerns.
    pub mail_id: Option<i64>,
    /// The draft it concerns.
    pub draft_id: Option<i64>,
    /// What else is to be known.
    pub data: Value,
}

impl NewEvent {
    /// An event that concerns nothing yet.
    pub fn new(kind: &str, actor: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            actor: actor.to_owned(),
            thread_id: None,
            mail_id: None,
            draft_id: None,
            data: Value::Object(serde_json::Map::new()),
        }
    }
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// Its place in the order of everything.
    pub id: i64,
    /// When.
    pub at: i64,
    /// What happened.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// The thread it concerns.
    pub thread_id: Option<i64>,
    /// The mail it concerns.
    pub mail_id: Option<i64>,
    /// The draft it concerns.
    pub draft_id: Option<i64>,
    /// What else is to be known.
    pub data: Value,
}

/// Notes a fact, in the transaction that makes it one. Who listens to it is told by a job.
pub async fn append(tx: &mut Connection, event: &NewEvent, now: i64) -> Result<i64, StoreError> {
    let appended = sqlx::query(
        "insert into event (at, kind, actor, thread_id, mail_id, draft_id, data)
         values ($1, $2, $3, $4, $5, $6, $7)
         returning id, (select listeners from thread where thread.id = event.thread_id) as listeners",
    )
    .bind(now)
    .bind(&event.kind)
    .bind(&event.actor)
    .bind(event.thread_id)
    .bind(event.mail_id)
    .bind(event.draft_id)
    .bind(row::text(&event.data)?)
    .fetch_one(&mut *tx)
    .await?;
    let id = appended.try_get("id")?;
    let listeners: Option<String> = appended.try_get("listeners")?;
    if let Some(listeners) = listeners {
        listeners::tell(tx, event, id, &listeners, now).await?;
    }
    Ok(id)
}

/// One event.
pub async fn find(db: &mut Connection, id: i64) -> Result<Option<Event>, StoreError> {
    let event = sqlx::query("select * from event where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    event.as_ref().map(read).transpose()
}

/// Events after `id`, oldest first. A stream that was cut goes on from the last one it has.
pub async fn after(db: &mut Connection, id: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
    let events = sqlx::query("select * from event where id > $1 order by id limit $2")
        .bind(id)
        .bind(limit)
        .fetch_all(db)
        .await?;
    events.iter().map(read).collect()
}

/// Events of two kinds after `id`, oldest first.
pub async fn of_kinds(
    db: &mut Connection,
    kinds: [&str; 2],
    id: i64,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let [one, other] = kinds;
    let events =
        sqlx::query("select * from event where id > $1 and kind in ($2, $3) order by id limit $4")
            .bind(id)
            .bind(one)
            .bind(other)
            .bind(limit)
            .fetch_all(db)
            .await?;
    events.iter().map(read).collect()
}

/// Which events to list. The default is all of them.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only what this one did.
    pub actor: Option<String>,
    /// Only of this thread.
    pub thread_id: Option<i64>,
    /// Only this event and those after it.
    pub from: i64,
    /// Only what happened before this event.
    pub before: Option<i64>,
}

/// The newest events that the filter lets through.
pub async fn list(
    db: &mut Connection,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let thread = match filter.thread_id {
        Some(_) => "thread_id = $2",
        None => "cast($2 as bigint) is null",
    };
    let events = sqlx::query(sqlx::AssertSqlSafe(format!(
        "select * from event
          where id >= $6 and id < $1 and {thread} and ($3 is null or kind = $3) and ($4 is null or actor = $4)
          order by id desc limit $5"
    )))
    .bind(filter.before.unwrap_or(i64::MAX))
    .bind(filter.thread_id)
    .bind(&filter.kind)
    .bind(&filter.actor)
    .bind(limit)
    .bind(filter.from)
    .fetch_all(db)
    .await?;
    events.iter().map(read).collect()
}

/// The first event at a time or later, by the order in which they were noted: clocks of nodes differ a
/// little, and so does this.
pub async fn first_since(db: &mut Connection, at: i64) -> Result<i64, StoreError> {
    let (mut before, mut found) = (0, newest(db).await? + 1);
    while before + 1 < found {
        let middle = before + (found - before) / 2;
        let next = sqlx::query("select id, at from event where id >= $1 order by id limit 1")
            .bind(middle)
            .fetch_optional(&mut *db)
            .await?;
        match next {
            Some(row) if row.try_get::<i64, _>("at")? < at => before = row.try_get("id")?,
            Some(_) | None => found = middle,
        }
    }
    Ok(found)
}

/// The id of the newest event; 0 if there is none.
pub async fn newest(db: &mut Connection) -> Result<i64, StoreError> {
    let newest = sqlx::query("select coalesce(max(id), 0) from event")
        .fetch_one(db)
        .await?;
    Ok(newest.try_get(0)?)
}

/// The last events of a thread before one of them, oldest first.
pub async fn before(
    db: &mut Connection,
    thread_id: i64,
    before: i64,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let events = sqlx::query(
        "select * from event where thread_id = $1 and id < $2 order by id desc limit $3",
    )
    .bind(thread_id)
    .bind(before)
    .bind(limit)
    .fetch_all(db)
    .await?;
    events.iter().rev().map(read).collect()
}

/// The timeline of a thread, oldest first.
pub async fn of_thread(db: &mut Connection, thread_id: i64) -> Result<Vec<Event>, StoreError> {
    let events = sqlx::query("select * from event where thread_id = $1 order by id")
        .bind(thread_id)
        .fetch_all(db)
        .await?;
    events.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Event, StoreError> {
    Ok(Event {
        id: row.try_get("id")?,
        at: row.try_get("at")?,
        kind: row.try_get("kind")?,
        actor: row.try_get("actor")?,
        thread_id: row.try_get("thread_id")?,
        mail_id: row.try_get("mail_id")?,
        draft_id: row.try_get("draft_id")?,
        data: row::json(row, "data")?,
    })
}

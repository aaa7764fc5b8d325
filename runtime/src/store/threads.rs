//! Threads: conversations of one contact with one agent.

use serde::Serialize;
use sqlx::Row as _;

use super::database::Dialect;
use super::listeners::Listeners;
use super::{Connection, Row, StoreError, row};

/// A conversation to open.
#[derive(Debug, Clone, PartialEq)]
pub struct NewThread {
    /// The agent that answers, `module.name`.
    pub agent: String,
    /// The contact's address, in lower case.
    pub contact_key: String,
    /// The contact's name.
    pub contact_name: String,
    /// The subject of the first mail.
    pub subject: String,
    /// The subject without `Re:` and the like, in lower case.
    pub base_subject: String,
    /// The digest of the bundle that it goes on with; empty for the one in use.
    pub bundle: String,
    /// Whom that bundle's agent tells what happens.
    pub listeners: Listeners,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Thread {
    /// The row.
    pub id: i64,
    /// The agent that answers.
    pub agent: String,
    /// The contact's address.
    pub contact_key: String,
    /// The contact's name.
    pub contact_name: String,
    /// The subject of the first mail.
    pub subject: String,
    /// The subject without `Re:` and the like.
    pub base_subject: String,
    /// The reviewer whose thread it is.
    pub reviewer: Option<String>,
    /// Since when a person has it; none while it is its agent's.
    pub taken_at: Option<i64>,
    /// The digest of the bundle that it goes on with; empty for the one in use.
    pub bundle: String,
    /// When it was opened.
    pub created_at: i64,
    /// When something last happened in it.
    pub updated_at: i64,
}

/// Opens a conversation.
pub async fn open(tx: &mut Connection, thread: &NewThread, now: i64) -> Result<i64, StoreError> {
    let opened = sqlx::query(
        "insert into thread (agent, contact_key, contact_name, subject, base_subject, bundle,
                             listeners, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8) returning id",
    )
    .bind(&thread.agent)
    .bind(&thread.contact_key)
    .bind(&thread.contact_name)
    .bind(&thread.subject)
    .bind(&thread.base_subject)
    .bind(&thread.bundle)
    .bind(row::text(&thread.listeners)?)
    .bind(now)
    .fetch_one(tx)
    .await?;
    Ok(opened.try_get("id")?)
}

/// Notes that something happened in a thread.
pub async fn touch(tx: &mut Connection, id: i64, now: i64) -> Result<(), StoreError> {
    let touched = sqlx::query("update thread set updated_at = $2 where id = $1")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await?;
    known(touched.rows_affected(), id)
}

/// Pins a thread to a bundle, with whom that bundle's agent tells what happens.
pub async fn pin(
    tx: &mut Connection,
    id: i64,
    bundle: &str,
    listeners: &Listeners,
) -> Result<(), StoreError> {
    let pinned = sqlx::query("update thread set bundle = $2, listeners = $3 where id = $1")
        .bind(id)
        .bind(bundle)
        .bind(row::text(listeners)?)
        .execute(tx)
        .await?;
    known(pinned.rows_affected(), id)
}

/// Makes `reviewer` the one whose thread it is.
pub async fn assign(tx: &mut Connection, id: i64, reviewer: &str) -> Result<(), StoreError> {
    let assigned = sqlx::query("update thread set reviewer = $2 where id = $1")
        .bind(id)
        .bind(reviewer)
        .execute(tx)
        .await?;
    known(assigned.rows_affected(), id)
}

/// Makes a thread a person's: its agent answers nothing in it until it is given back. `false` if it is
/// a person's already.
pub async fn take(tx: &mut Connection, id: i64, now: i64) -> Result<bool, StoreError> {
    let taken = sqlx::query("update thread set taken_at = $2 where id = $1 and taken_at is null")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(taken.rows_affected() == 1)
}

/// Gives a thread back to its agent.
///
/// # Errors
/// [`StoreError::Conflict`] when it is not a person's.
pub async fn give_back(tx: &mut Connection, id: i64) -> Result<(), StoreError> {
    let given =
        sqlx::query("update thread set taken_at = null where id = $1 and taken_at is not null")
            .bind(id)
            .execute(tx)
            .await?;
    if given.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("thread {id} is its agent's")))
    }
}

fn known(moved: u64, id: i64) -> Result<(), StoreError> {
    if moved == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("there is no thread {id}")))
    }
}

/// Gives a thread another subject.
pub async fn rename(
    tx: &mut Connection,
    id: i64,
    subject: &str,
    base_subject: &str,
) -> Result<(), StoreError> {
    let renamed = sqlx::query("update thread set subject = $2, base_subject = $3 where id = $1")
        .bind(id)
        .bind(subject)
        .bind(base_subject)
        .execute(tx)
        .await?;
    known(renamed.rows_affected(), id)
}

/// Whether an address is a contact of any agent.
pub async fn has_contact(db: &mut Connection, address: &str) -> Result<bool, StoreError> {
    let thread = sqlx::query("select 1 from thread where contact_key = $1 limit 1")
        .bind(address)
        .fetch_optional(db)
        .await?;
    Ok(thread.is_some())
}

/// One thread.
pub async fn find(db: &mut Connection, id: i64) -> Result<Option<Thread>, StoreError> {
    let thread = sqlx::query("select * from thread where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    thread.as_ref().map(read).transpose()
}

/// Notes that a thread speaks of these `Message-ID`s: of mails in it, and of mails that they answer.
/// One that another thread of the agent speaks of stays there.
pub async fn refer(
    tx: &mut Connection,
    agent: &str,
    thread_id: i64,
    message_ids: &[String],
) -> Result<(), StoreError> {
    let sql = match Dialect::of(tx) {
        Dialect::Sqlite => {
            "insert into reference (agent, message_id, thread_id)
             select $1, value, $3 from json_each($2) where true on conflict do nothing"
        }
        Dialect::Postgres => {
            "insert into reference (agent, message_id, thread_id)
             select $1, value, $3 from json_array_elements_text(cast($2 as json)) as value
             on conflict do nothing"
        }
    };
    sqlx::query(sql)
        .bind(agent)
        .bind(row::text(message_ids)?)
        .bind(thread_id)
        .execute(tx)
        .await?;
    Ok(())
}

/// The threads that speak of these `Message-ID`s, in the order of the ids.
pub async fn by_message_ids(
    db: &mut Connection,
    agent: &str,
    message_ids: &[String],
) -> Result<Vec<Thread>, StoreError> {
    let mut threads = Vec::new();
    for message_id in message_ids {
        let thread = sqlx::query(
            "select thread.* from reference join thread on thread.id = reference.thread_id
              where reference.agent = $1 and reference.message_id = $2",
        )
        .bind(agent)
        .bind(message_id)
        .fetch_optional(&mut *db)
        .await?;
        threads.extend(thread.as_ref().map(read).transpose()?);
    }
    Ok(threads)
}

/// The contact's newest thread of the same subject in which something happened since `since`.
pub async fn by_subject(
    db: &mut Connection,
    agent: &str,
    contact_key: &str,
    base_subject: &str,
    since: i64,
) -> Result<Option<Thread>, StoreError> {
    let thread = sqlx::query(
        "select * from thread
          where agent = $1 and contact_key = $2 and base_subject = $3 and updated_at >= $4
          order by updated_at desc limit 1",
    )
    .bind(agent)
    .bind(contact_key)
    .bind(base_subject)
    .bind(since)
    .fetch_optional(db)
    .await?;
    thread.as_ref().map(read).transpose()
}

/// The threads of a contact in which something happened last.
pub async fn of_contact(
    db: &mut Connection,
    contact_key: &str,
    limit: i64,
) -> Result<Vec<Thread>, StoreError> {
    let threads = sqlx::query(
        "select * from thread where contact_key = $1 and joined_to is null
          order by updated_at desc, id desc limit $2",
    )
    .bind(contact_key)
    .bind(limit)
    .fetch_all(db)
    .await?;
    threads.iter().map(read).collect()
}

/// The order key of a thread's jobs.
pub fn order_key(id: i64) -> String {
    format!("thread {id}")
}

pub(super) fn read(row: &Row) -> Result<Thread, StoreError> {
    Ok(Thread {
        id: row.try_get("id")?,
        agent: row.try_get("agent")?,
        contact_key: row.try_get("contact_key")?,
        contact_name: row.try_get("contact_name")?,
        subject: row.try_get("subject")?,
        base_subject: row.try_get("base_subject")?,
        reviewer: row.try_get("reviewer")?,
        taken_at: row.try_get("taken_at")?,
        bundle: row.try_get("bundle")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

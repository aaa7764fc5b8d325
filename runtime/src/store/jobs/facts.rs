//! What happens to a job is a fact of its conversation: that it gave up, and what a person did with it.

use serde_json::{Value, json};
use sqlx::Row as _;

use super::super::events::{self, NewEvent};
use super::super::{drafts, mails, threads};
use super::{Connection, Job, JobState, StoreError, row};
use crate::store::Row;

/// Notes that a job is given up, if that is what happened to it: to the row's `state`, `id`, `kind`,
/// `args` and `error`.
pub(super) async fn gave_up(tx: &mut Connection, moved: &Row, now: i64) -> Result<(), StoreError> {
    if row::word::<JobState>(moved, "state")? != JobState::Dead {
        return Ok(());
    }
    let (job, kind): (i64, String) = (moved.try_get("id")?, moved.try_get("kind")?);
    let error: Option<String> = moved.try_get("error")?;
    let dead = NewEvent {
        data: json!({ "job": job, "kind": kind, "error": error }),
        ..NewEvent::new("job.dead", "silex")
    };
    note(tx, &row::json(moved, "args")?, dead, now).await
}

/// Notes what a person did with a job: `what` is the kind of the event.
pub async fn moved(
    tx: &mut Connection,
    job: &Job,
    (what, by): (&str, &str),
    why: Option<&str>,
    now: i64,
) -> Result<(), StoreError> {
    let moved = NewEvent {
        data: json!({ "job": job.id, "kind": job.kind, "was": job.state, "reason": why }),
        ..NewEvent::new(what, by)
    };
    note(tx, &job.args, moved, now).await
}

/// Notes a fact of the conversation, the mail and the draft that a job's arguments name.
async fn note(
    tx: &mut Connection,
    args: &Value,
    fact: NewEvent,
    now: i64,
) -> Result<(), StoreError> {
    let named = |name: &str| args.get(name).and_then(Value::as_i64);
    // What a job names was there when it was enqueued, and need not be any more.
    let draft = match named("draft") {
        Some(draft) => drafts::find(tx, draft).await?,
        None => None,
    };
    let mail = match named("mail").or(draft.as_ref().and_then(|draft| draft.mail_id)) {
        Some(mail) => mails::find(tx, mail).await?,
        None => None,
    };
    let thread = match named("thread").or(draft.as_ref().map(|draft| draft.thread_id)) {
        Some(thread) => threads::find(tx, thread).await?,
        None => None,
    };
    let fact = NewEvent {
        thread_id: thread.map(|thread| thread.id),
        mail_id: mail.map(|mail| mail.id),
        draft_id: draft.map(|draft| draft.id),
        ..fact
    };
    events::append(tx, &fact, now).await?;
    Ok(())
}

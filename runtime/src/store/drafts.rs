//! Drafts: what an agent would say, until it is decided and sent.
//!
//! A decision names the revision that was read. If the draft has another by then, or is decided,
//! nothing changes and the caller gets [`StoreError::Conflict`]: two people cannot decide the same
//! draft, and nobody approves a text that they have not seen.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row as _;

use super::database::Dialect;
use super::{Connection, Row, StoreError, lock, row};

/// Where a draft is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftState {
    /// A person must decide.
    Held,
    /// A person sent it back with a note, and the model writes it again.
    Rewriting,
    /// It may be sent, at exactly its revision.
    Approved,
    /// It will not be sent.
    Rejected,
    /// It was sent.
    Delivered,
    /// Its thread got newer mail, or its turn was made again.
    Stale,
}

/// A draft to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDraft {
    /// The conversation.
    pub thread_id: i64,
    /// The mail that it answers; none when nobody asked for it.
    pub mail_id: Option<i64>,
    /// The turn that wrote it; a turn writes one.
    pub turn_id: Option<i64>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// Ids of rules whose check it fails.
    pub broken_rules: Value,
    /// Ids of weaker rules that it misses.
    pub missed_rules: Value,
    /// Why a person must decide; empty when nothing holds it.
    pub hold_reasons: Value,
    /// How often the model wrote it.
    pub attempts: i64,
    /// The prompt that asked for it, with the rule behind each line.
    pub prompt: Value,
    /// Whose it is to decide.
    pub reviewer: Option<String>,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Draft {
    /// The row.
    pub id: i64,
    /// The conversation.
    pub thread_id: i64,
    /// The mail that it answers; none when nobody asked for it.
    pub mail_id: Option<i64>,
    /// The turn that wrote it.
    pub turn_id: Option<i64>,
    /// Raised by each edit, from 1.
    pub revision: i64,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The text before any edit.
    pub original_body: String,
    /// Ids of rules whose check it fails.
    pub broken_rules: Value,
    /// Ids of weaker rules that it misses.
    pub missed_rules: Value,
    /// Why a person must decide.
    pub hold_reasons: Value,
    /// How often the model wrote it.
    pub attempts: i64,
    /// The prompt that asked for it.
    pub prompt: Value,
    /// Where it is.
    pub state: DraftState,
    /// Whose it is to decide.
    pub reviewer: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<i64>,
    /// What they said about it.
    pub note: Option<String>,
    /// When it was written.
    pub created_at: i64,
}

/// A decision on the revision that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The draft.
    pub draft_id: i64,
    /// The revision that was read.
    pub revision: i64,
    /// Who decides; a policy is named as one, `policy`.
    pub by: String,
    /// What they say about it.
    pub note: Option<String>,
}

/// One text of a draft.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Revision {
    /// Its number.
    pub revision: i64,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// Who wrote it: a behaviour or a person.
    pub written_by: String,
    /// When.
    pub written_at: i64,
}

/// Keeps a new draft, held. One that nothing holds is approved in the same transaction.
pub async fn hold(
    tx: &mut Connection,
    draft: &NewDraft,
    written_by: &str,
    now: i64,
) -> Result<i64, StoreError> {
    let kept = sqlx::query(
        "insert into draft (thread_id, mail_id, turn_id, revision, subject, body, original_body,
                            broken_rules, missed_rules, hold_reasons, attempts, prompt, state,
                            reviewer, created_at)
         values ($1, $2, $3, 1, $4, $5, $5, $6, $7, $8, $9, $10, 'held', $11, $12)
         returning id",
    )
    .bind(draft.thread_id)
    .bind(draft.mail_id)
    .bind(draft.turn_id)
    .bind(&draft.subject)
    .bind(&draft.body)
    .bind(row::text(&draft.broken_rules)?)
    .bind(row::text(&draft.missed_rules)?)
    .bind(row::text(&draft.hold_reasons)?)
    .bind(draft.attempts)
    .bind(row::text(&draft.prompt)?)
    .bind(&draft.reviewer)
    .bind(now)
    .fetch_one(&mut *tx)
    .await?;
    let id = kept.try_get("id")?;
    keep_revision(tx, id, written_by, now).await?;
    Ok(id)
}

/// Replaces the text of a held draft, and gives the new revision.
pub async fn edit(
    tx: &mut Connection,
    decision: &Decision,
    subject: &str,
    body: &str,
    now: i64,
) -> Result<i64, StoreError> {
    let edited = sqlx::query(
        "update draft set subject = $3, body = $4, revision = revision + 1
          where id = $1 and revision = $2 and state = 'held'
          returning revision",
    )
    .bind(decision.draft_id)
    .bind(decision.revision)
    .bind(subject)
    .bind(body)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(edited) = edited else {
        return Err(undecidable(tx, decision).await);
    };
    keep_revision(tx, decision.draft_id, &decision.by, now).await?;
    Ok(edited.try_get("revision")?)
}

async fn keep_revision(
    tx: &mut Connection,
    id: i64,
    written_by: &str,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into draft_revision (draft_id, revision, subject, body, written_by, written_at)
         select id, revision, subject, body, $2, $3 from draft where id = $1",
    )
    .bind(id)
    .bind(written_by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Makes a held draft `reviewer`'s to decide, or nobody's.
pub async fn assign(
    tx: &mut Connection,
    id: i64,
    reviewer: Option<&str>,
) -> Result<(), StoreError> {
    let assigned = sqlx::query("update draft set reviewer = $2 where id = $1 and state = 'held'")
        .bind(id)
        .bind(reviewer)
        .execute(tx)
        .await?;
    if assigned.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("draft {id} is not held")))
    }
}

/// Lets a held draft be sent, at the revision that was read.
pub async fn approve(tx: &mut Connection, decision: &Decision, now: i64) -> Result<(), StoreError> {
    decide(tx, decision, DraftState::Approved, now).await
}

/// Keeps a held draft from being sent.
pub async fn reject(tx: &mut Connection, decision: &Decision, now: i64) -> Result<(), StoreError> {
    decide(tx, decision, DraftState::Rejected, now).await
}

async fn decide(
    tx: &mut Connection,
    decision: &Decision,
    state: DraftState,
    now: i64,
) -> Result<(), StoreError> {
    let decided = sqlx::query(
        "update draft set state = $3, decided_by = $4, decided_at = $5, note = $6
          where id = $1 and revision = $2 and state = 'held'",
    )
    .bind(decision.draft_id)
    .bind(decision.revision)
    .bind(row::name(&state)?)
    .bind(&decision.by)
    .bind(now)
    .bind(&decision.note)
    .execute(&mut *tx)
    .await?;
    if decided.rows_affected() == 1 {
        Ok(())
    } else {
        Err(undecidable(tx, decision).await)
    }
}

/// Sends a held draft back to the model. It is decided when it has been written again.
pub async fn rewrite(tx: &mut Connection, decision: &Decision, now: i64) -> Result<(), StoreError> {
    decide(tx, decision, DraftState::Rewriting, now).await
}

/// Takes the last decision back, if nothing has come of it: the draft is held, as a new revision, so
/// that nothing which was said about the old one counts. Gives that revision.
pub async fn undo(tx: &mut Connection, decision: &Decision, now: i64) -> Result<i64, StoreError> {
    // A sending that is just beginning has it, and is seen when it has begun.
    lock::draft(tx, decision.draft_id).await?;
    let undone = sqlx::query(
        "update draft set state = 'held', revision = revision + 1, decided_by = null,
                          decided_at = null, note = null
          where id = $1 and revision = $2 and state in ('approved', 'rejected', 'rewriting')
            and not exists (select 1 from delivery
                             where delivery.draft_id = $1 and delivery.revision = $2
                               and delivery.state <> 'queued')
          returning revision",
    )
    .bind(decision.draft_id)
    .bind(decision.revision)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(undone) = undone else {
        return Err(undecidable(tx, decision).await);
    };
    keep_revision(tx, decision.draft_id, &decision.by, now).await?;
    Ok(undone.try_get("revision")?)
}

/// Why a decision does not count, in words.
pub async fn undecidable(tx: &mut Connection, decision: &Decision) -> StoreError {
    let id = decision.draft_id;
    let draft = match find(tx, id).await {
        Ok(Some(draft)) => draft,
        Ok(None) => return StoreError::Conflict(format!("there is no draft {id}")),
        Err(error) => return error,
    };
    let by = draft.decided_by.unwrap_or_default();
    StoreError::Conflict(match draft.state {
        DraftState::Stale => format!(
            "draft {id} is stale: the contact has written again, and a newer draft answers both"
        ),
        _ if draft.revision != decision.revision => format!(
            "draft {id} has revision {} by now, and this is about revision {}: read it again",
            draft.revision, decision.revision
        ),
        DraftState::Held => format!("draft {id} is not decided: there is nothing to take back"),
        DraftState::Rewriting => {
            format!("draft {id} is being written again, as {by} asked: wait, or undo it")
        }
        DraftState::Approved => format!("draft {id} was approved by {by}, and is on its way"),
        DraftState::Rejected => format!("draft {id} was rejected by {by}"),
        DraftState::Delivered => format!("draft {id} was sent"),
    })
}

/// Marks the undecided and unsent drafts of a thread stale, because of the mail that was let through last:
/// those that answer another mail. Gives their ids.
///
/// A draft whose sending has begun stays as it is.
pub async fn supersede(
    tx: &mut Connection,
    thread_id: i64,
    mail_id: i64,
) -> Result<Vec<i64>, StoreError> {
    lock::drafts(tx, thread_id).await?;
    let stale = sqlx::query(
        "update draft set state = 'stale'
          where thread_id = $1 and mail_id <> $2 and state in ('held', 'rewriting', 'approved')
            and not exists (select 1 from delivery
                             where delivery.draft_id = draft.id and delivery.revision is not null
                               and delivery.state not in ('queued', 'failed'))
          returning id",
    )
    .bind(thread_id)
    .bind(mail_id)
    .fetch_all(tx)
    .await?;
    stale.iter().map(|draft| Ok(draft.try_get("id")?)).collect()
}

/// The draft that answers the mail that was let through last of those besides `mail`, if it is stale.
pub async fn overtaken(
    db: &mut Connection,
    thread_id: i64,
    mail: i64,
) -> Result<Option<Draft>, StoreError> {
    let last = sqlx::query(
        "select draft.* from draft join mail on mail.id = draft.mail_id
          where draft.thread_id = $1 and mail.id <> $2
          order by mail.place desc, mail.id desc, draft.id desc limit 1",
    )
    .bind(thread_id)
    .bind(mail)
    .fetch_optional(db)
    .await?;
    let last = last.as_ref().map(read).transpose()?;
    Ok(last.filter(|draft| draft.state == DraftState::Stale))
}

/// Gives a draft that was approved and not sent, not written again, or stale for nothing, back to people, for
/// this reason. It is a new revision, so that sending it once more is a new intent.
pub async fn reopen(
    tx: &mut Connection,
    id: i64,
    revision: i64,
    reason: &str,
    now: i64,
) -> Result<(), StoreError> {
    let reasons = with_reason(tx, id, reason).await?;
    let moved = sqlx::query(
        "update draft set state = 'held', revision = revision + 1, hold_reasons = $3,
                          decided_by = null, decided_at = null
          where id = $1 and revision = $2 and state in ('approved', 'rewriting', 'stale')",
    )
    .bind(id)
    .bind(revision)
    .bind(row::text(&reasons)?)
    .execute(&mut *tx)
    .await?;
    if moved.rows_affected() != 1 {
        return Err(StoreError::Conflict(format!(
            "draft {id} is not approved at revision {revision}"
        )));
    }
    keep_revision(tx, id, "silex", now).await
}

/// Replaces what was sent back to the model by what it wrote, held for a person as the next
/// revision. `false` if it was taken back, or is stale by now.
pub async fn rewritten(
    tx: &mut Connection,
    id: i64,
    revision: i64,
    new: &NewDraft,
    written_by: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let moved = sqlx::query(
        "update draft set state = 'held', revision = revision + 1, turn_id = $3, subject = $4,
                          body = $5, original_body = $5, broken_rules = $6, missed_rules = $7,
                          hold_reasons = $8, attempts = $9, prompt = $10, decided_by = null,
                          decided_at = null
          where id = $1 and revision = $2 and state = 'rewriting'",
    )
    .bind(id)
    .bind(revision)
    .bind(new.turn_id)
    .bind(&new.subject)
    .bind(&new.body)
    .bind(row::text(&new.broken_rules)?)
    .bind(row::text(&new.missed_rules)?)
    .bind(row::text(&new.hold_reasons)?)
    .bind(new.attempts)
    .bind(row::text(&new.prompt)?)
    .execute(&mut *tx)
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    keep_revision(tx, id, written_by, now).await?;
    Ok(true)
}

async fn with_reason(tx: &mut Connection, id: i64, reason: &str) -> Result<Value, StoreError> {
    let draft = find(tx, id).await?;
    let mut reasons = draft.map(|draft| draft.hold_reasons).unwrap_or_default();
    match &mut reasons {
        Value::Array(reasons) => reasons.push(reason.into()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            reasons = Value::from(vec![reason]);
        }
    }
    Ok(reasons)
}

/// Tells whoever decides a draft one thing more.
pub async fn warn(tx: &mut Connection, id: i64, reason: &str) -> Result<(), StoreError> {
    let reasons = with_reason(tx, id, reason).await?;
    sqlx::query("update draft set hold_reasons = $2 where id = $1")
        .bind(id)
        .bind(row::text(&reasons)?)
        .execute(tx)
        .await?;
    Ok(())
}

/// Keeps an approved draft from being sent, for this reason. False when it is not approved at this
/// revision, or its sending has begun.
pub async fn withdraw(
    tx: &mut Connection,
    id: i64,
    revision: i64,
    reason: &str,
) -> Result<bool, StoreError> {
    let moved = sqlx::query(
        "update draft set state = 'rejected', note = $3
          where id = $1 and revision = $2 and state = 'approved'
            and not exists (select 1 from delivery
                             where delivery.draft_id = draft.id and delivery.revision is not null
                               and delivery.state in ('sending', 'accepted', 'unknown'))",
    )
    .bind(id)
    .bind(revision)
    .bind(reason)
    .execute(tx)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Whether a draft may be sent: it is approved, at exactly this revision. Nobody decides otherwise
/// before the transaction ends.
pub async fn may_be_sent(tx: &mut Connection, id: i64, revision: i64) -> Result<bool, StoreError> {
    let sql = match Dialect::of(tx) {
        Dialect::Sqlite => {
            "select 1 from draft where id = $1 and revision = $2 and state = 'approved'"
        }
        Dialect::Postgres => {
            "select 1 from draft where id = $1 and revision = $2 and state = 'approved' for update"
        }
    };
    let approved = sqlx::query(sql)
        .bind(id)
        .bind(revision)
        .fetch_optional(tx)
        .await?;
    Ok(approved.is_some())
}

/// Notes that an approved draft was sent. False when it is not approved at this revision.
pub async fn delivered(tx: &mut Connection, id: i64, revision: i64) -> Result<bool, StoreError> {
    let moved = sqlx::query(
        "update draft set state = 'delivered'
          where id = $1 and revision = $2 and state = 'approved'",
    )
    .bind(id)
    .bind(revision)
    .execute(tx)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// One draft.
pub async fn find(db: &mut Connection, id: i64) -> Result<Option<Draft>, StoreError> {
    let draft = sqlx::query("select * from draft where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    draft.as_ref().map(read).transpose()
}

/// Drafts, oldest first, of one state or all.
pub async fn list(
    db: &mut Connection,
    state: Option<DraftState>,
    limit: i64,
) -> Result<Vec<Draft>, StoreError> {
    let drafts =
        sqlx::query("select * from draft where ($1 is null or state = $1) order by id limit $2")
            .bind(state.as_ref().map(row::name).transpose()?)
            .bind(limit)
            .fetch_all(db)
            .await?;
    drafts.iter().map(read).collect()
}

/// The drafts of a thread, oldest first.
pub async fn of_thread(db: &mut Connection, thread_id: i64) -> Result<Vec<Draft>, StoreError> {
    let drafts = sqlx::query("select * from draft where thread_id = $1 order by id")
        .bind(thread_id)
        .fetch_all(db)
        .await?;
    drafts.iter().map(read).collect()
}

/// Every text that a draft has had, oldest first.
pub async fn revisions(db: &mut Connection, id: i64) -> Result<Vec<Revision>, StoreError> {
    let revisions =
        sqlx::query("select * from draft_revision where draft_id = $1 order by revision")
            .bind(id)
            .fetch_all(db)
            .await?;
    revisions
        .iter()
        .map(|row| {
            Ok(Revision {
                revision: row.try_get("revision")?,
                subject: row.try_get("subject")?,
                body: row.try_get("body")?,
                written_by: row.try_get("written_by")?,
                written_at: row.try_get("written_at")?,
            })
        })
        .collect()
}

fn read(row: &Row) -> Result<Draft, StoreError> {
    Ok(Draft {
        id: row.try_get("id")?,
        thread_id: row.try_get("thread_id")?,
        mail_id: row.try_get("mail_id")?,
        turn_id: row.try_get("turn_id")?,
        revision: row.try_get("revision")?,
        subject: row.try_get("subject")?,
        body: row.try_get("body")?,
        original_body: row.try_get("original_body")?,
        broken_rules: row::json(row, "broken_rules")?,
        missed_rules: row::json(row, "missed_rules")?,
        hold_reasons: row::json(row, "hold_reasons")?,
        attempts: row.try_get("attempts")?,
        prompt: row::json(row, "prompt")?,
        state: row::word(row, "state")?,
        reviewer: row.try_get("reviewer")?,
        decided_by: row.try_get("decided_by")?,
        decided_at: row.try_get("decided_at")?,
        note: row.try_get("note")?,
        created_at: row.try_get("created_at")?,
    })
}

//! What people decide about a draft, whichever way they say it.

use futures_util::FutureExt;
use serde_json::json;

use super::super::settle::{self, Came};
use super::super::{Deployment, thread_job};
use super::{POLICY, due, hold, note, release};
use crate::mail::{clean, record};
use crate::store::deliveries::{self, DeliveryState};
use crate::store::drafts::{self, Decision, Draft, DraftState};
use crate::store::{Connection, StoreError, jobs, reviewers, reviews, threads, transaction};

/// How often a note about a draft goes back to the model.
const REDOS: i64 = 5;

/// What a person does with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It is sent as it was read.
    Approve,
    /// It is not sent.
    Reject,
    /// The model writes it again, with the decision's note before it.
    Redo,
    /// The last decision is taken back, if nothing has come of it.
    Undo,
    /// Another reviewer decides: this one, or whose turn it is.
    Reassign(Option<String>),
    /// Nobody knew whether it was sent, and now a person does.
    Settle {
        /// Whether it arrived. If not, it is held again.
        arrived: bool,
    },
    /// It gets another text, and is still held.
    Edit {
        /// The subject.
        subject: String,
        /// The text.
        body: String,
    },
}

/// Carries out a person's decision on the revision that they read. Gives the revision that the
/// draft has then.
///
/// # Errors
/// [`StoreError::Conflict`] when the draft is decided already, or has another revision.
pub async fn act(deployment: &Deployment, decision: Decision, act: Act) -> Result<i64, StoreError> {
    if decision.by == POLICY {
        return Err(StoreError::Conflict(format!(
            "`{POLICY}` is no person's name: decide under another"
        )));
    }
    let now = deployment.clock().now_ms();
    let ours = deployment.clone();
    let work = transaction(move |tx| {
        async move { carry_out(tx, &ours, &decision, act, now).await }.boxed()
    });
    deployment.store().write("review.acted", work).await
}

/// The same within a transaction.
pub(super) async fn carry_out(
    tx: &mut Connection,
    deployment: &Deployment,
    decision: &Decision,
    act: Act,
    now: i64,
) -> Result<i64, StoreError> {
    let draft = drafts::find(tx, decision.draft_id).await?;
    let draft = draft
        .ok_or_else(|| StoreError::Conflict(format!("there is no draft {}", decision.draft_id)))?;
    match act {
        Act::Approve if draft.body.trim().is_empty() => Err(StoreError::Conflict(format!(
            "draft {} has no text yet: edit it first",
            draft.id
        ))),
        Act::Approve => {
            let thread = due::thread(tx, &draft).await?;
            let deliver = release(tx, deployment, (&draft, &thread), decision, now).await?;
            jobs::enqueue(tx, &deliver, now).await?;
            Ok(decision.revision)
        }
        Act::Reject => {
            drafts::reject(tx, decision, now).await?;
            let data = json!({ "revision": decision.revision, "note": decision.note });
            note(tx, "draft.rejected", &decision.by, &draft, data, now).await?;
            Ok(decision.revision)
        }
        Act::Redo => send_back(tx, &draft, decision, now).await,
        Act::Undo => {
            let revision = drafts::undo(tx, decision, now).await?;
            let data = json!({ "revision": revision, "note": decision.note });
            note(tx, "draft.undone", &decision.by, &draft, data, now).await?;
            let draft = Draft {
                revision,
                state: DraftState::Held,
                ..draft
            };
            hold(tx, deployment, &draft, now).await?;
            Ok(revision)
        }
        Act::Reassign(to) => reassign(tx, deployment, &draft, decision, to, now).await,
        Act::Settle { arrived } => {
            settle(tx, deployment, &draft, decision, arrived, now).await?;
            Ok(decision.revision)
        }
        Act::Edit { subject, body } => {
            let subject = clean::line(&subject, record::SUBJECT);
            let most = deployment.config.outbound.max_bytes;
            fits(&body, most).map_err(StoreError::Conflict)?;
            let revision = drafts::edit(tx, decision, &subject, &body, now).await?;
            let data = json!({ "revision": revision, "note": decision.note });
            note(tx, "draft.edited", &decision.by, &draft, data, now).await?;
            Ok(revision)
        }
    }
}

/// Refuses a text that could never be sent.
fn fits(body: &str, most: usize) -> Result<(), String> {
    match body.len() {
        _ if body.trim().is_empty() => {
            Err("the text is empty: reject the draft instead".to_owned())
        }
        length if length > most => Err(format!(
            "the text has {length} bytes, and {most} are the most (`outbound.max_bytes`)"
        )),
        _ => Ok(()),
    }
}

/// The note goes back to the model, in a turn that goes on from the one which wrote the draft.
async fn send_back(
    tx: &mut Connection,
    draft: &Draft,
    decision: &Decision,
    now: i64,
) -> Result<i64, StoreError> {
    let refused = |why: String| Err(StoreError::Conflict(why));
    let id = draft.id;
    if decision
        .note
        .as_deref()
        .is_none_or(|note| note.trim().is_empty())
    {
        return refused("say in a note what should be different".to_owned());
    }
    if draft.turn_id.is_none() {
        return refused(format!("no behaviour wrote draft {id}: edit it"));
    }
    let mut clock = due::clock(tx, id).await?;
    if clock.redone >= REDOS {
        return refused(format!("draft {id} was sent back {REDOS} times: edit it"));
    }
    drafts::rewrite(tx, decision, now).await?;
    clock.redone += 1;
    reviews::set(tx, &clock).await?;
    let data = json!({ "revision": decision.revision, "note": decision.note });
    note(tx, "draft.sent_back", &decision.by, draft, data, now).await?;
    let args = json!({ "draft": id, "revision": decision.revision });
    let thread = threads::find(tx, draft.thread_id).await?;
    let contact = thread.map(|thread| thread.contact_key).unwrap_or_default();
    jobs::enqueue(
        tx,
        &thread_job("redo", args, draft.thread_id, &contact),
        now,
    )
    .await?;
    Ok(decision.revision)
}

async fn reassign(
    tx: &mut Connection,
    deployment: &Deployment,
    draft: &Draft,
    decision: &Decision,
    to: Option<String>,
    now: i64,
) -> Result<i64, StoreError> {
    if draft.state != DraftState::Held || draft.revision != decision.revision {
        return Err(drafts::undecidable(tx, decision).await);
    }
    let mut tried: Vec<String> = draft.reviewer.iter().cloned().collect();
    let reviewer = match to {
        Some(name) => {
            let reviewer = reviewers::known(tx, &name, now).await?;
            if !reviewer.is_there() {
                let why = match reviewer.absent {
                    true => "is away",
                    false => "only reads",
                };
                return Err(StoreError::Conflict(format!("`{name}` {why}")));
            }
            reviewers::assign_to(tx, draft.thread_id, &reviewer).await?;
            reviewer
        }
        None => {
            let next = reviewers::assign(tx, draft.thread_id, &tried, now).await?;
            let nobody = || StoreError::Conflict("no other reviewer can take it".to_owned());
            next.ok_or_else(nobody)?
        }
    };
    tried.push(reviewer.name.clone());
    let given = due::Given {
        reviewer,
        had: tried,
        by: &decision.by,
        why: "reassigned",
    };
    due::give(tx, deployment, draft, given, now).await?;
    Ok(decision.revision)
}

/// A person has looked what became of a sending that nobody knew about.
async fn settle(
    tx: &mut Connection,
    deployment: &Deployment,
    draft: &Draft,
    decision: &Decision,
    arrived: bool,
    now: i64,
) -> Result<(), StoreError> {
    let sent = deliveries::of_draft(tx, draft.id).await?;
    let unknown = sent.into_iter().find(|delivery| {
        delivery.revision == Some(decision.revision) && delivery.state == DeliveryState::Unknown
    });
    let unknown = unknown.ok_or_else(|| {
        StoreError::Conflict(format!("it is known what became of draft {}", draft.id))
    })?;
    let data = json!({ "arrived": arrived, "note": decision.note });
    note(tx, "delivery.looked_up", &decision.by, draft, data, now).await?;
    let came = Came::looked_up(&unknown, arrived);
    settle::settle(tx, deployment, &unknown, came, now).await
}

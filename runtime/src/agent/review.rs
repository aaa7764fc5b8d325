//! Which drafts a person sees first, whose they are, and what people decide.
//!
//! A draft that breaks a rule, waits for a gate or asks for a person is always held. A decision
//! names the revision that was read, so nobody approves a text that they have not seen.

use futures_util::FutureExt;
use serde_json::{Value, json};
use silex_bundle::Agent;
use silex_bundle::agent::Decision as Verdict;
use silex_bundle::expr::Scope;

use super::inputs::{self, Names};
use super::settle::{self, Came};
use super::{Deployment, StageError, agent, argument, event, thread_job};
use crate::mail::transport::Accepted;
use crate::queue::Attempt;
use crate::store::deliveries::{self, DeliveryState};
use crate::store::drafts::{self, Decision, Draft, DraftState};
use crate::store::jobs;
use crate::store::mails::{self, Mail};
use crate::store::threads::Thread;
use crate::store::{Connection, StoreError, events, reviewers, threads, transaction};
use crate::turn;

/// Who approves what no person has to see.
const POLICY: &str = "policy";

/// Decides whether the draft of a job is held, and gives a held one to a reviewer.
///
/// # Errors
/// When the store fails.
pub async fn review(deployment: &Deployment, attempt: &Attempt) -> Result<(), StageError> {
    let (draft, mail, thread) = subject(deployment, argument(&attempt.job, "draft")?).await?;
    let bundle = deployment.bundles().current();
    let agent = agent(&bundle, &thread.agent)?;
    let (contact, mail) = (&agent.contact, mail.as_ref());
    let names = inputs::names(deployment, bundle.bundle(), contact, &thread, mail).await?;
    let verdict = decide(deployment, agent, &draft, &names);
    let pool = pool(deployment);
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let delay = i64::try_from(deployment.config.outbound.delay_s).unwrap_or(i64::MAX / 1000) * 1000;
    let work = transaction(move |tx| {
        async move {
            match verdict {
                // A newer mail made it stale before it was looked at.
                _ if draft.state != DraftState::Held => {}
                Verdict::Hold => hold(tx, &draft, &pool, now).await?,
                Verdict::Pass => {
                    let decision = Decision {
                        draft_id: draft.id,
                        revision: draft.revision,
                        by: POLICY.to_owned(),
                        note: None,
                    };
                    release(tx, &draft, &thread, &decision, now + delay, now).await?;
                }
            }
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("review.decided", work).await?)
}

/// The names of those who review.
pub(super) fn pool(deployment: &Deployment) -> Vec<String> {
    let reviewers = deployment.config.reviewers.iter();
    reviewers.map(|reviewer| reviewer.name.clone()).collect()
}

/// Gives an approved draft that was not sent back to people, for this reason.
pub(super) async fn reopen(
    tx: &mut Connection,
    draft: i64,
    revision: i64,
    reason: &str,
    pool: &[String],
    now: i64,
) -> Result<(), StoreError> {
    drafts::reopen(tx, draft, revision, reason, now).await?;
    match drafts::find(tx, draft).await? {
        Some(draft) => hold(tx, &draft, pool, now).await,
        None => Ok(()),
    }
}

/// A draft, the mail that it answers and its thread.
pub(super) async fn subject(
    deployment: &Deployment,
    id: i64,
) -> Result<(Draft, Option<Mail>, Thread), StageError> {
    let mut reader = deployment.store().read().await?;
    let missing = |what: &str, id: i64| StageError::Unusable(format!("there is no {what} {id}"));
    let draft = drafts::find(&mut reader, id).await?;
    let draft = draft.ok_or_else(|| missing("draft", id))?;
    let thread = threads::find(&mut reader, draft.thread_id).await?;
    let thread = thread.ok_or_else(|| missing("thread", draft.thread_id))?;
    let mail = match draft.mail_id {
        Some(mail) => mails::find(&mut reader, mail).await?,
        None => None,
    };
    Ok((draft, mail, thread))
}

/// The first line that holds decides. One that cannot be decided holds the draft.
fn decide(deployment: &Deployment, agent: &Agent, draft: &Draft, names: &Names) -> Verdict {
    let count = |list: &Value| list.as_array().map_or(0, Vec::len);
    // A text that a person has begun to edit is theirs to approve.
    let touched = draft.revision > 1;
    if touched || count(&draft.hold_reasons) > 0 || count(&draft.broken_rules) > 0 {
        return Verdict::Hold;
    }
    let record = json!({
        "reply": { "subject": draft.subject, "body": draft.body },
        "broken_rules": count(&draft.broken_rules),
        "missed_rules": count(&draft.missed_rules),
        "attempts": draft.attempts,
    });
    let now = deployment.now();
    let (instant, today) = turn::instant(&now);
    let scope = Scope::of(&names.values)
        .with("now", &instant)
        .with("today", &today)
        .with("draft", &record);
    for line in &agent.review.lines {
        match line.when.holds(&scope) {
            Ok(true) => return line.decision,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(draft.id = draft.id, error = %error, "a line of review cannot be decided");
                return Verdict::Hold;
            }
        }
    }
    agent.review.otherwise
}

async fn hold(
    tx: &mut Connection,
    draft: &Draft,
    pool: &[String],
    now: i64,
) -> Result<(), StoreError> {
    let reviewer = reviewers::assign(tx, draft.thread_id, pool).await?;
    let name = reviewer.map(|reviewer| reviewer.name);
    if let Some(name) = &name {
        drafts::assign(tx, draft.id, name).await?;
    }
    note(
        tx,
        "draft.held",
        POLICY,
        draft,
        json!({ "reviewer": name, "reasons": draft.hold_reasons }),
        now,
    )
    .await
}

async fn release(
    tx: &mut Connection,
    draft: &Draft,
    thread: &Thread,
    decision: &Decision,
    run_at: i64,
    now: i64,
) -> Result<(), StoreError> {
    drafts::approve(tx, decision, now).await?;
    note(
        tx,
        "draft.approved",
        &decision.by,
        draft,
        json!({ "revision": decision.revision, "note": decision.note }),
        now,
    )
    .await?;
    let args = json!({ "draft": draft.id, "revision": decision.revision });
    let mut job = thread_job("deliver", args, draft.thread_id, &thread.contact_key);
    job.run_at = run_at;
    jobs::enqueue(tx, &job, now).await?;
    Ok(())
}

async fn note(
    tx: &mut Connection,
    kind: &str,
    actor: &str,
    draft: &Draft,
    data: Value,
    now: i64,
) -> Result<(), StoreError> {
    let mut noted = event(kind, actor, Some(draft.thread_id), draft.mail_id, data);
    noted.draft_id = Some(draft.id);
    events::append(tx, &noted, now).await?;
    Ok(())
}

/// What a person does with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It is sent as it was read.
    Approve,
    /// It is not sent.
    Reject,
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
    let delay = i64::try_from(deployment.config.outbound.delay_s).unwrap_or(i64::MAX / 1000) * 1000;
    let ours = deployment.clone();
    let work = transaction(move |tx| {
        async move {
            let missing =
                || StoreError::Conflict(format!("there is no draft {}", decision.draft_id));
            let draft = drafts::find(tx, decision.draft_id)
                .await?
                .ok_or_else(missing)?;
            match act {
                Act::Approve if draft.body.trim().is_empty() => Err(StoreError::Conflict(format!(
                    "draft {} has no text yet: edit it first",
                    draft.id
                ))),
                Act::Approve => {
                    let thread = threads::find(tx, draft.thread_id)
                        .await?
                        .ok_or_else(missing)?;
                    release(tx, &draft, &thread, &decision, now + delay, now).await?;
                    Ok(decision.revision)
                }
                Act::Reject => {
                    drafts::reject(tx, &decision, now).await?;
                    note(
                        tx,
                        "draft.rejected",
                        &decision.by,
                        &draft,
                        json!({ "note": decision.note }),
                        now,
                    )
                    .await?;
                    Ok(decision.revision)
                }
                Act::Settle { arrived } => {
                    settle(tx, &ours, &draft, &decision, arrived, now).await?;
                    Ok(decision.revision)
                }
                Act::Edit { subject, body } => {
                    let revision = drafts::edit(tx, &decision, &subject, &body, now).await?;
                    note(
                        tx,
                        "draft.edited",
                        &decision.by,
                        &draft,
                        json!({ "revision": revision }),
                        now,
                    )
                    .await?;
                    Ok(revision)
                }
            }
        }
        .boxed()
    });
    deployment.store().write("review.acted", work).await
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
    let came = if arrived {
        Came::Accepted(Accepted {
            id: unknown.intent.clone(),
        })
    } else {
        Came::Refused("it did not arrive".to_owned())
    };
    settle::settle(tx, deployment, &unknown, came, now).await
}

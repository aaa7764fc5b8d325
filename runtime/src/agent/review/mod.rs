//! Which drafts a person sees first, whose they are, and what people decide.
//!
//! A draft that breaks a rule, waits for a gate or asks for a person is always held. A decision
//! names the revision that was read, so nobody approves a text that they have not seen. Nothing is
//! sent because nobody looked at it: what is overdue goes to others, and stays held.

mod act;
pub(super) mod answer;
pub mod due;
mod letter;
pub mod question;
pub mod redo;
pub mod roster;
pub mod take;

use futures_util::FutureExt;
use serde_json::{Value, json};
use silex_bundle::Agent;
use silex_bundle::agent::Decision as Verdict;

use super::correspondence::Correspondence;
use super::inputs::{self, Names};
use super::{Deployment, StageError, agent, argument, deliver, egress, event, sending, thread_job};
use crate::bundle::Loaded;
use crate::queue::Attempt;
use crate::store::drafts::{self, Decision, Draft, DraftState};
use crate::store::jobs::{self, NewJob, Over};
use crate::store::mails::Mail;
use crate::store::threads::Thread;
use crate::store::{Connection, StoreError, events, reviewers, transaction};
use crate::turn;

pub use act::{Act, act};

/// Who approves what no person has to see.
pub(super) const POLICY: &str = "policy";

/// Decides whether the draft of a job is held, and gives a held one to a reviewer.
///
/// # Errors
/// When the store fails.
pub async fn review(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    let (draft, mail, said) = subject(deployment, argument(&attempt.job, "draft")?).await?;
    let bundle = deployment.bundle_of(&said.thread).await?;
    let agent = agent(&bundle, &said.thread.agent)?;
    let (contact, mail) = (&agent.contact, mail.as_ref());
    let mut names = inputs::names(deployment, bundle.bundle(), contact, &said, mail).await?;
    if let Some(mail) = mail {
        inputs::add_observed(deployment, agent, mail.id, &mut names).await?;
    }
    let findings = findings(deployment, &bundle, &draft, &said).await?;
    let verdict = match findings.is_empty() {
        true => decide(deployment, agent, &draft, &names),
        false => Verdict::Hold,
    };
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let (ours, thread) = (deployment.clone(), said.into_thread());
    let work = transaction(move |tx| {
        async move {
            match verdict {
                // A newer mail made it stale before it was looked at.
                _ if draft.state != DraftState::Held => {}
                Verdict::Hold => {
                    for finding in &findings {
                        drafts::warn(tx, draft.id, finding).await?;
                    }
                    let warned = drafts::find(tx, draft.id).await?;
                    hold(tx, &ours, warned.as_ref().unwrap_or(&draft), now).await?;
                }
                Verdict::Pass => {
                    let decision = Decision {
                        draft_id: draft.id,
                        revision: draft.revision,
                        by: POLICY.to_owned(),
                        note: None,
                    };
                    let deliver = release(tx, &ours, (&draft, &thread), &decision, now).await?;
                    return jobs::hand_on(tx, lease, &deliver, now).await;
                }
            }
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("review.decided", work).await?)
}

/// What must not leave of a draft. One without a text yet is for a person to write.
async fn findings(
    deployment: &Deployment,
    bundle: &Loaded,
    draft: &Draft,
    said: &Correspondence,
) -> Result<Vec<String>, StageError> {
    if draft.body.trim().is_empty() {
        return Ok(Vec::new());
    }
    egress::findings(deployment, bundle, draft, said).await
}

/// Gives a draft that was approved and not sent, or not written again, back to people, for this
/// reason.
pub(super) async fn reopen(
    tx: &mut Connection,
    deployment: &Deployment,
    draft: i64,
    revision: i64,
    reason: &str,
    now: i64,
) -> Result<(), StoreError> {
    drafts::reopen(tx, draft, revision, reason, now).await?;
    match drafts::find(tx, draft).await? {
        Some(draft) => hold(tx, deployment, &draft, now).await,
        None => Ok(()),
    }
}

/// A draft, the mail that it answers, and what is said in its thread.
pub(super) async fn subject(
    deployment: &Deployment,
    id: i64,
) -> Result<(Draft, Option<Mail>, Correspondence), StageError> {
    let mut reader = deployment.store().read().await?;
    let missing = || StageError::Unusable(format!("there is no draft {id}"));
    let draft = drafts::find(&mut reader, id).await?.ok_or_else(missing)?;
    let said = Correspondence::find(&mut reader, draft.thread_id).await?;
    let mail = match draft.mail_id {
        Some(mail) => Some(said.mail(&mut reader, mail).await?),
        None => None,
    };
    Ok((draft, mail, said))
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
    let scope = names.scope(&instant, &today).with("draft", &record);
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

/// Holds a draft for a reviewer, who is told, and starts its clock. Where nobody can take it, it waits
/// for the first who can, with an alarm.
async fn hold(
    tx: &mut Connection,
    deployment: &Deployment,
    draft: &Draft,
    now: i64,
) -> Result<(), StoreError> {
    let reviewer = reviewers::assign(tx, draft.thread_id, &[], now).await?;
    let name = reviewer.as_ref().map(|reviewer| reviewer.name.as_str());
    drafts::assign(tx, draft.id, name).await?;
    let thread = due::thread(tx, draft).await?;
    let due = due::start(tx, deployment, &thread, draft.id, reviewer.as_ref(), now).await?;
    let data = json!({ "revision": draft.revision, "reviewer": name, "reasons": draft.hold_reasons, "due": due });
    note(tx, "draft.held", POLICY, draft, data, now).await?;
    match &reviewer {
        Some(reviewer) => letter::draft(tx, deployment, draft, reviewer, now).await,
        None => due::orphan(tx, draft, now).await,
    }
}

/// Lets a draft be sent, and gives the job that sends it when its undo window is over.
async fn release(
    tx: &mut Connection,
    deployment: &Deployment,
    (draft, thread): (&Draft, &Thread),
    decision: &Decision,
    now: i64,
) -> Result<NewJob, StoreError> {
    drafts::approve(tx, decision, now).await?;
    let data = json!({ "revision": decision.revision, "note": decision.note });
    note(tx, "draft.approved", &decision.by, draft, data, now).await?;
    let args = json!({ "draft": draft.id, "revision": decision.revision });
    let mut job = thread_job("deliver", args, draft.thread_id, &thread.contact_key);
    let bundle = deployment.bundle_in(tx, thread).await?;
    job.max_attempts = sending::TRIES;
    job.run_at = now + deliver::undo_window(deployment, &bundle, &thread.agent);
    Ok(job)
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

#[cfg(test)]
mod tests;

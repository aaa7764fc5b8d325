//! What a turn asks a person: the turn pauses, and goes on from its journal with the answer.

use futures_util::FutureExt;
use serde_json::json;

use super::super::{Deployment, event};
use super::{POLICY, letter};
use crate::queue::{Attempt, JobError};
use crate::store::jobs::{self, Over};
use crate::store::questions::{self, NewQuestion, Question, QuestionState};
use crate::store::{Connection, StoreError, events, lock, reviewers, transaction};

/// Characters of an answer: what `silex.Answer` holds.
const LONGEST: usize = 4_000;

/// Asks what a turn asks, and lets its job wait for the answers. The turn goes on at once if they were
/// given in the meantime.
///
/// # Errors
/// When the job is to be tried again, or the store fails.
pub async fn ask(
    deployment: &Deployment,
    attempt: &Attempt,
    asked: Vec<NewQuestion>,
) -> Result<Over, JobError> {
    let (lease, now, ours) = (
        attempt.job.lease,
        deployment.clock().now_ms(),
        deployment.clone(),
    );
    let work = transaction(move |tx| {
        async move {
            jobs::still_held(tx, lease).await?;
            let mut waits = false;
            for new in &asked {
                let (question, is_new) = questions::ask(tx, new, now).await?;
                waits |= question.state == QuestionState::Open;
                if is_new {
                    assign(tx, &ours, &question, now).await?;
                }
            }
            Ok(match waits {
                true => Some(jobs::wait(tx, lease, "a person is asked").await?),
                false => None,
            })
        }
        .boxed()
    });
    match deployment.store().write("question.asked", work).await? {
        Some(over) => Ok(over),
        None => Err(JobError::Snooze {
            until: now,
            reason: "what it asks is answered".to_owned(),
        }),
    }
}

/// Gives an open question to the reviewer of its thread, or to whose turn it is.
async fn assign(
    tx: &mut Connection,
    deployment: &Deployment,
    question: &Question,
    now: i64,
) -> Result<(), StoreError> {
    let reviewer = reviewers::assign(tx, question.thread_id, &[], now).await?;
    let name = reviewer.as_ref().map(|reviewer| reviewer.name.as_str());
    questions::assign(tx, question.id, name).await?;
    let data = json!({ "question": question.id, "reviewer": name, "asks": question.question });
    note(tx, "question.asked", POLICY, question, data, now).await?;
    match &reviewer {
        Some(reviewer) => letter::question(tx, deployment, question, reviewer, now).await,
        None => {
            tracing::warn!(question.id = question.id, "no reviewer can take a question");
            let data = json!({ "question": question.id, "why": "no reviewer can take it" });
            note(tx, "question.unassigned", POLICY, question, data, now).await
        }
    }
}

/// Gives a question whose reviewer is away, or that nobody could take, to somebody who can.
pub(super) async fn adopt(
    tx: &mut Connection,
    deployment: &Deployment,
    id: i64,
    now: i64,
) -> Result<(), StoreError> {
    // Of two nodes that look at once, one does.
    lock::named(tx, &format!("question {id}")).await?;
    let question = questions::find(tx, id).await?;
    let Some(question) = question.filter(|found| found.state == QuestionState::Open) else {
        return Ok(());
    };
    if reviewers::is_there(tx, question.reviewer.as_deref(), now).await? {
        return Ok(());
    }
    assign(tx, deployment, &question, now).await
}

/// Answers a question, and lets the turn go on.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody was quicker, or the answer cannot be one.
pub async fn answer(
    deployment: &Deployment,
    id: i64,
    by: String,
    text: String,
) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let work =
        transaction(move |tx| async move { answer_in(tx, id, &by, &text, now).await }.boxed());
    deployment.store().write("question.answered", work).await
}

/// The same within a transaction.
pub(super) async fn answer_in(
    tx: &mut Connection,
    id: i64,
    by: &str,
    text: &str,
    now: i64,
) -> Result<(), StoreError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(StoreError::Conflict(format!(
            "an answer has 1 to {LONGEST} characters"
        )));
    }
    // A job that is asking just now waits first, and is woken then.
    if let Some(asked) = questions::find(tx, id).await? {
        lock::job(tx, asked.job_id).await?;
    }
    let question = questions::answer(tx, id, by, text, now).await?;
    let data = json!({ "question": id });
    note(tx, "question.answered", by, &question, data, now).await?;
    // A job that runs again already finds the answer by itself.
    match jobs::wake(tx, question.job_id, now).await {
        Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn note(
    tx: &mut Connection,
    kind: &str,
    actor: &str,
    question: &Question,
    data: serde_json::Value,
    now: i64,
) -> Result<(), StoreError> {
    let noted = event(kind, actor, Some(question.thread_id), None, data);
    events::append(tx, &noted, now).await?;
    Ok(())
}

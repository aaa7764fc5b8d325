//! The guard judges a mail before any behaviour sees it.
//!
//! `allow` lets it go on, `block` puts it aside, `review` puts it aside for a person who may let it
//! go on. A guard that fails counts as `review`: nothing passes because something broke.

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::correspondence::Correspondence;
use super::{
    Deployment, StageError, agent, argument, event, inputs, redrive, route, supersede, thread_job,
};
use crate::queue::Attempt;
use crate::store::jobs::{self, Over};
use crate::store::mails::{self, Mail, MailState};
use crate::store::quarantine::{self, Cause};
use crate::store::threads::Thread;
use crate::store::{StoreError, events, transaction};
use crate::turn::Outcome;
use crate::turn::run::{TurnError, Whose};

/// What a guard says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Allow,
    Block(String),
    Review(String),
    Failed(String),
}

/// Judges the mail of a job.
///
/// # Errors
/// When the model or the store fails and another attempt may succeed.
pub async fn screen(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    let (mail, said) = subject(deployment, attempt).await?;
    let bundle = deployment.bundle_of(&said.thread).await?;
    let agent = agent(&bundle, &said.thread.agent)?;
    let Some(call) = &agent.guard else {
        return settle(deployment, attempt, &mail, &said.thread, Verdict::Allow).await;
    };
    let (declared, contact) = (bundle.bundle(), &agent.contact);
    let names = inputs::names(deployment, declared, contact, &said, Some(&mail)).await?;
    let thread = said.into_thread();
    let whose = Whose {
        key: key(attempt, &mail),
        thread: thread.id,
        mail: Some(mail.id),
        lease: attempt.job.lease,
        progress: attempt.progress.clone(),
    };
    let verdict = match route::run(deployment, &bundle, &whose, call, &names).await {
        Ok(finished) => verdict(&finished.outcome),
        Err(StageError::Turn(error)) => failed(error, attempt)?,
        Err(error @ StageError::Early { .. }) => return Err(error),
        Err(
            StageError::Unusable(why) | StageError::Later(why) | StageError::LaterIn { why, .. },
        ) => Verdict::Failed(format!("the guard cannot judge it: {why}")),
    };
    settle(deployment, attempt, &mail, &thread, verdict).await
}

/// What the guard's turn about a mail is known by. When the mail is tried again it is another turn: what
/// the journal has of the one before is not the guard's word any more.
fn key(attempt: &Attempt, mail: &Mail) -> String {
    match attempt.job.args["again"].as_i64() {
        Some(again) => format!("{} {again}", first_key(mail)),
        None => first_key(mail),
    }
}

/// What the guard's first turn about a mail is known by. Those of the mail tried again begin with it, and
/// a space.
pub(super) fn first_key(mail: &Mail) -> String {
    format!("guard {}", mail.id)
}

/// The mail that a job names, and what is said in its thread.
pub(super) async fn subject(
    deployment: &Deployment,
    attempt: &Attempt,
) -> Result<(Mail, Correspondence), StageError> {
    let mail = argument(&attempt.job, "mail")?;
    let thread = argument(&attempt.job, "thread")?;
    let mut reader = deployment.store().read().await?;
    let said = Correspondence::find(&mut reader, thread).await?;
    Ok((said.mail(&mut reader, mail).await?, said))
}

/// The last attempt ends with a person; earlier ones are made again.
fn failed(error: TurnError, attempt: &Attempt) -> Result<Verdict, StageError> {
    use crate::model::ModelError;
    let last = attempt.job.attempt >= attempt.job.max_attempts;
    match &error {
        TurnError::Store(_)
        | TurnError::Asks(_)
        | TurnError::Model(ModelError::Snooze { .. } | ModelError::Out { .. }) => Err(error.into()),
        TurnError::Model(ModelError::Retry { .. }) if !last => Err(error.into()),
        TurnError::Model(_)
        | TurnError::Render(_)
        | TurnError::Person(_)
        | TurnError::Unusable(_) => Ok(Verdict::Failed(format!("the guard failed: {error}"))),
    }
}

/// Why a guard that ended so puts a mail aside, if it does.
pub(super) fn aside(outcome: &Outcome) -> Option<String> {
    verdict(outcome).aside()
}

impl Verdict {
    fn aside(&self) -> Option<String> {
        match self {
            Self::Allow => None,
            Self::Block(reason) => Some(format!("blocked: {reason}")),
            Self::Review(reason) | Self::Failed(reason) => {
                Some(format!("to be looked at: {reason}"))
            }
        }
    }
}

fn verdict(outcome: &Outcome) -> Verdict {
    match outcome {
        Outcome::AskPerson(why) | Outcome::HandedOver(why) => {
            Verdict::Review(format!("the guard asks for a person: {why}"))
        }
        Outcome::Returned(returned) => {
            let reason = || {
                returned
                    .value
                    .get("reason")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            match returned.value.get("kind").and_then(Value::as_str) {
                Some("allow") if returned.doubts().is_empty() => Verdict::Allow,
                Some("allow") => Verdict::Review(returned.doubts().join("; ")),
                Some("block") => Verdict::Block(reason()),
                Some(_) | None => Verdict::Review(reason()),
            }
        }
    }
}

async fn settle(
    deployment: &Deployment,
    attempt: &Attempt,
    mail: &Mail,
    thread: &Thread,
    verdict: Verdict,
) -> Result<Over, StageError> {
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let (mail, thread, contact, agent) = (
        mail.id,
        thread.id,
        thread.contact_key.clone(),
        thread.agent.clone(),
    );
    let work = transaction(move |tx| {
        async move {
            let (kind, data) = match &verdict {
                Verdict::Allow => {
                    supersede(tx, &agent, thread, mail, now).await?;
                    ("mail.screened", json!({ "verdict": "allow" }))
                }
                Verdict::Block(reason) => {
                    let said = format!("blocked: {reason}");
                    quarantine::put_aside(tx, mail, Cause::Blocked, &said).await?;
                    (
                        "mail.quarantined",
                        json!({ "verdict": "block", "reason": reason }),
                    )
                }
                Verdict::Review(reason) | Verdict::Failed(reason) => {
                    let cause = match verdict {
                        Verdict::Failed(_) => Cause::GuardFailed,
                        Verdict::Allow | Verdict::Block(_) | Verdict::Review(_) => Cause::Review,
                    };
                    let said = format!("to be looked at: {reason}");
                    quarantine::put_aside(tx, mail, cause, &said).await?;
                    (
                        "mail.quarantined",
                        json!({ "verdict": "review", "reason": reason }),
                    )
                }
            };
            let told = event(kind, &agent, Some(thread), Some(mail), data);
            let place = events::append(tx, &told, now).await?;
            if verdict != Verdict::Allow {
                return jobs::complete(tx, lease, now).await;
            }
            mails::screened(tx, mail, place).await?;
            let args = json!({ "mail": mail, "thread": thread });
            let handle = thread_job("handle", args, thread, &contact);
            jobs::hand_on(tx, lease, &handle, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("screen.settled", work).await?)
}

/// Lets a mail that was put aside go on, by a person's word.
///
/// # Errors
/// [`StoreError::Conflict`] when it is not aside, or belongs to no thread.
pub async fn release(deployment: &Deployment, mail: i64, by: &str) -> Result<(), StoreError> {
    let (by, now) = (by.to_owned(), deployment.clock().now_ms());
    let ours = deployment.clone();
    let work = transaction(move |tx| {
        async move {
            let found = mails::find(tx, mail).await?;
            let found =
                found.ok_or_else(|| StoreError::Conflict(format!("there is no mail {mail}")))?;
            let thread = found.thread_id.ok_or_else(|| {
                StoreError::Conflict(format!(
                    "mail {mail} belongs to no agent: it can be read, not answered"
                ))
            })?;
            if found.state != MailState::Quarantined {
                return Err(StoreError::Conflict(format!("mail {mail} is not aside")));
            }
            let welcome = redrive::welcome(tx, &ours, thread, now).await?;
            welcome.map_err(StoreError::Conflict)?;
            supersede(tx, &by, thread, mail, now).await?;
            let released = event("mail.released", &by, Some(thread), Some(mail), json!({}));
            let place = events::append(tx, &released, now).await?;
            mails::free(tx, mail, place).await?;
            let args = json!({ "mail": mail, "thread": thread });
            jobs::enqueue(
                tx,
                &thread_job("handle", args, thread, &found.from_address),
                now,
            )
            .await?;
            Ok(())
        }
        .boxed()
    });
    deployment.store().write("screen.released", work).await
}

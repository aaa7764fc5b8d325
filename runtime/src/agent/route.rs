//! Who answers a mail, and the turn that does.

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::{Map, Value, json};
use silex_bundle::agent::{Arm, Subject, Target};
use silex_bundle::behaviour::{Call, Kind, Observe};

use super::inputs::{self, Names};
use super::{Deployment, StageError, agent, event, guard, review, supersede, thread_job};
use crate::bundle::Loaded;
use crate::queue::Attempt;
use crate::store::drafts::{self, NewDraft};
use crate::store::jobs::{self, Over};
use crate::store::mails::{self, Mail};
use crate::store::threads::Thread;
use crate::store::{events, transaction};
use crate::turn::observe::settled;
use crate::turn::run::{self, Finished, TurnError, Whose};
use crate::turn::{self, Outcome, Returned, Start, Turn, inner};

/// How deep a route may nest.
const DEPTH: usize = 8;

/// Routes the mail of a job and runs the turn that answers it.
///
/// # Errors
/// When the model or the store fails; finished steps are kept for the next attempt.
pub async fn handle(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    let (mail, said) = guard::subject(deployment, attempt).await?;
    let bundle = deployment.bundle_of(&said.thread).await?;
    let agent = agent(&bundle, &said.thread.agent)?;
    let (declared, contact) = (bundle.bundle(), &agent.contact);
    let mut names = inputs::names(deployment, declared, contact, &said, Some(&mail)).await?;
    let thread = said.into_thread();
    let whose = |part: &str| Whose {
        key: format!("{part} {}", mail.id),
        thread: thread.id,
        mail: Some(mail.id),
        lease: attempt.job.lease,
        progress: attempt.progress.clone(),
    };
    if thread.taken_at.is_some() {
        let why = "a person has this thread".to_owned();
        return person(deployment, attempt, &mail, &thread, why).await;
    }
    for observe in &agent.observe {
        let whose = Whose {
            key: inputs::observation(&observe.name, mail.id),
            ..whose("")
        };
        match or_person(observed(deployment, &bundle, &whose, observe, &names).await)? {
            Ok(value) => names.values.insert(observe.name.clone(), value),
            Err(why) => return person(deployment, attempt, &mail, &thread, why).await,
        };
    }
    let mut target = &agent.route;
    for depth in 0..DEPTH {
        match target {
            Target::Match { on, arms } => {
                let value = match on {
                    Subject::Value(expr) => Ok(evaluated(deployment, expr, &names)?),
                    Subject::Call(call) => {
                        let whose = whose(&format!("route {depth}"));
                        or_person(run(deployment, &bundle, &whose, call, &names).await)?
                            .and_then(|finished| decided(finished.outcome))
                    }
                };
                match value.and_then(|value| {
                    arm(arms, &value).ok_or_else(|| format!("no route for {value}"))
                }) {
                    Ok(next) => target = next,
                    Err(why) => return person(deployment, attempt, &mail, &thread, why).await,
                }
            }
            Target::Reviewer(why) => {
                return person(deployment, attempt, &mail, &thread, why.clone()).await;
            }
            Target::Drop => return drop_it(deployment, attempt, &mail, &thread).await,
            Target::Call(call) => {
                let held = |why: &str| format!("`{}`: {why}", call.behaviour);
                let ran = run(deployment, &bundle, &whose("reply"), call, &names).await;
                let finished = match or_person(ran)? {
                    Ok(finished) => finished,
                    Err(why) => {
                        return person(deployment, attempt, &mail, &thread, held(&why)).await;
                    }
                };
                let (returned, holds) = match &finished.outcome {
                    Outcome::AskPerson(why) | Outcome::HandedOver(why) => (None, vec![held(why)]),
                    Outcome::Returned(returned) => (Some(&**returned), returned.doubts()),
                };
                let of = Some((&finished, returned));
                return written(deployment, attempt, &mail, &thread, of, holds).await;
            }
        }
    }
    Err(StageError::Unusable(
        "the route is nested too deep".to_owned(),
    ))
}

/// Why a person has to see to it before a turn can begin, told from what may pass.
fn or_person<T>(ran: Result<T, StageError>) -> Result<Result<T, String>, StageError> {
    match ran {
        Ok(ran) => Ok(Ok(ran)),
        Err(StageError::Turn(TurnError::Person(why))) => Ok(Err(why)),
        Err(error) => Err(error),
    }
}

/// The value that a route goes by, or why a person has to see to it.
pub(super) fn decided(outcome: Outcome) -> Result<Value, String> {
    match outcome {
        Outcome::Returned(returned) if returned.doubts().is_empty() => Ok(returned.value),
        Outcome::Returned(returned) => Err(returned.doubts().join("; ")),
        Outcome::AskPerson(why) | Outcome::HandedOver(why) => Err(why),
    }
}

/// What the agent finds out about a mail.
async fn observed(
    deployment: &Deployment,
    bundle: &Arc<Loaded>,
    whose: &Whose,
    observe: &Observe,
    names: &Names,
) -> Result<Value, StageError> {
    let finished = run(deployment, bundle, whose, &observe.call, names).await?;
    Ok(settled(&observe.name, &finished.outcome)?)
}

/// Runs a behaviour for a mail of a thread.
pub(super) async fn run(
    deployment: &Deployment,
    bundle: &Arc<Loaded>,
    whose: &Whose,
    call: &Call,
    names: &Names,
) -> Result<Finished, StageError> {
    let now = deployment.now();
    let (instant, today) = turn::instant(&now);
    let scope = names.scope(&instant, &today);
    let inputs = inner::inputs_of(bundle, call, &scope).map_err(StageError::Unusable)?;
    let start = Start {
        behaviour: call.behaviour.clone(),
        inputs,
        now,
        seed: super::seed(&deployment.secret, &whose.key),
        own: deployment.site().addresses,
        verified: names.verified,
        example: None,
        again: None,
        stage: None,
    };
    Ok(run::run(&deployment.edge, whose, bundle, start).await?)
}

fn evaluated(
    deployment: &Deployment,
    expr: &silex_bundle::Expr,
    names: &Names,
) -> Result<Value, StageError> {
    let now = deployment.now();
    let (instant, today) = turn::instant(&now);
    let scope = names.scope(&instant, &today);
    let value = expr
        .eval(&scope)
        .map_err(|error| StageError::Unusable(error.to_string()))?;
    Ok(value.into_owned())
}

/// The arm of a case, a truth value, or `_`.
pub(super) fn arm<'a>(arms: &'a [Arm], value: &Value) -> Option<&'a Target> {
    let case = match value {
        Value::String(case) => case.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::Object(object) => object.get("kind")?.as_str()?.to_owned(),
        Value::Null | Value::Number(_) | Value::Array(_) => return None,
    };
    arms.iter()
        .find(|arm| arm.cases.is_empty() || arm.cases.contains(&case))
        .map(|arm| &arm.target)
}

/// Nobody answers.
async fn drop_it(
    deployment: &Deployment,
    attempt: &Attempt,
    mail: &Mail,
    thread: &Thread,
) -> Result<Over, StageError> {
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let (mail, thread, agent) = (mail.id, thread.id, thread.agent.clone());
    let ours = deployment.clone();
    let work = transaction(move |tx| {
        async move {
            mails::handled(tx, mail).await?;
            // An answer to what came before gave way to one that is never written.
            if let Some(draft) = drafts::overtaken(tx, thread, mail).await? {
                let reason = "what was let through after it needs no answer";
                review::reopen(tx, &ours, draft.id, draft.revision, reason, now).await?;
            }
            events::append(
                tx,
                &event("mail.dropped", &agent, Some(thread), Some(mail), json!({})),
                now,
            )
            .await?;
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("handle.dropped", work).await?)
}

/// A person answers: an empty draft is held for them.
async fn person(
    deployment: &Deployment,
    attempt: &Attempt,
    mail: &Mail,
    thread: &Thread,
    why: String,
) -> Result<Over, StageError> {
    written(deployment, attempt, mail, thread, None, vec![why]).await
}

/// Keeps what was written, and asks for its review.
async fn written(
    deployment: &Deployment,
    attempt: &Attempt,
    mail: &Mail,
    thread: &Thread,
    wrote: Option<(&Finished, Option<&Returned>)>,
    holds: Vec<String>,
) -> Result<Over, StageError> {
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let actor = wrote
        .map_or("person", |(finished, _)| {
            finished.turn.given().behaviour.as_str()
        })
        .to_owned();
    let handed_over = wrote.and_then(|(finished, _)| match &finished.outcome {
        Outcome::HandedOver(why) => Some(why.clone()),
        Outcome::Returned(_) | Outcome::AskPerson(_) => None,
    });
    let subject = answer_subject(&thread.subject);
    let draft = new_draft((thread.id, Some(mail.id)), subject, wrote, &holds);
    let (mail, thread, contact) = (mail.id, thread.id, thread.contact_key.clone());
    let work = transaction(move |tx| {
        async move {
            mails::handled(tx, mail).await?;
            let id = drafts::hold(tx, &draft, &actor, now).await?;
            let mut drafted = event(
                "draft.written",
                &actor,
                Some(thread),
                Some(mail),
                json!({ "holds": draft.hold_reasons }),
            );
            drafted.draft_id = Some(id);
            events::append(tx, &drafted, now).await?;
            if let Some(why) = &handed_over {
                review::take::taken(tx, thread, &actor, Some(why), now).await?;
            }
            // Another mail was let through while this turn ran; its own turn answers for both.
            if let Some(newest) = mails::overtaking(tx, thread, mail).await? {
                supersede(tx, &actor, thread, newest, now).await?;
            }
            let args = json!({ "draft": id, "mail": mail, "thread": thread });
            let review = thread_job("review", args, thread, &contact);
            jobs::hand_on(tx, lease, &review, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("handle.written", work).await?)
}

/// The draft that a turn wrote, with what is said about it; an empty one where a person has to write.
pub(super) fn new_draft(
    (thread_id, mail_id): (i64, Option<i64>),
    subject: String,
    wrote: Option<(&Finished, Option<&Returned>)>,
    holds: &[String],
) -> NewDraft {
    let returned = wrote.and_then(|(_, returned)| returned);
    let text = |name: &str| {
        returned
            .and_then(|returned| returned.value.get(name))
            .and_then(Value::as_str)
    };
    NewDraft {
        thread_id,
        mail_id,
        turn_id: wrote.map(|(finished, _)| finished.id),
        subject: text("subject").map_or(subject, str::to_owned),
        body: text("body").unwrap_or_default().to_owned(),
        broken_rules: json!(returned.map(|returned| &returned.broken)),
        missed_rules: json!(returned.map(|returned| &returned.missed)),
        hold_reasons: json!(holds),
        attempts: returned.map_or(0, |returned| i64::from(returned.attempts)),
        prompt: wrote.map_or(Value::Null, |(finished, _)| why(&finished.turn)),
        reviewer: None,
    }
}

fn answer_subject(subject: &str) -> String {
    let subject = subject.trim();
    if subject.is_empty() {
        "Re: your mail".to_owned()
    } else if crate::mail::threading::is_reply_subject(subject) {
        subject.to_owned()
    } else {
        format!("Re: {subject}")
    }
}

/// The prompt as it was sent: each part with its rule, so that a page can say why a line stands
/// there.
pub(super) fn why(turn: &Turn) -> Value {
    let behaviour = turn.behaviour();
    let parts: Vec<_> = turn
        .prompt()
        .system
        .iter()
        .map(|part| {
            let segment = part.segment.and_then(|index| behaviour.segments.get(index));
            let rule = segment.map(|segment| match &segment.kind {
                Kind::Rule(rule) => rule.id.as_str(),
                Kind::Fact { name } | Kind::Step { name, .. } => name.as_str(),
                Kind::Role => "role",
                Kind::Goal => "goal",
            });
            json!({ "text": part.text, "rule": rule })
        })
        .collect();
    let stage = turn.stage().map(|stage| &stage.name);
    let observed: Map<String, Value> = turn
        .observed()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let verdicts = turn.last().map(|last| &last.verdicts);
    json!({
        "behaviour": turn.given().behaviour, "bundle": turn.bundle().digest(), "stage": stage,
        "observed": observed,
        "tokens": turn.prompt().tokens, "system": parts, "verdicts": verdicts,
    })
}

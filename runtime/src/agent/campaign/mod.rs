//! Campaigns: mail that nobody asked for, written for each of an audience.
//!
//! Each sending is a row and a job. The job asks once more whether it may be sent, runs the
//! behaviour, and leaves a draft that goes the way of every draft: review, then delivery, where it
//! is asked for the last time.

mod round;
mod schedule;
pub mod unsubscribe;

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::{Map, Value, json};
use silex_bundle::Agent;
use silex_bundle::campaign::Campaign;
use silex_bundle::expr::Scope;

use super::inputs::{self, Names};
use super::{Deployment, StageError, argument, cap, event, pin, route, thread_job};
use crate::bundle::{Loaded, documents};
use crate::mail::threading;
use crate::queue::Attempt;
use crate::store::campaigns::{self, Send, SendState};
use crate::store::drafts::{self, NewDraft};
use crate::store::entities::{self, Entity};
use crate::store::jobs::{self, Over};
use crate::store::threads::NewThread;
use crate::store::{Connection, StoreError, events, suppression, threads, transaction};
use crate::turn::run::{Finished, Whose};
use crate::turn::{self, Outcome};

pub use round::{rehearse, tick};
pub use schedule::next;

/// A campaign with the agent that sends it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declared<'a> {
    name: &'a str,
    agent: &'a Agent,
    campaign: &'a Campaign,
}

/// The campaign of a bundle.
///
/// # Errors
/// When it has none of this name.
pub(super) fn declared<'a>(
    bundle: &'a Loaded,
    agent: &str,
    campaign: &str,
) -> Result<Declared<'a>, String> {
    let agents = &bundle.bundle().agents;
    let found = agents.get_key_value(agent).and_then(|(name, agent)| {
        let campaign = agent.campaigns.get(campaign)?;
        Some(Declared {
            name,
            agent,
            campaign,
        })
    });
    found.ok_or_else(|| format!("the bundle has no campaign `{campaign}` of `{agent}`"))
}

/// Writes the mail of a job's sending, or skips it.
///
/// # Errors
/// When the model or the store fails; finished steps are kept for the next attempt.
pub async fn write(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    let id = argument(&attempt.job, "send")?;
    let mut reader = deployment.store().read().await?;
    let send = campaigns::find(&mut reader, id).await?;
    let send = send.ok_or_else(|| StageError::Unusable(format!("there is no sending {id}")))?;
    if send.state != SendState::Planned {
        drop(reader);
        return skipped(deployment, attempt, &send, None).await;
    }
    let begun = match send.thread_id {
        Some(thread) => threads::find(&mut reader, thread).await?,
        None => None,
    };
    let bundle = match begun {
        Some(thread) => deployment.bundle_in(&mut reader, &thread).await?,
        None => deployment.bundles().current(),
    };
    let now = deployment.clock().now_ms();
    let found = match declared(&bundle, &send.agent, &send.campaign) {
        Ok(found) => found,
        Err(reason) => {
            drop(reader);
            return skipped(deployment, attempt, &send, Some(reason)).await;
        }
    };
    let late = deployment.config.outbound.late_ms();
    let obstacle = if now - send.due_at > late && send.thread_id.is_none() {
        Some("it could not be begun in time".to_owned())
    } else {
        obstacle(&mut reader, deployment, found, &send.contact_key, now).await?
    };
    let kind = &found.campaign.to.entity;
    let entity = entities::find(&mut reader, kind, &send.contact_key).await?;
    let owned = inputs::owned(&mut reader, bundle.bundle(), kind, &send.contact_key).await?;
    drop(reader);
    let (None, Some(entity)) = (&obstacle, entity) else {
        let reason = obstacle.unwrap_or_else(|| "the contact is gone".to_owned());
        return skipped(deployment, attempt, &send, Some(reason)).await;
    };
    let thread = begin(deployment, attempt, &bundle, &send, &entity).await?;
    let whose = Whose {
        key: format!("campaign {}", send.id),
        thread,
        mail: None,
        lease: attempt.job.lease,
        progress: attempt.progress.clone(),
    };
    let mut values = Map::new();
    let value = documents::fitted(bundle.bundle(), kind, &entity.value);
    values.insert(
        found.campaign.to.name.clone(),
        value.map_err(StageError::Unusable)?,
    );
    let names = Names {
        values,
        owned,
        verified: true,
    };
    let finished = route::run(deployment, &bundle, &whose, &found.campaign.send, &names).await?;
    drafted(deployment, attempt, &send, thread, &finished).await
}

/// Why one of the audience does not get a campaign now; none when they do.
pub(super) async fn obstacle(
    db: &mut Connection,
    deployment: &Deployment,
    declared: Declared<'_>,
    key: &str,
    now: i64,
) -> Result<Option<String>, StoreError> {
    let Declared {
        name,
        agent,
        campaign,
    } = declared;
    let Some(entity) = entities::find(db, &campaign.to.entity, key).await? else {
        return Ok(Some("the contact is gone".to_owned()));
    };
    if let Some(filter) = &campaign.to.filter {
        let (instant, today) = turn::instant(&deployment.now());
        let scope = Scope::new()
            .with("now", &instant)
            .with("today", &today)
            .with(&campaign.to.name, &entity.value);
        match filter.holds(&scope) {
            Ok(true) => {}
            Ok(false) => return Ok(Some("the contact is not of its audience".to_owned())),
            Err(error) => return Ok(Some(format!("its `where` cannot be decided: {error}"))),
        }
    }
    unwanted(db, name, agent, key, now).await
}

/// Why an address gets no mail now that it did not ask for. Asked before one is written, and in the
/// transaction that commits to sending it.
pub(super) async fn unwanted(
    db: &mut Connection,
    name: &str,
    agent: &Agent,
    address: &str,
    now: i64,
) -> Result<Option<String>, StoreError> {
    if let Some(suppressed) = suppression::find(db, address).await? {
        return Ok(Some(suppressed.why()));
    }
    if campaigns::is_unsubscribed(db, name, address).await? {
        return Ok(Some("the contact has unsubscribed".to_owned()));
    }
    let full = cap::free_at(db, name, agent.deliver.at_most, address, now).await?;
    Ok(full.map(|_| "the contact has had as many mails as `at_most` allows".to_owned()))
}

/// Opens the thread that a sending begins, once.
async fn begin(
    deployment: &Deployment,
    attempt: &Attempt,
    bundle: &Arc<Loaded>,
    send: &Send,
    entity: &Entity,
) -> Result<i64, StageError> {
    if let Some(thread) = send.thread_id {
        return Ok(thread);
    }
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let named = entity.value.get("name").and_then(Value::as_str);
    let new = NewThread {
        agent: send.agent.clone(),
        contact_key: send.contact_key.clone(),
        contact_name: named.unwrap_or_default().to_owned(),
        subject: send.campaign.clone(),
        base_subject: threading::base_subject(&send.campaign),
        bundle: bundle.digest().to_owned(),
        listeners: pin::listeners(bundle, &send.agent),
    };
    let id = send.id;
    let work = transaction(move |tx| {
        async move {
            jobs::still_held(tx, lease).await?;
            let thread = threads::open(tx, &new, now).await?;
            campaigns::begin(tx, id, thread).await?;
            Ok(thread)
        }
        .boxed()
    });
    Ok(deployment.store().write("campaign.begun", work).await?)
}

/// Keeps what was written, and asks for its review.
async fn drafted(
    deployment: &Deployment,
    attempt: &Attempt,
    send: &Send,
    thread: i64,
    finished: &Finished,
) -> Result<Over, StageError> {
    let (returned, holds) = match &finished.outcome {
        Outcome::AskPerson(why) | Outcome::HandedOver(why) => (None, vec![why.clone()]),
        Outcome::Returned(returned) => (Some(returned), returned.doubts()),
    };
    let text = |name: &str| {
        returned
            .and_then(|returned| returned.value.get(name))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let draft = NewDraft {
        thread_id: thread,
        mail_id: None,
        turn_id: Some(finished.id),
        subject: text("subject"),
        body: text("body"),
        broken_rules: json!(returned.map(|returned| &returned.broken)),
        missed_rules: json!(returned.map(|returned| &returned.missed)),
        hold_reasons: json!(holds),
        attempts: returned.map_or(0, |returned| i64::from(returned.attempts)),
        prompt: route::why(&finished.turn),
        reviewer: None,
    };
    let actor = finished.turn.given().behaviour.clone();
    let (lease, now, send) = (attempt.job.lease, deployment.clock().now_ms(), send.clone());
    let work = transaction(move |tx| {
        async move {
            let id = drafts::hold(tx, &draft, &actor, now).await?;
            campaigns::drafted(tx, send.id, id).await?;
            let base = threading::base_subject(&draft.subject);
            threads::rename(tx, thread, &draft.subject, &base).await?;
            let data = json!({ "holds": draft.hold_reasons, "campaign": send.campaign });
            let mut written = event("draft.written", &actor, Some(thread), None, data);
            written.draft_id = Some(id);
            events::append(tx, &written, now).await?;
            let args = json!({ "draft": id, "thread": thread });
            let review = thread_job("review", args, thread, &send.contact_key);
            jobs::hand_on(tx, lease, &review, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("campaign.written", work).await?)
}

/// Ends the job of a sending that is not made, with the reason if there is a new one.
async fn skipped(
    deployment: &Deployment,
    attempt: &Attempt,
    send: &Send,
    reason: Option<String>,
) -> Result<Over, StageError> {
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let (id, agent) = (send.id, send.agent.clone());
    let work = transaction(move |tx| {
        async move {
            if let Some(reason) = &reason {
                skip(tx, id, &agent, reason, now).await?;
            }
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("campaign.skipped", work).await?)
}

/// Notes that a sending is not made, and why.
async fn skip(
    tx: &mut Connection,
    id: i64,
    agent: &str,
    reason: &str,
    now: i64,
) -> Result<(), StoreError> {
    campaigns::end(tx, id, SendState::Skipped, Some(reason)).await?;
    let data = json!({ "send": id, "reason": reason });
    events::append(tx, &event("campaign.skipped", agent, None, None, data), now).await?;
    Ok(())
}

/// Notes what became of the sending that a draft belongs to. The draft is not sent any more unless
/// it was: what is not asked for is not offered twice.
pub(super) async fn ended(
    tx: &mut Connection,
    draft: i64,
    state: SendState,
    reason: Option<&str>,
    now: i64,
) -> Result<(), StoreError> {
    let Some(send) = campaigns::of_draft(tx, draft).await? else {
        return Ok(());
    };
    match (state, reason) {
        (SendState::Skipped, Some(reason)) => skip(tx, send.id, &send.agent, reason, now).await,
        _ => campaigns::end(tx, send.id, state, reason).await,
    }
}

/// The header fields of a mail that nobody asked for: that it is one, and how the contact ends it with one
/// click (RFC 8058), for which others must reach us.
///
/// # Errors
/// When the store fails.
pub(super) async fn headers(
    deployment: &Deployment,
    draft: i64,
) -> Result<Vec<(&'static str, String)>, StoreError> {
    let mut reader = deployment.store().read().await?;
    let send = campaigns::of_draft(&mut reader, draft).await?;
    let Some(send) = send else {
        return Ok(Vec::new());
    };
    let bulk = ("Precedence", "bulk".to_owned());
    let Some(public) = &deployment.config.public_url else {
        return Ok(vec![bulk]);
    };
    let token = unsubscribe::token(&deployment.secret, send.id);
    let public = public.trim_end_matches('/');
    Ok(vec![
        (
            "List-Unsubscribe",
            format!("<{public}/unsubscribe/{token}>"),
        ),
        (
            "List-Unsubscribe-Post",
            "List-Unsubscribe=One-Click".to_owned(),
        ),
        bulk,
    ])
}

#[cfg(test)]
mod tests;

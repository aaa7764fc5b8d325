//! An approved draft leaves, at most once, if nothing speaks against it by now.
//!
//! What was decided before is asked again in the transaction that commits to the sending: is it
//! approved at exactly this revision, did the contact write again or unsubscribe, have they had
//! enough, do they sleep?

use futures_util::FutureExt;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use silex_bundle::Agent;
use silex_bundle::agent::Quiet;
use silex_bundle::campaign::Zone;
use silex_bundle::expr::Scope;

use super::sending::{self, Leave};
use super::{
    Deployment, StageError, agent, argument, campaign, cap, egress, event, letter, quiet, restored,
    review, supersede,
};
use crate::bundle::Loaded;
use crate::queue::Attempt;
use crate::store::campaigns::SendState;
use crate::store::deliveries::{self, NewDelivery, Purpose};
use crate::store::drafts::{self, Draft};
use crate::store::jobs::{self, Over};
use crate::store::mails::{self, Mail};
use crate::store::threads::Thread;
use crate::store::{Connection, StoreError, campaigns, entities, events, lock, transaction};

/// A reply that a full cap would hold back for longer than this is for a person.
const PATIENCE_MS: i64 = 3 * 24 * 3600 * 1000;

/// Sends the draft of a job, if it is still approved at exactly its revision.
///
/// # Errors
/// When it is too early, the transport did not take it now, or the store fails.
pub async fn deliver(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    match write(deployment, attempt).await? {
        Written::Ready(look) => {
            let sender = look.letter.sender.clone();
            sending::send(deployment, attempt, &sender, move |tx| {
                async move { look.look(tx).await }.boxed()
            })
            .await
        }
        Written::KeptBack(draft, findings) => {
            keep_back(deployment, attempt, &draft, &findings).await
        }
    }
}

/// How long an approved draft of an agent waits, so that it can be taken back, in milliseconds.
pub(super) fn undo_window(deployment: &Deployment, bundle: &Loaded, agent: &str) -> i64 {
    let agent = bundle.bundle().agents.get(agent);
    let undo = agent.and_then(|agent| agent.deliver.undo_ms).unwrap_or(0);
    let delay = deployment.config.outbound.delay_s.saturating_mul(1000);
    i64::try_from(undo.max(delay)).unwrap_or(i64::MAX / 2)
}

/// What the draft of a job becomes.
#[derive(Debug)]
pub(super) enum Written {
    /// A mail, with what is to be asked at last.
    Ready(Box<LastLook>),
    /// Nothing: it must not leave, for these reasons.
    KeptBack(Box<Draft>, Vec<String>),
}

/// The mail that the draft of a job becomes, if it may leave.
pub(super) async fn write(
    deployment: &Deployment,
    attempt: &Attempt,
) -> Result<Written, StageError> {
    let (id, revision) = (
        argument(&attempt.job, "draft")?,
        argument(&attempt.job, "revision")?,
    );
    let (draft, mail, said) = review::subject(deployment, id).await?;
    let bundle = deployment.bundle_of(&said.thread).await?;
    let agent = agent(&bundle, &said.thread.agent)?;
    let mut findings = egress::findings(deployment, &bundle, &draft, &said).await?;
    let thread = said.into_thread();
    findings.extend(restored::doubt(deployment, &draft, mail.as_ref()).await?);
    if !findings.is_empty() {
        return Ok(Written::KeptBack(Box::new(draft), findings));
    }
    let headers = match mail {
        Some(_) => Vec::new(),
        None => campaign::headers(deployment, id).await?,
    };
    let place = (mail.as_ref(), &thread);
    let letter = letter::letter(deployment, agent, &draft, revision, place, headers)?;
    let now = deployment.clock().now_ms();
    let quiet = quiet_until(deployment, &bundle, agent, (mail.as_ref(), &thread), now).await?;
    Ok(Written::Ready(Box::new(LastLook {
        letter,
        mail: draft.mail_id,
        quiet,
        name: thread.agent,
        agent: agent.clone(),
        deployment: deployment.clone(),
        now,
    })))
}

/// When the quiet hours of the contact end that hold now.
async fn quiet_until(
    deployment: &Deployment,
    bundle: &Loaded,
    agent: &Agent,
    (mail, thread): (Option<&Mail>, &Thread),
    now: i64,
) -> Result<Option<i64>, StageError> {
    let Some(quiet) = &agent.deliver.quiet else {
        return Ok(None);
    };
    let mut reader = deployment.store().read().await?;
    // The mail of a campaign sees its audience by the contact's name.
    let kind = match mail {
        Some(_) => None,
        None => audience(&mut reader, bundle, thread).await?,
    };
    let kind = kind.unwrap_or_else(|| agent.contact.entity.clone());
    let contact = entities::find(&mut reader, &kind, &thread.contact_key).await?;
    let contact = contact.map_or(Value::Null, |contact| contact.value);
    let zone = zone(quiet, &agent.contact.name, &contact);
    let zone = zone.unwrap_or_else(|| deployment.config.timezone.clone());
    let zone = TimeZone::get(&zone).map_err(|error| StageError::Unusable(error.to_string()))?;
    Ok(quiet::quiet_until(quiet, &zone, now))
}

/// The entity that a campaign's thread is with.
async fn audience(
    db: &mut Connection,
    bundle: &Loaded,
    thread: &Thread,
) -> Result<Option<String>, StoreError> {
    let send = campaigns::of_thread(db, thread.id).await?;
    let agent = bundle.bundle().agents.get(&thread.agent);
    let campaign = send.and_then(|send| agent?.campaigns.get(&send.campaign));
    Ok(campaign.map(|campaign| campaign.to.entity.clone()))
}

fn zone(quiet: &Quiet, name: &str, contact: &Value) -> Option<String> {
    match &quiet.zone {
        Zone::Name(zone) => Some(zone.clone()),
        Zone::Path(path) => {
            let scope = Scope::new().with(name, contact);
            scope.lookup(path)?.as_str().map(str::to_owned)
        }
    }
}

/// What is asked in the transaction that commits to a sending.
#[derive(Debug)]
pub(super) struct LastLook {
    letter: NewDelivery,
    mail: Option<i64>,
    quiet: Option<i64>,
    name: String,
    agent: Agent,
    deployment: Deployment,
    now: i64,
}

impl LastLook {
    /// Commits to the sending, unless it was decided otherwise since the approval, newer mail came,
    /// or it is too early.
    pub(super) async fn look(&self, tx: &mut Connection) -> Result<Leave, StoreError> {
        let (letter, now) = (&self.letter, self.now);
        let (Some(draft), Some(revision)) = (letter.draft_id, letter.revision) else {
            return Ok(Leave::Never);
        };
        let before = deliveries::by_intent(tx, &letter.intent).await?;
        if before.is_some_and(|before| before.state.was_begun()) {
            return Ok(Leave::Now(deliveries::intend(tx, letter, now).await?));
        }
        if !drafts::may_be_sent(tx, draft, revision).await? || self.is_overtaken(tx).await? {
            return Ok(Leave::Never);
        }
        if letter.purpose == Purpose::Campaign {
            let (name, agent) = (&self.name, &self.agent);
            let unwanted = campaign::unwanted(tx, name, agent, &letter.recipient, now).await?;
            if let Some(reason) = unwanted {
                drafts::withdraw(tx, draft, revision, &reason).await?;
                campaign::ended(tx, draft, SendState::Skipped, Some(&reason), now).await?;
                return Ok(Leave::Never);
            }
        }
        if let Some(until) = self.quiet {
            let reason = "it is quiet where the contact is".to_owned();
            return Ok(Leave::Later(until, reason));
        }
        let at_most = self.agent.deliver.at_most;
        if at_most.is_some() {
            // Another thread of the contact may be at the same count.
            let counted = format!("mails of {} to {}", self.name, letter.recipient);
            lock::named(tx, &counted).await?;
        }
        let full = cap::free_at(tx, &self.name, at_most, &letter.recipient, now).await?;
        match full {
            Some(until) if until - now > PATIENCE_MS => {
                let reason = "the contact has had as many mails as `at_most` allows for days";
                review::reopen(tx, &self.deployment, draft, revision, reason, now).await?;
                Ok(Leave::Never)
            }
            Some(until) => {
                let reason = "the contact has had as many mails as `at_most` allows".to_owned();
                Ok(Leave::Later(until, reason))
            }
            None => Ok(Leave::Now(deliveries::intend(tx, letter, now).await?)),
        }
    }

    /// Whether another mail of the contact was let through since the one that this answers.
    async fn is_overtaken(&self, tx: &mut Connection) -> Result<bool, StoreError> {
        let (Some(thread), Some(mail)) = (self.letter.thread_id, self.mail) else {
            return Ok(false);
        };
        match mails::overtaking(tx, thread, mail).await? {
            Some(newest) => {
                supersede(tx, &self.name, thread, newest, self.now).await?;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

/// Gives a draft that must not leave back to people, with what was found in it.
async fn keep_back(
    deployment: &Deployment,
    attempt: &Attempt,
    draft: &Draft,
    findings: &[String],
) -> Result<Over, StageError> {
    let revision = argument(&attempt.job, "revision")?;
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let ours = deployment.clone();
    let (draft, findings) = (draft.clone(), findings.to_vec());
    let work = transaction(move |tx| {
        async move {
            if drafts::may_be_sent(tx, draft.id, revision).await? {
                let reason = format!("it must not leave: {}", findings.join("; "));
                review::reopen(tx, &ours, draft.id, revision, &reason, now).await?;
                let data = json!({ "revision": revision, "findings": findings });
                let (thread, mail) = (Some(draft.thread_id), draft.mail_id);
                let mut kept = event("draft.kept_back", "egress", thread, mail, data);
                kept.draft_id = Some(draft.id);
                events::append(tx, &kept, now).await?;
            }
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("deliver.kept_back", work).await?)
}

//! A mail comes in: its bytes are kept first, everything else is a job.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::time::Duration;

use futures_util::FutureExt;
use metrics::counter;
use serde_json::json;
use silex_bundle::{Agent, Bundle};
use tokio::sync::Semaphore;

use super::arrival::{self, Arrival};
use super::feedback::{self, Report};
use super::review::answer::Answer;
use super::{Deployment, StageError, argument, event};
use crate::mail::delivery_report::{self, DeliveryReport};
use crate::mail::inbound::{Received, Source, Unwanted, Verdicts, raw};
use crate::mail::verdict::Token;
use crate::mail::{Incoming, Mailbox, Unreadable, record, threading};
use crate::queue::Attempt;
use crate::store::jobs::{self, NewJob, Over};
use crate::store::mails::{self, Accepted, Direction, MailState, NewMail, NewRaw};
use crate::store::quarantine::{self, Cause};
use crate::store::{Connection, StoreError, events, transaction};
use crate::telemetry::metrics::MAILS;

/// The longest that reading a mail may take. The limits on mails keep every one far below it.
const READING: Duration = Duration::from_secs(30);

/// Shares of the workers for mail whose contact is not known yet.
const SHARES: u64 = 64;

/// Keeps a mail and enqueues its way. When this has returned, the mail is not lost any more.
///
/// The same mail brought twice is one mail.
///
/// # Errors
/// When the store fails; then nothing was kept and the sender should try again.
pub async fn accept(deployment: &Deployment, received: Received) -> Result<Accepted, StoreError> {
    let now = deployment.clock().now_ms();
    let source = received.source.name();
    let work = transaction(move |tx| {
        async move {
            let new = bytes(received)?;
            let accepted = mails::accept(tx, &new, now).await?;
            if let Accepted::New(raw) = accepted {
                jobs::enqueue(tx, &job(raw, new.envelope_from.as_deref()), now).await?;
            }
            Ok(accepted)
        }
        .boxed()
    });
    let accepted = deployment.store().write("receive.accepted", work).await?;
    if matches!(accepted, Accepted::New(_)) {
        counter!(MAILS, "source" => source).increment(1);
    }
    Ok(accepted)
}

/// What is kept of a mail before anything in it is looked at.
pub(super) fn bytes(received: Received) -> Result<NewRaw, StoreError> {
    let verdicts = received.verdicts.map(serde_json::to_value).transpose();
    Ok(NewRaw {
        source: received.source.name().to_owned(),
        external_id: received.external_id,
        envelope_from: received.envelope_from,
        envelope_to: Some(received.envelope_to.join(",")).filter(|to| !to.is_empty()),
        verdicts: verdicts.map_err(|error| StoreError::Database(error.to_string()))?,
        bytes: received.raw,
    })
}

/// The job that reads kept bytes, which somebody sent.
pub(super) fn job(raw: i64, sender: Option<&str>) -> NewJob {
    NewJob {
        tenant: share(sender),
        ..NewJob::new("receive", json!({ "raw": raw }))
    }
}

/// Whose share of the workers it uses to take a mail in. Its contact is not known yet, and senders are any
/// number, each of which a claim would look at: they are spread over a few shares, which nobody outside can
/// foresee, so that a flood of one keeps few others waiting (stochastic fairness queueing, McKenney 1990).
pub(super) fn share(sender: Option<&str>) -> String {
    static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    match sender {
        Some(sender) => format!("mail {}", KEYS.hash_one(sender.to_lowercase()) % SHARES),
        None => String::new(),
    }
}

/// Reads a kept mail, finds its agent, its thread and its contact.
///
/// # Errors
/// When the store fails.
pub async fn receive(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    let raw_id = argument(&attempt.job, "raw")?;
    let aside = async |incoming: &Incoming, cause: Cause, reason: &str| {
        aside(
            deployment,
            attempt,
            row(raw_id, incoming, String::new(), deployment.clock().now_ms()),
            cause,
            reason,
        )
        .await
    };
    let Some(read) = read(deployment, raw_id).await? else {
        let reason = format!("reading it took more than {} s", READING.as_secs());
        return aside(&Incoming::default(), Cause::Slow, &reason).await;
    };
    let incoming = match read.incoming {
        Ok(incoming) => incoming,
        Err(unreadable) => {
            return aside(
                &Incoming::default(),
                Cause::Unreadable,
                &unreadable.to_string(),
            )
            .await;
        }
    };
    if let Some((cause, reason)) = read
        .verdicts
        .as_ref()
        .and_then(Verdicts::unwanted)
        .map(unwanted)
    {
        return aside(&incoming, cause, reason).await;
    }
    if let Some(report) = read.report {
        let report = Report {
            raw_id,
            incoming,
            report,
        };
        return feedback::reported(deployment, attempt, report).await;
    }
    let bundle = deployment.bundles().current();
    let agents = for_whom(bundle.bundle(), &read.inboxes);
    let Some((_, _, inbox)) = agents.first() else {
        let reason = "no agent has an inbox that it is addressed to";
        return aside(&incoming, Cause::NoAgent, reason).await;
    };
    // An answer to a review goes to no agent, whoever sent it.
    if let Some(token) = Token::of_mail(&incoming, &read.envelope_to) {
        let answer = Answer {
            raw_id,
            inbox: (*inbox).clone(),
            token,
            incoming,
        };
        return answer.keep(deployment, attempt).await;
    }
    let Some(from) = incoming.from.clone() else {
        return aside(&incoming, Cause::NoSender, "it has no usable sender").await;
    };
    let clues = threading::candidates(&incoming, &read.envelope_to, &deployment.secret);
    let arrivals = agents.into_iter().map(|(name, agent, inbox)| Arrival {
        raw_id,
        clues: clues.clone(),
        agent: name.clone(),
        inbox: inbox.clone(),
        contact: agent.contact.clone(),
        from: from.clone(),
        incoming: incoming.clone(),
        verdicts: read.verdicts.clone(),
        bundle: bundle.clone(),
    });
    arrival::keep(deployment, attempt, arrivals.collect()).await
}

/// The agents that a mail to these addresses of ours is for, in the order of their names, each with
/// the first address that is its own.
fn for_whom<'a>(
    bundle: &'a Bundle,
    inboxes: &'a [String],
) -> Vec<(&'a String, &'a Agent, &'a String)> {
    let agents = bundle.agents.iter();
    agents
        .filter_map(|(name, agent)| {
            let inbox = inboxes.iter().find(|inbox| is_for(agent, inbox))?;
            Some((name, agent, inbox))
        })
        .collect()
}

/// Whether an address of ours is one of an agent's: where it is written to, or what it writes from.
fn is_for(agent: &Agent, inbox: &str) -> bool {
    let sender = Mailbox::of_text(&agent.deliver.from).map(|sender| sender.address);
    let mut own = agent.inbox.iter().chain(&sender);
    own.any(|own| own.eq_ignore_ascii_case(inbox))
}

fn unwanted(unwanted: Unwanted) -> (Cause, &'static str) {
    match unwanted {
        Unwanted::Virus => (Cause::Virus, "a virus was found in it"),
        Unwanted::Spam => (Cause::Spam, "the receiving service takes it for spam"),
        Unwanted::Forged => (
            Cause::Forged,
            "its sender is refuted (DMARC), and the sender's domain asks for such mail to be refused",
        ),
    }
}

/// What was found in the bytes of a mail.
struct Read {
    incoming: Result<Incoming, Unreadable>,
    inboxes: Vec<String>,
    report: Option<DeliveryReport>,
    envelope_to: Vec<String>,
    verdicts: Option<Verdicts>,
}

/// How many mails are read at once. One whose reading was given up counts until it has ended.
const AT_ONCE: usize = 8;
static READERS: Semaphore = Semaphore::const_new(AT_ONCE);

/// Reads kept bytes. None when that takes too long.
async fn read(deployment: &Deployment, raw_id: i64) -> Result<Option<Read>, StageError> {
    let mut reader = deployment.store().read().await?;
    let kept = mails::raw(&mut reader, raw_id).await?;
    drop(reader);
    let kept = kept.ok_or_else(|| StageError::Unusable(format!("there are no bytes {raw_id}")))?;
    let to: Vec<String> = kept
        .envelope_to
        .iter()
        .flat_map(|to| to.split(','))
        .map(str::to_owned)
        .collect();
    let verdicts = kept.verdicts.map(serde_json::from_value).transpose();
    let mut received = raw::receive(kept.bytes, Source::Raw, kept.envelope_from.as_deref(), &to);
    received.verdicts = verdicts.map_err(|error| StageError::Unusable(error.to_string()))?;
    let site = deployment.site();
    let permit = READERS.acquire().await;
    // Hostile mail may cost a second of processor time, which no other job should feel.
    let mut reading = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let incoming = received.read(&site);
        let inboxes = incoming
            .as_ref()
            .map_or_else(|_| Vec::new(), |incoming| received.inboxes(incoming, &site));
        let report = match &incoming {
            Ok(incoming) if incoming.automatic.is_some() => delivery_report::read(&received.raw),
            Ok(_) | Err(_) => None,
        };
        Read {
            incoming,
            inboxes,
            report,
            envelope_to: received.envelope_to,
            verdicts: received.verdicts,
        }
    });
    // A thread cannot be stopped, but what it reads is bounded: it ends by itself, and nobody waits. A pause
    // of the whole process takes one half of the time, and never both.
    for half in [READING / 2; 2] {
        match tokio::time::timeout(half, &mut reading).await {
            Ok(Ok(read)) => return Ok(Some(read)),
            Ok(Err(_)) => {
                return Ok(Some(Read {
                    incoming: Err(Unreadable::Broken),
                    inboxes: Vec::new(),
                    report: None,
                    envelope_to: Vec::new(),
                    verdicts: None,
                }));
            }
            Err(_) => {}
        }
    }
    Ok(None)
}

/// What cannot be worked on is kept, shown to people, and not answered.
async fn aside(
    deployment: &Deployment,
    attempt: &Attempt,
    mail: NewMail,
    cause: Cause,
    reason: &str,
) -> Result<Over, StageError> {
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let reason = reason.to_owned();
    let work = transaction(move |tx| {
        async move {
            put_aside(tx, &mail, cause, &reason, now).await?;
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("receive.aside", work).await?)
}

/// Keeps what cannot be worked on where people see it.
pub(super) async fn put_aside(
    tx: &mut Connection,
    mail: &NewMail,
    cause: Cause,
    reason: &str,
    now: i64,
) -> Result<(), StoreError> {
    let id = mails::keep(tx, mail, now).await?;
    quarantine::put_aside(tx, id, cause, reason).await?;
    let data = json!({ "cause": cause, "reason": reason });
    let told = event("mail.quarantined", "silex", None, Some(id), data);
    events::append(tx, &told, now).await?;
    Ok(())
}

pub(super) fn row(raw_id: i64, incoming: &Incoming, inbox: String, now: i64) -> NewMail {
    let from = incoming.from.clone().unwrap_or_default();
    NewMail {
        raw_id: Some(raw_id),
        thread_id: None,
        direction: Direction::In,
        message_id: incoming.message_id.clone().unwrap_or_default(),
        in_reply_to: incoming.in_reply_to.first().cloned(),
        refs: incoming.references.clone(),
        from_address: from.address,
        from_name: from.name,
        envelope_to: inbox,
        subject: incoming.subject.clone(),
        body: incoming.text.clone(),
        quoted: incoming.quoted.clone(),
        record: record::mail(incoming, &raw_id.to_string(), now),
        verified: incoming.verified(),
        automatic: incoming.automatic.as_ref().map(ToString::to_string),
        state: MailState::Received,
        reason: None,
        place: 0,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_sender_has_one_share_and_many_have_few_in_common() {
        assert_eq!(share(Some("ann@x.example")), share(Some("Ann@X.example")));
        let all: HashSet<String> = (0..10_000)
            .map(|at| share(Some(&format!("{at}@x.example"))))
            .collect();
        assert_eq!(all.len() as u64, SHARES);
        assert_eq!(
            job(1, Some("ann@x.example")).tenant,
            share(Some("ann@x.example"))
        );
    }
}

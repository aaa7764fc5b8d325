//! What became of mails that we sent: told by the service that carried them, or by a mail server in
//! a report. It is kept with the sending, and may end all sending to an address.

use futures_util::FutureExt;
use serde_json::json;

use super::{Deployment, StageError, event, receive, settle};
use crate::mail::Incoming;
use crate::mail::delivery_report::DeliveryReport;
use crate::mail::inbound::ses::{Event, Outcome};
use crate::mail::transport::Accepted;
use crate::queue::Attempt;
use crate::store::delivery_events::{self, About, NewDeliveryEvent, Teller};
use crate::store::jobs::{self, Over};
use crate::store::mails::{self, MailState};
use crate::store::suppression::{self, Reason};
use crate::store::{Connection, StoreError, events, lock, threads, transaction};

/// Keeps an event of SES. It may come before we know that the mail was taken, or without a mail.
pub(super) async fn told(
    tx: &mut Connection,
    deployment: &Deployment,
    told: Event,
    now: i64,
) -> Result<(), StoreError> {
    let about = delivery_events::about(tx, Some(&told.ses_id), told.intent.as_deref()).await?;
    // SNS keeps no order: that it took the mail may be told after that it did not send it on.
    let stopped = match &about {
        Some(about) if told.outcome == Outcome::Sent => {
            let rejected = Outcome::Rejected.word();
            delivery_events::were_told(tx, about.delivery, rejected).await?
        }
        Some(_) | None => false,
    };
    let proves = told.outcome.proves_acceptance() && !stopped;
    if let (true, Some(intent)) = (proves, &told.intent) {
        let taken = Accepted {
            id: told.ses_id.clone(),
            message_id: None,
        };
        settle::by_event(tx, deployment, intent, taken, now).await?;
    }
    if let (Outcome::Rejected, Some(intent)) = (told.outcome, &told.intent) {
        settle::by_refusal(tx, deployment, intent, &told.detail, now).await?;
    }
    if let Some(About {
        agent: Some(agent),
        thread: Some(thread),
        ..
    }) = &about
    {
        // Answers name the id that SES gave the mail; our own never reached anybody.
        let id = crate::mail::threading::ses_id(&told.ses_id);
        threads::refer(tx, agent, *thread, &[id]).await?;
    }
    let kept = Kept {
        teller: Teller::Ses,
        outcome: told.outcome,
        intent: told.intent,
        provider_id: Some(told.ses_id),
        recipients: told.recipients,
        detail: told.detail,
        said_at: told.at,
    };
    keep(tx, kept, about.as_ref(), now).await
}

/// What was told, from whomever.
struct Kept {
    teller: Teller,
    outcome: Outcome,
    intent: Option<String>,
    provider_id: Option<String>,
    recipients: Vec<String>,
    detail: String,
    said_at: String,
}

async fn keep(
    tx: &mut Connection,
    told: Kept,
    about: Option<&About>,
    now: i64,
) -> Result<(), StoreError> {
    let row = NewDeliveryEvent {
        source: told.teller,
        outcome: told.outcome.word().to_owned(),
        intent: told.intent,
        provider_id: told.provider_id,
        recipients: told.recipients.clone(),
        detail: told.detail.clone(),
        said_at: told.said_at,
        delivery_id: about.map(|about| about.delivery),
    };
    // Two topics may tell the same, each under an id of its own, and at once.
    if let Some(id) = row.delivery_id {
        lock::named(tx, &format!("told of delivery {id}")).await?;
    }
    if delivery_events::is_known(tx, &row).await? {
        return Ok(());
    }
    delivery_events::keep(tx, &row, now).await?;
    let by = match told.teller {
        Teller::Ses => "ses",
        Teller::Report => "report",
    };
    if let Some(reason) = reason(told.outcome) {
        for address in &told.recipients {
            if suppression::add(tx, address, reason, (&told.detail, by), now).await? {
                let data = json!({ "address": address, "reason": reason });
                let thread = about.and_then(|about| about.thread);
                events::append(
                    tx,
                    &event("address.suppressed", by, thread, None, data),
                    now,
                )
                .await?;
            }
        }
    }
    if let Some(kind) = kind(told.outcome) {
        let data = json!({
            "delivery": row.delivery_id, "to": told.recipients, "detail": told.detail,
        });
        let mut told = event(kind, by, about.and_then(|about| about.thread), None, data);
        told.draft_id = about.and_then(|about| about.draft);
        events::append(tx, &told, now).await?;
    }
    Ok(())
}

/// Why nothing is sent to the recipient any more, if so.
fn reason(outcome: Outcome) -> Option<Reason> {
    match outcome {
        Outcome::Bounced => Some(Reason::Bounce),
        Outcome::Complained => Some(Reason::Complaint),
        Outcome::Sent
        | Outcome::Delivered
        | Outcome::BouncedForNow
        | Outcome::Rejected
        | Outcome::Delayed
        | Outcome::Noted => None,
    }
}

/// How the fact is named in the order of everything, if people should see it.
fn kind(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Delivered => Some("delivery.arrived"),
        Outcome::Bounced | Outcome::BouncedForNow => Some("delivery.bounced"),
        Outcome::Complained => Some("delivery.complained"),
        Outcome::Rejected => Some("delivery.rejected"),
        Outcome::Delayed => Some("delivery.delayed"),
        Outcome::Sent | Outcome::Noted => None,
    }
}

/// Ends all sending to an address, by a person's word. `false` if it was ended before.
///
/// # Errors
/// When the store fails.
pub async fn suppress(
    deployment: &Deployment,
    address: &str,
    note: &str,
    by: &str,
) -> Result<bool, StoreError> {
    let now = deployment.clock().now_ms();
    let (address, note, by) = (address.to_owned(), note.to_owned(), by.to_owned());
    let work = transaction(move |tx| {
        async move {
            let added = suppression::add(tx, &address, Reason::ByHand, (&note, &by), now).await?;
            if added {
                let data = json!({ "address": address, "reason": Reason::ByHand });
                events::append(tx, &event("address.suppressed", &by, None, None, data), now)
                    .await?;
            }
            Ok(added)
        }
        .boxed()
    });
    deployment.store().write("", work).await
}

/// Lets mail be sent to an address again, by a person's word. `false` if it was not ended.
///
/// # Errors
/// When the store fails.
pub async fn allow(deployment: &Deployment, address: &str, by: &str) -> Result<bool, StoreError> {
    let now = deployment.clock().now_ms();
    let (address, by) = (address.to_owned(), by.to_owned());
    let work = transaction(move |tx| {
        async move {
            let removed = suppression::remove(tx, &address).await?;
            if removed {
                let data = json!({ "address": address });
                events::append(tx, &event("address.allowed", &by, None, None, data), now).await?;
            }
            Ok(removed)
        }
        .boxed()
    });
    deployment.store().write("", work).await
}

/// A report that came by mail.
pub(super) struct Report {
    /// Its bytes.
    pub(super) raw_id: i64,
    /// What was read of it as a mail.
    pub(super) incoming: Incoming,
    /// What it reports.
    pub(super) report: DeliveryReport,
}

/// Keeps a report of a mail server. It counts only for a mail of ours to that very recipient:
/// anybody can write one.
///
/// # Errors
/// When the store fails.
pub(super) async fn reported(
    deployment: &Deployment,
    attempt: &Attempt,
    report: Report,
) -> Result<Over, StageError> {
    let (lease, now) = (attempt.job.lease, deployment.clock().now_ms());
    let Report {
        raw_id,
        incoming,
        report,
    } = report;
    let said_at = deployment.now();
    let work = transaction(move |tx| {
        async move {
            let mut thread = None;
            let id = report.message_id.as_deref().unwrap_or_default();
            for failure in report.failures {
                let about = delivery_events::of_message(tx, id, &failure.recipient).await?;
                let Some(about) = about else { continue };
                thread = thread.or(about.thread);
                let kept = Kept {
                    teller: Teller::Report,
                    outcome: if failure.permanent {
                        Outcome::Bounced
                    } else {
                        Outcome::BouncedForNow
                    },
                    intent: None,
                    provider_id: None,
                    recipients: vec![failure.recipient],
                    detail: failure.detail,
                    said_at: said_at.clone(),
                };
                keep(tx, kept, Some(&about), now).await?;
            }
            let mut mail = receive::row(raw_id, &incoming, String::new(), now);
            mail.thread_id = thread;
            mail.state = MailState::Ignored;
            let reason = match thread {
                Some(_) => "it reports what became of a mail of ours",
                None => "it reports on a mail that is not ours",
            };
            mail.reason = Some(reason.to_owned());
            let id = mails::keep(tx, &mail, now).await?;
            let data = json!({ "from": mail.from_address, "reason": reason });
            let ignored = event("mail.ignored", "silex", thread, Some(id), data);
            events::append(tx, &ignored, now).await?;
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("receive.reported", work).await?)
}

//! What came of a sending: the same, whether the transport says it, its report or a person.

use serde_json::json;

use super::{Deployment, event, letter, review};
use crate::mail::transport::Accepted;
use crate::mail::{clean, record};
use crate::store::deliveries::{self, Delivery};
use crate::store::mails::{self, Direction, MailState, NewMail};
use crate::store::{Connection, StoreError, drafts, events, threads};

/// What came of a sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Came {
    /// It was taken.
    Accepted(Accepted),
    /// It will never be taken, for this reason.
    Refused(String),
    /// Nobody knows, for this reason.
    Unknown(String),
}

/// Writes down what came of a sending, with all that follows from it.
///
/// # Errors
/// [`StoreError::Conflict`] when something else came of it before.
pub(super) async fn settle(
    tx: &mut Connection,
    deployment: &Deployment,
    delivery: &Delivery,
    came: Came,
    now: i64,
) -> Result<(), StoreError> {
    let to = &delivery.recipient;
    match came {
        Came::Accepted(Accepted { id }) => {
            deliveries::accepted(tx, delivery.id, &id, None, now).await?;
            if let Some((draft, revision)) = delivery.sends() {
                drafts::delivered(tx, draft, revision).await?;
                keep(tx, deployment, delivery, now).await?;
            }
            let kind = match delivery.sends() {
                Some(_) => "draft.delivered",
                None => "post.sent",
            };
            tell(tx, delivery, kind, json!({ "to": to, "id": id }), now).await
        }
        Came::Unknown(why) => {
            deliveries::unknown(tx, delivery.id, &why).await?;
            let data = json!({ "to": to, "why": why });
            tell(tx, delivery, "delivery.unknown", data, now).await
        }
        Came::Refused(why) => {
            deliveries::failed(tx, delivery.id, &why, now).await?;
            if let Some((draft, revision)) = delivery.sends() {
                let reason = format!("it could not be delivered: {why}");
                review::reopen(tx, deployment, draft, revision, &reason, now).await?;
            }
            let data = json!({ "to": to, "why": why });
            tell(tx, delivery, "delivery.failed", data, now).await
        }
    }
}

/// Notes what happened to a delivery.
pub(super) async fn tell(
    tx: &mut Connection,
    delivery: &Delivery,
    kind: &str,
    mut data: serde_json::Value,
    now: i64,
) -> Result<(), StoreError> {
    let mail = match delivery.draft_id {
        Some(draft) => drafts::find(tx, draft)
            .await?
            .and_then(|draft| draft.mail_id),
        None => None,
    };
    data["delivery"] = delivery.id.into();
    data["purpose"] = delivery.purpose.word().into();
    let actor = delivery.agent.as_deref().unwrap_or("silex");
    let mut told = event(kind, actor, delivery.thread_id, mail, data);
    told.draft_id = delivery.draft_id;
    events::append(tx, &told, now).await?;
    Ok(())
}

/// Keeps a sent mail in its thread.
async fn keep(
    tx: &mut Connection,
    deployment: &Deployment,
    delivery: &Delivery,
    now: i64,
) -> Result<(), StoreError> {
    let (Some(thread), Some(draft)) = (delivery.thread_id, delivery.draft_id) else {
        return Ok(());
    };
    let Some(draft) = drafts::find(tx, draft).await? else {
        return Ok(());
    };
    let mail = match draft.mail_id {
        Some(mail) => mails::find(tx, mail).await?,
        None => None,
    };
    let from = letter::sender(&delivery.sender).unwrap_or_default();
    let own = json!({
        "id": delivery.message_id, "from": { "address": from.address, "name": from.name },
        "to": [{ "address": delivery.recipient, "name": "" }],
        // A person may have written more than the record holds.
        "subject": clean::line(&draft.subject, record::SUBJECT), "body": clean::cut(&draft.body, record::BODY),
        "quoted": "", "attachments": [], "verified": true, "received": deployment.now(),
    });
    let sent = NewMail {
        raw_id: None,
        thread_id: Some(thread),
        direction: Direction::Out,
        message_id: delivery.message_id.clone(),
        in_reply_to: letter::answered(mail.as_ref()),
        refs: letter::references(mail.as_ref()),
        from_address: from.address,
        from_name: from.name,
        envelope_to: delivery.recipient.clone(),
        subject: draft.subject,
        body: draft.body,
        quoted: String::new(),
        record: own,
        verified: true,
        automatic: None,
        state: MailState::Sent,
        reason: None,
    };
    mails::keep(tx, &sent, now).await?;
    threads::touch(tx, thread, now).await?;
    if let Some(agent) = &delivery.agent {
        let ours = [delivery.message_id.clone()];
        threads::refer(tx, agent, thread, &ours).await?;
    }
    Ok(())
}

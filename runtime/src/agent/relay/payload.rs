//! What a relay is told, as JSON. `docs/operations.md` describes it; fields are added, never changed.

use serde_json::{Value, json};

use super::super::subject::About;
use super::super::{Deployment, StageError, seed};
use crate::clock::rfc3339 as at;
use crate::store::drafts::Draft;
use crate::store::listeners;
use crate::store::mails::Mail;

/// A message to whoever is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// The same in every try, and no other message's.
    pub(super) id: String,
    /// The number of the event.
    pub(super) event: i64,
    /// The word for what happened.
    pub(super) word: &'static str,
    /// The JSON text.
    pub(super) body: String,
}

/// The message about an event, for a relay.
///
/// # Errors
/// When a spec has no word for the event.
pub(super) fn message(
    deployment: &Deployment,
    about: &About,
    relay: &str,
) -> Result<Message, StageError> {
    let event = &about.event;
    let word = listeners::word(&event.kind, &event.data)
        .ok_or_else(|| StageError::Unusable(format!("`{}` is told to nobody", event.kind)))?;
    // Nobody outside can guess the id of another message.
    let drawn = seed(&deployment.secret, &format!("relay {relay} {}", event.id));
    let id = format!("msg_{}", drawn.get(..32).unwrap_or(&drawn));
    let thread = &about.thread;
    let body = json!({
        "id": id,
        "type": word,
        "timestamp": at(event.at),
        "data": {
            "event": event.id,
            "relay": relay,
            "agent": thread.agent,
            "by": event.actor,
            "thread": {
                "id": thread.id,
                "subject": thread.subject,
                "contact": { "address": thread.contact_key, "name": thread.contact_name },
            },
            "mail": about.mail.as_ref().map(mail),
            "draft": about.draft.as_ref().map(draft),
            "details": event.data,
        },
    });
    Ok(Message {
        id,
        event: event.id,
        word,
        body: body.to_string(),
    })
}

fn mail(mail: &Mail) -> Value {
    json!({
        "id": mail.id, "message_id": mail.message_id, "subject": mail.subject,
        "from": { "address": mail.from_address, "name": mail.from_name },
        "verified": mail.verified, "received": at(mail.received_at), "text": mail.body,
    })
}

fn draft(draft: &Draft) -> Value {
    let ids = |rules: &Value| -> Vec<Value> {
        let rules = rules.as_array().into_iter().flatten();
        rules.filter_map(|rule| rule.get("rule").cloned()).collect()
    };
    json!({
        "id": draft.id, "revision": draft.revision, "state": draft.state, "subject": draft.subject,
        "text": draft.body, "broken_rules": ids(&draft.broken_rules),
        "missed_rules": ids(&draft.missed_rules), "decided_by": draft.decided_by,
    })
}

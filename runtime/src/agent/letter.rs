//! A draft as the mail that leaves: who sends it, to whom, in which thread, as which bytes.
//!
//! Who receives is never the model's choice: it is the thread's contact.

use silex_bundle::Agent;

use super::{Deployment, StageError};
use crate::mail::address::domain;
use crate::mail::compose::{Decided, Outgoing, compose};
use crate::mail::{Mailbox, automatic, threading};
use crate::store::deliveries::{NewDelivery, Purpose};
use crate::store::drafts::Draft;
use crate::store::mails::Mail;
use crate::store::threads::Thread;

/// Hexadecimal digits of an intent that nobody outside can guess.
const UNGUESSABLE: usize = 16;

/// The sending of a draft at a revision. `mail` is what it answers; `headers` are further fields.
///
/// # Errors
/// When the sender, the recipient or what stands in its header cannot be written.
pub(super) fn letter(
    deployment: &Deployment,
    agent: &Agent,
    draft: &Draft,
    revision: i64,
    (mail, thread): (Option<&Mail>, &Thread),
    headers: Vec<(&'static str, String)>,
) -> Result<NewDelivery, StageError> {
    let from = sender(&agent.deliver.from)?;
    let to = Mailbox {
        address: thread.contact_key.clone(),
        name: thread.contact_name.clone(),
    };
    let purpose = match mail {
        Some(_) => Purpose::Reply,
        None => Purpose::Campaign,
    };
    let person = draft.decided_by.as_deref().is_some_and(|by| by != "policy");
    let decided = match purpose {
        Purpose::Reply if person => Decided::ByPerson,
        Purpose::Reply => Decided::Automatically,
        Purpose::Campaign | Purpose::Review | Purpose::Relay | Purpose::Link => Decided::Unasked,
    };
    let inbox = mail
        .map(|mail| mail.envelope_to.clone())
        .filter(|inbox| !inbox.is_empty())
        .or_else(|| agent.inbox.first().cloned())
        .unwrap_or_else(|| from.address.clone());
    let in_reply_to = answered(mail);
    let (intent, message_id) = named(
        deployment,
        purpose,
        &format!("{}-{revision}", draft.id),
        &from,
        &to,
    );
    let outgoing = Outgoing {
        from: from.clone(),
        to: vec![to.clone()],
        reply_to: threading::reply_address(&deployment.secret, &inbox, &thread.id.to_string()),
        subject: draft.subject.clone(),
        message_id: message_id.clone(),
        references: references(mail),
        in_reply_to,
        date: deployment.clock().now_ms(),
        text: draft.body.clone(),
        decided,
        intent: intent.clone(),
        headers,
    };
    let raw = compose(&outgoing).map_err(|error| StageError::Unusable(error.to_string()))?;
    Ok(NewDelivery {
        intent,
        purpose,
        agent: Some(thread.agent.clone()),
        thread_id: Some(thread.id),
        draft_id: Some(draft.id),
        revision: Some(revision),
        sender: from.to_string(),
        recipient: to.address,
        message_id,
        raw,
    })
}

/// The id of the mail that is answered, if that has one.
pub(super) fn answered(mail: Option<&Mail>) -> Option<String> {
    mail.map(|mail| mail.message_id.clone())
        .filter(|id| !id.is_empty())
}

/// The ids before ours, oldest first.
pub(super) fn references(mail: Option<&Mail>) -> Vec<String> {
    let mut references = mail.map(|mail| mail.refs.clone()).unwrap_or_default();
    references.extend(answered(mail));
    references
}

/// `Name <address>` as a spec says it.
///
/// # Errors
/// When it is not one.
pub(super) fn sender(from: &str) -> Result<Mailbox, StageError> {
    Mailbox::of_text(from).ok_or_else(|| StageError::Unusable(format!("`{from}` is not a sender")))
}

/// The intent and the `Message-ID` of a mail: the same for the same mail, and of no other
/// installation, so that what a mail service reports is known by either.
pub(super) fn named(
    deployment: &Deployment,
    purpose: Purpose,
    what: &str,
    from: &Mailbox,
    to: &Mailbox,
) -> (String, String) {
    let purpose = purpose.word();
    let seed = super::seed(
        &deployment.secret,
        &format!("{purpose} {what} to {}", to.address.to_lowercase()),
    );
    let (unguessable, rest) = seed.split_at_checked(UNGUESSABLE).unwrap_or((&seed, &seed));
    let message_id = automatic::message_id(rest.get(..32).unwrap_or(rest), domain(&from.address));
    (format!("{purpose}-{what}-{unguessable}"), message_id)
}

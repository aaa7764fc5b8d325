//! Relays by mail: a post that tells what happened, through the ledger of all mail that leaves.

use futures_util::FutureExt;
use silex_bundle::Agent;

use super::super::subject::About;
use super::super::{Deployment, StageError, letter, post};
use super::payload::Message;
use super::told;
use crate::mail::Mailbox;
use crate::queue::Attempt;
use crate::store::deliveries::Purpose;
use crate::store::jobs::{self, Over};
use crate::store::{events, transaction};

/// Keeps the post and ends the job in one transaction; its sending is a job of its own.
///
/// # Errors
/// When the sender or the recipient cannot be written, or the store fails.
pub(super) async fn tell(
    deployment: &Deployment,
    attempt: &Attempt,
    about: &About,
    (agent, relay, address): (&Agent, &str, &str),
    message: &Message,
) -> Result<Over, StageError> {
    let recipient = Mailbox::of_text(address)
        .ok_or_else(|| StageError::Unusable(format!("`{address}` is no address")))?;
    let post = post::NewPost {
        purpose: Purpose::Relay,
        unique: format!("{}-{}", relay.replace('_', "-"), message.event),
        agent: Some(about.thread.agent.clone()),
        from: letter::sender(&agent.deliver.from)?,
        to: recipient,
        reply_to: None,
        subject: format!("[{}] {}", message.word, about.thread.subject),
        text: text(about, message.word),
        in_reply_to: None,
        headers: Vec::new(),
        thread: Some(about.thread.id),
        draft: about.draft.as_ref().map(|draft| draft.id),
    };
    let told = told(about, relay);
    let (lease, now, parts) = (
        attempt.job.lease,
        deployment.clock().now_ms(),
        deployment.clone(),
    );
    let work = transaction(move |tx| {
        async move {
            jobs::still_held(tx, lease).await?;
            post::enqueue(tx, &parts, &post, now).await?;
            events::append(tx, &told, now).await?;
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("relay.posted", work).await?)
}

/// What happened, and the mail and the draft that it happened to.
fn text(about: &About, word: &str) -> String {
    let thread = &about.thread;
    let mut text = format!(
        "{word}: thread {} of {} with {} <{}>\n",
        thread.id, thread.agent, thread.contact_name, thread.contact_key
    );
    if let Some(mail) = &about.mail {
        text.push_str(&format!(
            "\nThey wrote: {}\n\n{}",
            mail.subject,
            quoted(&mail.body)
        ));
    }
    if let Some(draft) = &about.draft {
        text.push_str(&format!(
            "\nThe answer: {}\n\n{}",
            draft.subject,
            quoted(&draft.body)
        ));
    }
    text
}

/// What others wrote is told from what we say about it.
fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("> {line}\n")).collect()
}

//! Mail that answers no mail: to reviewers, and to whoever else is told what happens.
//!
//! It is composed and kept in the transaction of the fact that it tells of, and leaves by the same
//! ledger as a reply: once, however often the fact is told. Its recipient is a setting or a line of
//! a spec, never what a mail or a model says.

use futures_util::FutureExt;
use serde_json::json;

use super::sending::{self, Leave};
use super::{Deployment, StageError, argument, letter};
use crate::mail::Mailbox;
use crate::mail::compose::{Decided, Outgoing, compose};
use crate::queue::Attempt;
use crate::store::deliveries::{self, NewDelivery, Purpose};
use crate::store::jobs::{self, NewJob, Over};
use crate::store::{Connection, StoreError};

/// A mail to send that answers none of a contact's.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPost {
    /// What it is sent for: [`Purpose::Review`], [`Purpose::Relay`] or [`Purpose::Link`].
    pub purpose: Purpose,
    /// What is told once to a recipient: letters, digits and `-`, as in `draft-3-due`.
    pub unique: String,
    /// The agent that it is about.
    pub agent: Option<String>,
    /// Who sends it.
    pub from: Mailbox,
    /// Who gets it.
    pub to: Mailbox,
    /// Where an answer should go, if not to `from`.
    pub reply_to: Option<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The `Message-ID` of the mail that it follows, without angle brackets.
    pub in_reply_to: Option<String>,
    /// Further header fields; nothing in a value can leave its field.
    pub headers: Vec<(&'static str, String)>,
    /// The thread that it is about.
    pub thread: Option<i64>,
    /// The draft that it is about.
    pub draft: Option<i64>,
}

/// Keeps a post and enqueues its sending; gives its delivery. One that was kept before stays as it
/// was.
///
/// # Errors
/// [`StoreError::Conflict`] when it cannot be written as a mail; or when the store fails.
pub async fn enqueue(
    tx: &mut Connection,
    deployment: &Deployment,
    post: &NewPost,
    now: i64,
) -> Result<i64, StoreError> {
    let (intent, message_id) =
        letter::named(deployment, post.purpose, &post.unique, &post.from, &post.to);
    let outgoing = Outgoing {
        from: post.from.clone(),
        to: vec![post.to.clone()],
        reply_to: post.reply_to.clone(),
        subject: post.subject.clone(),
        message_id: message_id.clone(),
        in_reply_to: post.in_reply_to.clone(),
        references: post.in_reply_to.iter().cloned().collect(),
        date: now,
        text: post.text.clone(),
        decided: Decided::Unasked,
        intent: intent.clone(),
        headers: post.headers.clone(),
    };
    let raw = compose(&outgoing).map_err(|error| StoreError::Conflict(error.to_string()))?;
    let delivery = NewDelivery {
        intent,
        purpose: post.purpose,
        agent: post.agent.clone(),
        thread_id: post.thread,
        draft_id: post.draft,
        revision: None,
        sender: post.from.to_string(),
        recipient: post.to.address.clone(),
        message_id,
        raw,
    };
    let (id, new) = deliveries::queue(tx, &delivery, now).await?;
    if new {
        enqueue_sending(tx, id, &delivery.recipient, now).await?;
    }
    Ok(id)
}

/// Enqueues the sending of a queued post.
pub(super) async fn enqueue_sending(
    tx: &mut Connection,
    delivery: i64,
    recipient: &str,
    now: i64,
) -> Result<(), StoreError> {
    let job = NewJob {
        unique_key: Some(format!("post {delivery}")),
        tenant: recipient.to_owned(),
        max_attempts: sending::TRIES,
        ..NewJob::new("post", json!({ "delivery": delivery }))
    };
    jobs::enqueue(tx, &job, now).await?;
    Ok(())
}

/// Sends the post of a job.
///
/// # Errors
/// When the transport did not take it now, or the store fails.
pub async fn post(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    let id = argument(&attempt.job, "delivery")?;
    let mut reader = deployment.store().read().await?;
    let delivery = deliveries::find(&mut reader, id).await?;
    drop(reader);
    let missing = || StageError::Unusable(format!("there is no delivery {id}"));
    let sender = delivery.ok_or_else(missing)?.sender;
    sending::send(deployment, attempt, &sender, move |tx| {
        async move { Ok(Leave::Now(deliveries::begin(tx, id).await?)) }.boxed()
    })
    .await
}

//! Mail that was put aside is tried again, after what stood in its way was set right: the agent was
//! given the inbox, the guard's model answers again, a limit was raised.
//!
//! That is not to let it go on: its contact is looked for and the guard judges it again, and it may end
//! aside again. Of mail that found no agent the bytes are read again. Limits of pace are not asked again.

use futures_util::FutureExt;
use serde_json::json;

use super::{Deployment, agent, event, inputs, pin, receive, thread_job};
use crate::store::quarantine::{self, Cause};
use crate::store::{
    Connection, StoreError, bundles, entities, events, jobs, mails, threads, transaction,
};

/// How many are tried again in one write.
const AT_ONCE: i64 = 100;

/// Tries a mail again that is aside.
///
/// # Errors
/// [`StoreError::Conflict`] when it is not aside.
pub async fn redrive(deployment: &Deployment, mail: i64, by: &str) -> Result<(), StoreError> {
    let (by, now) = (by.to_owned(), deployment.clock().now_ms());
    let ours = deployment.clone();
    let work = transaction(move |tx| async move { again(tx, &ours, mail, &by, now).await }.boxed());
    deployment.store().write("mail.redriven", work).await
}

/// Tries all mail again that is aside for a cause, and says how many there were. What comes aside
/// meanwhile, also again, is not among them.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else moved one of them meanwhile; many of those before it are
/// tried.
pub async fn all_of(deployment: &Deployment, cause: &str, by: &str) -> Result<usize, StoreError> {
    let mut reader = deployment.store().read().await?;
    let newest = quarantine::of_cause(&mut reader, cause, i64::MAX, 1).await?;
    drop(reader);
    let Some(last) = newest.first().map(|mail| mail.id) else {
        return Ok(0);
    };
    let (mut after, mut tried) = (0, 0);
    while after < last {
        let (cause, by, now) = (cause.to_owned(), by.to_owned(), deployment.clock().now_ms());
        // The oldest first, so that threads go on in their order.
        let ours = deployment.clone();
        let work = transaction(move |tx| {
            async move {
                let mails = quarantine::ids_of_cause(tx, &cause, (after, last), AT_ONCE).await?;
                for mail in &mails {
                    again(tx, &ours, *mail, &by, now).await?;
                }
                Ok(mails)
            }
            .boxed()
        });
        let mails = deployment.store().write("mail.redriven", work).await?;
        after = mails.last().copied().unwrap_or(last);
        tried += mails.len();
    }
    Ok(tried)
}

async fn again(
    tx: &mut Connection,
    deployment: &Deployment,
    mail: i64,
    by: &str,
    now: i64,
) -> Result<(), StoreError> {
    let found = mails::find(tx, mail).await?;
    let found = found.ok_or_else(|| StoreError::Conflict(format!("there is no mail {mail}")))?;
    let data = json!({ "cause": found.reason });
    let told = event("mail.redriven", by, found.thread_id, Some(mail), data);
    let again = events::append(tx, &told, now).await?;
    match found.thread_id {
        // The guard judges it again.
        Some(thread) => {
            quarantine::readmit(tx, mail).await?;
            if let Err(impossible) = welcome(tx, deployment, thread, now).await? {
                return quarantine::put_aside(tx, mail, Cause::Contact, &impossible).await;
            }
            let args = json!({ "mail": mail, "thread": thread, "again": again });
            let job = thread_job("screen", args, thread, &found.from_address);
            jobs::enqueue(tx, &job, now).await?;
        }
        // Its bytes are read again, and make another row.
        None => {
            let raw = quarantine::unread(tx, mail).await?;
            let job = receive::job(raw, Some(&found.from_address));
            jobs::enqueue(tx, &job, now).await?;
        }
    }
    Ok(())
}

/// Does for a thread whose mail was aside what is done for mail that goes on as it comes: one in which
/// nothing was let through yet begins with the bundle in use, and its contact is kept. Why that cannot be,
/// if so.
///
/// # Errors
/// When the store fails.
pub(super) async fn welcome(
    tx: &mut Connection,
    deployment: &Deployment,
    thread: i64,
    now: i64,
) -> Result<Result<(), String>, StoreError> {
    let missing = || StoreError::Conflict(format!("there is no thread {thread}"));
    let mut found = threads::find(tx, thread).await?.ok_or_else(missing)?;
    let current = deployment.bundles().current();
    // A command may have read a bundle that no `silexd` took into use yet.
    let in_use = bundles::find(tx, current.digest()).await?.is_some();
    if in_use && !mails::were_let_through(tx, thread).await? {
        pin::begin(tx, &current, &found, now).await?;
        found = threads::find(tx, thread).await?.ok_or_else(missing)?;
    }
    let bundle = deployment.bundle_in(tx, &found).await?;
    let contact = match agent(&bundle, &found.agent) {
        Ok(agent) => &agent.contact,
        Err(gone) => return Ok(Err(gone.to_string())),
    };
    let key = &found.contact_key;
    if entities::find(tx, &contact.entity, key).await?.is_none() {
        match inputs::new_contact(bundle.bundle(), contact, key, &found.contact_name) {
            Ok(value) => inputs::keep_contact(tx, contact, key, value, now).await?,
            Err(impossible) => return Ok(Err(impossible.to_string())),
        }
    }
    Ok(Ok(()))
}

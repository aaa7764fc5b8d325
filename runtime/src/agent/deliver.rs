//! An approved draft leaves, at most once.

use futures_util::FutureExt;

use super::sending::{self, Leave};
use super::{Deployment, StageError, agent, argument, letter, review};
use crate::queue::Attempt;
use crate::store::deliveries::{self, NewDelivery};
use crate::store::drafts::{self, Draft};
use crate::store::mails::{self, Direction, Mail};
use crate::store::threads::Thread;
use crate::store::{Connection, StoreError};

/// Sends the draft of a job, if it is still approved at exactly its revision.
///
/// # Errors
/// When the transport did not take it now, or the store fails.
pub async fn deliver(deployment: &Deployment, attempt: &Attempt) -> Result<(), StageError> {
    let letter = write(deployment, attempt).await?;
    let now = deployment.clock().now_ms();
    sending::send(deployment, attempt, move |tx| {
        async move { look(tx, &letter, now).await }.boxed()
    })
    .await
}

/// The mail that the draft of a job becomes.
pub(super) async fn write(
    deployment: &Deployment,
    attempt: &Attempt,
) -> Result<NewDelivery, StageError> {
    let (id, revision) = (
        argument(&attempt.job, "draft")?,
        argument(&attempt.job, "revision")?,
    );
    let (draft, mail, thread) = review::subject(deployment, id).await?;
    let mut reader = deployment.store().read().await?;
    let history = mails::of_thread(&mut reader, thread.id).await?;
    drop(reader);
    let bundle = deployment.bundles().current();
    let agent = agent(&bundle, &thread.agent)?;
    egress(&draft, &thread, &history)?;
    letter::letter(deployment, agent, &draft, revision, mail.as_ref(), &thread)
}

/// What no draft may do, whoever approved it: reach an address that never wrote in this thread.
fn egress(draft: &Draft, thread: &Thread, history: &[Mail]) -> Result<(), StageError> {
    let wrote = draft.mail_id.is_none()
        || history
            .iter()
            .any(|mail| mail.direction == Direction::In && mail.from_address == thread.contact_key);
    if !wrote {
        let problem = format!(
            "draft {} would go to {}, who never wrote in this thread",
            draft.id, thread.contact_key
        );
        return Err(StageError::Unusable(problem));
    }
    Ok(())
}

/// The last look before the call. It may have been decided otherwise since the approval, or newer
/// mail made it stale.
pub(super) async fn look(
    tx: &mut Connection,
    letter: &NewDelivery,
    now: i64,
) -> Result<Leave, StoreError> {
    let before = deliveries::by_intent(tx, &letter.intent).await?;
    if before.is_none_or(|before| !before.state.was_begun()) {
        let (Some(draft), Some(revision)) = (letter.draft_id, letter.revision) else {
            return Ok(Leave::Never);
        };
        if !drafts::may_be_sent(tx, draft, revision).await? {
            return Ok(Leave::Never);
        }
    }
    Ok(Leave::Now(deliveries::intend(tx, letter, now).await?))
}

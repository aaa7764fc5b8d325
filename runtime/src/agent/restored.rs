//! What an older back-up does not know: whether something was sent since it was made.
//!
//! An approval from before the restoring may have been carried out already; and mail from before it that
//! comes again, out of a bucket or a folder, may have been answered. A person looks, and what they then
//! approve is sent.

use super::review::POLICY;
use super::{Deployment, StageError};
use crate::mail::parse;
use crate::store::drafts::Draft;
use crate::store::mails::{self, Mail};
use crate::store::{Connection, StoreError, backup, campaigns};

/// Why an approved draft may be a second sending, if it may.
pub(super) async fn doubt(
    deployment: &Deployment,
    draft: &Draft,
    mail: Option<&Mail>,
) -> Result<Option<String>, StageError> {
    let mut reader = deployment.store().read().await?;
    let Some(restored) = backup::restored_at(&mut reader).await? else {
        return Ok(None);
    };
    let decided_before = draft.decided_at.is_none_or(|decided| decided < restored);
    let unseen = draft.decided_by.as_deref() == Some(POLICY)
        && begun_at(&mut reader, draft, mail).await? < restored;
    let doubt = || {
        format!(
            "the database was restored on {}, and this may have been sent before",
            deployment.shown(restored)
        )
    };
    Ok((decided_before || unseen).then(doubt))
}

/// When what the draft answers, or is for, came about: as early as anything says.
async fn begun_at(
    db: &mut Connection,
    draft: &Draft,
    mail: Option<&Mail>,
) -> Result<i64, StoreError> {
    let Some(mail) = mail else {
        let send = campaigns::of_draft(db, draft.id).await?;
        return Ok(send.map_or(draft.created_at, |send| send.due_at));
    };
    let raw = match mail.raw_id {
        Some(raw) => mails::raw(db, raw).await?,
        None => None,
    };
    let written = raw.and_then(|raw| parse::written_at(&raw.bytes));
    Ok(written.map_or(mail.received_at, |written| written.min(mail.received_at)))
}

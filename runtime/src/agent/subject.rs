//! What an event is about: its thread, its mail and its draft as they are now.

use super::{Deployment, StageError, argument};
use crate::queue::Attempt;
use crate::store::drafts::{self, Draft};
use crate::store::events::{self, Event};
use crate::store::joining;
use crate::store::mails::{self, Mail};
use crate::store::threads::Thread;

/// An event and what it is about.
#[derive(Debug)]
pub(super) struct About {
    /// What happened.
    pub(super) event: Event,
    /// In which conversation.
    pub(super) thread: Thread,
    /// To which mail.
    pub(super) mail: Option<Mail>,
    /// To which draft.
    pub(super) draft: Option<Draft>,
}

impl About {
    /// The event that a job names.
    ///
    /// # Errors
    /// When there is none, or it is about no thread.
    pub(super) async fn of(deployment: &Deployment, attempt: &Attempt) -> Result<Self, StageError> {
        let id = argument(&attempt.job, "event")?;
        let missing = |what: &str| StageError::Unusable(format!("event {id} has no {what}"));
        let mut reader = deployment.store().read().await?;
        let event = events::find(&mut reader, id).await?;
        let event = event.ok_or_else(|| missing("row"))?;
        let thread = event.thread_id.ok_or_else(|| missing("thread"))?;
        let thread = joining::current(&mut reader, thread).await?;
        let mail = match event.mail_id {
            Some(mail) => mails::find(&mut reader, mail).await?,
            None => None,
        };
        let draft = match event.draft_id {
            Some(draft) => drafts::find(&mut reader, draft).await?,
            None => None,
        };
        Ok(Self {
            event,
            thread: thread.ok_or_else(|| missing("thread"))?,
            mail,
            draft,
        })
    }
}

/// Which listener of its kind a job is for.
///
/// # Errors
/// When it does not say: the row was not written by this program.
pub(super) fn name(attempt: &Attempt) -> Result<&str, StageError> {
    let name = attempt.job.args.get("name").and_then(|name| name.as_str());
    name.ok_or_else(|| StageError::Unusable("the job has no argument `name`".to_owned()))
}

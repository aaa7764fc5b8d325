//! A thread with the mails in it, as one look at the store finds them.

use super::StageError;
use crate::store::mails::{self, Mail};
use crate::store::threads::{self, Thread};
use crate::store::{Connection, StoreError};

/// A thread with the mails in it.
#[derive(Debug)]
pub struct Correspondence {
    /// The thread.
    pub thread: Thread,
    /// Its mails, oldest first, whatever became of them.
    pub mails: Vec<Mail>,
}

impl Correspondence {
    /// What is said in a thread.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(db: &mut Connection, thread: Thread) -> Result<Self, StoreError> {
        let mails = mails::of_thread(db, thread.id).await?;
        Ok(Self { thread, mails })
    }

    /// What is said in a thread that a job or a draft names.
    ///
    /// # Errors
    /// When there is no such thread, or the store fails.
    pub(super) async fn find(db: &mut Connection, thread: i64) -> Result<Self, StageError> {
        let found = threads::find(db, thread).await?;
        let missing = || StageError::Unusable(format!("there is no thread {thread}"));
        Ok(Self::of(db, found.ok_or_else(missing)?).await?)
    }

    /// The thread alone: what was said may be long.
    #[must_use]
    pub fn into_thread(self) -> Thread {
        self.thread
    }

    /// A mail that a job or a draft names. It may have moved to another thread meanwhile.
    ///
    /// # Errors
    /// When there is no such mail, or the store fails.
    pub(super) async fn mail(&self, db: &mut Connection, id: i64) -> Result<Mail, StageError> {
        let here = self.mails.iter().find(|mail| mail.id == id);
        let found = match here {
            Some(mail) => Some(mail.clone()),
            None => mails::find(db, id).await?,
        };
        found.ok_or_else(|| StageError::Unusable(format!("there is no mail {id}")))
    }
}

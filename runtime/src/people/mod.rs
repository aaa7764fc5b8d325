//! Who may use the pages: people who signed in, each with a role.
//!
//! A person is a reviewer of the store, whose role says what they may do. They sign in by a link that
//! works once ([`link`]) or by a password ([`password`]), and have a session from then on
//! ([`session`]). Where only this machine reaches the pages, nobody signs in: whoever sits at it is
//! their operator.

pub mod link;
mod pace;
pub mod password;
pub mod session;
mod token;

use crate::agent::{Deployment, seed};
use crate::store::StoreError;
pub use crate::store::reviewers::Role;

/// Who uses the pages. Whoever lets a request in says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name that decisions are noted under.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The digest of their session's token; none where nobody signs in.
    pub session: Option<String>,
}

impl Person {
    /// Whoever sits at this machine.
    #[must_use]
    pub fn at_this_machine() -> Self {
        Self {
            name: "you".to_owned(),
            role: Role::Operator,
            session: None,
        }
    }

    /// What a form of a page of this session carries: another site cannot know it.
    #[must_use]
    pub fn proof(&self, deployment: &Deployment) -> Option<String> {
        let session = self.session.as_ref()?;
        Some(seed(&deployment.secret, &format!("form of {session}")))
    }
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    /// There is nobody with this name and this password. Which of the two is wrong is not told.
    #[error("the name or the password is not right")]
    Wrong,
    /// The link was used, or its time is over, or it never was one.
    #[error("this link was used already, or its time is over")]
    Over,
    /// Somebody tried too often.
    #[error("too many tried to sign in: wait {seconds} s")]
    TooMany {
        /// Until the next try.
        seconds: i64,
    },
    /// What they say of themselves cannot be.
    #[error("{0}")]
    Refused(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system has no randomness, or a calculation did not end.
    #[error("the system failed: {0}")]
    System(String),
}

/// Since when somebody must have done something to be signed in still, in milliseconds.
fn idle_since(deployment: &Deployment, now: i64) -> i64 {
    now - i64::from(deployment.config.dashboard.idle_hours) * HOUR_MS
}

const HOUR_MS: i64 = 3_600_000;

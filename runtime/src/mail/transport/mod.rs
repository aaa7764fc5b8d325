//! Ways out: what takes a finished mail and hands it on.

use std::fmt;
use std::time::Duration;

pub mod outbox;
#[cfg(feature = "aws")]
pub mod ses;
pub mod smtp;

pub use outbox::Outbox;
#[cfg(feature = "aws")]
pub use ses::Ses;
pub use smtp::Smtp;

/// Whom the mail is handed on for: what stands in no header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where bounces go.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
}

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What the way out calls it.
    pub id: String,
    /// The `Message-ID` that it has from there on, if that is another than ours.
    pub message_id: Option<String>,
}

/// A mail that was not taken, by what the caller can do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It will never be taken: do not try again.
    #[error("refused: {0}")]
    Refused(String),
    /// It was certainly not taken: try again later.
    #[error("not sent: {0}")]
    Retry(String),
    /// It was certainly not taken, and no other of this sender will be for so long.
    #[error("not sent: {why}")]
    Paused {
        /// How long.
        pause: Duration,
        /// Why.
        why: String,
    },
    /// It may have been taken: do not try again before this is settled.
    #[error("perhaps sent: {0}")]
    Unknown(String),
}

/// A way out.
pub enum Transport {
    /// A folder of files, for trying out.
    Outbox(Outbox),
    /// A mail server.
    Smtp(Smtp),
    /// Amazon SES.
    #[cfg(feature = "aws")]
    Ses(Box<Ses>),
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outbox(outbox) => outbox.fmt(f),
            Self::Smtp(smtp) => smtp.fmt(f),
            #[cfg(feature = "aws")]
            Self::Ses(ses) => ses.fmt(f),
        }
    }
}

impl Transport {
    /// Hands a mail on. `intent` names this send: whoever can, takes the same intent once.
    ///
    /// # Errors
    /// The mail was not taken, or nobody knows.
    pub async fn send(
        &self,
        envelope: &Envelope,
        raw: &[u8],
        intent: &str,
    ) -> Result<Accepted, SendError> {
        if envelope.to.is_empty() {
            return Err(SendError::Refused("the mail has no recipient".to_owned()));
        }
        match self {
            Self::Outbox(outbox) => outbox.send(raw, intent).await,
            Self::Smtp(smtp) => smtp.send(envelope, raw).await,
            #[cfg(feature = "aws")]
            Self::Ses(ses) => ses.send(envelope, raw, intent).await,
        }
    }
}

//! What Amazon SES tells by SNS: that a mail came, and what became of one that we sent.

mod event;
mod received;

use serde::Deserialize;

pub use event::{Event, INTENT_TAG, Outcome};
pub use received::{Content, Receipt};

/// A notice of SES.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A mail came.
    Received(Box<Receipt>),
    /// Something became of a mail that we sent.
    Event(Box<Event>),
    /// Something else was published; this is how it names itself.
    Other(String),
}

/// A notice that says what it is and then does not hold it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a notice of `{kind}` cannot be read (line {line}, column {column})")]
pub struct Unreadable {
    kind: String,
    line: usize,
    column: usize,
}

/// Notices of mail that came and of identities name their kind one way, those of a configuration
/// set the other.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    notification_type: Option<String>,
    event_type: Option<String>,
}

impl Notice {
    /// Reads what was published.
    ///
    /// # Errors
    /// It names itself a notice of SES, and is not as SES writes it.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let Ok(Kind {
            notification_type,
            event_type,
        }) = serde_json::from_str(text)
        else {
            // SES says in plain words that it was set up.
            return Ok(Self::Other("plain text".to_owned()));
        };
        let Some(kind) = notification_type.or(event_type) else {
            return Ok(Self::Other("JSON without a type".to_owned()));
        };
        let unreadable = |error: serde_json::Error| Unreadable {
            kind: kind.clone(),
            line: error.line(),
            column: error.column(),
        };
        if kind == "Received" {
            return received::read(text)
                .map_err(unreadable)
                .map(|receipt| Self::Received(Box::new(receipt)));
        }
        match Outcome::of(&kind) {
            Some(outcome) => {
                let event = event::read(text, outcome).map_err(unreadable)?;
                Ok(Self::Event(Box::new(event)))
            }
            None => Ok(Self::Other(kind)),
        }
    }
}

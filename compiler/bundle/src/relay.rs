//! Relays: who else is told what happens to mail.

use serde::{Deserialize, Serialize};

use crate::Span;
use crate::tool::Retry;

/// `relay NAME { … }`: each event goes to each relay as a job of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// What is told, in the author's order, each event once.
    pub on: Vec<Event>,
    /// Who is told.
    pub to: Destination,
    /// How it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Where it is declared.
    pub span: Span,
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// A webhook, by its name in the runtime's configuration.
    Webhook(String),
    /// An address, lower case.
    Mail(String),
}

/// Something that happened to a mail or a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A mail was stored.
    Received,
    /// The guard blocked a mail.
    Blocked,
    /// A draft was made.
    Drafted,
    /// A person sees a draft first.
    Held,
    /// A draft may be sent.
    Approved,
    /// A person refused a draft.
    Rejected,
    /// A reply was sent.
    Delivered,
    /// A reply came back.
    Bounced,
    /// A job gave up.
    Failed,
}

impl Event {
    /// The word in a spec.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Blocked => "blocked",
            Self::Drafted => "drafted",
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Failed => "failed",
        }
    }
}

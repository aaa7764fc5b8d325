//! Language models: what is asked, what comes back, and what a caller can do when nothing does.
//!
//! [`Models`] is the entry: it knows the providers and their keys, sends, keeps the time limits
//! and falls back. A wire protocol is a file of pure functions ([`protocol::Protocol`]); the
//! [`Scripted`] model answers without a network. Everything here that a turn keeps is plain data
//! that can be journaled.

pub mod anthropic;
mod bucket;
pub mod circuit;
pub mod client;
mod http;
mod line;
pub mod openai;
pub mod output;
mod prices;
pub mod protocol;
pub mod providers;
mod retry_after;
pub mod scripted;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use silex_bundle::render::message::{Message, ToolCall};

pub use circuit::Circuit;
pub use client::Models;
pub use http::Limits;
pub use line::Change;
pub use prices::{AS_OF, Price, Prices};
pub use providers::{Pace, Provider};
pub use scripted::{Planned, Scripted};

/// One question to a model, in no provider's form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The provider's name for the model.
    pub model: String,
    /// The instructions; empty when there are none.
    pub system: String,
    /// Bytes of `system` that are the same for every mail, for the provider's prompt cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_boundary: Option<usize>,
    /// Names the requests that begin alike, for providers that keep a cache by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_key: Option<String>,
    /// The conversation. The first entry is from outside.
    pub messages: Vec<Message>,
    /// What the model may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolSpec>,
    /// Whether it must call, may call or must not.
    #[serde(default)]
    pub tool_choice: ToolChoice,
    /// The form of the answer; free text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputSchema>,
    /// Sampling temperature; the provider's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Most tokens of the answer.
    pub max_tokens: u32,
    /// Whether the answer is wanted piece by piece.
    #[serde(default)]
    pub stream: bool,
}

impl Request {
    /// A request of `model` that only says something; the other parts are fields to set.
    #[must_use]
    pub fn new(
        model: &silex_bundle::Model,
        system: impl Into<String>,
        messages: Vec<Message>,
    ) -> Self {
        Self {
            model: model.name.clone(),
            system: system.into(),
            cache_boundary: None,
            cache_key: None,
            messages,
            tools: Vec::new(),
            tool_choice: ToolChoice::Auto,
            output: None,
            temperature: model.temperature,
            max_tokens: model.max_tokens,
            stream: true,
        }
    }
}

/// A tool as a model is told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolSpec {
    /// Letters, digits, `_` and `-`.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// JSON Schema of its arguments.
    pub input_schema: Value,
}

/// Whether a model calls tools.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// As it sees fit.
    #[default]
    Auto,
    /// At least one, whichever.
    Any,
    /// None.
    None,
    /// This one.
    Tool(String),
}

/// The form that an answer must have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputSchema {
    /// Letters, digits, `_` and `-`.
    pub name: String,
    /// Its JSON Schema.
    pub schema: Value,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completion {
    /// Its words; with an [`OutputSchema`] the JSON text.
    pub text: String,
    /// The calls it makes, in its order. Empty when the last one was cut ([`Stop::CallCut`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// Which of `calls` have arguments that are not JSON; their `input` is the raw text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub malformed: Vec<Malformed>,
    /// Why it stopped.
    pub stop: Stop,
    /// What it cost in tokens.
    pub usage: Usage,
    /// The model that answered, as the provider names it.
    pub model: String,
    /// The provider that answered; empty where none was asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// The provider's name for the exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Completion {
    /// The answer as the next entry of the conversation, malformed calls included: a provider
    /// wants a result for each call that it made.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::Assistant {
            text: self.text.clone(),
            calls: self.calls.clone(),
        }
    }

    /// What is wrong with the arguments of a call, if they are not JSON.
    #[must_use]
    pub fn malformed(&self, id: &str) -> Option<&Malformed> {
        self.malformed.iter().find(|call| call.id == id)
    }
}

/// A call whose arguments are not JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Malformed {
    /// [`ToolCall::id`].
    pub id: String,
    /// The arguments as they came.
    pub raw: String,
    /// What the parser says.
    pub error: String,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// It has said all. The text can be empty.
    End,
    /// It waits for the results of its calls.
    ToolUse,
    /// The text reached `max_tokens`.
    MaxTokens,
    /// A call reached `max_tokens`: its arguments are incomplete and nothing may be called.
    CallCut,
    /// It, or its provider's filter, declines. Text says why, where the provider does.
    Refusal,
    /// It rests: send the conversation back with its answer to go on.
    PauseTurn,
    /// The conversation filled its context window.
    ContextWindow,
}

/// Tokens of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Usage {
    /// Read at full price.
    pub input: u64,
    /// Written.
    pub output: u64,
    /// Read from the provider's cache.
    pub cache_read: u64,
    /// Written to the provider's cache.
    pub cache_write: u64,
}

impl Usage {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.input + self.output + self.cache_read + self.cache_write
    }
}

/// A piece of an answer as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// More text.
    Text(String),
    /// A call begins; its arguments are shown when they are whole.
    Call {
        /// The tool's name.
        name: String,
    },
}

/// No answer, by what the caller can do. Its words hold no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The same request may succeed later; an attempt is spent.
    #[error("{fault}")]
    Retry {
        /// Not before this has passed; the caller's own backoff when absent.
        after: Option<Duration>,
        /// What happened.
        fault: Fault,
    },
    /// The provider asks everyone to wait; no attempt is spent.
    #[error("{fault}")]
    Snooze {
        /// Not before this has passed.
        after: Duration,
        /// What happened.
        fault: Fault,
    },
    /// The provider, or this model of it, is out: the circuit is open. No attempt is spent, and
    /// however long it takes nothing is given up.
    #[error("{fault}")]
    Out {
        /// Not before this has passed.
        after: Duration,
        /// What must change.
        cause: Cause,
        /// What happened.
        fault: Fault,
    },
    /// The same request will not succeed until a person changes something.
    #[error("{fault}")]
    GiveUp {
        /// What must change.
        cause: Cause,
        /// What happened.
        fault: Fault,
    },
}

impl ModelError {
    pub(crate) fn retry(status: Option<u16>, message: impl Into<String>) -> Self {
        Self::Retry {
            after: None,
            fault: Fault::new(status, message),
        }
    }

    pub(crate) fn give_up(cause: Cause, status: Option<u16>, message: impl Into<String>) -> Self {
        Self::GiveUp {
            cause,
            fault: Fault::new(status, message),
        }
    }

    /// What happened.
    #[must_use]
    pub fn fault(&self) -> &Fault {
        match self {
            Self::Retry { fault, .. }
            | Self::Snooze { fault, .. }
            | Self::Out { fault, .. }
            | Self::GiveUp { fault, .. } => fault,
        }
    }

    pub(crate) fn fault_mut(&mut self) -> &mut Fault {
        match self {
            Self::Retry { fault, .. }
            | Self::Snooze { fault, .. }
            | Self::Out { fault, .. }
            | Self::GiveUp { fault, .. } => fault,
        }
    }
}

/// What a person must change before a request can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The request itself.
    Request,
    /// The conversation is longer than the model can read.
    Context,
    /// The key is missing, wrong or may not do this.
    Key,
    /// The model, or the address, does not exist.
    Missing,
    /// The account's money or quota is used up.
    Quota,
    /// The configuration of the provider.
    Config,
    /// What the provider sends is not what its protocol says, or is too large.
    Answer,
    /// Nothing: it failed several times in a row, and may answer again.
    Down,
    /// The budget, or the day.
    Budget,
}

/// What happened when no answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Name of the provider; empty until the client knows it.
    pub provider: String,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The provider's words, or ours when it said nothing.
    pub message: String,
    /// The provider's name for the exchange.
    pub request_id: Option<String>,
    /// Whether the provider may charge for it: it had the request, and did not refuse it.
    pub charged: bool,
}

impl Fault {
    pub(crate) fn new(status: Option<u16>, message: impl Into<String>) -> Self {
        Self {
            provider: String::new(),
            status,
            message: message.into(),
            request_id: None,
            charged: false,
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.provider.is_empty() {
            write!(f, "{}: ", self.provider)?;
        }
        if let Some(status) = self.status {
            write!(f, "{status}: ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " ({id})")?;
        }
        Ok(())
    }
}

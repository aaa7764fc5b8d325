//! Tools: what a model may call, what it does, and what stands between.

use serde::{Deserialize, Serialize};

use crate::behaviour::Call;
use crate::schema::{Field, Type};
use crate::{Expr, Path, Span};

/// A tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The name that the model sees, unique in a behaviour.
    pub name: String,
    /// Description for the model.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// What the model fills, in declared order.
    pub params: Vec<Field>,
    /// `for NAME: ENTITY`: filled by the runtime, only for a verified sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// What it returns.
    pub returns: Type,
    /// What it touches.
    pub effects: Effects,
    /// What carries it out.
    pub handler: Handler,
    /// Time for one call, milliseconds.
    pub timeout_ms: u64,
    /// How a failed call is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// What a call must pass, in declared order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// How often it may be called for one contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<AtMost>,
    /// Where it is declared.
    pub span: Span,
}

/// Whose data a tool touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// The name in `via` and gates.
    pub name: String,
    /// Qualified name of the entity.
    pub entity: String,
}

/// Declared effects.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Effects {
    /// Entities it reads, qualified.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<String>,
    /// Entities it writes, qualified.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<String>,
    /// Whom it can reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sends: Option<Audience>,
    /// The parameter that is an amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spends: Option<String>,
}

/// Whom a tool can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The participants of the thread.
    Thread,
    /// The contact.
    Contact,
    /// Anyone.
    Anyone,
}

/// What carries out a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Handler {
    /// Full-text search over an entity, limited to what the `for` entity owns.
    Search {
        /// Qualified entity.
        entity: String,
    },
    /// One entity by its key.
    Get {
        /// Qualified entity.
        entity: String,
    },
    /// Sets a field of the `for` entity, or stores an entity of its own.
    Save {
        /// From the tool's `for` name, or the qualified entity alone.
        path: Path,
        /// The value.
        value: Expr,
    },
    /// Runs another behaviour.
    Behaviour(Call),
    /// A signed JSON request to a configured endpoint.
    Http {
        /// Upper case.
        method: String,
        /// Name in the runtime's configuration.
        endpoint: String,
    },
    /// A tool of a configured server that speaks the Model Context Protocol.
    Mcp {
        /// The server's name in the runtime's configuration.
        server: String,
        /// The name of its tool.
        tool: String,
    },
    /// A Rust function that the runtime was linked with.
    Native {
        /// Its registered name.
        name: String,
    },
    /// A person is asked, and the conversation waits for the answer.
    AskReviewer {
        /// The question; the arguments of the call are shown with it.
        question: String,
    },
    /// The turn ends, and a person takes the thread.
    HandOver {
        /// What the person is told; the arguments of the call are shown with it.
        note: String,
    },
}

/// How something is tried again: at most `attempts` times, with full jitter between the delays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Tries in all.
    pub attempts: u32,
    /// First delay, milliseconds.
    pub from_ms: u64,
    /// Greatest delay, milliseconds.
    pub to_ms: u64,
}

/// At most so many in any stretch of time of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtMost {
    /// How many.
    pub count: u32,
    /// The stretch of time, milliseconds.
    pub per_ms: u64,
}

/// What a call must pass before it is carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// What happens when it applies.
    pub kind: GateKind,
    /// When it applies; always when absent. Sees the parameters and the `for` name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
}

/// What happens when a gate applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    /// The call is not carried out; the model is told so, and a person sees it with the draft.
    Reviewer,
    /// The call is refused, and the model is told so.
    Refuse,
}

//! Tools.

use super::{Allow, Call, Duration, Expr, Junk, Name, Number, Param, Path, StringLit, Type};
use crate::source::Span;

/// `tool name(…) for x: Entity -> Type { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: Name,
    /// What the model fills.
    pub params: Box<[Param]>,
    /// What the runtime fills.
    pub bound: Option<ToolFor>,
    /// What it returns.
    pub returns: Type,
    /// In order.
    pub lines: Box<[ToolLine]>,
}

/// `for subscriber: Subscriber`
#[derive(Debug, Clone, PartialEq)]
pub struct ToolFor {
    /// The name that it binds.
    pub name: Name,
    /// The entity.
    pub entity: Name,
    /// All of it.
    pub span: Span,
}

/// A line of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolLine {
    /// The word that it starts with.
    pub keyword: Span,
    /// What it says.
    pub kind: ToolLineKind,
    /// All of it.
    pub span: Span,
}

/// What a line of a tool says.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolLineKind {
    /// `reads`, `writes`, `sends`, `spends`
    Effect(Effect),
    /// `via …`
    Via(Handler),
    /// `timeout 5s`
    Timeout(Duration),
    /// `retry 3 from 200ms to 5s`
    Retry(Retry),
    /// `gate reviewer when …`
    Gate(Gate),
    /// `at_most 3 per 1d`
    AtMost(AtMost),
    /// `allow code because "…"`
    Allow(Allow),
    /// A line that could not be read.
    Junk(Junk),
}

/// What a tool does to the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// `reads Entity`
    Reads(Name),
    /// `writes Entity`
    Writes(Name),
    /// `sends to …`
    Sends(SendsTo),
    /// `spends parameter`
    Spends(Name),
}

/// Who can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendsTo {
    /// `thread`
    Thread,
    /// `contact`
    Contact,
    /// `anyone`
    Anyone,
}

/// What carries the tool out.
#[derive(Debug, Clone, PartialEq)]
pub struct Handler {
    /// Which.
    pub kind: HandlerKind,
    /// Behind `via`.
    pub span: Span,
}

/// What carries a tool out.
#[derive(Debug, Clone, PartialEq)]
pub enum HandlerKind {
    /// `search Entity`
    Search(Name),
    /// `get Entity`
    Get(Name),
    /// `save path = expr`
    Save {
        /// Where.
        path: Path,
        /// What.
        value: Expr,
    },
    /// `behaviour name(…)`
    Behaviour(Call),
    /// `http POST "name"`
    Http {
        /// The method.
        method: HttpMethod,
        /// The name in the runtime's configuration.
        endpoint: StringLit,
    },
    /// `mcp "server" "tool"`
    Mcp {
        /// The name in the runtime's configuration.
        server: StringLit,
        /// The server's tool.
        tool: StringLit,
    },
    /// `native "name"`
    Native(StringLit),
    /// `ask reviewer "…"`
    AskReviewer(StringLit),
    /// `hand_over "…"`
    HandOver(StringLit),
}

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpMethod {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

/// `gate reviewer when …`, `gate refuse when …`
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Which of the two.
    pub kind: GateKind,
    /// When it closes; always, if there is none.
    pub when: Option<Expr>,
}

/// What a gate does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateKind {
    /// A person decides.
    Reviewer,
    /// The call is refused.
    Refuse,
}

/// `retry 3 from 200ms to 5s`
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// How often.
    pub times: Number,
    /// The first pause.
    pub from: Duration,
    /// The longest pause.
    pub to: Duration,
}

/// `at_most 3 per 1d`
#[derive(Debug, Clone, PartialEq)]
pub struct AtMost {
    /// How many.
    pub number: Number,
    /// In which time.
    pub per: Duration,
}

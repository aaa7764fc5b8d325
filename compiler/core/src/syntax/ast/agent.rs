//! Agents: the way of a mail.

use super::{
    Allow, Arm, AtMost, Call, Campaign, Duration, Expr, Junk, Literal, Name, Observe, Path, Relay,
    StringLit,
};
use crate::source::Span;

/// `agent aleik { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// Its name.
    pub name: Name,
    /// In order.
    pub lines: Box<[AgentLine]>,
}

/// A line of an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentLine {
    /// The word that it starts with.
    pub keyword: Span,
    /// What it says.
    pub kind: AgentLineKind,
    /// From the keyword to its end.
    pub span: Span,
}

/// What a line of an agent says.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentLineKind {
    /// `inbox "…", "…"`
    Inbox(Box<[StringLit]>),
    /// `contact name: Entity by key`
    Contact {
        /// The name that it binds.
        name: Name,
        /// Its entity.
        entity: Name,
        /// The field that holds the address.
        by: Name,
    },
    /// `guard screen(mail)`
    Guard(Call),
    /// `observe x = f(…)`
    Observe(Observe),
    /// `route …`
    Route(Target),
    /// `after event { … }`
    After(After),
    /// `review { … }`
    Review(Review),
    /// `deliver { … }`
    Deliver(Deliver),
    /// `relay name { … }`
    Relay(Relay),
    /// `campaign name { … }`
    Campaign(Campaign),
    /// `allow code because "…"`
    Allow(Allow),
    /// A line that could not be read.
    Junk(Junk),
}

/// Where a mail goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Which.
    pub kind: TargetKind,
    /// All of it.
    pub span: Span,
}

/// Where a mail goes.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetKind {
    /// `match f(mail) { … }`
    Match {
        /// A call or a path.
        on: Expr,
        /// In order.
        arms: Box<[Arm<Target>]>,
    },
    /// `reviewer "…"`
    Reviewer(StringLit),
    /// `drop`
    Drop,
    /// A behaviour.
    Call(Call),
}

/// `after event { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct After {
    /// What happened.
    pub event: Event,
    /// In order.
    pub lines: Box<[AfterLine]>,
}

/// A line of `after`.
#[derive(Debug, Clone, PartialEq)]
pub struct AfterLine {
    /// What is done.
    pub action: AfterAction,
    /// Under which condition.
    pub when: Option<Expr>,
    /// All of it.
    pub span: Span,
}

/// What a line of `after` does.
#[derive(Debug, Clone, PartialEq)]
pub enum AfterAction {
    /// `run f(…)`
    Run(Call),
    /// `save path = expr`
    Save {
        /// Where.
        path: Path,
        /// What.
        value: Expr,
    },
    /// A line that could not be read.
    Junk(Junk),
}

/// Something that happened to a mail or draft, and where it is named.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Which.
    pub kind: EventKind,
    /// Where.
    pub span: Span,
}

/// Something that happened to a mail or draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// `received`
    Received,
    /// `blocked`
    Blocked,
    /// `drafted`
    Drafted,
    /// `held`
    Held,
    /// `approved`
    Approved,
    /// `rejected`
    Rejected,
    /// `delivered`
    Delivered,
    /// `bounced`
    Bounced,
    /// `failed`
    Failed,
}

/// `review { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// In order.
    pub lines: Box<[ReviewLine]>,
}

/// A line of `review`.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewLine {
    /// The word that it starts with.
    pub keyword: Span,
    /// What it says.
    pub kind: ReviewLineKind,
    /// All of it.
    pub span: Span,
}

/// What a line of `review` says.
#[derive(Debug, Clone, PartialEq)]
pub enum ReviewLineKind {
    /// `assign round_robin`
    Assign(Name),
    /// `hold when …`
    Hold(Expr),
    /// `pass when …`
    Pass(Expr),
    /// `otherwise hold`
    Otherwise(Otherwise),
    /// `due 4h then reassign`
    Due {
        /// After how long.
        after: Duration,
        /// Whether it goes to the next above, not beside.
        escalate: bool,
    },
    /// A line that could not be read.
    Junk(Junk),
}

/// What happens to a draft that no line of `review` decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// `hold`
    Hold,
    /// `pass`
    Pass,
}

/// `deliver { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Deliver {
    /// In order.
    pub lines: Box<[DeliverLine]>,
}

/// A line of `deliver`.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliverLine {
    /// The word that it starts with.
    pub keyword: Span,
    /// What it says.
    pub kind: DeliverLineKind,
    /// All of it.
    pub span: Span,
}

/// What a line of `deliver` says.
#[derive(Debug, Clone, PartialEq)]
pub enum DeliverLineKind {
    /// `from "…"`
    From(StringLit),
    /// `undo 2m`
    Undo(Duration),
    /// `quiet 21:00..07:00 in zone`
    Quiet {
        /// A time.
        from: Literal,
        /// A time.
        to: Literal,
        /// Whose.
        zone: Zone,
    },
    /// `at_most 3 per 1d`
    AtMost(AtMost),
    /// A line that could not be read.
    Junk(Junk),
}

/// A time zone, by name or from a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Zone {
    /// `"Europe/Berlin"`
    Name(StringLit),
    /// `subscriber.timezone`
    Path(Path),
}

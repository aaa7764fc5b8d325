//! Relays and campaigns of an agent.

use super::{Call, Duration, Event, Expr, Junk, Literal, Name, Path, Retry, StringLit, Zone};
use crate::source::Span;

/// `relay crm { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Relay {
    /// Its name.
    pub name: Name,
    /// In order.
    pub lines: Box<[RelayLine]>,
}

/// A line of a relay.
#[derive(Debug, Clone, PartialEq)]
pub struct RelayLine {
    /// What it says.
    pub kind: RelayLineKind,
    /// All of it.
    pub span: Span,
}

/// What a line of a relay says.
#[derive(Debug, Clone, PartialEq)]
pub enum RelayLineKind {
    /// `on received, delivered`
    On(Box<[Event]>),
    /// `to webhook "…"`
    Webhook(StringLit),
    /// `to mail "…"`
    Mail(StringLit),
    /// `retry 10 from 5s to 1h`
    Retry(Retry),
    /// A line that could not be read.
    Junk(Junk),
}

/// `campaign weekly { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Its name.
    pub name: Name,
    /// In order.
    pub lines: Box<[CampaignLine]>,
}

/// A line of a campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignLine {
    /// What it says.
    pub kind: CampaignLineKind,
    /// All of it.
    pub span: Span,
}

/// What a line of a campaign says.
#[derive(Debug, Clone, PartialEq)]
pub enum CampaignLineKind {
    /// `to subscriber: Subscriber where …`
    To {
        /// The name that it binds.
        name: Name,
        /// Its entity.
        entity: Name,
        /// Which of them.
        filter: Option<Expr>,
    },
    /// `every monday at 09:00 in zone`, `once …`
    Schedule(Schedule),
    /// `send behaviour(…)`
    Send(Call),
    /// A line that could not be read.
    Junk(Junk),
}

/// When a campaign fires.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// On which days.
    pub days: Days,
    /// A time.
    pub at: Literal,
    /// Whose.
    pub zone: Zone,
}

/// On which days a campaign fires.
#[derive(Debug, Clone, PartialEq)]
pub enum Days {
    /// `every monday`
    Every(Every),
    /// `once 2d before customer.renewal`
    Once {
        /// How far from the day, if stated.
        offset: Option<Duration>,
        /// Whether the offset is behind the day.
        after: bool,
        /// The day.
        day: Day,
    },
}

/// The day of `once`.
#[derive(Debug, Clone, PartialEq)]
pub enum Day {
    /// A date.
    Date(Literal),
    /// A field.
    Path(Path),
}

/// The days of `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// `day`
    Day,
    /// `monday`
    Monday,
    /// `tuesday`
    Tuesday,
    /// `wednesday`
    Wednesday,
    /// `thursday`
    Thursday,
    /// `friday`
    Friday,
    /// `saturday`
    Saturday,
    /// `sunday`
    Sunday,
}

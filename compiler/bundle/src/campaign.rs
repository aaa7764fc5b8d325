//! Campaigns: mail that nobody asked for, to whom and when.

use serde::{Deserialize, Serialize};

use crate::behaviour::Call;
use crate::{Expr, Path, Span};

/// `campaign NAME { … }`: at its time, one job for each of its audience.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// Who gets it.
    pub to: Audience,
    /// When it fires.
    pub schedule: Schedule,
    /// What writes it: a behaviour that returns `silex.Reply`. Sees the audience's name.
    pub send: Call,
    /// Where it is declared.
    pub span: Span,
}

/// `to NAME: ENTITY where …`, asked when the campaign fires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// The name in the condition, the schedule and the call.
    pub name: String,
    /// Qualified entity; its key is the address.
    pub entity: String,
    /// Which of them; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Expr>,
}

/// When a campaign fires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// On which days.
    pub days: Days,
    /// `HH:MM` of the day.
    pub at: String,
    /// Whose clock; a path begins with the audience's name.
    pub zone: Zone,
}

/// On which days a campaign fires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Days {
    /// Again and again.
    Every(Every),
    /// Once, so many days from a date.
    Once {
        /// The date.
        day: Day,
        /// Days behind it; before it when negative.
        #[serde(default, skip_serializing_if = "is_zero")]
        offset_days: i64,
    },
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde gives a reference to the field"
)]
fn is_zero(days: &i64) -> bool {
    *days == 0
}

/// A date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// `YYYY-MM-DD`
    Date(String),
    /// A field of the audience.
    Path(Path),
}

/// The days of `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Each day.
    Day,
    /// Each Monday.
    Monday,
    /// Each Tuesday.
    Tuesday,
    /// Each Wednesday.
    Wednesday,
    /// Each Thursday.
    Thursday,
    /// Each Friday.
    Friday,
    /// Each Saturday.
    Saturday,
    /// Each Sunday.
    Sunday,
}

impl Every {
    /// The word in a spec.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }
}

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// By its name in the IANA database.
    Name(String),
    /// From a field of type `timezone`.
    Path(Path),
}

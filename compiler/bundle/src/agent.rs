//! Agents: behaviours wired to the mail pipeline.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::behaviour::{Call, Observe};
use crate::campaign::{Campaign, Zone};
use crate::relay::{Event, Relay};
use crate::tool::AtMost;
use crate::{Expr, Path, Span};

/// An agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Description; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// Addresses it answers, lower case.
    pub inbox: Vec<String>,
    /// Who writes to it.
    pub contact: Contact,
    /// A behaviour that returns `silex.Verdict`; every mail is allowed when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Call>,
    /// What is asked about a mail before it is routed, in order. `route`, `after` and `review` see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observe: Vec<Observe>,
    /// Who answers.
    pub route: Target,
    /// What is done when something happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<After>,
    /// Which drafts a person sees first.
    pub review: Review,
    /// How replies leave.
    pub deliver: Deliver,
    /// Who else is told what happens, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relays: BTreeMap<String, Relay>,
    /// Mail that nobody asked for, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub campaigns: BTreeMap<String, Campaign>,
    /// Where it is declared.
    pub span: Span,
}

/// `contact NAME: ENTITY by FIELD`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The name in calls and conditions.
    pub name: String,
    /// Qualified entity.
    pub entity: String,
    /// The field that holds the sender's address: the entity's key.
    pub by: String,
}

/// Who answers a mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// A behaviour.
    Call(Call),
    /// A person, told why.
    Reviewer(String),
    /// Nobody: the mail is stored and not answered.
    Drop,
    /// One of several, by an enum or bool.
    Match {
        /// What decides.
        on: Subject,
        /// Exhaustive, in the author's order; the first that fits is taken.
        arms: Vec<Arm>,
    },
}

/// What a match is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A value at hand.
    Value(Expr),
    /// What a behaviour returns.
    Call(Call),
}

/// An arm of a route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Names of cases, `true` or `false`; empty for `_`.
    pub cases: Vec<String>,
    /// Who answers.
    pub target: Target,
}

/// `after EVENT { … }`: each line is a job of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// What happened.
    pub event: Event,
    /// In order.
    pub lines: Vec<AfterLine>,
}

/// A line of `after`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterLine {
    /// What is done.
    pub action: Action,
    /// When it is done; always when absent. Sees what `review` sees, but no draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// What a line of `after` does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Runs a behaviour.
    Run(Call),
    /// Sets a field of the contact.
    Save {
        /// From the contact's name.
        path: Path,
        /// The value.
        value: Expr,
    },
}

/// Which drafts a person sees first. Broken rules, gates that wait and `hold` are always held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// How reviewers are chosen.
    pub assign: Assign,
    /// Top to bottom; the first whose condition holds decides.
    pub lines: Vec<ReviewLine>,
    /// What holds when no line does.
    pub otherwise: Decision,
    /// When a held draft has waited too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
}

/// `due 4h then reassign`. A draft that is overdue stays held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// How long a draft may wait, milliseconds.
    pub after_ms: u64,
    /// What happens then.
    pub then: Overdue,
}

/// What happens to a draft that waited too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overdue {
    /// Another reviewer gets it.
    Reassign,
    /// It goes to those above.
    Escalate,
}

/// How reviewers are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assign {
    /// In turn; a thread keeps its reviewer.
    RoundRobin,
}

/// `hold when …` or `pass when …`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewLine {
    /// What it decides.
    pub decision: Decision,
    /// When. Sees `draft`, `mail`, `thread` and the contact.
    pub when: Expr,
    /// Where it stands.
    pub span: Span,
}

/// What happens to a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// A person decides.
    Hold,
    /// It is delivered.
    Pass,
}

impl Decision {
    /// The word in a spec.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Pass => "pass",
        }
    }
}

/// How replies leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    /// The sender, `Name <address>`.
    pub from: String,
    /// How long an approved reply waits, so that it can be taken back, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_ms: Option<u64>,
    /// When nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// How many replies one contact gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<AtMost>,
}

/// `quiet 21:00..07:00 in ZONE`: hours in which a reply waits. They may go over midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// `HH:MM`, from this minute on.
    pub from: String,
    /// `HH:MM`, until this minute.
    pub to: String,
    /// Whose clock; a path begins with the contact's name.
    pub zone: Zone,
}

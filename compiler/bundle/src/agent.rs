//! Agents: behaviours wired to the mail pipeline.

use serde::{Deserialize, Serialize};

use crate::behaviour::Call;
use crate::{Expr, Span};

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
    /// Who answers.
    pub route: Target,
    /// Which drafts a person sees first.
    pub review: Review,
    /// How replies leave.
    pub deliver: Deliver,
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

/// How replies leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    /// The sender, `Name <address>`.
    pub from: String,
}

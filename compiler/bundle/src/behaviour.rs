//! Behaviours as segments: what may stand in a prompt, when, and by whose word.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::{Field, Type};
use crate::{Expr, Path, Span};

/// A behaviour: a typed function from inputs to a reply or another type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// Description; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// Its inputs, in declared order.
    pub inputs: Vec<Field>,
    /// What it returns; `silex.Reply` for an answer by mail.
    pub returns: Type,
    /// Qualified name of its model; the deployment's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Its limits, defaults filled in.
    pub limits: Limits,
    /// Name of its layout, a key of [`crate::Bundle::layouts`].
    pub layout: String,
    /// What other behaviours find out before the prompt is made, in the author's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observe: Vec<Observe>,
    /// Its stages, the initial one first. What stands in one is under a condition that compares
    /// the path [`STAGE`] with its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// Conditions that segments and tools refer to by index. A parent stands before its child.
    pub conditions: Vec<Condition>,
    /// What can stand in the prompt, in the author's order.
    pub segments: Vec<Segment>,
    /// The tools it offers, in the author's order.
    pub tools: Vec<Offer>,
    /// Where it is declared.
    pub span: Span,
}

/// The name by which conditions see the stage that a behaviour with stages is in.
pub const STAGE: &str = "stage";

/// A state that a thread is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Whether nothing leads out of it.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// What leads out of it, in the author's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    /// Where the name stands.
    pub span: Span,
}

/// `on TOOL -> STAGE`: when the tool was carried out, the next turn is in the other stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Qualified name of the tool.
    pub tool: String,
    /// Name of the stage.
    pub target: String,
    /// Index of the condition under which it stands, at least that of its stage.
    pub when: usize,
    /// Where it stands.
    pub span: Span,
}

/// Bounds of one run of a behaviour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Model calls in one turn.
    pub turns: u32,
    /// Tokens rendered from statements.
    pub tokens: u32,
    /// Tokens of the conversation that is shown.
    pub history: u32,
    /// Drafts that may be tried when a check fails.
    pub attempts: u32,
    /// Tool calls in one turn.
    pub calls: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turns: 8,
            tokens: 8000,
            history: 8000,
            attempts: 3,
            calls: 16,
        }
    }
}

/// A condition of a `when`, an `else` or an arm, inside that of its parent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Index of the condition around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<usize>,
    /// What must hold besides the parent.
    pub expr: Expr,
    /// Where it stands.
    pub span: Span,
}

/// A piece of a prompt with one origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Index of the condition under which it stands; always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<usize>,
    /// The lists it is repeated for, outermost first (`each x in list`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub each: Vec<Each>,
    /// Its words.
    pub text: Vec<Piece>,
    /// What it is.
    pub kind: Kind,
    /// Names of the rulesets through which it came, outermost first; qualified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
    /// Where it is written.
    pub span: Span,
}

impl Segment {
    /// Whether it differs from one prompt to the next.
    #[must_use]
    pub fn varies(&self) -> bool {
        let varies = |piece: &Piece| match piece {
            Piece::Words(_) => false,
            Piece::Hole(hole) => hole.constant().is_none(),
        };
        self.when.is_some() || !self.each.is_empty() || self.text.iter().any(varies)
    }
}

/// `each VAR in OF`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// The name of an item.
    pub var: String,
    /// The list.
    pub of: Path,
}

/// What a segment is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// Who the model is.
    Role,
    /// What it is for.
    Goal,
    /// Something it should know.
    Fact {
        /// Its name.
        name: String,
    },
    /// How it must behave.
    Rule(Box<Rule>),
    /// A step of the work.
    Step {
        /// Its name.
        name: String,
        /// What it speaks of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<About>,
    },
}

/// A rule: a declaration with an identity and a strength.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name in the behaviour or ruleset.
    pub name: String,
    /// Its identity: `aleik.assist.promise_dates`; through a ruleset `aleik.polite.greet`.
    pub id: String,
    /// How strong it is.
    pub strength: Strength,
    /// Why, for people; sent to the model only when `shown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Because>,
    /// What the runtime decides on each draft.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Expr>,
    /// `check judge`: a second model decides on each draft, after the checks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judge: bool,
    /// `at least N%`: the rate to which a `should` or `avoid` is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u8>,
    /// The rules that do not hold where this one does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Overrides>,
    /// What it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// Samples.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
}

/// How strong a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Always.
    Must,
    /// At no time.
    Never,
    /// As a rule.
    Should,
    /// Better not.
    Avoid,
    /// Allowed.
    May,
}

impl Strength {
    /// The word in a spec.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Never => "never",
            Self::Should => "should",
            Self::Avoid => "avoid",
            Self::May => "may",
        }
    }
}

/// The reason of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// The reason.
    pub text: String,
    /// `because!`: the model reads it too.
    pub shown: bool,
}

/// `overrides RULE because "…"`. The conditions of the other rule say already where this one holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    /// Id of the other rule.
    pub rule: String,
    /// Why.
    pub because: String,
}

/// What a rule or step speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A tool, qualified.
    Tool(String),
    /// A topic, by its bare name.
    Topic(String),
}

/// A `good` or `bad` of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// `good` or `bad`.
    pub good: bool,
    /// The text.
    pub text: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// A tool that a behaviour offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Qualified name of the tool.
    pub tool: String,
    /// Index of the condition under which it is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<usize>,
    /// Name of the input that fills the tool's `for`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl Behaviour {
    /// The stage of a name.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }
}

/// Words or a typed hole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Piece {
    /// The author's words.
    Words(String),
    /// A value.
    Hole(Box<Hole>),
}

/// A value in prose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hole {
    /// The value.
    pub value: Expr,
    /// How it is set off from instructions.
    pub quote: Quote,
    /// The author's reason for trusting it (`trusting … because`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusting: Option<String>,
    /// The hole as the author wrote it, for traces and for naming a fence.
    pub label: String,
    /// Most characters it can take, for token bounds.
    pub max: u32,
}

impl Hole {
    /// What it prints in every prompt; none if that differs.
    #[must_use]
    pub fn constant(&self) -> Option<Cow<'_, str>> {
        // The delimiters of a fence are drawn for each render.
        if matches!(self.quote, Quote::Fence { .. }) {
            return None;
        }
        if let Expr::Literal(Value::String(text)) | Expr::Case(text) = &self.value {
            return Some(Cow::Borrowed(text));
        }
        let Expr::Literal(value) = &self.value else {
            return None;
        };
        Some(Cow::Owned(value.to_string()))
    }
}

/// How a value in prose is set off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Quote {
    /// Clean: printed as it is.
    Bare,
    /// `| fence`: a block between delimiters drawn for the render.
    Fence {
        /// Cut at so many characters.
        max: u32,
    },
    /// `| inline(max)`: one quoted line.
    Inline {
        /// Cut at so many characters.
        max: u32,
    },
}

/// `observe NAME = CALL`: a value that a model gives first, known by its name from then on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observe {
    /// The name in conditions and arguments.
    pub name: String,
    /// What is run.
    pub call: Call,
    /// What it returns.
    pub of: Type,
    /// Index of the condition under which it is run, in a behaviour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<usize>,
    /// Where it stands.
    pub span: Span,
}

/// A call of a behaviour with its arguments by input name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Qualified name of the behaviour.
    pub behaviour: String,
    /// Its inputs; what is absent takes its default.
    pub args: BTreeMap<String, Expr>,
}

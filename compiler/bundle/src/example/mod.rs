//! Examples: documentation that runs.

mod matcher;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::expr::Compare;
use crate::{Expr, Path, Span};

/// An example of a behaviour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Description; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// Qualified name of the behaviour.
    pub behaviour: String,
    /// Whether the model is shown it.
    pub shown: bool,
    /// Inputs, observed names and the stage by path (`subscriber`, `thread.turns`), in the author's
    /// order; the mail is among them.
    pub given: Vec<(Path, Value)>,
    /// What the model does, in order.
    pub script: Vec<Event>,
    /// What must hold.
    pub expects: Vec<Expectation>,
    /// Where it is declared.
    pub span: Span,
}

/// Something the model does in an example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// It calls a tool.
    Calls {
        /// Qualified tool.
        tool: String,
        /// What its arguments match.
        args: Matcher,
        /// What the tool answers.
        outcome: CallOutcome,
    },
    /// It answers: a reply's body, or a value of the return type.
    Replies(Value),
}

/// What a tool answers in an example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// A value of the tool's return type.
    Returns(Value),
    /// A failure with its message.
    Fails(String),
}

/// What an argument must match. A scripted model needs a value that fits: [`Matcher::witness`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matcher {
    /// Anything.
    Any,
    /// Text that contains this.
    Contains(String),
    /// Exactly this.
    Is(Value),
    /// An object whose named fields match; others are free. A case's fields come with its `kind`.
    Fields(Vec<(String, Matcher)>),
}

/// Something that must hold after an example was played.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// What.
    pub what: Expect,
    /// Where it stands.
    pub span: Span,
}

/// What can be expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// The rule of this id is in the prompt, or is not.
    Rule {
        /// Rule id.
        id: String,
        /// In it, or not.
        present: bool,
    },
    /// The tool is offered, or is not.
    Tool {
        /// Qualified tool.
        tool: String,
        /// Offered, or not.
        present: bool,
    },
    /// The system prompt contains a text, or does not.
    Prompt {
        /// The text.
        text: String,
        /// Contains, or not.
        present: bool,
    },
    /// The estimated tokens of the system prompt.
    Tokens {
        /// How.
        op: Compare,
        /// With what.
        count: u32,
    },
    /// The next turn is in this stage.
    Stage(String),
    /// Every check passes.
    ChecksPass,
    /// The check of the rule of this id fails.
    CheckFails(String),
    /// An expression over the inputs and `reply` or `result`.
    That(Expr),
}

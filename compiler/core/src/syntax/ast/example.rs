//! Examples.

use super::{Comparison, Entry, Expr, Junk, LiteralKind, Name, Number, Path, StringLit, Value};
use crate::source::Span;

/// `example name for behaviour shown { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Its name.
    pub name: Name,
    /// The behaviour.
    pub behaviour: Name,
    /// Whether it is shown to the model.
    pub shown: bool,
    /// In order.
    pub lines: Box<[ExampleLine]>,
}

/// A line of an example.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleLine {
    /// The word that it starts with.
    pub keyword: Span,
    /// What it says.
    pub kind: ExampleLineKind,
    /// All of it.
    pub span: Span,
}

/// What a line of an example says.
#[derive(Debug, Clone, PartialEq)]
pub enum ExampleLineKind {
    /// `given path = value`
    Given {
        /// What is given.
        path: Path,
        /// Its value.
        value: Value,
    },
    /// `mail …`
    Mail(MailValue),
    /// `calls tool { … } returns …`
    Calls(Call),
    /// `replies value`
    Replies(Value),
    /// `expect …`
    Expect(Expect),
    /// A line that could not be read.
    Junk(Junk),
}

/// The mail of an example.
#[derive(Debug, Clone, PartialEq)]
pub enum MailValue {
    /// Its body.
    Text(StringLit),
    /// Its fields.
    Record(Box<[Entry]>, Span),
}

/// A call that the scripted model makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The tool.
    pub tool: Name,
    /// What its arguments must be.
    pub args: Box<[MatcherEntry]>,
    /// The arguments with their braces.
    pub args_span: Span,
    /// What the tool answers.
    pub result: CallResult,
}

/// What a tool answers in an example.
#[derive(Debug, Clone, PartialEq)]
pub enum CallResult {
    /// `returns value`
    Returns(Value),
    /// `fails "…"`
    Fails(StringLit),
}

/// `name: matcher`
#[derive(Debug, Clone, PartialEq)]
pub struct MatcherEntry {
    /// The parameter or field.
    pub name: Name,
    /// What it must be.
    pub matcher: Matcher,
    /// All of it.
    pub span: Span,
}

/// What an argument must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Matcher {
    /// Which.
    pub kind: MatcherKind,
    /// All of it.
    pub span: Span,
}

/// What an argument must be.
#[derive(Debug, Clone, PartialEq)]
pub enum MatcherKind {
    /// `any`
    Any,
    /// `contains "…"`
    Contains(StringLit),
    /// `{ name: matcher }`
    Record(Box<[MatcherEntry]>),
    /// `[value, …]`
    List(Box<[Value]>),
    /// A literal.
    Literal(LiteralKind),
    /// A case of an enum.
    Case {
        /// The enum, if stated.
        of: Option<Name>,
        /// The case.
        name: Name,
        /// Its fields, if braces stand behind it.
        fields: Option<Box<[MatcherEntry]>>,
    },
}

/// `expect …`
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    /// What is expected.
    pub kind: ExpectKind,
    /// Behind `expect`.
    pub span: Span,
}

/// What is expected.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpectKind {
    /// `rule x`, `no rule x`
    Rule {
        /// Whether `no` is written.
        no: bool,
        /// The rule.
        name: Name,
    },
    /// `tool x`, `no tool x`
    Tool {
        /// Whether `no` is written.
        no: bool,
        /// The tool.
        name: Name,
    },
    /// `prompt contains "…"`, `prompt no contains "…"`
    Prompt {
        /// Whether `no` is written.
        no: bool,
        /// The words.
        contains: StringLit,
    },
    /// `tokens <= 1500`
    Tokens {
        /// The sign.
        op: Comparison,
        /// How many.
        number: Number,
    },
    /// `checks pass`
    ChecksPass,
    /// `checks fail rule`
    ChecksFail(Name),
    /// `stage name`
    Stage(Name),
    /// Any condition.
    Expr(Expr),
}

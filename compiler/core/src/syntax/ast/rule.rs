//! Facts, rules, their clauses and samples.

use super::{Allow, Expr, Name, Number, Path, Prose, StringLit};
use crate::source::Span;

/// `fact who "…"`
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its name.
    pub name: Name,
    /// What holds.
    pub prose: Prose,
}

/// `must answer_newest "…" …`
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// How strongly.
    pub strength: Strength,
    /// Its name.
    pub name: Name,
    /// What to do or not to do.
    pub prose: Prose,
    /// In order.
    pub clauses: Box<[Clause]>,
    /// In order.
    pub samples: Box<[Sample]>,
}

/// How strongly a rule is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// `must`
    Must,
    /// `never`
    Never,
    /// `should`
    Should,
    /// `avoid`
    Avoid,
    /// `may`
    May,
}

/// A clause behind a rule's prose.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// Which.
    pub kind: ClauseKind,
    /// The word that it starts with.
    pub keyword: Span,
    /// All of it.
    pub span: Span,
}

/// What a clause says.
#[derive(Debug, Clone, PartialEq)]
pub enum ClauseKind {
    /// `because "…"`, `because! "…"`
    Because {
        /// Whether it is told to the model.
        told: bool,
        /// Why.
        text: StringLit,
    },
    /// `check expr`
    Check(Expr),
    /// `check judge`
    CheckJudge,
    /// `about tool x`
    About(About),
    /// `overrides rule because "…"`
    Overrides {
        /// The rule.
        rule: Path,
        /// Why.
        because: StringLit,
    },
    /// `at least 95%`
    AtLeast(Number),
    /// `allow code because "…"`
    Allow(Allow),
}

/// `about tool x`, `about topic x`
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// Which of the two.
    pub kind: AboutKind,
    /// The tool or topic.
    pub name: Name,
    /// All of it.
    pub span: Span,
}

/// What a rule or step speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AboutKind {
    /// `tool`
    Tool,
    /// `topic`
    Topic,
}

/// `good "…"`, `bad "…" because "…"`
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Which of the two.
    pub kind: SampleKind,
    /// The text.
    pub text: StringLit,
    /// Why.
    pub because: Option<StringLit>,
    /// All of it.
    pub span: Span,
}

/// Whether a sample keeps or breaks the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleKind {
    /// `good`
    Good,
    /// `bad`
    Bad,
}

//! The resolved, typed package: what every later phase reads.
//!
//! Names are qualified and resolved, expressions are typed. Types, expressions and prose are the
//! bundle's own ([`silex_bundle::Type`], [`silex_bundle::Expr`], [`silex_bundle::behaviour::Piece`]):
//! there is one typed expression language, not a copy of it. What has no body of statements
//! (declarations, models, tools, agents, examples) is the bundle's own value already; behaviours and
//! rulesets keep their statements nested, and code generation flattens them.

mod keep;
mod walk;

use std::collections::BTreeMap;

use serde_json::Value;
use silex_bundle::behaviour::{Call, Each, Kind, Limits, Piece, Stage};
use silex_bundle::schema::{Declaration, Field};
use silex_bundle::{Agent, Example, Expr, Model, Tool, Type};

use crate::source::Span;

/// A package after names and types are settled. Keys are qualified names.
#[derive(Debug, Clone, Default)]
pub struct Hir {
    /// Records, enums, entities. These, models, tools, agents and examples are the bundle's own, and
    /// are moved into it.
    pub declarations: BTreeMap<String, Declaration>,
    /// Constants.
    pub constants: BTreeMap<String, Constant>,
    /// Models.
    pub models: BTreeMap<String, Model>,
    /// Rulesets.
    pub rulesets: BTreeMap<String, Ruleset>,
    /// Behaviours.
    pub behaviours: BTreeMap<String, Behaviour>,
    /// Tools.
    pub tools: BTreeMap<String, Tool>,
    /// Agents.
    pub agents: BTreeMap<String, Agent>,
    /// Examples.
    pub examples: BTreeMap<String, Example>,
    /// Where the name of each of these stands; the side table of spans.
    pub names: BTreeMap<String, Span>,
}

/// `const NAME = VALUE`: fixed by the author, hence trusted.
#[derive(Debug, Clone)]
pub struct Constant {
    /// Its type.
    pub of: Type,
    /// Its value.
    pub value: Value,
}

/// A named group of rules with parameters.
#[derive(Debug, Clone)]
pub struct Ruleset {
    /// Its parameters.
    pub params: Vec<Field>,
    /// Its statements. Expressions in it name its parameters.
    pub body: Vec<Statement>,
}

/// A behaviour.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// Description.
    pub doc: String,
    /// Its inputs.
    pub inputs: Vec<Field>,
    /// What it returns.
    pub returns: Type,
    /// Qualified name of its model.
    pub model: Option<String>,
    /// Its limits, defaults of the manifest filled in.
    pub limits: Limits,
    /// Where it says `limit tokens` itself.
    pub tokens_limit: Option<Span>,
    /// Name of its layout.
    pub layout: String,
    /// Its stages, the initial one first; the ways between them are statements.
    pub stages: Vec<Stage>,
    /// Its statements.
    pub body: Vec<Statement>,
}

/// A statement of a body.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What it says.
    pub kind: StatementKind,
    /// Where it stands.
    pub span: Span,
}

/// What a statement says. `match` is a [`StatementKind::When`] whose branches compare with cases,
/// and `stage` one whose only branch compares the stage.
#[derive(Debug, Clone)]
pub enum StatementKind {
    /// A piece of the prompt. The `id` of a rule is its qualified declaration and name.
    Segment {
        /// What it is.
        kind: Kind,
        /// Its words.
        text: Box<[Piece]>,
        /// The lists it is repeated for.
        each: Vec<Each>,
    },
    /// Branches of which the first that holds is taken.
    When(Vec<Branch>),
    /// The rules of a ruleset, with its parameters bound.
    Follow {
        /// Qualified ruleset.
        ruleset: String,
        /// Arguments by parameter, defaults left out.
        args: Vec<(String, Expr)>,
    },
    /// Tools that are offered.
    Tools(Vec<Offered>),
    /// What another behaviour finds out.
    Observe(Observed),
    /// `on TOOL -> STAGE`.
    Way(Way),
}

/// `observe NAME = CALL`
#[derive(Debug, Clone)]
pub struct Observed {
    /// The name, unique in the behaviour.
    pub name: String,
    /// What is run.
    pub call: Call,
    /// What it returns.
    pub of: Type,
    /// Where the name stands.
    pub span: Span,
}

/// A way out of a stage.
#[derive(Debug, Clone)]
pub struct Way {
    /// Number of the stage.
    pub from: usize,
    /// Qualified tool.
    pub tool: String,
    /// Name of the stage to which it leads.
    pub target: String,
}

/// A branch of a `when` or an arm of a `match`.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Its condition; `else` and `_` have none.
    pub condition: Option<Expr>,
    /// Where the condition stands.
    pub span: Span,
    /// Its statements.
    pub body: Vec<Statement>,
}

/// A tool that a behaviour offers.
#[derive(Debug, Clone)]
pub struct Offered {
    /// Qualified tool.
    pub tool: String,
    /// The input that fills its `for`.
    pub owner: Option<String>,
    /// Where it is named.
    pub span: Span,
}

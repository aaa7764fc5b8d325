//! The tree of a file, as it was written: one file of this folder per declaration kind.
//!
//! The tree is plain data. Names are not resolved, types are not checked, and the parts of the
//! language that the compiler refuses later are in it like all others. Everything a diagnostic
//! can point at carries a [`Span`], trimmed of the white space and comments around it. Text has
//! its escapes applied and its common indentation removed.

mod agent;
mod behaviour;
mod campaign;
mod data;
mod example;
mod expr;
mod model;
mod prose;
mod rule;
mod tool;
mod ty;

pub use agent::{
    After, AfterAction, AfterLine, Agent, AgentLine, AgentLineKind, Deliver, DeliverLine,
    DeliverLineKind, Event, EventKind, Otherwise, Review, ReviewLine, ReviewLineKind, Target,
    TargetKind, Zone,
};
pub use behaviour::{
    Arm, Behaviour, Body, Each, Else, Follow, Limit, Match, Observe, On, Param, Pattern, Quota,
    QuotaKind, Role, RoleKind, Ruleset, Stage, Statement, StatementKind, Step, Steps, When,
};
pub use campaign::{
    Campaign, CampaignLine, CampaignLineKind, Day, Days, Every, Relay, RelayLine, RelayLineKind,
    Schedule,
};
pub use data::{Case, Const, Entity, Enum, Field, FieldLine, Record};
pub use example::{
    Call as ExampleCall, CallResult, Example, ExampleLine, ExampleLineKind, Expect, ExpectKind,
    MailValue, Matcher, MatcherEntry, MatcherKind,
};
pub use expr::{
    Arg, Call, Comparison, Duration, Entry, Expr, ExprKind, Literal, LiteralKind, Number, Path,
    Presence, Range, Regex, Value, ValueKind, Within,
};
pub use model::{Model, ModelLine, ModelLineKind};
pub use prose::{Hole, Piece, Prose, StringLit, Trusting};
pub use rule::{About, AboutKind, Clause, ClauseKind, Fact, Rule, Sample, SampleKind, Strength};
pub use tool::{
    AtMost, Effect, Gate, GateKind, Handler, HandlerKind, HttpMethod, Retry, SendsTo, Tool,
    ToolFor, ToolLine, ToolLineKind,
};
pub use ty::{PlainType, Type, TypeKind};

use crate::source::{FileId, Span};

/// A file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Which.
    pub id: FileId,
    /// `//!` lines.
    pub docs: Option<Docs>,
    /// Its declarations, in order.
    pub items: Vec<Item>,
}

impl File {
    /// The declaration in which a place lies.
    #[must_use]
    pub fn item_at(&self, place: Span) -> Option<&Item> {
        let behind = self
            .items
            .partition_point(|it| it.span.start <= place.start);
        let item = self.items.get(behind.checked_sub(1)?)?;
        item.span.holds(place).then_some(item)
    }

    /// The rule whose statement begins at a place.
    #[must_use]
    pub fn rule_at(&self, place: Span) -> Option<&Rule> {
        let body = self.item_at(place)?.kind.body()?;
        let mut found = None;
        body.visit(&mut |statement| {
            if let StatementKind::Rule(rule) = &statement.kind
                && statement.span.start == place.start
            {
                found = Some(rule);
            }
        });
        found
    }
}

/// The text of `///` or `//!` lines, without the slashes and one space behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Docs {
    /// The lines, joined by line ends.
    pub text: String,
    /// From the first slash to the end of the last line.
    pub span: Span,
}

/// A name as written: of a declaration, or a reference to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// The word.
    pub text: String,
    /// Where.
    pub span: Span,
}

impl Name {
    /// Whether it is `PascalCase`, so that it names a type.
    #[must_use]
    pub fn is_type(&self) -> bool {
        self.text
            .trim_start_matches('_')
            .starts_with(|first: char| first.is_ascii_uppercase())
    }

    /// Whether only its own module may use it.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.text.starts_with('_')
    }
}

/// What could not be read. The problem is reported already: later phases pass it over.
#[derive(Debug, Clone, PartialEq)]
pub struct Junk {
    /// The text.
    pub span: Span,
    /// The body behind it, read as statements.
    pub body: Option<Body>,
}

/// A declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// `///` lines before it.
    pub docs: Option<Docs>,
    /// The word that it starts with.
    pub keyword: Span,
    /// What it declares.
    pub kind: ItemKind,
    /// From the keyword to its end.
    pub span: Span,
}

/// What a declaration declares.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemKind {
    /// `use module.{a, B}`
    Use(Use),
    /// `allow code because "…"`
    Allow(Allow),
    /// `const`
    Const(Const),
    /// `enum`
    Enum(Enum),
    /// `record`
    Record(Record),
    /// `entity`
    Entity(Entity),
    /// `tool`
    Tool(Tool),
    /// `model`
    Model(Model),
    /// `ruleset`
    Ruleset(Ruleset),
    /// `behaviour`
    Behaviour(Behaviour),
    /// `agent`
    Agent(Agent),
    /// `example`
    Example(Example),
    /// Text that is no declaration.
    Junk(Junk),
}

impl ItemKind {
    /// Its statements, if it has some.
    #[must_use]
    pub fn body(&self) -> Option<&Body> {
        match self {
            Self::Ruleset(it) => Some(&it.body),
            Self::Behaviour(it) => Some(&it.body),
            Self::Use(_)
            | Self::Allow(_)
            | Self::Const(_)
            | Self::Enum(_)
            | Self::Record(_)
            | Self::Entity(_)
            | Self::Tool(_)
            | Self::Model(_)
            | Self::Agent(_)
            | Self::Example(_)
            | Self::Junk(_) => None,
        }
    }

    /// The name that it declares, if it declares one.
    #[must_use]
    pub fn name(&self) -> Option<&Name> {
        match self {
            Self::Const(it) => Some(&it.name),
            Self::Enum(it) => Some(&it.name),
            Self::Record(it) => Some(&it.name),
            Self::Entity(it) => Some(&it.name),
            Self::Tool(it) => Some(&it.name),
            Self::Model(it) => Some(&it.name),
            Self::Ruleset(it) => Some(&it.name),
            Self::Behaviour(it) => Some(&it.name),
            Self::Agent(it) => Some(&it.name),
            Self::Example(it) => Some(&it.name),
            Self::Use(_) | Self::Allow(_) | Self::Junk(_) => None,
        }
    }
}

/// `use mail.reply.{Reply, polite}`
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// `mail`, `reply`.
    pub module: Path,
    /// What it brings into scope.
    pub names: Box<[Name]>,
}

/// `allow vague-words because "…"`
#[derive(Debug, Clone, PartialEq)]
pub struct Allow {
    /// The lint's code.
    pub code: Name,
    /// Why.
    pub because: StringLit,
}

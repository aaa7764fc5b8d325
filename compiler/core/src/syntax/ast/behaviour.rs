//! Behaviours, rulesets and their statements.

use super::{
    About, Allow, Arg, Call, Docs, Expr, Fact, Junk, Name, Number, Path, Prose, Rule, Type, Value,
};
use crate::source::Span;

/// `behaviour assist(…) -> Reply { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// Its name.
    pub name: Name,
    /// Its inputs.
    pub params: Box<[Param]>,
    /// What it returns.
    pub returns: Type,
    /// Its statements.
    pub body: Body,
}

/// `ruleset plain_email(max: int = 300) { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Ruleset {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub params: Box<[Param]>,
    /// Its statements.
    pub body: Body,
}

/// A parameter of a behaviour, ruleset or tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// `///` lines before it.
    pub docs: Option<Docs>,
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Value>,
    /// From the name to the end of the default.
    pub span: Span,
}

/// Statements in braces.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// In order.
    pub statements: Box<[Statement]>,
    /// With its braces.
    pub span: Span,
}

impl Body {
    /// Calls a function with every statement, those in other statements included, in order.
    pub fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Statement)) {
        for statement in &self.statements {
            see(statement);
            match &statement.kind {
                StatementKind::When(when) => when.visit(see),
                StatementKind::Match(the_match) => {
                    the_match.arms.iter().for_each(|arm| arm.then.visit(see));
                }
                StatementKind::Each(each) => each.body.visit(see),
                StatementKind::Stage(stage) => stage.body.visit(see),
                StatementKind::Junk(junk) => {
                    if let Some(body) = &junk.body {
                        body.visit(see);
                    }
                }
                StatementKind::Role(_)
                | StatementKind::Fact(_)
                | StatementKind::Rule(_)
                | StatementKind::Follow(_)
                | StatementKind::Observe(_)
                | StatementKind::Steps(_)
                | StatementKind::Tools(_)
                | StatementKind::Model(_)
                | StatementKind::Limit(_)
                | StatementKind::Layout(_)
                | StatementKind::On(_)
                | StatementKind::Allow(_) => {}
            }
        }
    }

    /// The prose in it, whatever branch it stands in.
    #[must_use]
    pub fn prose(&self) -> Vec<&Prose> {
        let mut all = Vec::new();
        self.visit(&mut |statement| {
            if let StatementKind::Role(Role { prose, .. })
            | StatementKind::Fact(Fact { prose, .. })
            | StatementKind::Rule(Rule { prose, .. }) = &statement.kind
            {
                all.push(prose);
            } else if let StatementKind::Steps(steps) = &statement.kind {
                all.extend(steps.steps.iter().map(|step| &step.prose));
            }
        });
        all
    }
}

impl When {
    fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Statement)) {
        self.then.visit(see);
        match &self.otherwise {
            Some(Else::When(next)) => next.visit(see),
            Some(Else::Body(body)) => body.visit(see),
            None => {}
        }
    }
}

/// A statement of a behaviour or ruleset.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The word that it starts with.
    pub keyword: Span,
    /// What it says.
    pub kind: StatementKind,
    /// From the keyword to its end.
    pub span: Span,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `role "…"`, `goal "…"`
    Role(Role),
    /// `fact name "…"`
    Fact(Fact),
    /// `must name "…" …`
    Rule(Rule),
    /// `follow ruleset(…)`
    Follow(Follow),
    /// `observe x = f(…)`
    Observe(Observe),
    /// `when … { } else { }`
    When(When),
    /// `match path { … }`
    Match(Match),
    /// `each x in list { … }`
    Each(Each),
    /// `steps { … }`
    Steps(Steps),
    /// `stage name { … }`
    Stage(Stage),
    /// `tools a, b`
    Tools(Box<[Name]>),
    /// `model name`
    Model(Name),
    /// `limit turns 8, tokens 6000`
    Limit(Limit),
    /// `layout name`
    Layout(Name),
    /// `on tool -> stage`
    On(On),
    /// `allow code because "…"`
    Allow(Allow),
    /// A line that could not be read.
    Junk(Junk),
}

/// `role "…"`, `goal "…"`
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// Which of the two.
    pub kind: RoleKind,
    /// The words.
    pub prose: Prose,
}

/// Who the model is, or what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleKind {
    /// `role`
    Role,
    /// `goal`
    Goal,
}

/// `follow plain_email(max: 300)`
#[derive(Debug, Clone, PartialEq)]
pub struct Follow {
    /// The ruleset.
    pub ruleset: Name,
    /// Its arguments.
    pub args: Box<[Arg]>,
}

/// `observe mood = read_mood(mail)`
#[derive(Debug, Clone, PartialEq)]
pub struct Observe {
    /// The name that it binds.
    pub name: Name,
    /// The behaviour that is run.
    pub call: Call,
}

/// `when condition { … } else …`
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    /// Under which its statements hold.
    pub condition: Expr,
    /// What holds then.
    pub then: Body,
    /// What holds otherwise.
    pub otherwise: Option<Else>,
    /// From `when` to the end of the last branch.
    pub span: Span,
}

/// The branch behind `else`.
#[derive(Debug, Clone, PartialEq)]
pub enum Else {
    /// `else when …`
    When(Box<When>),
    /// `else { … }`
    Body(Body),
}

/// `match path { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// What is looked at.
    pub on: Path,
    /// In order.
    pub arms: Box<[Arm<Body>]>,
}

/// An arm of a `match`.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm<T> {
    /// What it is for; never empty.
    pub patterns: Box<[Pattern]>,
    /// What holds or happens then.
    pub then: T,
    /// All of it.
    pub span: Span,
}

impl<T> Arm<T> {
    /// What is taken out with a pattern: with the only one, the whole arm.
    #[must_use]
    pub fn with_pattern(&self, at: usize) -> Span {
        let place = |at: usize| self.patterns.get(at).map(Pattern::span);
        match (at.checked_sub(1).and_then(place), place(at), place(at + 1)) {
            (Some(before), Some(own), _) => Span {
                start: before.end,
                ..own
            },
            (None, Some(own), Some(behind)) => Span {
                end: behind.start,
                ..own
            },
            (None, Some(_), None) | (_, None, _) => self.span,
        }
    }
}

/// What an arm of a `match` is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// `_`
    Any(Span),
    /// A case of the enum.
    Case(Name),
    /// `true`, `false`
    Bool(bool, Span),
}

impl Pattern {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Any(span) | Self::Bool(_, span) => *span,
            Self::Case(name) => name.span,
        }
    }
}

/// `each x in list { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    /// The name of an element.
    pub name: Name,
    /// The list.
    pub list: Path,
    /// What holds for each.
    pub body: Body,
}

/// `steps { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// In order.
    pub steps: Box<[Step]>,
}

/// A step of `steps`.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its name.
    pub name: Name,
    /// What to do.
    pub prose: Prose,
    /// The tool or topic that it speaks of.
    pub about: Option<About>,
    /// All of it.
    pub span: Span,
}

/// `stage name final { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name.
    pub name: Name,
    /// Whether `final` is written.
    pub is_final: bool,
    /// What holds in it.
    pub body: Body,
}

/// `on tool -> stage`
#[derive(Debug, Clone, PartialEq)]
pub struct On {
    /// The tool that was carried out.
    pub tool: Name,
    /// The stage that holds then.
    pub stage: Name,
}

/// `limit turns 8, tokens 6000`
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// In order; never empty.
    pub quotas: Box<[Quota]>,
}

/// One of `limit`.
#[derive(Debug, Clone, PartialEq)]
pub struct Quota {
    /// Of what.
    pub kind: QuotaKind,
    /// How many.
    pub number: Number,
    /// All of it.
    pub span: Span,
}

/// What `limit` limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaKind {
    /// `turns`
    Turns,
    /// `tokens`
    Tokens,
    /// `history`
    History,
    /// `attempts`
    Attempts,
    /// `calls`
    Calls,
}

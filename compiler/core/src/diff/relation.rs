//! How something new relates to what was there before, and for which inputs they differ.

use silex_bundle::agent::Agent;
use silex_bundle::behaviour::Behaviour;
use silex_bundle::campaign::Campaign;
use silex_bundle::tool::Gate;
use silex_bundle::{Expr, Tool, Type};

use super::change::Sides;
use crate::condition;
use crate::satisfy::{self, Formula, World};

/// The new, seen from the old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// The same.
    Same,
    /// Less.
    Narrower,
    /// More.
    Wider,
    /// Less here and more there, or it cannot be computed.
    Other,
}

impl Relation {
    /// From whether there is more, and whether there is less.
    pub(super) fn of(more: bool, less: bool) -> Self {
        match (more, less) {
            (false, false) => Self::Same,
            (true, false) => Self::Wider,
            (false, true) => Self::Narrower,
            (true, true) => Self::Other,
        }
    }

    /// Of two parts that count together.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, it) | (it, Self::Same) => it,
            (one, two) if one == two => one,
            (Self::Narrower | Self::Wider | Self::Other, _) => Self::Other,
        }
    }

    /// In how many cases something holds, compared with before.
    pub(super) fn cases(self) -> &'static str {
        match self {
            Self::Same => "in the same cases",
            Self::Narrower => "in fewer cases",
            Self::Wider => "in more cases",
            Self::Other => "in other cases",
        }
    }

    /// The other way round.
    pub(super) fn reversed(self) -> Self {
        match self {
            Self::Narrower => Self::Wider,
            Self::Wider => Self::Narrower,
            Self::Same | Self::Other => self,
        }
    }
}

/// A relation and inputs that show it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Related {
    pub(super) relation: Relation,
    pub(super) witness: Option<String>,
}

impl Related {
    const SAME: Self = Self {
        relation: Relation::Same,
        witness: None,
    };
}

/// The condition under which something stands in a behaviour: all that has to hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct When<'a> {
    pub(super) behaviour: &'a Behaviour,
    pub(super) at: Option<usize>,
}

impl<'a> When<'a> {
    /// What has to hold, outermost first; nothing for what always stands there.
    pub(super) fn all(self) -> Vec<&'a Expr> {
        let mut all = Vec::new();
        let mut next = self.at;
        while let Some(condition) = next.and_then(|at| self.behaviour.conditions.get(at)) {
            all.push(&condition.expr);
            // A parent stands before its child, so this ends.
            next = condition.parent.filter(|parent| Some(*parent) < next);
        }
        all.reverse();
        all
    }

    /// In words: `always`, or the condition.
    pub(super) fn text(self) -> String {
        match self.at {
            None => "always".to_owned(),
            Some(at) => format!(
                "when `{}`",
                condition::whole(self.behaviour, at).join("` and `")
            ),
        }
    }
}

/// How the conditions of something that a behaviour holds relate.
pub(super) fn relate(sides: Sides<'_>, old: When<'_>, new: When<'_>) -> Related {
    let (was, is) = (old.all(), new.all());
    if was == is {
        return Related::SAME;
    }
    let world = World::of_behaviour(sides.new, new.behaviour);
    let all = |parts: &[&Expr]| Formula::All(parts.iter().map(|it| world.formula(it)).collect());
    related(&all(&was), &all(&is))
}

/// How what two checks let pass relates.
pub(super) fn relate_checks(sides: Sides<'_>, of: &Behaviour, old: &Expr, new: &Expr) -> Related {
    let world = World::of_behaviour(sides.new, of)
        .with("reply", &of.returns)
        .with("result", &of.returns);
    related(&world.formula(old), &world.formula(new))
}

/// How what gates of one kind stop relates.
pub(super) fn relate_gates(sides: Sides<'_>, tool: &Tool, old: &[Gate], new: &[Gate]) -> Related {
    let owner = tool.owner.as_ref();
    let owner = owner.map(|it| (it.name.as_str(), Type::Named(it.entity.clone())));
    let mut world = World::new(&sides.new.declarations);
    for (name, of) in tool.params.iter().map(|it| (it.name.as_str(), &it.of)) {
        world = world.with(name, of);
    }
    if let Some((name, of)) = &owner {
        world = world.with(name, of);
    }
    let world = world
        .with("now", &Type::Datetime)
        .with("today", &Type::Date);
    let stops = |gates: &[Gate]| {
        let when = |gate: &Gate| match &gate.when {
            Some(when) => world.formula(when),
            None => Formula::Always(true),
        };
        Formula::Any(gates.iter().map(when).collect())
    };
    related(&stops(old), &stops(new))
}

/// How what two reviews hold relates.
pub(super) fn relate_reviews(sides: Sides<'_>, agent: &Agent, old: &Expr, new: &Expr) -> Related {
    if old == new {
        return Related::SAME;
    }
    let standard = |name: &str| Type::Named(format!("silex.{name}"));
    let contact = Type::Named(agent.contact.entity.clone());
    // A campaign has no mail.
    let mail = Type::Optional(Box::new(standard("Mail")));
    let (thread, draft) = (standard("Thread"), standard("Draft"));
    let mut world = World::new(&sides.new.declarations)
        .with(&agent.contact.name, &contact)
        .with("mail", &mail)
        .with("thread", &thread)
        .with("draft", &draft);
    for observed in &agent.observe {
        world = world.with(&observed.name, &observed.of);
    }
    let world = world
        .with("now", &Type::Datetime)
        .with("today", &Type::Date);
    related(&world.formula(old), &world.formula(new))
}

/// How the audiences of two campaigns relate.
pub(super) fn relate_audiences(sides: Sides<'_>, old: &Campaign, new: &Campaign) -> Related {
    if (&old.to.entity, &old.to.name) != (&new.to.entity, &new.to.name) {
        return Related {
            relation: Relation::Other,
            witness: None,
        };
    }
    let entity = Type::Named(new.to.entity.clone());
    let world = World::new(&sides.new.declarations)
        .with(&new.to.name, &entity)
        .with("now", &Type::Datetime)
        .with("today", &Type::Date);
    let audience = |campaign: &Campaign| match &campaign.to.filter {
        Some(filter) => world.formula(filter),
        None => Formula::Always(true),
    };
    related(&audience(old), &audience(new))
}

/// The new, seen from the old, and inputs of which only one of the two speaks.
fn related(old: &Formula, new: &Formula) -> Related {
    let of = |relation, witness: String| Related {
        relation,
        witness: Some(witness),
    };
    match satisfy::relate(old, new) {
        satisfy::Relation::Equivalent => Related::SAME,
        satisfy::Relation::Narrower(more) => of(Relation::Wider, more.to_string()),
        satisfy::Relation::Wider(less) => of(Relation::Narrower, less.to_string()),
        satisfy::Relation::Overlapping { first, second }
        | satisfy::Relation::Disjoint { first, second } => {
            of(Relation::Other, format!("before: {first}; now: {second}"))
        }
        satisfy::Relation::Unknown => Related {
            relation: Relation::Other,
            witness: None,
        },
    }
}

//! Which branches can be taken, and to which lines of an agent anything comes: each condition is
//! asked under all that stands around it and before it.

use silex_bundle::{Agent, Bundle, Type};

use crate::hir::{Branch, Hir, Statement, StatementKind};
use crate::resolve::Names;
use crate::satisfy::{self, Formula, World};
use crate::source::Span;

use super::index::Index;
use super::place;

/// A branch or line of which something is to be said.
#[derive(Debug)]
pub(crate) struct Reach {
    /// Its condition; of an `else` its body; of an agent the line.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) of: Of,
    /// What is to be said.
    pub(crate) kind: ReachKind,
}

/// What has a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// A branch of a body.
    Branch,
    /// A line of a `review`: the first that holds decides.
    Review,
    /// A line of an `after`: each is a job of its own.
    After,
}

/// How a branch is taken.
#[derive(Debug)]
pub(crate) enum ReachKind {
    /// Never: its condition cannot hold where it stands.
    Never,
    /// Never: what stands before it takes all that it would; where that begins.
    Shadowed(Span),
    /// Always.
    Always,
}

/// What is to be said of the branches of a package's own bodies.
pub(crate) fn look(index: &Index<'_>, names: &Names<'_>, hir: &Hir, bundle: &Bundle) -> Vec<Reach> {
    let mut look = Look {
        index,
        found: Vec::new(),
    };
    for item in &index.items {
        let position = item
            .tree
            .kind
            .name()
            .and_then(|name| names.position(item.module, &name.text));
        let Some(declared) = position.and_then(|at| names.declared_at(at)) else {
            continue;
        };
        let name = &declared.qualified;
        if let (Some(body), Some(behaviour)) =
            (hir.behaviours.get(name), bundle.behaviours.get(name))
        {
            let world = World::of_behaviour(bundle, behaviour);
            look.body(&world, &body.body, &mut Vec::new());
        } else if let Some(ruleset) = hir.rulesets.get(name) {
            let mut world = World::new(&bundle.declarations)
                .with("now", &Type::Datetime)
                .with("today", &Type::Date);
            for param in &ruleset.params {
                world = world.with(&param.name, &param.of);
            }
            look.body(&world, &ruleset.body, &mut Vec::new());
        } else if let Some(agent) = bundle.agents.get(name) {
            look.agent(bundle, agent);
        }
    }
    look.found
}

struct Look<'i, 'a> {
    index: &'i Index<'a>,
    found: Vec<Reach>,
}

impl Look<'_, '_> {
    /// The lines of an agent that have conditions.
    fn agent(&mut self, bundle: &Bundle, agent: &Agent) {
        let named = |name: &str| Type::Named(format!("silex.{name}"));
        let (contact, thread) = (Type::Named(agent.contact.entity.clone()), named("Thread"));
        let (mail, draft) = (Type::Optional(Box::new(named("Mail"))), named("Draft"));
        let mut world = World::new(&bundle.declarations)
            .with(&agent.contact.name, &contact)
            .with("thread", &thread)
            .with("mail", &mail)
            .with("draft", &draft);
        for observe in &agent.observe {
            world = world.with(&observe.name, &observe.of);
        }
        let (mut facts, mut before) = (Vec::new(), Vec::new());
        for line in &agent.review.lines {
            let (span, own) = (place(line.span), world.formula(&line.when));
            let kind = judge(&facts, 0, &before, Some(&own));
            // One that always holds says plainly what becomes of the rest.
            match kind.filter(|kind| !matches!(kind, ReachKind::Always)) {
                Some(kind) => self.found.push(Reach {
                    span,
                    of: Of::Review,
                    kind,
                }),
                None => {
                    facts.push(own.clone().negated());
                    before.push((span, own));
                }
            }
        }
        for line in agent.after.iter().flat_map(|after| &after.lines) {
            let own = line.when.as_ref().map(|when| world.formula(when));
            let kind = own.and_then(|own| judge(&[], 0, &[], Some(&own)));
            self.found.extend(kind.map(|kind| Reach {
                span: place(line.span),
                of: Of::After,
                kind,
            }));
        }
    }

    fn body(&mut self, world: &World<'_>, body: &[Statement], facts: &mut Vec<Formula>) {
        for statement in body {
            if let StatementKind::When(branches) = &statement.kind {
                self.branches(world, branches, facts);
            }
        }
    }

    /// The branches of a `when` or the arms of a `match`, each under the opposite of those before.
    fn branches(&mut self, world: &World<'_>, branches: &[Branch], facts: &mut Vec<Formula>) {
        let around = facts.len();
        let mut before: Vec<(Span, Formula)> = Vec::new();
        for branch in branches {
            let own = branch.condition.as_ref().map(|it| world.formula(it));
            let is_when = own.is_none() || self.index.is_condition(branch.span);
            let kind = is_when
                .then(|| judge(facts, around, &before, own.as_ref()))
                .flatten();
            let ends = matches!(kind, Some(ReachKind::Always));
            let never = kind.is_some() && !ends;
            self.found.extend(kind.map(|kind| Reach {
                span: branch.span,
                of: Of::Branch,
                kind,
            }));
            if !never {
                let inside = facts.len();
                facts.extend(own.clone());
                self.body(world, &branch.body, facts);
                facts.truncate(inside);
            }
            if ends {
                break;
            }
            if let Some(own) = own {
                facts.push(own.clone().negated());
                before.push((branch.span, own));
            }
        }
        facts.truncate(around);
    }
}

/// What is to be said of a branch; the facts hold what is around it, and then the opposite of what
/// is before it.
fn judge(
    facts: &[Formula],
    around: usize,
    before: &[(Span, Formula)],
    own: Option<&Formula>,
) -> Option<ReachKind> {
    let always = Formula::Always(true);
    let claim = own.unwrap_or(&always);
    let outer = &facts[..around];
    let possible = match own {
        Some(own) => satisfy::possible(facts.iter(), own),
        None => satisfy::solve(&facts.iter().collect::<Vec<_>>()) != satisfy::Answer::No,
    };
    if !possible {
        if own.is_some_and(|own| !satisfy::possible(outer.iter(), own)) {
            return Some(ReachKind::Never);
        }
        let first = before.first()?.0;
        // One that takes it all by itself says more than the first of several.
        let whole = before
            .iter()
            .find(|(_, earlier)| covers(outer, earlier, claim));
        return Some(ReachKind::Shadowed(whole.map_or(first, |(span, _)| *span)));
    }
    own.filter(|own| satisfy::certain(facts.iter(), (*own).clone()))
        .map(|_| ReachKind::Always)
}

/// Whether a condition holds wherever another does.
fn covers(around: &[Formula], earlier: &Formula, later: &Formula) -> bool {
    let otherwise = earlier.clone().negated();
    let all: Vec<&Formula> = around.iter().chain([later, &otherwise]).collect();
    satisfy::solve(&all) == satisfy::Answer::No
}

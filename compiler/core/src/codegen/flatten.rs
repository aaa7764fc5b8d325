//! Nested statements to flat segments, conditions and offers.

use serde_json::Value;
use silex_bundle::Segment;
use silex_bundle::behaviour::{Condition, Each, Kind, Observe, Offer, Piece, Stage, Transition};
use silex_bundle::expr::{Compare, Expr};

use super::overriding;
use super::span;
use super::substitute::{Bindings, in_expr, in_kind, in_path, in_pieces};
use crate::hir::{self, Branch, Hir, Offered, Statement, StatementKind, Way};
use crate::source::Span;

/// What the statements of a behaviour come to.
#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) conditions: Vec<Condition>,
    pub(super) segments: Vec<Segment>,
    pub(super) tools: Vec<Offer>,
    pub(super) observe: Vec<Observe>,
    pub(super) stages: Vec<Stage>,
}

/// Flattens the statements of a behaviour.
pub(super) fn flatten(hir: &Hir, behaviour: &hir::Behaviour) -> Flat {
    let mut flattening = Flattening {
        hir,
        flat: Flat {
            stages: behaviour.stages.clone(),
            ..Flat::default()
        },
        followed: Vec::new(),
    };
    flattening.body(&behaviour.body, &Place::default());
    let mut flat = flattening.flat;
    let always: Vec<String> = flat
        .tools
        .iter()
        .filter(|offer| offer.when.is_none())
        .map(|offer| offer.tool.clone())
        .collect();
    flat.tools
        .retain(|offer| offer.when.is_none() || !always.contains(&offer.tool));
    overriding::apply(&mut flat);
    flat
}

struct Flattening<'a> {
    hir: &'a Hir,
    flat: Flat,
    followed: Vec<Followed>,
}

/// A ruleset that was put in place.
struct Followed {
    ruleset: String,
    bindings: Bindings,
    when: Option<usize>,
}

/// Where statements stand.
#[derive(Default, Clone)]
struct Place {
    when: Option<usize>,
    via: Vec<String>,
    bindings: Bindings,
}

impl Flattening<'_> {
    fn body(&mut self, body: &[Statement], place: &Place) {
        for statement in body {
            match &statement.kind {
                StatementKind::Segment { kind, text, each } => {
                    self.repeated(
                        Said {
                            kind,
                            text,
                            each,
                            span: statement.span,
                        },
                        &place.bindings,
                        Vec::new(),
                        place,
                    );
                }
                StatementKind::When(branches) => self.branches(branches, place),
                StatementKind::Follow { ruleset, args } => self.follow(ruleset, args, place),
                StatementKind::Tools(offered) => {
                    for one in offered {
                        self.offer(one, place);
                    }
                }
                StatementKind::Observe(observed) => self.flat.observe.push(Observe {
                    name: observed.name.clone(),
                    call: observed.call.clone(),
                    of: observed.of.clone(),
                    when: place.when,
                    span: span(observed.span),
                }),
                StatementKind::Way(way) => self.way(way, statement.span, place),
            }
        }
    }

    /// Adds a segment. The runtime repeats it for lists that are known at run time; for the
    /// literal list of an argument it is repeated here.
    fn repeated(
        &mut self,
        said: Said<'_>,
        bindings: &Bindings,
        mut done: Vec<Each>,
        place: &Place,
    ) {
        let Some((first, rest)) = said.each.split_first() else {
            self.flat.segments.push(Segment {
                when: place.when,
                each: done,
                text: in_pieces(said.text, bindings),
                kind: in_kind(said.kind, bindings),
                via: place.via.clone(),
                span: span(said.span),
            });
            return;
        };
        let said = Said { each: rest, ..said };
        match in_path(&first.of, bindings) {
            Expr::Path(of) => {
                let mut inner = bindings.clone();
                inner.remove(&first.var);
                done.push(Each {
                    var: first.var.clone(),
                    of,
                });
                self.repeated(said, &inner, done, place);
            }
            Expr::Literal(Value::Array(items)) => {
                for item in items {
                    let mut inner = bindings.clone();
                    inner.insert(first.var.clone(), Expr::Literal(item));
                    self.repeated(said, &inner, done.clone(), place);
                }
            }
            Expr::List(items) => {
                for item in items {
                    let mut inner = bindings.clone();
                    inner.insert(first.var.clone(), item);
                    self.repeated(said, &inner, done.clone(), place);
                }
            }
            Expr::Literal(_)
            | Expr::Case(_)
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Compare { .. }
            | Expr::OneOf { .. }
            | Expr::Within { .. }
            | Expr::Is { .. }
            | Expr::Call { .. }
            | Expr::Record(_) => {}
        }
    }

    fn branches(&mut self, branches: &[Branch], place: &Place) {
        let mut before: Vec<Expr> = Vec::new();
        for branch in branches {
            let own = branch
                .condition
                .as_ref()
                .map(|condition| in_expr(condition, &place.bindings));
            let not = before
                .iter()
                .filter(|earlier| own.as_ref().is_none_or(|own| !disjoint(earlier, own)));
            let mut all: Vec<Expr> = not.map(negated).collect();
            all.extend(own.clone());
            before.extend(own);
            let inside = Place {
                when: self.condition(all, branch.span, place.when),
                ..place.clone()
            };
            self.body(&branch.body, &inside);
        }
    }

    fn condition(&mut self, mut all: Vec<Expr>, at: Span, parent: Option<usize>) -> Option<usize> {
        let expr = if all.len() > 1 {
            Expr::And(all)
        } else {
            all.pop()?
        };
        self.flat.conditions.push(Condition {
            parent,
            expr,
            span: span(at),
        });
        Some(self.flat.conditions.len() - 1)
    }

    fn follow(&mut self, name: &str, args: &[(String, Expr)], place: &Place) {
        let Some(ruleset) = self.hir.rulesets.get(name) else {
            return;
        };
        let mut bindings = Bindings::new();
        for param in &ruleset.params {
            let given = args.iter().find(|(given, _)| *given == param.name);
            let value = given.map(|(_, value)| in_expr(value, &place.bindings));
            let value = value.or_else(|| param.default.clone().map(Expr::Literal));
            bindings.extend(value.map(|value| (param.name.clone(), value)));
        }
        // Followed twice with equal arguments counts once, unless only the first is conditional.
        let again = self.followed.iter().any(|earlier| {
            earlier.ruleset == name
                && earlier.bindings == bindings
                && self.is_inside(place.when, earlier.when)
        });
        // A package with errors may hold a ruleset that follows itself.
        if again || place.via.iter().any(|via| via == name) {
            return;
        }
        let mut via = place.via.clone();
        via.push(name.to_owned());
        self.followed.push(Followed {
            ruleset: name.to_owned(),
            bindings: bindings.clone(),
            when: place.when,
        });
        self.body(
            &ruleset.body,
            &Place {
                when: place.when,
                via,
                bindings,
            },
        );
    }

    /// Whether what stands under one condition also stands under another.
    fn is_inside(&self, mut inner: Option<usize>, outer: Option<usize>) -> bool {
        while inner != outer {
            let Some(condition) = inner.and_then(|at| self.flat.conditions.get(at)) else {
                return false;
            };
            inner = condition.parent;
        }
        true
    }

    fn way(&mut self, way: &Way, at: Span, place: &Place) {
        // A way stands in a stage, which is a condition.
        if let (Some(stage), Some(when)) = (self.flat.stages.get_mut(way.from), place.when) {
            stage.transitions.push(Transition {
                tool: way.tool.clone(),
                target: way.target.clone(),
                when,
                span: span(at),
            });
        }
    }

    fn offer(&mut self, offered: &Offered, place: &Place) {
        self.flat.tools.push(Offer {
            tool: offered.tool.clone(),
            when: place.when,
            owner: offered.owner.clone(),
        });
    }
}

/// A segment before it is put in place.
#[derive(Clone, Copy)]
struct Said<'a> {
    kind: &'a Kind,
    text: &'a [Piece],
    each: &'a [Each],
    span: Span,
}

pub(super) fn negated(expr: &Expr) -> Expr {
    match expr {
        Expr::Not(inner) => (**inner).clone(),
        Expr::Literal(_)
        | Expr::Case(_)
        | Expr::Path(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Compare { .. }
        | Expr::OneOf { .. }
        | Expr::Within { .. }
        | Expr::Is { .. }
        | Expr::Call { .. }
        | Expr::List(_)
        | Expr::Record(_) => Expr::Not(Box::new(expr.clone())),
    }
}

/// Whether two conditions plainly cannot hold together, as those of two arms of a match, so that
/// the later need not say that the earlier does not hold.
pub(super) fn disjoint(a: &Expr, b: &Expr) -> bool {
    if negated(a) == *b || negated(b) == *a {
        return true;
    }
    match (values(a), values(b)) {
        (Some((of_a, in_a)), Some((of_b, in_b))) => {
            of_a == of_b && !in_a.iter().any(|value| in_b.contains(value))
        }
        (Some(_), None) | (None, Some(_) | None) => false,
    }
}

/// What a condition compares, and the cases or booleans of which it must be one.
fn values(expr: &Expr) -> Option<(&Expr, Vec<&Expr>)> {
    match expr {
        Expr::Compare {
            op: Compare::Eq,
            left,
            right,
            ..
        } if is_constant(right) => Some((left, vec![right])),
        Expr::OneOf { value, of } if of.iter().all(is_constant) => {
            Some((value, of.iter().collect()))
        }
        Expr::Compare { .. }
        | Expr::OneOf { .. }
        | Expr::Literal(_)
        | Expr::Case(_)
        | Expr::Path(_)
        | Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Within { .. }
        | Expr::Is { .. }
        | Expr::Call { .. }
        | Expr::List(_)
        | Expr::Record(_) => None,
    }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr, Expr::Case(_) | Expr::Literal(Value::Bool(_)))
}

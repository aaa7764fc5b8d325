//! Overridden rules: where a rule holds, those that it overrides do not.
//!
//! An overridden rule stands under one more condition: that the overriding rule's does not hold. So
//! rendering, checks and every analysis need to know nothing of `overrides`. A rule that is
//! overridden wherever it would hold stands in no prompt and is left out.

use std::collections::BTreeSet;

use silex_bundle::Expr;
use silex_bundle::behaviour::{Condition, Kind, Rule};

use super::flatten::{Flat, disjoint, negated};

/// Applies the `overrides` of all rules.
pub(super) fn apply(flat: &mut Flat) {
    let mut left_out = BTreeSet::new();
    for at in in_order(flat) {
        let Some(rule) = rule(flat, at).filter(|_| !left_out.contains(&at)) else {
            continue;
        };
        let overridden: Vec<&str> = rule.overrides.iter().map(|it| it.rule.as_str()).collect();
        let targets: Vec<usize> = (0..flat.segments.len())
            .filter(|other| rule_id(flat, *other).is_some_and(|id| overridden.contains(&id)))
            .collect();
        for target in targets {
            if !give_way(flat, target, at) {
                left_out.insert(target);
            }
        }
    }
    let mut at = 0;
    flat.segments.retain(|_| {
        at += 1;
        !left_out.contains(&(at - 1))
    });
}

fn rule(flat: &Flat, at: usize) -> Option<&Rule> {
    match &flat.segments.get(at)?.kind {
        Kind::Rule(rule) => Some(rule),
        Kind::Role | Kind::Goal | Kind::Fact { .. } | Kind::Step { .. } => None,
    }
}

fn rule_id(flat: &Flat, at: usize) -> Option<&str> {
    rule(flat, at).map(|rule| rule.id.as_str())
}

/// The overriding segments, each behind those that override it: its own condition is settled then.
fn in_order(flat: &Flat) -> Vec<usize> {
    let overriding: Vec<usize> = (0..flat.segments.len())
        .filter(|at| rule(flat, *at).is_some_and(|rule| !rule.overrides.is_empty()))
        .collect();
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for at in &overriding {
        place(flat, &overriding, *at, &mut seen, &mut order);
    }
    order
}

fn place(
    flat: &Flat,
    overriding: &[usize],
    at: usize,
    seen: &mut BTreeSet<usize>,
    order: &mut Vec<usize>,
) {
    // A package with errors may hold rules that override each other.
    if !seen.insert(at) {
        return;
    }
    for other in overriding {
        let above = rule(flat, *other).is_some_and(|other| {
            other
                .overrides
                .iter()
                .any(|it| rule_id(flat, at) == Some(it.rule.as_str()))
        });
        if above {
            place(flat, overriding, *other, seen, order);
        }
    }
    order.push(at);
}

/// Takes a rule out of the prompts in which another stands; whether any is left.
fn give_way(flat: &mut Flat, target: usize, other: usize) -> bool {
    let around = chain(flat, flat.segments[target].when);
    let mut needed = Vec::new();
    for at in chain(flat, flat.segments[other].when) {
        if !around.contains(&at) {
            needed.push(flat.conditions[at].expr.clone());
        }
    }
    let apart = around.iter().any(|at| {
        needed
            .iter()
            .any(|expr| disjoint(&flat.conditions[*at].expr, expr))
    });
    if apart {
        return true;
    }
    let Some(expr) = joined(needed) else {
        return false;
    };
    flat.conditions.push(Condition {
        parent: flat.segments[target].when,
        expr: negated(&expr),
        span: flat.segments[other].span,
    });
    flat.segments[target].when = Some(flat.conditions.len() - 1);
    true
}

fn joined(mut all: Vec<Expr>) -> Option<Expr> {
    if all.len() > 1 {
        Some(Expr::And(all))
    } else {
        all.pop()
    }
}

/// A condition and those around it, outermost first.
fn chain(flat: &Flat, mut when: Option<usize>) -> Vec<usize> {
    let mut chain = Vec::new();
    while let Some(at) = when {
        chain.push(at);
        // A parent stands before its child, so this ends.
        when = flat.conditions[at].parent;
    }
    chain.reverse();
    chain
}

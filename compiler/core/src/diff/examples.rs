//! Examples: those that came, went or changed, and those that a change asks to run again.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use silex_bundle::Example;
use silex_bundle::example::{Expect, Expectation};
use silex_bundle::expr::Scope;
use silex_bundle::{Expr, Path};

use super::change::{Change, Sides};
use super::kind;
use super::paired::{Pairing, paired};
use super::prompt::Placed;
use super::relation::When;
use crate::condition;

/// Compares all examples.
pub(super) fn compare(sides: Sides<'_>, found: &mut Vec<Change>) {
    for (name, pairing) in paired(&sides.old.examples, &sides.new.examples) {
        let before = found.len();
        told(sides, name, &pairing, found);
        // What the model is shown stands in every prompt.
        let is_shown = |it: &&Example| it.shown;
        let shown = [pairing.was(), pairing.is()];
        let shown = shown.into_iter().flatten().copied().filter(is_shown);
        let behaviours: BTreeSet<&String> = shown.map(|it| &it.behaviour).collect();
        for change in &mut found[before..] {
            let behaviours = behaviours.iter().copied().cloned();
            change.affects.behaviours.extend(behaviours);
        }
    }
}

fn told(sides: Sides<'_>, name: &str, pairing: &Pairing<&Example>, found: &mut Vec<Change>) {
    let behaviour = &pairing.latest().behaviour;
    let places = (
        pairing.was().and_then(|it| sides.was(it.span, "")),
        pairing.is().and_then(|it| sides.is(it.span, "")),
    );
    if let Some(kind) = kind::EXAMPLE.of(pairing) {
        let word = match pairing {
            Pairing::Removed(_) => "is gone",
            Pairing::Added(_) | Pairing::Both(..) => "is new",
        };
        let message = format!("the example of `{behaviour}` {word}");
        found.push(Change::new(kind, name, message).between(places.0.clone(), places.1.clone()));
    }
    let Pairing::Both(old, new) = *pairing else {
        return;
    };
    let expects = |example: &Example| -> Vec<(String, ())> {
        example.expects.iter().map(|it| (text(it), ())).collect()
    };
    for (what, pairing) in paired(expects(old), expects(new)) {
        if let Some(kind) = kind::EXPECTATION.of(&pairing) {
            let word = match pairing {
                Pairing::Removed(()) => "no longer expects",
                Pairing::Added(()) | Pairing::Both(..) => "now expects",
            };
            let message = format!("the example {word} {what}");
            let change = Change::new(kind, name, message);
            found.push(change.between(places.0.clone(), places.1.clone()));
        }
    }
    let plays = |it: &Example| {
        (
            it.behaviour.clone(),
            it.shown,
            it.given.clone(),
            it.script.clone(),
        )
    };
    if plays(old) != plays(new) {
        let mut change = Change::new(
            kind::EXAMPLE_CHANGED,
            name,
            "the example plays something else",
        );
        change.affects.examples.push(name.to_owned());
        found.push(change.between(places.0, places.1));
    }
}

/// What is expected, in words.
fn text(expectation: &Expectation) -> String {
    let not = |present: bool| if present { "" } else { "no " };
    match &expectation.what {
        Expect::Rule { id, present } => format!("{}rule `{id}` in the prompt", not(*present)),
        Expect::Tool { tool, present } => format!("{}tool `{tool}` to be offered", not(*present)),
        Expect::Prompt { text, present } => format!("{}prompt with \"{text}\"", not(*present)),
        Expect::Tokens { op, count } => format!("tokens {} {count}", condition::sign(*op)),
        Expect::ChecksPass => "all checks to pass".to_owned(),
        Expect::CheckFails(id) => format!("the check of `{id}` to fail"),
        Expect::Stage(stage) => format!("to end in the stage `{stage}`"),
        Expect::That(expr) => format!("`{}`", condition::text(expr)),
    }
}

/// The examples of a behaviour whose prompt may show a segment, on either side.
pub(super) fn that_may_show(
    sides: Sides<'_>,
    behaviour: &str,
    pairing: &Pairing<Placed<'_>>,
) -> Vec<String> {
    let of = sides.examples_of(behaviour).iter();
    let shown = of.filter(|(_, example)| {
        let in_old = pairing.was().is_some_and(|it| may_hold(it.when(), example));
        in_old || pairing.is().is_some_and(|it| may_hold(it.when(), example))
    });
    shown.map(|(name, _)| (*name).to_owned()).collect()
}

/// Whether a condition holds for what an example gives, as far as that says.
fn may_hold(when: When<'_>, example: &Example) -> bool {
    let mut given = Map::new();
    for (path, value) in &example.given {
        put(&mut given, path.root.as_str(), &path.fields, value);
    }
    let scope = Scope::of(&given);
    let is_given = |path: &Path| {
        example
            .given
            .iter()
            .any(|(given, _)| given.root == path.root && path.fields.starts_with(&given.fields))
    };
    // What is not given has a default that the runtime knows.
    let is_known = |part: &Expr| paths(part).into_iter().all(is_given);
    let all = when.all();
    all.iter()
        .all(|part| !is_known(part) || part.holds(&scope).unwrap_or(true))
}

/// The paths in an expression.
fn paths(expr: &Expr) -> Vec<&Path> {
    match expr {
        Expr::Path(path) => vec![path],
        Expr::Literal(_) | Expr::Case(_) => Vec::new(),
        Expr::Not(inner) | Expr::Is { value: inner, .. } | Expr::Within { value: inner, .. } => {
            paths(inner)
        }
        Expr::Compare { left, right, .. } => [paths(left), paths(right)].concat(),
        Expr::OneOf { value, of } => [vec![&**value], of.iter().collect()]
            .concat()
            .into_iter()
            .flat_map(paths)
            .collect(),
        Expr::And(all) | Expr::Or(all) | Expr::List(all) | Expr::Call { args: all, .. } => {
            all.iter().flat_map(paths).collect()
        }
        Expr::Record(fields) => fields.iter().flat_map(|(_, value)| paths(value)).collect(),
    }
}

fn put(into: &mut Map<String, Value>, name: &str, fields: &[String], value: &Value) {
    match fields.split_first() {
        None => {
            into.insert(name.to_owned(), value.clone());
        }
        Some((field, rest)) => {
            let slot = into
                .entry(name)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = slot {
                put(inner, field, rest, value);
            }
        }
    }
}

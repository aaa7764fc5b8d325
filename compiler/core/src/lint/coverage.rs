//! What the examples of a behaviour reach: under which of its conditions they stand.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use silex_bundle::expr::Scope;
use silex_bundle::schema::{Declarations, Field, Shape};
use silex_bundle::{Behaviour, Bundle, Example, Path, Type};

/// How deep defaults are filled in: a type may hold itself.
const DEPTH: usize = 8;

/// The examples of each behaviour.
pub(crate) fn examples(bundle: &Bundle) -> BTreeMap<&str, Vec<&Example>> {
    let mut by: BTreeMap<&str, Vec<&Example>> = BTreeMap::new();
    for example in bundle.examples.values() {
        by.entry(&example.behaviour).or_default().push(example);
    }
    by
}

/// Which conditions of a behaviour hold in one of its examples. What is not known counts as reached.
pub(crate) fn reached(bundle: &Bundle, behaviour: &Behaviour, examples: &[&Example]) -> Vec<bool> {
    let mut reached = vec![false; behaviour.conditions.len()];
    for example in examples {
        for (reached, holds) in reached.iter_mut().zip(holds(bundle, behaviour, example)) {
            *reached |= holds != Some(false);
        }
    }
    reached
}

/// Which conditions of a behaviour hold in an example. What cannot be decided without playing it,
/// such as what is observed, is not known.
pub(crate) fn holds(
    bundle: &Bundle,
    behaviour: &Behaviour,
    example: &Example,
) -> Vec<Option<bool>> {
    let inputs = inputs(bundle, behaviour, example);
    let scope = Scope::of(&inputs);
    let mut holds: Vec<Option<bool>> = Vec::with_capacity(behaviour.conditions.len());
    for condition in &behaviour.conditions {
        let own = condition.expr.holds(&scope).ok();
        // A parent stands before its child.
        let around = condition.parent.map_or(Some(true), |parent| holds[parent]);
        holds.push(match (around, own) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), own) => own,
            (None, _) => None,
        });
    }
    holds
}

/// The inputs of an example: what is given, and defaults for the rest.
fn inputs(bundle: &Bundle, behaviour: &Behaviour, example: &Example) -> Map<String, Value> {
    let mut given = Value::Object(Map::new());
    for (path, value) in &example.given {
        set(&mut given, path, value);
    }
    fill(&bundle.declarations, &behaviour.inputs, &mut given, DEPTH);
    match given {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

fn set(into: &mut Value, path: &Path, value: &Value) {
    let mut place = into;
    for name in std::iter::once(&path.root).chain(&path.fields) {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[name.as_str()];
    }
    place.clone_from(value);
}

/// Gives the fields that are missing their defaults.
fn fill(declarations: &Declarations, fields: &[Field], into: &mut Value, depth: usize) {
    let Value::Object(map) = into else {
        return;
    };
    for field in fields {
        let missing = match &field.default {
            Some(default) => default.clone(),
            None if matches!(field.of, Type::Named(_)) && depth > 0 => Value::Object(Map::new()),
            None => Value::Null,
        };
        let value = map.entry(field.name.clone()).or_insert(missing);
        if let Type::Named(name) = &field.of
            && let Some(declaration) = declarations.get(name)
            && let Shape::Record { fields } | Shape::Entity { fields, .. } = &declaration.shape
            && depth > 0
        {
            fill(declarations, fields, value, depth - 1);
        }
    }
}

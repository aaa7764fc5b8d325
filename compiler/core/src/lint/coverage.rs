//! What the examples of a behaviour reach: under which of its conditions they stand.

use serde_json::{Map, Value};
use silex_bundle::expr::Scope;
use silex_bundle::schema::{Declarations, Field, Shape};
use silex_bundle::{Behaviour, Bundle, Example, Path, Type};

/// How deep defaults are filled in: a type may hold itself.
const DEPTH: usize = 8;

/// Which conditions of a behaviour hold in one of its examples. What cannot be decided without
/// playing it, such as what is observed, counts as reached.
pub(crate) fn reached<'b>(
    bundle: &'b Bundle,
    behaviour: &Behaviour,
    examples: impl Iterator<Item = &'b Example>,
) -> Vec<bool> {
    let mut reached = vec![false; behaviour.conditions.len()];
    for example in examples {
        let inputs = inputs(bundle, behaviour, example);
        let scope = Scope::of(&inputs);
        let mut holds = vec![false; behaviour.conditions.len()];
        for (at, condition) in behaviour.conditions.iter().enumerate() {
            // A parent stands before its child.
            let around = condition.parent.is_none_or(|parent| holds[parent]);
            holds[at] = around && condition.expr.holds(&scope) != Ok(false);
            reached[at] |= holds[at];
        }
    }
    reached
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

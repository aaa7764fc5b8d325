//! What is different between two bundles, in the author's names.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use silex_bundle::behaviour::Kind;
use silex_bundle::{Behaviour, Bundle};

/// Most changes that are named.
const NAMED: usize = 6;

/// The declarations and rules that came, went or changed. Places do not count.
pub(super) fn changes(old: &Bundle, new: &Bundle) -> Vec<String> {
    let mut found = Vec::new();
    compare("rule", &rules(old), &rules(new), &mut found);
    compare(
        "behaviour",
        &without_rules(old),
        &without_rules(new),
        &mut found,
    );
    compare("tool", &values(&old.tools), &values(&new.tools), &mut found);
    compare(
        "agent",
        &values(&old.agents),
        &values(&new.agents),
        &mut found,
    );
    compare(
        "model",
        &values(&old.models),
        &values(&new.models),
        &mut found,
    );
    compare(
        "type",
        &values(&old.declarations),
        &values(&new.declarations),
        &mut found,
    );
    compare(
        "example",
        &values(&old.examples),
        &values(&new.examples),
        &mut found,
    );
    compare(
        "layout",
        &values(&old.layouts),
        &values(&new.layouts),
        &mut found,
    );
    if found.len() > NAMED {
        let more = found.len() - NAMED;
        found.truncate(NAMED);
        found.push(format!("and {more} more"));
    }
    found
}

fn compare(
    noun: &str,
    old: &BTreeMap<String, Value>,
    new: &BTreeMap<String, Value>,
    found: &mut Vec<String>,
) {
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for name in names {
        match (old.get(name), new.get(name)) {
            (Some(before), Some(after)) if before == after => {}
            (Some(_), Some(_)) => found.push(format!("{noun} {name} changed")),
            (None, _) => found.push(format!("{noun} {name} is new")),
            (_, None) => found.push(format!("{noun} {name} is gone")),
        }
    }
}

fn values<T: Serialize>(map: &BTreeMap<String, T>) -> BTreeMap<String, Value> {
    map.iter()
        .map(|(name, value)| (name.clone(), placeless(value)))
        .collect()
}

fn rules(bundle: &Bundle) -> BTreeMap<String, Value> {
    let segments = bundle
        .behaviours
        .values()
        .flat_map(|behaviour| &behaviour.segments);
    let rules = segments.filter_map(|segment| match &segment.kind {
        Kind::Rule(rule) => Some((rule.id.clone(), placeless(&(&segment.text, rule)))),
        Kind::Role | Kind::Goal | Kind::Fact { .. } | Kind::Step { .. } => None,
    });
    rules.collect()
}

/// Behaviours without the words of their rules, which are told by themselves.
fn without_rules(bundle: &Bundle) -> BTreeMap<String, Value> {
    let rest = |behaviour: &Behaviour| {
        let mut rest = behaviour.clone();
        for segment in &mut rest.segments {
            if let Kind::Rule(rule) = &mut segment.kind {
                segment.text.clear();
                rule.checks.clear();
                rule.samples.clear();
                rule.because = None;
            }
        }
        // Whether a rule is there is told by itself too, unless its condition is another one.
        rest.segments
            .retain(|segment| segment.when.is_some() || !matches!(segment.kind, Kind::Rule(_)));
        rest
    };
    bundle
        .behaviours
        .iter()
        .map(|(name, behaviour)| (name.clone(), placeless(&rest(behaviour))))
        .collect()
}

/// A value without the places that it was read from.
fn placeless<T: Serialize>(value: &T) -> Value {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    forget(&mut value);
    value
}

fn forget(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("span");
            object.values_mut().for_each(forget);
        }
        Value::Array(items) => items.iter_mut().for_each(forget),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

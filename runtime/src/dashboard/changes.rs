//! What is different between the bundle in use and one that was in use before: every agent, behaviour,
//! tool, type and model that came, went, or says something else now.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::Query;
use minijinja::context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use silex_bundle::behaviour::{Behaviour, Kind, Segment};
use silex_bundle::{Bundle, condition, site, spelling};

use super::bundle::tabs;
use super::compare::{self, Sides};
use super::visit::{Page, PageError, Visit, values};
use crate::store::bundles;

/// Bundles that one can choose from.
const BUNDLES: i64 = 30;

/// The bundle that the one in use is held against; the one before when absent.
#[derive(Debug, Deserialize)]
pub(super) struct Against {
    digest: Option<String>,
}

/// Something that a bundle declares, in both bundles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Change {
    noun: &'static str,
    name: String,
    /// `new`, `gone` or `changed`.
    what: &'static str,
    rows: Vec<Sides>,
}

pub(super) async fn page(mut visit: Visit, Query(against): Query<Against>) -> Page {
    let current = visit.deployment.bundles().current();
    let kept = bundles::list(&mut visit.reader, BUNDLES).await?;
    let before = kept
        .iter()
        .skip_while(|kept| kept.digest != current.digest())
        .nth(1);
    let before = against
        .digest
        .or_else(|| before.map(|kept| kept.digest.clone()));
    let mut changes = Vec::new();
    if let Some(digest) = &before {
        if !kept.iter().any(|kept| kept.digest == *digest) {
            return Err(PageError::Missing);
        }
        let (reader, deployment) = (&mut visit.reader, &visit.deployment);
        let before = deployment.bundle_of_digest(reader, digest).await?;
        // Long texts take a while to compare, which no other page is to feel.
        let compared =
            tokio::task::spawn_blocking(move || changed(before.bundle(), current.bundle()));
        changes = compared.await.unwrap_or_default();
    }
    let content = context! {
        tabs => tabs("changes"), kept => values(&kept), before, changes => values(&changes),
    };
    visit.show("changes.html", "What changed", content).await
}

/// What is different, a noun after the other.
fn changed(before: &Bundle, after: &Bundle) -> Vec<Change> {
    let (before, after) = (declared(before), declared(after));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let change = |(noun, name): &(&'static str, String)| {
        let key = (*noun, name.clone());
        let (old, new) = (before.get(&key), after.get(&key));
        let what = match (old, new) {
            (Some(old), Some(new)) if old == new => return None,
            (Some(_), Some(_)) => "changed",
            (None, _) => "new",
            (Some(_), None) => "gone",
        };
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Some(Change {
            noun,
            name: name.clone(),
            what,
            rows: compare::changed_sides(&text(old), &text(new)),
        })
    };
    names.into_iter().filter_map(change).collect()
}

/// All that a bundle declares, each as a text of lines.
fn declared(bundle: &Bundle) -> BTreeMap<(&'static str, String), String> {
    let mut all = BTreeMap::new();
    for (name, behaviour) in &bundle.behaviours {
        all.insert(("behaviour", name.clone()), behaviour_text(behaviour));
    }
    for (name, it) in &bundle.agents {
        all.insert(("agent", name.clone()), plain(it));
    }
    for (name, it) in &bundle.tools {
        all.insert(("tool", name.clone()), plain(it));
    }
    for (name, it) in &bundle.declarations {
        all.insert(("type", name.clone()), plain(it));
    }
    for (name, it) in &bundle.models {
        all.insert(("model", name.clone()), plain(it));
    }
    all
}

/// What a model is told by a behaviour, a line for each segment, and what it may do.
fn behaviour_text(behaviour: &Behaviour) -> String {
    let when = |at: Option<usize>| match at {
        Some(at) => format!("  [when {}]", condition::whole(behaviour, at).join(" and ")),
        None => String::new(),
    };
    let mut lines = vec![format!("returns {}", spelling::name(&behaviour.returns))];
    lines.extend(behaviour.model.iter().map(|model| format!("model {model}")));
    lines.push(format!(
        "limits {}",
        plain(&behaviour.limits).replace('\n', " ")
    ));
    for segment in &behaviour.segments {
        lines.push(segment_text(segment) + &when(segment.when));
        if let Kind::Rule(rule) = &segment.kind {
            let checks = rule.checks.iter();
            lines.extend(checks.map(|check| format!("    checked: {}", condition::text(check))));
        }
    }
    let offers = behaviour.tools.iter();
    lines.extend(offers.map(|offer| format!("tool {}{}", offer.tool, when(offer.when))));
    lines.join("\n")
}

fn segment_text(segment: &Segment) -> String {
    let text = site::said(&segment.text);
    match &segment.kind {
        Kind::Role => format!("role: {text}"),
        Kind::Goal => format!("goal: {text}"),
        Kind::Fact { name } => format!("fact {name}: {text}"),
        Kind::Step { name, .. } => format!("step {name}: {text}"),
        Kind::Rule(rule) => format!("{} {}: {text}", rule.strength.word(), rule.name),
    }
}

/// Anything as JSON, but for where it is written.
fn plain<T: Serialize>(it: &T) -> String {
    let mut value = serde_json::to_value(it).unwrap_or_default();
    without_places(&mut value);
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

fn without_places(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.shift_remove("span");
            fields.values_mut().for_each(without_places);
        }
        Value::Array(items) => items.iter_mut().for_each(without_places),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bundle(change: impl Fn(&mut Value)) -> Bundle {
        let bytes = include_bytes!("../../../tests/bundles/desk.json");
        let mut file: Value = serde_json::from_slice(bytes).unwrap();
        let bundle = &mut file["bundle"];
        change(bundle);
        serde_json::from_value(bundle.take()).unwrap()
    }

    #[test]
    fn a_bundle_is_not_different_from_itself() {
        let same = bundle(|_| {});
        assert_eq!(changed(&same, &bundle(|_| {})), []);
    }

    #[test]
    fn what_moved_in_its_file_is_not_told_and_what_says_something_else_is() {
        let before = bundle(|_| {});
        let after = bundle(|bundle| {
            for (_, tool) in bundle["tools"].as_object_mut().unwrap() {
                tool["span"] = json!([0, 1, 2]);
            }
            bundle["models"].as_object_mut().unwrap().clear();
            let (_, behaviour) = bundle["behaviours"]
                .as_object_mut()
                .unwrap()
                .iter_mut()
                .next()
                .unwrap();
            behaviour["limits"]["turns"] = json!(99);
        });
        let told: Vec<_> = changed(&before, &after)
            .iter()
            .map(|change| (change.noun, change.what))
            .collect();
        assert!(told.contains(&("behaviour", "changed")), "{told:?}");
        assert!(told.contains(&("model", "gone")), "{told:?}");
        assert!(!told.iter().any(|(noun, _)| *noun == "tool"), "{told:?}");
    }
}

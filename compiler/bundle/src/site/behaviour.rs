//! The page of a behaviour: what it is told, when, why, and what shows it.

use crate::behaviour::{About, Behaviour, Kind, Segment};
use crate::condition;
use crate::example::{CallOutcome, Event};
use crate::spelling;
use crate::{Bundle, Example, Rule};
use serde_json::{Value, json};

use super::words;

/// A line in the list of behaviours.
pub(super) fn summary(bundle: &Bundle, name: &str, behaviour: &Behaviour) -> Value {
    let rules = behaviour
        .segments
        .iter()
        .filter(|it| matches!(it.kind, Kind::Rule(_)));
    json!({
        "name": name, "page": words::behaviour_page(name), "doc": behaviour.doc,
        "returns": words::type_of(&behaviour.returns),
        "rules": rules.count(), "tools": behaviour.tools.len(),
        "examples": examples(bundle, name).count(),
    })
}

/// All that the page of a behaviour shows.
pub(super) fn view(bundle: &Bundle, name: &str, behaviour: &Behaviour) -> Value {
    let stages = behaviour.stages.iter().map(|stage| {
        let ways = stage.transitions.iter();
        let ways = ways.map(|it| json!({ "tool": spelling::bare(&it.tool), "target": it.target }));
        json!({ "name": stage.name, "final": stage.is_final, "ways": ways.collect::<Vec<_>>() })
    });
    let observed = behaviour.observe.iter().map(|it| {
        json!({ "name": it.name, "call": words::call(&it.call), "type": words::type_of(&it.of), "when": when(behaviour, it.when) })
    });
    let offers = behaviour.tools.iter().map(|it| {
        json!({ "tool": it.tool, "name": spelling::bare(&it.tool), "when": when(behaviour, it.when) })
    });
    json!({
        "summary": summary(bundle, name, behaviour),
        "inputs": words::fields(&behaviour.inputs),
        "model": behaviour.model, "layout": behaviour.layout, "limits": behaviour.limits,
        "place": words::place(bundle, behaviour.span),
        "observed": observed.collect::<Vec<_>>(),
        "stages": stages.collect::<Vec<_>>(),
        "groups": groups(bundle, behaviour),
        "offers": offers.collect::<Vec<_>>(),
        "examples": examples(bundle, name).map(|(name, it)| example(bundle, name, it)).collect::<Vec<_>>(),
    })
}

fn when(behaviour: &Behaviour, at: Option<usize>) -> Vec<String> {
    at.map_or_else(Vec::new, |at| condition::whole(behaviour, at))
}

/// Neighbouring segments under one condition.
fn groups(bundle: &Bundle, behaviour: &Behaviour) -> Vec<Value> {
    let runs = behaviour.segments.chunk_by(|a, b| a.when == b.when);
    let group = |run: &[Segment]| {
        let lines: Vec<_> = run.iter().map(|it| segment(bundle, it)).collect();
        json!({ "when": run.first().map(|it| when(behaviour, it.when)), "lines": lines })
    };
    runs.map(group).collect()
}

fn segment(bundle: &Bundle, segment: &Segment) -> Value {
    let (kind, name, about) = match &segment.kind {
        Kind::Role => ("role", "", None),
        Kind::Goal => ("goal", "", None),
        Kind::Fact { name } => ("fact", name.as_str(), None),
        Kind::Step { name, about } => ("step", name.as_str(), about.as_ref()),
        Kind::Rule(rule) => (
            rule.strength.word(),
            rule.name.as_str(),
            rule.about.as_ref(),
        ),
    };
    let about = about.map(|about| match about {
        About::Tool(tool) => json!({ "kind": "tool", "name": spelling::bare(tool), "tool": tool }),
        About::Topic(topic) => json!({ "kind": "topic", "name": topic }),
    });
    let each: Vec<_> = segment
        .each
        .iter()
        .map(|it| format!("each {} in {}", it.var, it.of))
        .collect();
    json!({
        "kind": kind, "name": name, "about": about, "each": each,
        "text": words::prose(&segment.text),
        "via": segment.via, "place": words::place(bundle, segment.span),
        "rule": match &segment.kind {
            Kind::Rule(it) => Some(rule(it)),
            Kind::Role | Kind::Goal | Kind::Fact { .. } | Kind::Step { .. } => None,
        },
    })
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.id, "because": rule.because, "judge": rule.judge, "at_least": rule.at_least,
        "checks": rule.checks.iter().map(condition::text).collect::<Vec<_>>(),
        "overrides": rule.overrides, "samples": rule.samples,
    })
}

fn examples<'a>(
    bundle: &'a Bundle,
    behaviour: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Example)> {
    let all = bundle.examples.iter();
    all.filter(move |(_, it)| it.behaviour == behaviour)
        .map(|(name, it)| (name.as_str(), it))
}

fn example(bundle: &Bundle, name: &str, example: &Example) -> Value {
    let given = example.given.iter();
    let given =
        given.map(|(path, value)| json!({ "path": path.to_string(), "value": pretty(value) }));
    let script = example.script.iter().map(|event| match event {
        Event::Calls { tool, outcome, .. } => match outcome {
            CallOutcome::Returns(value) => {
                json!({ "calls": spelling::bare(tool), "returns": pretty(value) })
            }
            CallOutcome::Fails(why) => json!({ "calls": spelling::bare(tool), "fails": why }),
        },
        Event::Replies(Value::String(text)) => json!({ "replies": text }),
        Event::Replies(value) => json!({ "replies": pretty(value) }),
    });
    json!({
        "name": spelling::bare(name), "doc": example.doc, "shown": example.shown, "expects": example.expects.len(),
        "place": words::place(bundle, example.span),
        "given": given.collect::<Vec<_>>(), "script": script.collect::<Vec<_>>(),
    })
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

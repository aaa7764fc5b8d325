//! How long a typed render and a condition take. The goal for a render of twelve rules, four
//! conditions and three tools is three microseconds.

#![expect(
    clippy::expect_used,
    reason = "a benchmark whose input is broken must stop"
)]

use divan::{Bencher, black_box};
use serde_json::{Value, json};
use silex_bundle::Bundle;
use silex_bundle::expr::{Expr, Scope};
use silex_bundle::render::{Prepared, Setting};

fn main() {
    divan::main();
}

fn span() -> Value {
    json!({ "source": 0, "start": 0, "end": 0 })
}

/// A behaviour of twelve rules, three tools and four conditions over a subscriber.
fn bundle() -> Bundle {
    let hole = json!({ "hole": { "value": { "path": "subscriber.name" }, "quote": { "inline": { "max": 80 } },
        "label": "subscriber.name", "max": 80 } });
    let mut segments = vec![
        json!({ "kind": "role", "text": [{ "words": "You are the correspondence editor of Aleik." }], "span": span() }),
        json!({ "kind": { "fact": { "name": "who" } }, "text": [{ "words": "The subscriber is " }, hole], "span": span() }),
    ];
    for n in 0..12 {
        let rule =
            json!({ "name": format!("r{n}"), "id": format!("a.b.r{n}"), "strength": "must" });
        let mut segment = json!({ "kind": { "rule": rule }, "span": span(),
            "text": [{ "words": "Answer the newest message; quote older ones only when asked." }] });
        if n < 4 {
            segment["when"] = json!(n);
        }
        segments.push(segment);
    }
    let conditions: Vec<Value> = (0..4)
        .map(|n| json!({ "expr": condition(n), "span": span() }))
        .collect();
    let offers: Vec<Value> = (0..3)
        .map(|n| json!({ "tool": format!("a.t{n}") }))
        .collect();
    let bundle = json!({
        "format": silex_bundle::FORMAT, "compiler": "0", "package": "a", "version": "1.0.0", "declarations": {}, "models": {},
        "agents": {}, "examples": {}, "tools": {}, "sources": [],
        "layouts": { "plain": include_str!("../../../specs/layouts/plain.jinja") },
        "behaviours": { "a.b": { "inputs": [], "returns": "bool", "layout": "plain", "segments": segments,
            "conditions": conditions, "tools": offers, "span": span(),
            "limits": { "turns": 8, "tokens": 8000, "history": 8000, "attempts": 3, "calls": 16 } } },
    });
    serde_json::from_value(bundle).expect("the bundle of the benchmark is one")
}

fn condition(n: usize) -> Value {
    let plan = ["free", "pro"][n % 2];
    json!({ "and": [
        { "is": { "value": { "path": "subscriber.name" }, "what": "some" } },
        { "compare": { "op": "==", "order": "case", "left": { "path": "subscriber.plan" }, "right": { "case": plan } } },
    ] })
}

fn inputs() -> Value {
    json!({ "subscriber": { "address": "ada@example.org", "name": "Ada Lovelace", "plan": "pro", "turns": 3 } })
}

#[divan::bench]
fn typed_render(bencher: Bencher<'_, '_>) {
    let prepared = Prepared::new(&bundle(), "a.b").expect("the behaviour is there");
    let inputs = inputs();
    let scope = Scope::of(inputs.as_object().expect("a record"));
    let setting = Setting {
        seed: "turn 1",
        own: &[],
        without: None,
    };
    bencher.bench(|| prepared.render(black_box(&scope), &setting));
}

#[divan::bench]
fn first_render(bencher: Bencher<'_, '_>) {
    let bundle = bundle();
    let inputs = inputs();
    let scope = Scope::of(inputs.as_object().expect("a record"));
    let setting = Setting {
        seed: "turn 1",
        own: &[],
        without: None,
    };
    bencher
        .bench(|| Prepared::new(&bundle, "a.b").map(|prepared| prepared.render(&scope, &setting)));
}

#[divan::bench]
fn one_condition(bencher: Bencher<'_, '_>) {
    let condition: Expr = serde_json::from_value(condition(1)).expect("a condition");
    let inputs = inputs();
    let scope = Scope::of(inputs.as_object().expect("a record"));
    bencher.bench(|| black_box(&condition).holds(&scope));
}

#[divan::bench]
fn a_check_by_pattern(bencher: Bencher<'_, '_>) {
    let check: Expr = serde_json::from_value(json!({ "call": { "function": "matches", "args": [
        { "path": "reply.body" }, { "literal": "(?i)\\b(by|before) (monday|tomorrow|noon)\\b" }] } }))
    .expect("a check");
    let reply = json!({ "body": "I have passed your draft to our editors. ".repeat(20) });
    let scope = Scope::new().with("reply", &reply);
    bencher.bench(|| black_box(&check).holds(&scope));
}

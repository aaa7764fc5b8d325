//! Every example of every package holds when it is played through the runtime's turn.
#![expect(clippy::unwrap_used, reason = "a file that is missing ends the test")]

use std::path::Path;
use std::sync::Arc;

use silex_bundle::Bundle;
use silex_bundle::example::Expect;
use silex_runtime::bundle::Loaded;
use silex_runtime::replay;

fn loaded(name: &str) -> Arc<Loaded> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("bundles/{name}.json"));
    let (bundle, digest) = Bundle::read(&std::fs::read(path).unwrap()).unwrap();
    Arc::new(Loaded::new(bundle, digest))
}

fn failures(loaded: &Arc<Loaded>) -> Vec<String> {
    let examples = loaded.bundle().examples.iter();
    examples
        .flat_map(|(name, example)| {
            let played = replay::play(loaded, example);
            played
                .failures
                .into_iter()
                .map(move |failure| format!("{name}: {}", failure.message))
        })
        .collect()
}

#[test]
fn every_example_of_hello_holds() {
    let failures = failures(&loaded("hello"));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_example_of_aleik_holds() {
    let loaded = loaded("aleik");
    assert!(loaded.bundle().examples.len() >= 12);
    let failures = failures(&loaded);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_example_of_desk_holds() {
    let loaded = loaded("desk");
    let failures = failures(&loaded);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let examples = loaded.bundle().examples.values();
    let played: std::collections::BTreeSet<_> = examples
        .filter_map(|example| replay::play(&loaded, example).stage)
        .collect();
    let stages = &loaded.bundle().behaviours["desk.serve"].stages;
    assert_eq!(played.len(), stages.len(), "not every stage is played");
}

#[test]
fn what_is_observed_and_not_given_is_said() {
    let loaded = loaded("desk");
    let example = &loaded.bundle().examples["examples.letters.fault_is_known"];
    let mut without = example.clone();
    without.given.retain(|(path, _)| path.root != "mood");
    let failures = replay::play(&loaded, &without).failures;
    assert_eq!(
        failures[0].message,
        "`mood`, which `desk.read_mood` finds out, has no value"
    );
}

#[test]
fn an_expectation_that_is_turned_round_fails() {
    let mut turned = 0;
    for name in ["aleik", "desk"] {
        turned += turned_round(&loaded(name));
    }
    assert!(turned >= 10);
}

/// Turns each expectation of a bundle round, which must fail then; how many there are.
#[track_caller]
fn turned_round(loaded: &Arc<Loaded>) -> usize {
    let mut turned = 0;
    for example in loaded.bundle().examples.values() {
        for index in 0..example.expects.len() {
            let mut wrong = example.clone();
            match &mut wrong.expects[index].what {
                Expect::Rule { present, .. }
                | Expect::Tool { present, .. }
                | Expect::Prompt { present, .. } => *present = !*present,
                Expect::Stage(name) => name.push_str("_not"),
                Expect::Tokens { .. }
                | Expect::ChecksPass
                | Expect::CheckFails(_)
                | Expect::That(_) => continue,
            }
            turned += 1;
            let span = wrong.expects[index].span;
            let failures = replay::play(loaded, &wrong).failures;
            assert!(
                failures.iter().any(|failure| failure.span == span),
                "{:?}",
                wrong.expects[index]
            );
        }
    }
    turned
}

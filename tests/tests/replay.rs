//! Every example of every package holds when it is played through the runtime's turn.
#![expect(clippy::unwrap_used, reason = "a file that is missing ends the test")]

use std::path::Path;
use std::sync::Arc;

use silex_bundle::Bundle;
use silex_bundle::example::Expect;
use silex_runtime::bundle::Loaded;
use silex_runtime::replay;
use silex_tests::package;

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
        "`mood`, which `desk.read_mood` finds out, has no value: add `given mood = …`"
    );
}

#[test]
fn every_example_of_workshop_holds() {
    let failures = failures(&loaded("workshop"));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
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

/// The stage behind a transcript of a behaviour with two tools and a way out that depends on a plan.
#[track_caller]
fn check_stage(lines: &str, wanted: &str) {
    let text = format!(
        r#"
enum Plan {{ free, pro }}
tool keep() -> Saved {{ via native "keep" }}
tool leave() -> Saved {{ via native "leave" }}
tool pay() -> Saved {{ via native "pay" }}
behaviour answer(mail: Mail, plan: Plan = free) -> Reply {{
  tools keep, leave, pay
  stage asking {{
    on keep -> kept
    on leave -> left
    when plan == pro {{ on pay -> paid }}
  }}
  stage kept {{ on leave -> left }}
  stage paid final {{ }}
  stage left final {{ }}
}}
example one for answer {{ mail "A." {lines} replies "A." expect stage {wanted} }}
"#
    );
    let bundle = package::compiled(&package::of_text("test", &text));
    let digest = bundle.digest();
    assert_eq!(failures(&Arc::new(Loaded::new(bundle, digest))), [""; 0]);
}

const SAVED: &str = "{ } returns { saved: true }";

#[test]
fn a_tool_that_was_not_carried_out_leads_nowhere() {
    check_stage("", "asking");
    check_stage("calls keep { } fails \"closed\"", "asking");
}

#[test]
fn the_tool_that_was_carried_out_last_decides() {
    check_stage(&format!("calls keep {SAVED} calls leave {SAVED}"), "left");
    check_stage(&format!("calls leave {SAVED} calls keep {SAVED}"), "kept");
    check_stage(&format!("calls leave {SAVED} calls pay {SAVED}"), "left");
}

#[test]
fn a_way_under_a_condition_is_open_where_it_holds() {
    check_stage(&format!("calls pay {SAVED}"), "asking");
    check_stage(&format!("given plan = pro calls pay {SAVED}"), "paid");
}

#[test]
fn a_turn_begins_in_the_stage_that_is_given() {
    check_stage(&format!("given stage = kept calls keep {SAVED}"), "kept");
    check_stage(&format!("given stage = kept calls leave {SAVED}"), "left");
}

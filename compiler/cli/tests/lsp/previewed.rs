//! Prompts while their specs are written.

use serde_json::json;

use super::asked::{DESK, package};
use super::client::{place_of, written};

#[test]
fn a_prompt_is_shown_with_the_rule_behind_each_line() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let uri = client.uri("specs/desk.silex");
    let file = json!({ "uri": uri });
    let inputs =
        json!({ "reader": { "address": "ada@example.org", "name": "Ada", "plan": "pro" } });
    let params = json!({ "textDocument": file, "behaviour": "desk.answer", "inputs": inputs });
    let prompt = client.ask("silex/renderPrompt", params);
    let text: String = prompt["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["text"].as_str().unwrap())
        .collect();
    assert!(
        text.contains("The reader is") && text.contains("Ada"),
        "{text}"
    );
    assert!(text.contains("Thank them for their support."), "{text}");
    let part = prompt["parts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["segment"]["id"] == "desk.answer.thank")
        .unwrap();
    let place = &part["segment"]["location"];
    assert_eq!(place["uri"], uri.as_str());
    assert!(written(DESK, &place["range"]).starts_with("should thank"));
    assert_eq!(prompt["tools"], json!(["shared.find_letter"]));
    assert!(prompt["tokens"].as_u64().unwrap() > 20 && prompt["stableBytes"].as_u64().unwrap() > 0);
}

#[test]
fn what_is_not_in_a_prompt_is_shown_with_the_condition_that_keeps_it_out() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let file = json!({ "uri": client.uri("specs/desk.silex") });
    let inputs = json!({ "reader": { "plan": "free" } });
    let position = place_of(DESK, "should thank");
    let params = json!({ "textDocument": file, "position": position, "inputs": inputs });
    let prompt = client.ask("silex/renderPrompt", params.clone());
    assert_eq!(prompt["absent"][0]["segment"]["id"], "desk.answer.thank");
    assert_eq!(prompt["absent"][0]["condition"], "reader.plan == pro");
    let why = client.ask("silex/why", params);
    assert_eq!(why["present"], false);
    assert_eq!(why["fails"], "reader.plan == pro");
}

#[test]
fn the_variants_of_a_behaviour_are_listed_and_each_can_be_shown() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let file = json!({ "uri": client.uri("specs/desk.silex") });
    let params = json!({ "textDocument": file, "behaviour": "desk.answer" });
    let listing = client.ask("silex/variants", params);
    assert_eq!(listing["count"], "2");
    let variants = listing["variants"].as_array().unwrap();
    let thanking = variants
        .iter()
        .find(|it| it["text"].as_str().unwrap().contains("Thank them"))
        .unwrap();
    let params =
        json!({ "textDocument": file, "behaviour": "desk.answer", "variant": thanking["hash"] });
    let prompt = client.ask("silex/renderPrompt", params);
    assert_eq!(prompt["absent"], json!([]));
}

#[test]
fn a_package_with_errors_has_no_prompt_and_says_so() {
    let mut client = package();
    client.open("specs/desk.silex", &DESK.replace("writer\n", "nobody\n"));
    let file = json!({ "uri": client.uri("specs/desk.silex") });
    let params = json!({ "textDocument": file, "behaviour": "desk.answer" });
    let why = client.refused("silex/renderPrompt", params);
    assert!(why.contains("errors"), "{why}");
}

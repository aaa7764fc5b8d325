//! What is written for an author: forms, fixes, arms, guards, rulesets, reasons.

use serde_json::{Value, json};

use super::asked::{DESK, package};
use super::client::{edited, place_of};

#[test]
fn a_file_is_put_into_its_form() {
    let mut client = package();
    let text = DESK.replace("  model writer\n", "      model   writer\n\n\n");
    client.open("specs/desk.silex", &text);
    let uri = client.uri("specs/desk.silex");
    let params = json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 2, "insertSpaces": true } });
    let edits = client.ask("textDocument/formatting", params.clone());
    assert!(edits.as_array().unwrap().len() < 8, "{edits}");
    let after = edited(&text, &edits);
    assert!(after.contains("{\n  model writer\n"), "{after}");
    // One with errors is left alone, also where they are signs that no file may hold.
    client.replace("specs/desk.silex", 2, &text.replacen(' ', "\u{18} ", 1));
    assert_eq!(
        client.ask("textDocument/formatting", params.clone()),
        json!([])
    );
    client.replace("specs/desk.silex", 3, "behaviour {");
    assert_eq!(client.ask("textDocument/formatting", params), json!([]));
}

/// The action of a title that holds some words, for the first place of a part of a text.
#[track_caller]
fn check_action(text: &str, part: &str, title: &str, wanted: &str) {
    let mut client = package();
    client.open("specs/desk.silex", text);
    let uri = client.uri("specs/desk.silex");
    let start = place_of(text, part);
    let end = place_of(text, &text[text.find(part).unwrap() + part.len()..]);
    let params = json!({
        "textDocument": { "uri": uri }, "range": { "start": start, "end": end },
        "context": { "diagnostics": [] },
    });
    let actions = client.ask("textDocument/codeAction", params);
    let all = actions.as_array().unwrap();
    let action = all
        .iter()
        .find(|it| it["title"].as_str().unwrap().contains(title));
    let action = action.unwrap_or_else(|| panic!("{title:?} is not offered: {actions}"));
    let edits: Value = action["edit"]["changes"][&uri].clone();
    let after = edited(text, &edits);
    assert!(after.contains(wanted), "{wanted:?} is not in {after}");
}

#[test]
fn a_fix_of_a_finding_is_offered() {
    let text = DESK.replace("tools find_letter", "tools find_leter");
    check_action(
        &text,
        "find_leter",
        "write `find_letter`",
        "tools find_letter\n",
    );
    let text = DESK.replace("\"Look it up", "\"You must look it up");
    check_action(&text, "You must", "take it out", "\"Look it up");
}

#[test]
fn a_lint_is_allowed_with_a_reason() {
    let text = DESK.replace("\"Look it up before", "\"Be nice and look it up before");
    let wanted = "about tool find_letter\n    allow vague-words because \"\"";
    check_action(&text, "nice", "allow vague-words because", wanted);
}

#[test]
fn missing_arms_are_added() {
    let text = DESK.replace(
        "  when reader.plan == pro {\n",
        "  match reader.plan {\n    free { }\n  }\n  when reader.plan == pro {\n",
    );
    check_action(
        &text,
        "match reader.plan",
        "add the missing arms",
        "    free { }\n    pro { }\n  }",
    );
}

#[test]
fn what_may_be_none_is_guarded() {
    let text = DESK.replace(
        "  follow short",
        "  fact tone \"In a {{ reader.tone | inline(20) }} tone.\"\n  follow short",
    );
    let wanted = "  when reader.tone is some {\n    fact tone \"In a {{ reader.tone | inline(20) }} tone.\"\n  }\n";
    check_action(
        &text,
        "reader.tone |",
        "under `when reader.tone is some`",
        wanted,
    );
}

#[test]
fn rules_are_taken_out_into_a_ruleset() {
    let text = DESK.replace("  tools find_letter\n}", "  must sign \"Sign with the name of the desk.\"\n  avoid praise \"Praise the question.\"\n  tools find_letter\n}");
    let part = "must sign \"Sign with the name of the desk.\"\n  avoid praise";
    check_action(
        &text,
        part,
        "into the ruleset `answer_rules`",
        "  follow answer_rules\n  tools",
    );
    check_action(
        &text,
        part,
        "into the ruleset",
        "ruleset answer_rules {\n  must sign \"Sign with the name of the desk.\"\n  avoid praise \"Praise the question.\"\n}\n",
    );
}

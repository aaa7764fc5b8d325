//! From a name to where it is declared, where it is used, and to another name.

use serde_json::{Value, json};

use super::asked::{DESK, SHARED, package};
use super::client::{Client, edited, place_of, written};

/// The text of the file at a location, and what is written in its range.
fn at<'t>(client: &Client, location: &Value, uri: &str, range: &str) -> (&'t str, &'t str) {
    let text = if location[uri] == client.uri("specs/shared.silex").as_str() {
        SHARED
    } else {
        DESK
    };
    (text, written(text, &location[range]))
}

#[track_caller]
fn check_definition(method: &str, part: &str, inside: u64, wanted: &str) {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let mut position = place_of(DESK, part);
    position["character"] = json!(position["character"].as_u64().unwrap() + inside);
    let found = client.ask_at(method, "specs/desk.silex", &position);
    let link = &found[0];
    let (text, name) = at(&client, link, "targetUri", "targetSelectionRange");
    let whole = written(text, &link["targetRange"]);
    assert!(whole.starts_with(wanted) && whole.contains(name), "{found}");
}

#[test]
fn a_name_leads_to_its_declaration() {
    let method = "textDocument/definition";
    check_definition(method, "short(max", 0, "ruleset short");
    check_definition(method, "writer\n  role", 0, "model writer");
    check_definition(method, "reader.name", 0, "reader");
    check_definition(method, "reader.name", 7, "name: text 0..80");
    check_definition(method, "pro {", 0, "pro");
    check_definition(method, "rule thank", 6, "should thank");
    check_definition(method, "max: 200", 0, "max");
    check_definition(method, "query: contains", 0, "query");
    check_definition(method, "shared.{", 0, "");
}

#[test]
fn a_value_leads_to_its_type() {
    let method = "textDocument/typeDefinition";
    check_definition(method, "reader.name", 0, "entity Reader");
    check_definition(method, "plan == pro", 0, "enum Plan");
}

#[test]
fn references_are_found_in_every_file() {
    let mut client = package();
    client.open("specs/shared.silex", SHARED);
    let uri = client.uri("specs/shared.silex");
    let mut ask = |part: &str, declaration: bool| {
        let params = json!({
            "textDocument": { "uri": uri }, "position": place_of(SHARED, part),
            "context": { "includeDeclaration": declaration },
        });
        client
            .ask("textDocument/references", params)
            .as_array()
            .unwrap()
            .len()
    };
    // The `use`, `about`, `tools`, the call and the expectation of the example.
    assert_eq!(ask("find_letter(", false), 5);
    assert_eq!(ask("find_letter(", true), 6);
    assert_eq!(ask("plan: Plan", false), 2);
    assert_eq!(ask("pro\n", false), 2);
}

#[test]
fn a_name_is_highlighted_where_it_is_bound_and_read() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let position = place_of(DESK, "reader: Reader");
    let found = client.ask_at(
        "textDocument/documentHighlight",
        "specs/desk.silex",
        &position,
    );
    let kinds: Vec<u64> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_u64().unwrap())
        .collect();
    // Bound once; read in a hole, a condition and the example.
    assert_eq!(kinds, [3, 2, 2, 2]);
}

/// The texts after a rename.
#[track_caller]
fn check_rename(part: &str, inside: u64, new: &str, wanted: &[(&str, &str)]) {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let mut position = place_of(DESK, part);
    position["character"] = json!(position["character"].as_u64().unwrap() + inside);
    let uri = client.uri("specs/desk.silex");
    let params = json!({ "textDocument": { "uri": uri }, "position": position, "newName": new });
    let edit = client.ask("textDocument/rename", params);
    let after = |path: &str, text: &str| {
        let edits = edit["changes"].get(client.uri(path)).cloned();
        edited(text, &edits.unwrap_or_else(|| json!([])))
    };
    let (desk, shared) = (
        after("specs/desk.silex", DESK),
        after("specs/shared.silex", SHARED),
    );
    for (file, part) in wanted {
        let text = if *file == "desk" { &desk } else { &shared };
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    // What is renamed everywhere means what it meant.
    client.replace("specs/desk.silex", 2, &desk);
    client.open("specs/shared.silex", &shared);
    let found = client.found_next("specs/desk.silex");
    let errors: Vec<&Value> = found.iter().filter(|it| it["severity"] == 1).collect();
    assert!(errors.is_empty() || shared != SHARED, "{errors:?}");
}

#[test]
fn a_rename_changes_every_place() {
    check_rename(
        "short(max",
        0,
        "brief",
        &[
            ("desk", "find_letter, brief, writer"),
            ("desk", "follow brief(max"),
            ("shared", "ruleset brief("),
        ],
    );
    check_rename(
        "max: 200",
        0,
        "most",
        &[
            ("desk", "short(most: 200)"),
            ("shared", "{{ most }}"),
            ("shared", "<= most"),
        ],
    );
    check_rename(
        "reader.name",
        7,
        "called",
        &[
            ("desk", "reader.called | inline"),
            ("shared", "called: text 0..80"),
        ],
    );
    check_rename(
        "thank \"",
        0,
        "praise",
        &[("desk", "should praise"), ("desk", "rule praise")],
    );
    check_rename(
        "reader: Reader",
        0,
        "person",
        &[
            ("desk", "person: Reader"),
            ("desk", "person.plan == pro"),
            ("desk", "given person ="),
        ],
    );
}

#[test]
fn a_rename_that_cannot_be_is_refused_with_the_reason() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let uri = client.uri("specs/desk.silex");
    let mut refused = |part: &str, new: &str| {
        let params = json!({ "textDocument": { "uri": uri }, "position": place_of(DESK, part), "newName": new });
        client.refused("textDocument/rename", params)
    };
    assert!(refused("inline(80)", "line").contains("standard function"));
    assert!(refused("Mail)", "Post").contains("another package"));
    assert!(refused("short(max", "Short").contains("snake_case"));
    assert!(refused("short(max", "answer").contains("taken where"));
    assert!(refused("reader: Reader", "in").contains("word of the language"));
}

#[test]
fn the_rename_of_a_rule_says_what_it_means() {
    let notes = json!({ "workspace": { "workspaceEdit": {
        "documentChanges": true, "changeAnnotationSupport": {},
    } } });
    let mut client = Client::with(
        &[
            ("silex.yaml", super::client::MANIFEST),
            ("specs/shared.silex", SHARED),
            ("specs/desk.silex", DESK),
        ],
        &notes,
    );
    client.open("specs/desk.silex", DESK);
    let position = place_of(DESK, "thank \"");
    let prepared = client.ask_at("textDocument/prepareRename", "specs/desk.silex", &position);
    assert_eq!(prepared["placeholder"], "thank");
    let uri = client.uri("specs/desk.silex");
    let params =
        json!({ "textDocument": { "uri": uri }, "position": position, "newName": "praise" });
    let edit = client.ask("textDocument/rename", params);
    let note = edit["changeAnnotations"]["identity"]["description"]
        .as_str()
        .unwrap();
    assert!(note.contains("`silex diff`"), "{note}");
    assert_eq!(
        edit["documentChanges"][0]["edits"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn an_editor_that_shows_no_notes_is_told_what_the_rename_of_a_rule_means() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let uri = client.uri("specs/desk.silex");
    let mut rename = |part: &str| {
        let params = json!({
            "textDocument": { "uri": uri }, "position": place_of(DESK, part), "newName": "praise",
        });
        client.ask("textDocument/rename", params)
    };
    // Of a tool nothing is to be told.
    rename("find_letter\n}");
    rename("thank \"");
    let shown = client.shown();
    assert!(shown.contains("`silex diff`"), "{shown}");
    assert!(shown.contains("rule"), "{shown}");
}

#[test]
fn calls_are_followed_both_ways() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let position = place_of(DESK, "find_letter\n}");
    let found = client.ask_at(
        "textDocument/prepareCallHierarchy",
        "specs/desk.silex",
        &position,
    );
    assert_eq!(found[0]["name"], "find_letter");
    let callers = client.ask("callHierarchy/incomingCalls", json!({ "item": found[0] }));
    assert_eq!(callers[0]["from"]["name"], "answer");
    assert_eq!(callers[0]["fromRanges"].as_array().unwrap().len(), 2);
    let called = client.ask(
        "callHierarchy/outgoingCalls",
        json!({ "item": callers[0]["from"] }),
    );
    assert_eq!(called[0]["to"]["name"], "find_letter");
}

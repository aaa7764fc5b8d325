//! The formats that other programs read, read as those programs do.

use serde_json::{Value, json};

use crate::place::Place;

/// A package with a mistake that can be fixed.
fn mistaken() -> Place {
    let place = Place::hello();
    place.edit(
        "hello/specs/hello.silex",
        "words(reply.body)",
        "words(reply.bdy)",
    );
    place
}

/// What SARIF 2.1.0 asks of the parts that are written here.
fn sarif_schema() -> Value {
    let text = json!({ "type": "object", "required": ["text"], "properties": { "text": { "type": "string", "minLength": 1 } } });
    let one = json!({ "type": "integer", "minimum": 1 });
    let region = json!({
        "type": "object", "required": ["startLine"], "additionalProperties": false,
        "properties": { "startLine": one, "startColumn": one, "endLine": one, "endColumn": one },
    });
    let artifact = json!({
        "type": "object", "required": ["uri"], "additionalProperties": false,
        "properties": {
            "uri": { "type": "string", "pattern": "^[A-Za-z0-9/._~%-]+$" },
            "uriBaseId": { "type": "string" },
        },
    });
    let location = json!({
        "type": "object", "required": ["physicalLocation"], "additionalProperties": false,
        "properties": {
            "id": { "type": "integer", "minimum": -1 },
            "message": text,
            "physicalLocation": {
                "type": "object", "required": ["artifactLocation"], "additionalProperties": false,
                "properties": { "artifactLocation": artifact, "region": region },
            },
        },
    });
    let fix = json!({
        "type": "object", "required": ["artifactChanges"], "additionalProperties": false,
        "properties": { "description": text, "artifactChanges": { "type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["artifactLocation", "replacements"], "additionalProperties": false,
            "properties": { "artifactLocation": artifact, "replacements": { "type": "array", "minItems": 1, "items": {
                "type": "object", "required": ["deletedRegion"], "additionalProperties": false,
                "properties": { "deletedRegion": region, "insertedContent": {
                    "type": "object", "properties": { "text": { "type": "string" } }, "additionalProperties": false,
                } },
            } } },
        } } },
    });
    let result = json!({
        "type": "object", "required": ["message", "ruleId"], "additionalProperties": false,
        "properties": {
            "ruleId": { "type": "string" },
            "ruleIndex": { "type": "integer", "minimum": 0 },
            "level": { "enum": ["none", "note", "warning", "error"] },
            "message": text,
            "locations": { "type": "array", "items": location },
            "relatedLocations": { "type": "array", "items": location },
            "fixes": { "type": "array", "items": fix },
            "suppressions": { "type": "array", "items": {
                "type": "object", "required": ["kind"], "additionalProperties": false,
                "properties": { "kind": { "enum": ["inSource", "external"] }, "justification": { "type": "string" } },
            } },
        },
    });
    let rule = json!({
        "type": "object", "required": ["id"],
        "properties": { "id": { "type": "string" }, "shortDescription": text, "help": text },
    });
    json!({
        "type": "object", "required": ["version", "runs"],
        "properties": {
            "version": { "const": "2.1.0" },
            "runs": { "type": "array", "minItems": 1, "items": {
                "type": "object", "required": ["tool", "results"],
                "properties": {
                    "columnKind": { "enum": ["utf16CodeUnits", "unicodeCodePoints"] },
                    "tool": { "type": "object", "required": ["driver"], "properties": { "driver": {
                        "type": "object", "required": ["name"],
                        "properties": {
                            "informationUri": { "type": "string", "pattern": "^https://" },
                            "rules": { "type": "array", "items": rule, "uniqueItems": true },
                        },
                    } } },
                    "results": { "type": "array", "items": result },
                },
            } },
        },
    })
}

/// The run of a document in SARIF, which must be one.
#[track_caller]
fn sarif(text: &str) -> Value {
    let document: Value = serde_json::from_str(text).unwrap();
    let validator = jsonschema::validator_for(&sarif_schema()).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&document)
        .map(|it| format!("{}: {it}", it.instance_path()))
        .collect();
    assert_eq!(errors, [""; 0]);
    document["runs"][0].clone()
}

#[test]
fn sarif_names_the_rule_the_region_and_the_fix() {
    let run = sarif(
        &mistaken()
            .run(&["check", "hello", "--format", "sarif"])
            .findings(),
    );
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let result = &run["results"][0];
    let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
    assert_eq!(result["ruleId"], rule["id"]);
    let at = &result["locations"][0]["physicalLocation"];
    assert_eq!(at["artifactLocation"]["uri"], "hello/specs/hello.silex");
    let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "body");
    assert_eq!(
        replacement["deletedRegion"]["startLine"],
        at["region"]["startLine"]
    );
}

#[test]
fn sarif_of_a_clean_package_has_no_result() {
    let run = sarif(
        &Place::hello()
            .run(&["check", "hello", "--format", "sarif"])
            .ok(),
    );
    assert_eq!(run["results"], json!([]));
    let run = sarif(
        &Place::hello()
            .run(&["test", "hello", "--format", "sarif"])
            .ok(),
    );
    assert_eq!(run["results"], json!([]));
}

#[test]
fn sarif_of_a_change_points_at_both_places() {
    let place = Place::hello();
    place.run(&["build", "hello", "-o", "old.json"]).ok();
    place.edit(
        "hello/specs/hello.silex",
        "    check words(reply.body) <= 120\n",
        "",
    );
    place.write(
        "waivers.yaml",
        "- { code: check-removed, reason: agreed, expires: 9999-01-01 }\n",
    );
    let run = sarif(
        &place
            .run(&[
                "diff",
                "old.json",
                "hello",
                "--format",
                "sarif",
                "--waivers",
                "waivers.yaml",
            ])
            .ok(),
    );
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "check-removed");
    assert_eq!(result["suppressions"][0]["justification"], "agreed");
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 1);
}

#[test]
fn github_gets_a_command_for_each_finding_and_nothing_else() {
    let said = mistaken()
        .run(&["check", "hello", "--format", "github"])
        .findings();
    for line in said.lines() {
        assert!(
            line.starts_with("::error file=hello/specs/hello.silex,line="),
            "{line}"
        );
    }
    assert!(said.contains("did you mean `body`?"), "{said}");
    assert_eq!(
        Place::hello()
            .run(&["test", "hello", "--format", "github"])
            .ok(),
        ""
    );
}

/// The tests in a report of JUnit, as `NAME` or `NAME: MESSAGE` for one that failed.
#[track_caller]
fn junit(text: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(text).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let cases: Vec<_> = document
        .descendants()
        .filter(|it| it.has_tag_name("testcase"))
        .collect();
    let failures = document
        .descendants()
        .filter(|it| it.has_tag_name("failure"))
        .count();
    assert_eq!(
        root.attribute("tests"),
        Some(cases.len().to_string().as_str())
    );
    assert_eq!(
        root.attribute("failures"),
        Some(failures.to_string().as_str())
    );
    let told = cases.iter().map(|case| {
        assert!(case.attribute("classname").is_some());
        let name = case.attribute("name").unwrap();
        let failure = case.children().find(|it| it.has_tag_name("failure"));
        match failure {
            Some(failure) => format!("{name}: {}", failure.attribute("message").unwrap()),
            None => name.to_owned(),
        }
    });
    told.collect()
}

#[test]
fn junit_has_a_test_for_each_example() {
    let place = Place::hello();
    let passed = junit(&place.run(&["test", "hello", "--format", "junit"]).ok());
    assert_eq!(passed.len(), 1);
    place.edit(
        "hello/specs/hello.silex",
        "expect checks pass",
        "expect prompt contains \"<&\\\"]]>\"",
    );
    let failed = junit(
        &place
            .run(&["test", "hello", "--format", "junit"])
            .findings(),
    );
    assert!(
        failed[0].starts_with(&format!("{}: ", passed[0])),
        "{failed:?}"
    );
    assert!(failed[0].contains("<&"), "{failed:?}");
}

#[test]
fn junit_fails_for_each_mistake_and_passes_for_none() {
    let found = junit(
        &mistaken()
            .run(&["check", "hello", "--format", "junit"])
            .findings(),
    );
    assert!(found.iter().all(|it| it.contains("bdy")), "{found:?}");
    let clean = junit(
        &Place::hello()
            .run(&["check", "hello", "--format", "junit"])
            .ok(),
    );
    assert_eq!(clean, ["nothing to complain about"]);
}

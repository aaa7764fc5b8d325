//! Manifests held against what their readers accept, written down compactly from their references.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::render::tests::bundle;
use crate::tool::{Audience, Effects, Handler};
use crate::{Bundle, Path};

/// Anthropic Messages, a client tool.
fn anthropic_shape() -> Value {
    json!({
        "type": "object", "required": ["name", "input_schema"], "additionalProperties": false,
        "properties": {
            "name": { "type": "string", "pattern": "^[a-zA-Z0-9_-]{1,128}$" },
            "description": { "type": "string", "minLength": 1 },
            "strict": { "type": "boolean" },
            "input_schema": { "type": "object", "required": ["type"], "properties": { "type": { "const": "object" } } },
        },
    })
}

/// OpenAI chat completions, a function tool.
fn openai_shape() -> Value {
    json!({
        "type": "object", "required": ["type", "function"], "additionalProperties": false,
        "properties": {
            "type": { "const": "function" },
            "function": { "type": "object", "required": ["name"], "additionalProperties": false, "properties": {
                "name": { "type": "string", "pattern": "^[a-zA-Z0-9_-]{1,64}$" },
                "description": { "type": "string", "minLength": 1 },
                "strict": { "type": "boolean" },
                "parameters": { "type": "object", "required": ["type"], "properties": { "type": { "const": "object" } } },
            } },
        },
    })
}

/// What OpenAI takes as a strict schema: closed objects that require all they have, no default, no
/// length.
fn strict_shape() -> Value {
    json!({
        "$defs": { "schema": {
            "type": "object",
            "properties": {
                "default": false, "minLength": false, "maxLength": false, "oneOf": false, "allOf": false,
                "properties": { "additionalProperties": { "$ref": "#/$defs/schema" } },
                "items": { "$ref": "#/$defs/schema" },
                "anyOf": { "items": { "$ref": "#/$defs/schema" } },
                "$defs": { "additionalProperties": { "$ref": "#/$defs/schema" } },
            },
            "if": { "required": ["properties"] },
            "then": { "required": ["required", "additionalProperties"], "properties": { "additionalProperties": { "const": false } } },
        } },
        "$ref": "#/$defs/schema",
    })
}

/// `Tool` of the Model Context Protocol, 2025-06-18.
fn mcp_shape() -> Value {
    let object = json!({ "type": "object", "required": ["type"], "properties": {
        "type": { "const": "object" }, "properties": { "type": "object" },
        "required": { "type": "array", "items": { "type": "string" } } } });
    json!({
        "type": "object", "required": ["name", "inputSchema"], "additionalProperties": false,
        "properties": {
            "name": { "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,128}$" },
            "title": { "type": "string" },
            "description": { "type": "string" },
            "inputSchema": object, "outputSchema": object,
            "annotations": { "type": "object", "additionalProperties": false, "properties": {
                "title": { "type": "string" }, "readOnlyHint": { "type": "boolean" }, "destructiveHint": { "type": "boolean" },
                "idempotentHint": { "type": "boolean" }, "openWorldHint": { "type": "boolean" } } },
        },
    })
}

#[track_caller]
fn check_shape(shape: &Value, manifest: &Value) {
    let found: Vec<String> = jsonschema::validator_for(shape)
        .unwrap()
        .iter_errors(manifest)
        .map(|error| error.to_string())
        .collect();
    assert!(found.is_empty(), "{found:?}\n{manifest:#}");
}

/// Every tool of the bundle, and what carries it out in every other way.
fn tools() -> (Bundle, Vec<Tool>) {
    let bundle = bundle();
    let mut tools: Vec<Tool> = bundle.tools.values().cloned().collect();
    let one = tools[0].clone();
    for handler in [
        Handler::Save {
            path: Path {
                root: "subscriber".to_owned(),
                fields: vec!["name".to_owned()],
            },
            value: serde_json::from_value(json!({ "literal": "x" })).unwrap(),
        },
        Handler::Native {
            name: "ledger".to_owned(),
        },
        Handler::HandOver {
            note: "Call them.".to_owned(),
        },
    ] {
        tools.push(Tool {
            handler,
            ..one.clone()
        });
    }
    (bundle, tools)
}

#[test]
fn the_same_tool_for_each_reader() {
    let bundle = bundle();
    let find = &bundle.tools["a.find"];
    let all = json!([
        anthropic(find, &bundle.declarations),
        openai(find, &bundle.declarations),
        mcp(find, &bundle),
        strict(Reader::OpenAi, find, &bundle.declarations),
    ]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&all).unwrap());
}

#[test]
fn every_manifest_has_the_shape_that_its_reader_accepts() {
    let (bundle, tools) = tools();
    for tool in &tools {
        let declarations = &bundle.declarations;
        let manifest = anthropic(tool, declarations);
        check_shape(&anthropic_shape(), &manifest);
        assert!(jsonschema::meta::is_valid(&manifest["input_schema"]));
        check_shape(&openai_shape(), &openai(tool, declarations));
        let listed = mcp(tool, &bundle);
        check_shape(&mcp_shape(), &listed);
        assert!(jsonschema::meta::is_valid(&listed["outputSchema"]));
        let strict_openai = strict(Reader::OpenAi, tool, declarations).unwrap();
        check_shape(&openai_shape(), &strict_openai);
        check_shape(&strict_shape(), &strict_openai["function"]["parameters"]);
        let strict_anthropic = strict(Reader::Anthropic, tool, declarations).unwrap();
        check_shape(&anthropic_shape(), &strict_anthropic);
        check_shape(&strict_shape(), &strict_anthropic["input_schema"]);
        assert_eq!(strict(Reader::Mcp, tool, declarations), None);
    }
}

#[test]
fn the_shapes_refuse_what_is_none() {
    let (bundle, tools) = tools();
    let loose = openai(&tools[0], &bundle.declarations);
    let validator = jsonschema::validator_for(&strict_shape()).unwrap();
    assert!(!validator.is_valid(&loose["function"]["parameters"]));
    let validator = jsonschema::validator_for(&openai_shape()).unwrap();
    assert!(!validator.is_valid(&json!({ "type": "function", "function": { "name": "a.b" } })));
}

#[track_caller]
fn check_hints(handler: Handler, effects: Effects, expected: &str) {
    let bundle = bundle();
    let tool = Tool {
        handler,
        effects,
        ..bundle.tools["a.find"].clone()
    };
    let mut hints = mcp(&tool, &bundle)["annotations"].clone();
    hints.as_object_mut().unwrap().shift_remove("title");
    let said: Vec<String> = hints
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| **value == json!(true))
        .map(|(name, _)| name.replace("Hint", ""))
        .collect();
    assert_eq!(said.join(" "), expected);
}

#[test]
fn hints_follow_from_the_effects() {
    let native = || Handler::Native {
        name: "ledger".to_owned(),
    };
    let search = Handler::Search {
        entity: "a.Document".to_owned(),
    };
    check_hints(search, Effects::default(), "readOnly");
    check_hints(native(), Effects::default(), "readOnly openWorld");
    let spends = Effects {
        spends: Some("amount".to_owned()),
        ..Effects::default()
    };
    check_hints(native(), spends, "destructive openWorld");
    let sends = Effects {
        sends: Some(Audience::Anyone),
        ..Effects::default()
    };
    check_hints(native(), sends, "destructive openWorld");
    let save = Handler::Save {
        path: Path {
            root: "subscriber".to_owned(),
            fields: vec!["tone".to_owned()],
        },
        value: serde_json::from_value(json!({ "literal": "x" })).unwrap(),
    };
    check_hints(save, Effects::default(), "destructive idempotent");
    let asks = Handler::AskReviewer {
        question: "May I?".to_owned(),
    };
    check_hints(asks, Effects::default(), "openWorld");
}

#[test]
fn what_the_runtime_fills_is_not_in_the_manifest() {
    let bundle = bundle();
    let manifest = anthropic(&bundle.tools["a.find"], &bundle.declarations);
    assert_eq!(
        manifest["input_schema"]["properties"].get("subscriber"),
        None
    );
}

#[test]
fn names_are_those_that_a_reader_accepts() {
    for reader in [Reader::Anthropic, Reader::OpenAi, Reader::Mcp] {
        assert!(reader.accepts("select_document"));
        for bad in ["", "über", "a b", &"a".repeat(129)] {
            assert!(!reader.accepts(bad), "{bad}");
        }
    }
    assert!(Reader::Mcp.accepts("a.find") && !Reader::OpenAi.accepts("a.find"));
}

fn named(qualified: &[String]) -> BTreeMap<String, Tool> {
    let one = bundle().tools["a.find"].clone();
    qualified
        .iter()
        .map(|qualified| {
            let name = qualified.rsplit('.').next().unwrap().to_owned();
            let tool = Tool {
                name,
                ..one.clone()
            };
            (qualified.clone(), tool)
        })
        .collect()
}

#[test]
fn a_name_that_two_have_is_said_with_its_module() {
    let tools = named(&[
        "a.find".to_owned(),
        "b.find".to_owned(),
        "a.save".to_owned(),
    ]);
    let names = names(Reader::OpenAi, &tools);
    let names: Vec<&str> = names.values().map(String::as_str).collect();
    assert_eq!(names, ["a_find", "save", "b_find"]);
}

proptest! {
    #[test]
    fn no_two_tools_have_one_name(qualified in prop::collection::btree_set("[ab](\\.[ab_]{1,3}){1,3}|[a]{60,70}\\.find|[a]{60,70}\\.b", 1..12)) {
        let tools = named(&qualified.into_iter().collect::<Vec<_>>());
        for reader in [Reader::Anthropic, Reader::OpenAi, Reader::Mcp] {
            let names = names(reader, &tools);
            let distinct: std::collections::BTreeSet<_> = names.values().collect();
            prop_assert_eq!(distinct.len(), tools.len());
            prop_assert!(names.values().all(|name| reader.accepts(name)));
        }
    }
}

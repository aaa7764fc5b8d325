//! The checker and the schema, held against each other with a public validator as the judge.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::tests::any_json;

pub(crate) fn declarations() -> Declarations {
    serde_json::from_value(json!({
        "a.Tone": { "doc": "How it sounds.", "span": { "source": 0, "start": 0, "end": 0 },
            "shape": { "enum": { "cases": [{ "name": "formal" }, { "name": "warm", "doc": "Like a friend." }] } } },
        "a.Verdict": { "span": { "source": 0, "start": 0, "end": 0 },
            "shape": { "enum": { "cases": [{ "name": "allow" }, { "name": "block", "fields": [
                { "name": "reason", "type": { "text": { "min": 1, "max": 4 } } }] }] } } },
        "a.Taste": { "doc": "What they like.", "span": { "source": 0, "start": 0, "end": 0 },
            "shape": { "record": { "fields": [
                { "name": "tone", "type": { "named": "a.Tone" }, "default": "warm" },
                { "name": "words", "type": { "int": { "min": 50, "max": 1200 } }, "default": 400, "doc": "At most." },
                { "name": "topics", "type": { "list": { "of": { "text": { "max": 3 } }, "max": 2 } }, "default": [] },
                { "name": "note", "type": { "optional": { "text": {} } } },
                { "name": "name", "type": { "text": { "min": 1 } } }] } } },
        "a.Tree": { "span": { "source": 0, "start": 0, "end": 0 },
            "shape": { "record": { "fields": [
                { "name": "a", "type": { "list": { "of": { "named": "a.Tree" } } }, "default": [] },
                { "name": "b", "type": { "optional": { "named": "a.Tree" } } }] } } },
        "a.Endless": { "span": { "source": 0, "start": 0, "end": 0 },
            "shape": { "record": { "fields": [
                { "name": "a", "type": { "named": "a.Endless" }, "default": {} },
                { "name": "b", "type": { "named": "a.Endless" }, "default": {} }] } } },
    }))
    .unwrap()
}

fn named(name: &str) -> Type {
    Type::Named(name.to_owned())
}

/// Checks a value and compares what is wrong with it, one line each.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "tests pass literals")]
fn check(ty: &Type, value: Value, expected: &str) {
    let lines = match ty.check(&value, &declarations()) {
        Ok(value) => value.to_string(),
        Err(found) => found
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
    };
    assert_eq!(lines, expected);
}

#[test]
fn defaults_are_filled_in_declared_order() {
    check(
        &named("a.Taste"),
        json!({ "name": "Ada", "words": 60.0 }),
        r#"{"tone":"warm","words":60,"topics":[],"name":"Ada"}"#,
    );
}

#[test]
fn every_problem_is_told_in_one_pass() {
    check(
        &named("a.Taste"),
        json!({ "tone": "Warm", "words": 5, "topics": ["bees", 2, "c"], "colour": "red" }),
        "tone must be one of: formal, warm, not `Warm`\n\
         words must be 50 to 1200, but is 5\n\
         topics must have at most 2 items, but has 3\n\
         topics[0] must have at most 3 characters, but has 4\n\
         topics[1] must be text, not `2`\n\
         name is missing\n\
         the value has no field `colour`; its fields are: tone, words, topics, note, name",
    );
}

#[test]
fn a_case_with_fields_is_tagged_by_kind() {
    check(
        &named("a.Verdict"),
        json!({ "kind": "allow" }),
        r#"{"kind":"allow"}"#,
    );
    check(
        &named("a.Verdict"),
        json!({ "kind": "blocked" }),
        "the value must be a record whose `kind` is one of: allow, block, not `blocked`",
    );
    check(
        &named("a.Verdict"),
        json!({ "kind": "block" }),
        "reason is missing",
    );
}

#[test]
fn a_default_that_contains_itself_ends() {
    let found = named("a.Endless")
        .check(&json!({}), &declarations())
        .unwrap_err();
    assert!(
        found
            .iter()
            .any(|violation| violation.message.contains("nested deeper"))
    );
    assert!(
        found
            .iter()
            .any(|violation| violation.message == "is too large")
    );
}

#[test]
fn an_unknown_type_is_a_problem_and_no_panic() {
    check(
        &named("a.Nobody"),
        json!(1),
        "the value is of the unknown type `a.Nobody`",
    );
}

#[test]
fn the_schema_of_a_record_is_closed() {
    let schema = named("a.Taste").json_schema(&declarations(), Dialect::Full);
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema).unwrap());
}

#[test]
fn the_strict_schema_says_bounds_in_words() {
    let schema = named("a.Taste").json_schema(&declarations(), Dialect::Strict);
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema).unwrap());
}

#[test]
fn a_type_that_contains_itself_is_written_once() {
    let schema = named("a.Tree").json_schema(&declarations(), Dialect::Full);
    assert_eq!(schema["$ref"], "#/$defs/a.Tree");
    assert_eq!(
        schema["$defs"]["a.Tree"]["properties"]["a"]["items"]["$ref"],
        "#/$defs/a.Tree"
    );
}

#[test]
fn a_lattice_of_types_does_not_explode() {
    let mut lattice = Declarations::new();
    for level in 0..40 {
        let below = if level == 0 {
            json!("bool")
        } else {
            json!({ "named": format!("a.L{}", level - 1) })
        };
        let declaration = json!({ "span": { "source": 0, "start": 0, "end": 0 }, "shape": { "record": {
            "fields": [{ "name": "a", "type": below }, { "name": "b", "type": below }] } } });
        lattice.insert(
            format!("a.L{level}"),
            serde_json::from_value(declaration).unwrap(),
        );
    }
    let schema = named("a.L39").json_schema(&lattice, Dialect::Full);
    assert_eq!(schema["$defs"].as_object().unwrap().len(), 40);
}

pub(crate) fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        (0_u32..3, 0_u32..6).prop_map(|(min, more)| Type::Text {
            trusted: false,
            min: Some(min),
            max: Some(min + more),
            pattern: None
        }),
        Just(Type::Text {
            trusted: false,
            min: None,
            max: None,
            pattern: Some("^[a-c]".to_owned())
        }),
        Just(Type::Bool),
        (-3_i64..3, 0_i64..4).prop_map(|(min, more)| Type::Int {
            min: Some(min),
            max: Some(min + more)
        }),
        (-3.0..3.0).prop_map(|min| Type::Float {
            min: Some(min),
            max: None
        }),
        Just(Type::Email),
        Just(Type::Url),
        Just(Type::Date),
        Just(Type::Time),
        Just(Type::Datetime),
        Just(Type::Duration),
        Just(named("a.Tone")),
        Just(named("a.Verdict")),
        Just(named("a.Taste")),
        Just(named("a.Tree")),
    ];
    leaf.prop_recursive(2, 8, 1, |inner| {
        prop_oneof![
            inner.clone().prop_map(|of| Type::Optional(Box::new(of))),
            (inner, 0_u32..2).prop_map(|(of, min)| Type::List {
                of: Box::new(of),
                min: Some(min),
                max: Some(min + 1)
            }),
        ]
    })
}

/// Values near to the types above, and any others.
fn near_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (-4_i64..5).prop_map(Value::from),
        (-4_i64..5).prop_map(|n| json!(n as f64)),
        "[a-d]{0,6}".prop_map(Value::from),
        prop_oneof![
            Just("warm"),
            Just("a@b.example"),
            Just("https://a.example/"),
            Just("2027-02-29")
        ]
        .prop_map(Value::from),
        prop_oneof![
            Just("2027-02-28"),
            Just("2027-03-01T09:00:00Z"),
            Just("09:00"),
            Just("4h")
        ]
        .prop_map(Value::from),
        prop_oneof![
            Just(json!({ "kind": "allow" })),
            Just(json!({ "kind": "block", "reason": "spam" })),
            Just(json!({ "kind": "block", "reason": "" })),
            Just(json!({ "name": "Ada", "tone": "formal", "topics": ["a"], "words": 60 })),
            Just(json!({ "name": "Ada", "tone": null, "note": null })),
            Just(json!({ "a": [{}, { "b": null }], "b": { "a": [] } })),
            Just(Value::Null),
            Just(Value::Bool(true)),
        ],
        any_json(),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop::collection::vec(inner, 0..3).prop_map(Value::from)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_checker_agrees_with_the_schema(ty in any_type(), value in near_value()) {
        let declarations = declarations();
        let schema = ty.json_schema(&declarations, Dialect::Full);
        let judge = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        match ty.check(&value, &declarations) {
            Ok(checked) => {
                prop_assert!(judge.is_valid(&checked), "{ty:?} {value} {schema}");
                prop_assert_eq!(ty.check(&checked, &declarations).unwrap(), checked);
            }
            Err(found) => prop_assert!(!judge.is_valid(&value), "{ty:?} {value} {found:?} {schema}"),
        }
    }

    #[test]
    fn what_fits_the_strict_schema_fits_but_for_bounds(value in near_value()) {
        let declarations = declarations();
        for name in ["a.Verdict", "a.Tree", "a.Tone"] {
            let schema = named(name).json_schema(&declarations, Dialect::Strict);
            let judge = jsonschema::options().build(&schema).unwrap();
            if judge.is_valid(&value) {
                let found = named(name).check(&value, &declarations).err().unwrap_or_default();
                prop_assert!(found.iter().all(|violation| violation.message.contains("characters")), "{found:?}");
            }
        }
    }
}

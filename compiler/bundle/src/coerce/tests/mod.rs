//! Coercion held against a corpus of answers, damaged values, pieces, and hostile text.

mod corpus;
mod damage;
mod hostile;
mod streaming;

use serde_json::{Value, json};

use super::*;
use crate::schema::tests::declarations;

/// Reads an answer as a named type: its value and repairs, or what is wrong.
#[track_caller]
fn check(name: &str, answer: &str, expected: &str) {
    let read = match coerce(answer, &Type::Named(name.to_owned()), &declarations()) {
        Ok(read) if read.repairs.is_empty() => read.value.to_string(),
        Ok(read) => format!("{} | {}", read.value, listed(&read.repairs, " | ")),
        Err(error) => error.to_string(),
    };
    assert_eq!(read, expected);
}

fn listed(repairs: &[Repair], between: &str) -> String {
    repairs
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(between)
}

#[test]
fn repairs_are_named_in_order() {
    check(
        "a.Taste",
        "{'tone': 'warm', // kind\n words: 60, topics: ['bee',], name: 'Ada',}",
        r#"{"tone":"warm","words":60,"topics":["bee"],"name":"Ada"} | mended quotes | took out a comment | quoted a name | took out a comma"#,
    );
}

#[test]
fn the_reading_with_the_least_repair_is_taken() {
    // The first needs its quotes mended, the second nothing but its surroundings taken off.
    let read = coerce(
        "{'name': 'Ann'} or rather {\"name\": \"Ada\"} or {'name': 'Bob'}",
        &Type::Named("a.Taste".to_owned()),
        &declarations(),
    )
    .unwrap();
    assert_eq!(read.value["name"], "Ada");
    assert_eq!(read.cost(), Kind::TextAround.cost());
}

#[test]
fn arguments_are_read_like_records() {
    let fields: Vec<Field> = serde_json::from_value(json!([
        { "name": "query", "type": { "text": { "min": 1 } } },
        { "name": "limit", "type": { "int": {} }, "default": 3 }]))
    .unwrap();
    let read = coerce_fields("{\"query\": \"bees\",}", &fields, &declarations()).unwrap();
    assert_eq!(read.value, json!({ "query": "bees", "limit": 3 }));
    let missing = coerce_fields("{}", &fields, &declarations()).unwrap_err();
    assert_eq!(missing.to_string(), "query is missing");
    let given = json!({ "query": "bees", "limit": "5" });
    let read = fit_fields(&given, &fields, &declarations()).unwrap();
    assert_eq!(read.value["limit"], 5);
    assert_eq!(listed(&read.repairs, ""), "read text as a number: `5`");
    // Arguments that were no JSON arrive as their text.
    let read = fit_fields(&Value::from("{query: 'bees'"), &fields, &declarations()).unwrap();
    assert_eq!(read.value, json!({ "query": "bees", "limit": 3 }));
}

#[test]
fn a_field_that_two_names_could_mean_is_not_guessed() {
    let fields: Vec<Field> = serde_json::from_value(json!([
        { "name": "max_words", "type": { "int": {} } },
        { "name": "maxwords", "type": { "int": {} } }]))
    .unwrap();
    let error = coerce_fields(
        r#"{"MaxWords": 3, "maxwords": 4}"#,
        &fields,
        &declarations(),
    );
    assert_eq!(error.unwrap_err().to_string(), "max_words is missing");
}

//! The cases of `corpus.md`.

use serde_json::Value;

use super::listed;
use crate::coerce::coerce;
use crate::schema::{Declarations, Type};

const CORPUS: &str = include_str!("corpus.md");

struct Case<'a> {
    title: &'a str,
    ty: Type,
    answer: &'a str,
    expected: &'a str,
}

fn declarations() -> Declarations {
    let (_, rest) = CORPUS.split_once("```json\n").unwrap();
    serde_json::from_str(rest.split_once("\n```").unwrap().0).unwrap()
}

fn type_of(name: &str) -> Type {
    match name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
    {
        Some(name) => Type::List {
            of: Box::new(type_of(name)),
            min: None,
            max: None,
        },
        None if name == "text" => Type::Text {
            trusted: false,
            min: None,
            max: None,
            pattern: None,
        },
        None => Type::Named(format!("desk.{name}")),
    }
}

fn cases() -> impl Iterator<Item = Case<'static>> {
    CORPUS.split("\n### ").skip(1).map(|case| {
        let (title, rest) = case.split_once('\n').unwrap();
        let (ty, rest) = rest.split_once("\n~~~\n").unwrap();
        let (answer, expected) = rest.split_once("\n~~~\n").unwrap();
        let ty = ty
            .strip_prefix("type: `")
            .unwrap()
            .strip_suffix('`')
            .unwrap();
        Case {
            title,
            ty: type_of(ty),
            answer,
            expected: expected.split("\n## ").next().unwrap().trim(),
        }
    })
}

/// What is wrong with a case, if something is.
fn problem(case: &Case<'_>, declarations: &Declarations) -> Option<String> {
    let read = coerce(case.answer, &case.ty, declarations);
    let got = match &read {
        Ok(read) => format!(
            "value: `{}`\nrepairs: {}",
            read.value,
            listed(&read.repairs, "; ")
        ),
        Err(error) => format!("refused: {error}"),
    };
    let right = case.expected.lines().all(|line| {
        let (what, expected) = line.split_once(": ").unwrap();
        match (what, &read) {
            ("value", Ok(read)) => {
                let expected = expected.trim_matches('`');
                serde_json::from_str::<Value>(expected).unwrap() == read.value
            }
            ("repairs", Ok(read)) if expected == "none" => read.repairs.is_empty(),
            ("repairs", Ok(read)) => listed(&read.repairs, "; ") == expected,
            ("refused", Err(error)) => error.to_string().starts_with(expected),
            _ => false,
        }
    });
    (!right).then(|| format!("### {}\n{}\ngot\n{got}\n", case.title, case.expected))
}

#[test]
fn every_answer_of_the_corpus_is_read_as_it_says() {
    let declarations = declarations();
    let wrong: Vec<String> = cases()
        .filter_map(|case| problem(&case, &declarations))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(cases().count() >= 60);
}

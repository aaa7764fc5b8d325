//! What a model returned → a typed value.
//!
//! Several readings are tried, from strict JSON to JSON that is broken or stands in prose; the one
//! that needs the least repair is taken. Every repair is named, so a trace can show it. What was
//! not said is never made up: a value that was cut off is left out, and a required field that is
//! missing is an error.
//!
//! ```
//! use silex_bundle::{Type, coerce::coerce, schema::Declarations};
//!
//! let number = Type::Int { min: Some(1), max: Some(10) };
//! let read = coerce("The answer is ```json\n\"5\"\n```", &number, &Declarations::new())?;
//! assert_eq!(read.value, 5);
//! assert_eq!(read.repairs, ["took the JSON out of the text around it", "read the text `5` as a number"]);
//! # Ok::<(), silex_bundle::coerce::CoerceError>(())
//! ```

mod fit;
mod reading;
mod tolerant;

use serde_json::Value;
use thiserror::Error;

use crate::schema::{Declarations, Field, Type, Violation, check_fields};

/// A value of the type, and what was done to get it.
#[derive(Debug, Clone, PartialEq)]
pub struct Coerced {
    /// The value, with defaults.
    pub value: Value,
    /// What was repaired, in order; empty when the model answered as asked.
    pub repairs: Vec<String>,
}

/// Why an answer is no value of the type. The messages can be told to the model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CoerceError {
    /// There is no value in the text.
    #[error("there is no JSON in the answer")]
    Nothing,
    /// The best reading has problems.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Wrong(Vec<Violation>),
}

/// The typed value of an answer.
///
/// # Errors
/// When no reading of it is of the type; the problems are those of the reading with the fewest.
pub fn coerce(text: &str, ty: &Type, declarations: &Declarations) -> Result<Coerced, CoerceError> {
    let inner = if let Type::Optional(inner) = ty {
        inner
    } else {
        ty
    };
    let as_text = matches!(inner, Type::Text { .. });
    best(reading::all(text, as_text), |value, repairs| {
        let fitted = fit::Fit::new(declarations, repairs).value(ty, value);
        ty.check(&fitted, declarations)
    })
}

/// The typed fields of an answer: the arguments of a tool.
///
/// # Errors
/// As [`coerce`].
pub fn coerce_fields(
    text: &str,
    fields: &[Field],
    declarations: &Declarations,
) -> Result<Coerced, CoerceError> {
    best(reading::all(text, false), |value, repairs| {
        let fitted = fit::Fit::new(declarations, repairs).fields(fields, None, value);
        check_fields(fields, &fitted, declarations)
    })
}

/// Fits every reading and keeps the one with the least repair. Of two, the later one: models end
/// with their answer.
fn best(
    readings: Vec<reading::Reading>,
    fit: impl Fn(Value, &mut Vec<String>) -> Result<Value, Vec<Violation>>,
) -> Result<Coerced, CoerceError> {
    let mut best: Option<Coerced> = None;
    let mut fewest: Option<Vec<Violation>> = None;
    for reading in readings {
        let mut repairs = reading.repairs;
        match fit(reading.value, &mut repairs) {
            Ok(value)
                if best
                    .as_ref()
                    .is_none_or(|best| repairs.len() <= best.repairs.len()) =>
            {
                best = Some(Coerced { value, repairs });
            }
            Ok(_) => {}
            Err(found)
                if fewest
                    .as_ref()
                    .is_none_or(|fewest| found.len() < fewest.len()) =>
            {
                fewest = Some(found);
            }
            Err(_) => {}
        }
    }
    best.ok_or_else(|| fewest.map_or(CoerceError::Nothing, CoerceError::Wrong))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::schema::tests::{any_type, declarations};
    use crate::tests::any_json;

    /// Reads an answer as a named type: its value and repairs, or what is wrong.
    #[track_caller]
    fn check(name: &str, answer: &str, expected: &str) {
        let read = match coerce(answer, &Type::Named(name.to_owned()), &declarations()) {
            Ok(read) if read.repairs.is_empty() => read.value.to_string(),
            Ok(read) => format!("{} | {}", read.value, read.repairs.join(" | ")),
            Err(error) => error.to_string(),
        };
        assert_eq!(read, expected);
    }

    const ADA: &str = r#"{"tone":"warm","words":60,"topics":["bee"],"name":"Ada"}"#;

    #[test]
    fn an_answer_as_asked_needs_no_repair() {
        check("a.Taste", ADA, ADA);
        check("a.Tone", "\"warm\"", "\"warm\"");
    }

    #[test]
    fn json_is_taken_out_of_fences_and_prose() {
        let out = format!("{ADA} | took the JSON out of the text around it");
        check(
            "a.Taste",
            &format!("Here you are:\n```json\n{ADA}\n```\nGood luck!"),
            &out,
        );
        check(
            "a.Taste",
            &format!("I choose {{warm}} for: {ADA}. Done."),
            &out,
        );
    }

    #[test]
    fn of_two_answers_the_last_counts() {
        check(
            "a.Tone",
            "Perhaps \"formal\"? No: \"warm\"",
            "\"warm\" | took the JSON out of the text around it",
        );
    }

    #[test]
    fn broken_json_is_mended() {
        check(
            "a.Taste",
            "{'tone': 'warm', // kind\n words: 60, topics: ['bee',], name: 'Ada',}",
            &format!(
                "{ADA} | mended quotes | took out a comment | mended an unquoted key | took out a trailing comma"
            ),
        );
    }

    #[test]
    fn what_was_cut_off_is_closed_but_not_made_up() {
        check(
            "a.Taste",
            r#"{"name": "Ada", "words": 60, "topics": ["bee""#,
            &format!("{ADA} | closed what was cut off"),
        );
        check("a.Taste", r#"{"name": "Ad"#, "name is missing");
        check(
            "a.Taste",
            r#"{"name": "Ada", "words": 12"#,
            r#"{"tone":"warm","words":400,"topics":[],"name":"Ada"} | left out a value that was cut off | closed what was cut off"#,
        );
    }

    #[test]
    fn scalars_and_names_are_folded() {
        check(
            "a.Taste",
            r#"{"Name": "Ada", "words": "60", "tone": "WARM", "topics": "bee", "colour": "red"}"#,
            &format!(
                "{ADA} | read the field `Name` as `name` | read the text `60` as a number | read `WARM` as `warm` | \
                 read one value as a list | left out the unknown field `colour`"
            ),
        );
    }

    #[test]
    fn a_case_is_found_in_its_common_forms() {
        let blocked = r#"{"kind":"block","reason":"no"}"#;
        check("a.Verdict", blocked, blocked);
        check(
            "a.Verdict",
            "allow",
            r#"{"kind":"allow"} | read the answer as text | read `allow` as a case"#,
        );
        check(
            "a.Verdict",
            r#"{"block": {"reason": "no"}}"#,
            &format!("{blocked} | read the field `block` as a case"),
        );
        check(
            "a.Tone",
            "**Warm**",
            "\"warm\" | read the answer as text | read `**Warm**` as `warm`",
        );
        check(
            "a.Tone",
            "hearty",
            "the value must be one of: formal, warm, not `hearty`",
        );
    }

    #[test]
    fn nothing_is_nothing() {
        check("a.Taste", "", "there is no JSON in the answer");
    }

    #[test]
    fn plain_text_is_a_text() {
        let text = Type::Text {
            trusted: false,
            min: Some(1),
            max: None,
            pattern: None,
        };
        let read = coerce("Dear Ada,\n\nIt is {done}.", &text, &declarations()).unwrap();
        assert_eq!(read.value, "Dear Ada,\n\nIt is {done}.");
    }

    #[test]
    fn arguments_are_read_like_records() {
        let fields: Vec<Field> = serde_json::from_value(json!([
            { "name": "query", "type": { "text": { "min": 1 } } },
            { "name": "limit", "type": { "int": {} }, "default": 3 }]))
        .unwrap();
        let read = coerce_fields("{\"query\": \"bees\",}", &fields, &declarations()).unwrap();
        assert_eq!(read.value, json!({ "query": "bees", "limit": 3 }));
        assert_eq!(
            coerce_fields("{}", &fields, &declarations())
                .unwrap_err()
                .to_string(),
            "query is missing"
        );
    }

    proptest! {
        #[test]
        fn no_answer_panics_and_what_is_read_is_of_the_type(ty in any_type(), text in "[\\[\\]{}\"':,a-c0-9 \\n`/*.\\\\-]{0,30}") {
            if let Ok(read) = coerce(&text, &ty, &declarations()) {
                prop_assert_eq!(ty.check(&read.value, &declarations()).unwrap(), read.value);
            }
        }

        #[test]
        fn a_value_of_the_type_is_read_as_itself(ty in any_type(), value in any_json()) {
            if let Ok(checked) = ty.check(&value, &declarations()) {
                let read = coerce(&checked.to_string(), &ty, &declarations()).unwrap();
                prop_assert_eq!((read.value, read.repairs), (checked, Vec::<String>::new()));
            }
        }
    }
}

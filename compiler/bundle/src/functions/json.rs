//! `json(value)`: a value as JSON text.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "json",
    doc: "The value as JSON on one line, its fields in declared order.",
    params: &[Param::required("value", Takes::Any)],
    returns: Returns::Text,
    taint: Taint::AsFirst,
    place: Place::Expressions,
    samples: &[Sample {
        args: r#"[{ "tone": "warm", "max_words": 400 }]"#,
        gives: r#""{\"tone\":\"warm\",\"max_words\":400}""#,
    }],
    eval,
};

#[expect(clippy::unnecessary_wraps, reason = "the signature of every function")]
fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    Ok(Value::String(args[0].to_string()))
}

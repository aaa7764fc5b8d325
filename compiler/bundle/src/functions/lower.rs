//! `lower(text)`: a text in small letters.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "lower",
    doc: "The text in small letters.",
    params: &[Param::required("text", Takes::Text)],
    returns: Returns::Text,
    taint: Taint::AsFirst,
    place: Place::Expressions,
    samples: &[Sample {
        args: r#"["Ärger"]"#,
        gives: r#""ärger""#,
    }],
    eval,
};

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    Ok(Value::String(text(&FUNCTION, &args[0])?.to_lowercase()))
}

//! `count(list)`: how many items a list has.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, list};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "count",
    doc: "How many items the list has.",
    params: &[Param::required("list", Takes::List)],
    returns: Returns::Int,
    taint: Taint::Clean,
    place: Place::Everywhere,
    samples: &[
        Sample {
            args: r#"[["bees", "roofs"]]"#,
            gives: "2",
        },
        Sample {
            args: "[[]]",
            gives: "0",
        },
    ],
    eval,
};

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    Ok(Value::from(list(&FUNCTION, &args[0])?.len()))
}

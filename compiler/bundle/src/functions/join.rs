//! `join(list, between)`: texts put together.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, list, text};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "join",
    doc: "The texts one behind the other, with `between` between them.",
    params: &[
        Param::required("list", Takes::Texts),
        Param::required("between", Takes::TrustedText),
    ],
    returns: Returns::Text,
    taint: Taint::AsFirst,
    place: Place::Expressions,
    samples: &[Sample {
        args: r#"[["bees", "roofs"], ", "]"#,
        gives: r#""bees, roofs""#,
    }],
    eval,
};

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    let items = list(&FUNCTION, &args[0])?
        .iter()
        .map(|item| text(&FUNCTION, item));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    Ok(Value::String(items.join(text(&FUNCTION, &args[1])?)))
}

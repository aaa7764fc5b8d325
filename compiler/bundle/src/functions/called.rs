//! `called(TOOL)`: whether a tool was carried out in this turn.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "called",
    doc: "Whether the tool was carried out in this turn.",
    params: &[Param::required("tool", Takes::Tool)],
    returns: Returns::Bool,
    taint: Taint::Clean,
    place: Place::Checks,
    samples: &[
        Sample {
            args: r#"["aleik.save"]"#,
            gives: "true",
        },
        Sample {
            args: r#"["aleik.find"]"#,
            gives: "false",
        },
    ],
    eval,
};

fn eval(args: &[Cow<'_, Value>], scope: &Scope<'_>) -> Result<Value, EvalError> {
    let tool = text(&FUNCTION, &args[0])?;
    let called = scope.called().ok_or(EvalError::NoFacts("called"))?;
    Ok(Value::Bool(called.iter().any(|name| name == tool)))
}

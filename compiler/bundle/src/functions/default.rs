//! `default(value, otherwise)`: a value, or another when there is none.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "default",
    doc: "The value, or `otherwise` when there is none.",
    params: &[
        Param::required("value", Takes::Optional),
        Param::required("otherwise", Takes::Inner),
    ],
    returns: Returns::Inner,
    taint: Taint::AsAny,
    place: Place::Expressions,
    samples: &[
        Sample {
            args: r#"[null, "warm"]"#,
            gives: r#""warm""#,
        },
        Sample {
            args: r#"["", "warm"]"#,
            gives: r#""""#,
        },
    ],
    eval,
};

#[expect(clippy::unnecessary_wraps, reason = "the signature of every function")]
fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    let value = if args[0].is_null() {
        &args[1]
    } else {
        &args[0]
    };
    Ok(value.clone().into_owned())
}

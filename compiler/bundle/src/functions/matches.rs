//! `matches(text, /re/)`: whether a regular expression is found in a text.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{EvalError, Scope};
use crate::pattern;

pub(super) static FUNCTION: Function = Function {
    name: "matches",
    doc: "Whether the regular expression is found somewhere in the text, in time linear to it.",
    params: &[
        Param::required("text", Takes::Text),
        Param::required("pattern", Takes::Regex),
    ],
    returns: Returns::Bool,
    taint: Taint::Clean,
    place: Place::Expressions,
    samples: &[
        Sample {
            args: r#"["You will have it by Monday.", "(?i)\\bby (monday|noon)\\b"]"#,
            gives: "true",
        },
        Sample {
            args: r#"["Standby", "^by"]"#,
            gives: "false",
        },
    ],
    eval,
};

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    let (text, pattern) = (text(&FUNCTION, &args[0])?, text(&FUNCTION, &args[1])?);
    let regex = pattern::compiled(pattern).map_err(|reason| EvalError::Pattern {
        pattern: pattern.to_owned(),
        reason,
    })?;
    Ok(Value::Bool(regex.is_match(text)))
}

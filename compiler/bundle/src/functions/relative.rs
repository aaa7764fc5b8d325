//! `relative(when)`: how far an instant is from now.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{self, EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "relative",
    doc: "How far the instant is from `now`, in the largest unit that fits: `3 days ago`, `in 2 hours`.",
    params: &[Param::required("when", Takes::Datetime)],
    returns: Returns::TrustedText,
    taint: Taint::Clean,
    place: Place::Expressions,
    samples: &[
        Sample {
            args: r#"["2027-02-26T09:00:00Z"]"#,
            gives: r#""3 days ago""#,
        },
        Sample {
            args: r#"["2027-03-01T11:30:00Z"]"#,
            gives: r#""in 2 hours""#,
        },
        Sample {
            args: r#"["2027-03-01T09:00:20Z"]"#,
            gives: r#""just now""#,
        },
    ],
    eval,
};

/// Seconds of each unit, largest first; months and years are the mean ones.
const UNITS: [(i64, &str); 6] = [
    (31_556_952, "year"),
    (2_629_746, "month"),
    (604_800, "week"),
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
];

fn eval(args: &[Cow<'_, Value>], scope: &Scope<'_>) -> Result<Value, EvalError> {
    let instant = |value: &Value| {
        let parsed = expr::datetime(text(&FUNCTION, value)?);
        parsed.ok_or_else(|| EvalError::mismatch(FUNCTION.name, "a date and time", value))
    };
    let now = instant(scope.get("now").ok_or(EvalError::NoFacts("relative"))?)?;
    let ahead = instant(&args[0])?.as_second() - now.as_second();
    let far = ahead.abs();
    let words = match UNITS.iter().find(|(seconds, _)| far >= *seconds) {
        None => "just now".to_owned(),
        Some((seconds, unit)) => {
            let count = far / seconds;
            let plural = if count == 1 { "" } else { "s" };
            if ahead > 0 {
                format!("in {count} {unit}{plural}")
            } else {
                format!("{count} {unit}{plural} ago")
            }
        }
    };
    Ok(Value::String(words))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn one_of_a_unit_has_no_s() {
        check("relative", r#"["2026-02-20T09:00:00Z"]"#, r#""1 year ago""#);
    }

    #[test]
    fn without_a_now_it_has_no_value() {
        let when = Value::from("2027-03-01T09:00:00Z");
        let value = FUNCTION.call(&[Cow::Borrowed(&when)], &Scope::new());
        assert_eq!(value, Err(EvalError::NoFacts("relative")));
    }
}

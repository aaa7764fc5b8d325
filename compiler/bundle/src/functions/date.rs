//! `date(when)`: a date in words.

use std::borrow::Cow;

use jiff::civil::Date;
use jiff::fmt::temporal::Pieces;
use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "date",
    doc: "The date in words; of an instant, its date where it was written down.",
    params: &[Param::required("when", Takes::DateOrDatetime)],
    returns: Returns::TrustedText,
    taint: Taint::Clean,
    place: Place::Expressions,
    samples: &[
        Sample {
            args: r#"["2027-03-01"]"#,
            gives: r#""1 March 2027""#,
        },
        Sample {
            args: r#"["2027-02-28T23:30:00-05:00"]"#,
            gives: r#""28 February 2027""#,
        },
    ],
    eval,
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    let date = Pieces::parse(text(&FUNCTION, &args[0])?).map(|pieces| pieces.date());
    let date = date.map_err(|_| EvalError::mismatch(FUNCTION.name, "a date", &args[0]))?;
    Ok(Value::String(in_words(date)))
}

fn in_words(date: Date) -> String {
    let month = usize::try_from(date.month() - 1)
        .ok()
        .and_then(|month| MONTHS.get(month));
    format!(
        "{} {} {}",
        date.day(),
        month.copied().unwrap_or_default(),
        date.year()
    )
}

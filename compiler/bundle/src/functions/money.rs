//! `money(amount, currency)`: an amount in words.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "money",
    doc: "The amount with two decimals and groups of three digits, and the currency behind it.",
    params: &[
        Param::required("amount", Takes::Number),
        Param::required("currency", Takes::TrustedText),
    ],
    returns: Returns::TrustedText,
    taint: Taint::Clean,
    place: Place::Expressions,
    samples: &[
        Sample {
            args: r#"[1234.5, "EUR"]"#,
            gives: r#""1,234.50 EUR""#,
        },
        Sample {
            args: r#"[-0.001, "EUR"]"#,
            gives: r#""0.00 EUR""#,
        },
    ],
    eval,
};

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    let amount = args[0].as_f64();
    let amount = amount.ok_or_else(|| EvalError::mismatch(FUNCTION.name, "a number", &args[0]))?;
    let currency = text(&FUNCTION, &args[1])?;
    let digits = format!("{:.2}", amount.abs());
    let (whole, cents) = digits.split_once('.').unwrap_or((&digits, "00"));
    let minus = if amount < 0.0 && digits.contains(|c| matches!(c, '1'..='9')) {
        "-"
    } else {
        ""
    };
    Ok(Value::String(format!(
        "{minus}{}.{cents} {currency}",
        grouped(whole)
    )))
}

/// `1234567` as `1,234,567`.
fn grouped(digits: &str) -> String {
    let first = (digits.len() + 2) % 3 + 1;
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at >= first && (at - first).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn digits_stand_in_groups_of_three() {
        check("money", r#"[999, "USD"]"#, r#""999.00 USD""#);
        check("money", r#"[-1234567, "USD"]"#, r#""-1,234,567.00 USD""#);
    }
}

//! How two values of one type compare, and how the texts of times are read.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde_json::Value;

use super::Order;
use crate::duration;

/// The order of two values; none when one of them is not of the type.
pub(super) fn compare(order: Order, left: &Value, right: &Value) -> Option<Ordering> {
    match order {
        Order::Number => number(left, right),
        Order::Text => Some(left.as_str()?.cmp(right.as_str()?)),
        Order::Bool => Some(left.as_bool()?.cmp(&right.as_bool()?)),
        Order::Case => Some(case_name(left)?.cmp(case_name(right)?)),
        Order::Date => Some(date(left)?.cmp(&date(right)?)),
        Order::Time => Some(time(left.as_str()?)?.cmp(&time(right.as_str()?)?)),
        Order::Datetime => Some(datetime(left.as_str()?)?.cmp(&datetime(right.as_str()?)?)),
        Order::Duration => {
            Some(duration::read(left.as_str()?)?.cmp(&duration::read(right.as_str()?)?))
        }
    }
}

/// Whole numbers compare exactly, beyond what a float can hold.
fn number(left: &Value, right: &Value) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// The name of a case: a string, or the `kind` of an object.
pub(crate) fn case_name(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("kind")?.as_str())
}

fn date(value: &Value) -> Option<Date> {
    value.as_str()?.parse().ok()
}

/// A time of day, `09:00`.
pub(crate) fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| -> Option<i8> {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
    };
    Time::new(two(hour)?, two(minute)?, 0, 0).ok()
}

/// An instant in RFC 3339; seconds may be missing, as in the language.
pub(crate) fn datetime(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(order: Order, left: &Value, right: &Value, expected: Option<Ordering>) {
        assert_eq!(compare(order, left, right), expected, "{left} {right}");
    }

    #[test]
    fn instants_compare_across_offsets() {
        let (noon, same) = (
            json!("2027-03-01T12:00:00Z"),
            json!("2027-03-01T13:00+01:00"),
        );
        check(Order::Datetime, &noon, &same, Some(Ordering::Equal));
    }

    #[test]
    fn durations_compare_by_length() {
        check(
            Order::Duration,
            &json!("90m"),
            &json!("1h"),
            Some(Ordering::Greater),
        );
        check(
            Order::Duration,
            &json!("7d"),
            &json!("1w"),
            Some(Ordering::Equal),
        );
        check(
            Order::Duration,
            &json!("200ms"),
            &json!("1s"),
            Some(Ordering::Less),
        );
    }

    #[test]
    fn a_case_with_fields_equals_its_name() {
        let with_fields = json!({ "kind": "block", "reason": "spam" });
        check(
            Order::Case,
            &with_fields,
            &json!("block"),
            Some(Ordering::Equal),
        );
    }

    #[test]
    fn large_whole_numbers_keep_their_last_digit() {
        check(
            Order::Number,
            &json!(9_007_199_254_740_993_i64),
            &json!(9_007_199_254_740_992_i64),
            Some(Ordering::Greater),
        );
        check(Order::Number, &json!(1), &json!(1.5), Some(Ordering::Less));
    }

    #[test]
    fn what_is_not_of_the_type_has_no_order() {
        check(Order::Date, &json!("soon"), &json!("2027-03-01"), None);
        check(Order::Time, &json!("9:00"), &json!("09:00"), None);
        check(
            Order::Duration,
            &json!("99999999999999999999w"),
            &json!("1s"),
            None,
        );
        check(Order::Number, &json!("5"), &json!(5), None);
    }
}

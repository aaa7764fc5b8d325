//! Dates, times, instants and durations as numbers that order them, and back.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use silex_bundle::duration;

use super::Unit;

const DAY_SECONDS: i64 = 86_400;

/// The number of a text.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of a million years are exact"
)]
pub(crate) fn read(text: &str, unit: Unit) -> Option<f64> {
    match unit {
        Unit::Date => {
            let date: Date = text.parse().ok()?;
            let start = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
            Some((start.as_second() / DAY_SECONDS) as f64)
        }
        Unit::Time => {
            let time: Time = text.parse().ok()?;
            Some(f64::from(
                i32::from(time.hour()) * 60 + i32::from(time.minute()),
            ))
        }
        Unit::Datetime => {
            let stamp: Timestamp = match text.parse() {
                Ok(stamp) => stamp,
                // Without a zone it is read as UTC.
                Err(_) => {
                    let civil: DateTime = text.trim_end_matches('Z').parse().ok()?;
                    civil.to_zoned(TimeZone::UTC).ok()?.timestamp()
                }
            };
            Some(stamp.as_millisecond() as f64)
        }
        Unit::Duration => Some(duration::read(text)? as f64),
        Unit::Plain | Unit::Count => None,
    }
}

/// The text of a whole number, if there is such a moment.
#[expect(
    clippy::cast_possible_truncation,
    reason = "out of range is refused by the calendar"
)]
pub(super) fn write(number: f64, unit: Unit) -> Option<String> {
    let whole = number.floor() as i64;
    match unit {
        Unit::Date => {
            let day = Date::constant(1970, 1, 1)
                .checked_add(Span::new().try_days(whole).ok()?)
                .ok()?;
            Some(day.to_string())
        }
        Unit::Time => Some(format!("{:02}:{:02}", whole / 60, whole % 60)),
        Unit::Datetime => Some(Timestamp::from_millisecond(whole).ok()?.to_string()),
        Unit::Duration => Some(duration::write(u64::try_from(whole).ok()?)),
        Unit::Plain | Unit::Count => None,
    }
}

//! When somebody works, and how their time is counted.
//!
//! `mon-fri 09:00..17:00 in Europe/Berlin` reads like the quiet hours of a spec. Time outside of the
//! hours does not count. Hours are those of the wall clock in their zone; what is counted is time
//! that really passes, so a day on which clocks change is an hour shorter or longer, as it is for
//! whoever works then. Nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Deserializer};

/// How far ahead time is counted; what lies behind it is never due.
const DAYS: usize = 3660;

const NAMES: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The hours of somebody's week.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    /// As it was written.
    text: String,
    /// From Monday on.
    days: [bool; 7],
    /// The minute from which on they work.
    from: Time,
    /// The minute until which; not after `from` means on the next day.
    until: Time,
    /// Whose clock.
    zone: TimeZone,
}

/// Hours that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` are no hours: {problem} (as in `mon-fri 09:00..17:00 in Europe/Berlin`)")]
pub struct WrongHours {
    text: String,
    problem: String,
}

impl FromStr for Hours {
    type Err = WrongHours;

    fn from_str(text: &str) -> Result<Self, WrongHours> {
        let wrong = |problem: &str| WrongHours {
            text: text.to_owned(),
            problem: problem.to_owned(),
        };
        let (days, rest) = text
            .trim()
            .split_once(' ')
            .ok_or_else(|| wrong("they have days and a time"))?;
        let (time, zone) = rest
            .split_once(" in ")
            .ok_or_else(|| wrong("they have a zone"))?;
        let (from, until) = time
            .split_once("..")
            .ok_or_else(|| wrong("they have a beginning and an end"))?;
        let minute = |text: &str| {
            Time::strptime("%H:%M", text.trim()).map_err(|_| wrong("a time is like 09:00"))
        };
        let zone = TimeZone::get(zone.trim()).map_err(|error| wrong(&error.to_string()))?;
        Ok(Self {
            text: text.trim().to_owned(),
            days: week(days)
                .ok_or_else(|| wrong("days are like `mon-fri`, `sat,sun` or `daily`"))?,
            from: minute(from)?,
            until: minute(until)?,
            zone,
        })
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The days of `mon-fri`, `sat,sun` or `daily`, from Monday on. At least one.
fn week(text: &str) -> Option<[bool; 7]> {
    if text == "daily" {
        return Some([true; 7]);
    }
    let place = |name: &str| NAMES.iter().position(|(known, _)| *known == name);
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (place(first)?, place(last)?);
        // `fri-mon` goes over the end of the week.
        for step in 0..=(last + 7 - first) % 7 {
            days[(first + step) % 7] = true;
        }
    }
    Some(days)
}

impl Hours {
    /// The instant at which `length` milliseconds of working time have passed since `start`.
    /// `i64::MAX` if that lies too far ahead to be counted.
    #[must_use]
    pub fn after(&self, start: i64, length: i64) -> i64 {
        let mut left = length.max(0);
        for (opens, closes) in self.days_from(start) {
            let opens = opens.max(start);
            if closes <= opens {
                continue;
            }
            if left <= closes - opens {
                return opens + left;
            }
            left -= closes - opens;
        }
        i64::MAX
    }

    /// Working days from the one before `start` on, which may reach over midnight: when each opens
    /// and closes.
    fn days_from(&self, start: i64) -> impl Iterator<Item = (i64, i64)> {
        let instant = Timestamp::from_millisecond(start).unwrap_or(Timestamp::UNIX_EPOCH);
        let today = instant.to_zoned(self.zone.clone()).date();
        let first = today.yesterday().unwrap_or(today);
        first
            .series(Span::new().days(1))
            .take(DAYS)
            .filter(|day| self.works_on(*day))
            .filter_map(|day| {
                let next = if self.until > self.from {
                    day
                } else {
                    day.tomorrow().ok()?
                };
                Some((
                    self.instant(day, self.from)?,
                    self.instant(next, self.until)?,
                ))
            })
    }

    fn works_on(&self, day: Date) -> bool {
        let weekday = day.weekday();
        NAMES
            .iter()
            .zip(self.days)
            .any(|((_, name), works)| works && *name == weekday)
    }

    /// A time that the clocks leave out is the one behind the gap.
    fn instant(&self, day: Date, time: Time) -> Option<i64> {
        let zoned = day.to_datetime(time).to_zoned(self.zone.clone()).ok()?;
        Some(zoned.timestamp().as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000;

    fn at(text: &str) -> i64 {
        text.parse::<jiff::Zoned>()
            .unwrap()
            .timestamp()
            .as_millisecond()
    }

    fn check(hours: &str, start: &str, length: i64, expected: &str) {
        let hours: Hours = hours.parse().unwrap();
        let after = Timestamp::from_millisecond(hours.after(at(start), length)).unwrap();
        let expected = Timestamp::from_millisecond(at(expected)).unwrap();
        assert_eq!(after, expected, "{hours} {start} + {length} ms");
    }

    const OFFICE: &str = "mon-fri 09:00..17:00 in Europe/Berlin";

    #[test]
    fn time_outside_of_the_hours_does_not_count() {
        let friday = "2026-03-06T16:00[Europe/Berlin]";
        check(OFFICE, friday, HOUR, "2026-03-06T17:00[Europe/Berlin]");
        check(OFFICE, friday, 4 * HOUR, "2026-03-09T12:00[Europe/Berlin]");
        let sunday = "2026-03-08T11:00[Europe/Berlin]";
        check(OFFICE, sunday, 4 * HOUR, "2026-03-09T13:00[Europe/Berlin]");
        let early = "2026-03-09T03:00[Europe/Berlin]";
        check(OFFICE, early, 9 * HOUR, "2026-03-10T10:00[Europe/Berlin]");
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
        let nights = "fri 22:00..06:00 in Europe/Berlin";
        let saturday = "2026-03-07T01:00[Europe/Berlin]";
        check(
            nights,
            saturday,
            5 * HOUR,
            "2026-03-07T06:00[Europe/Berlin]",
        );
        check(
            nights,
            saturday,
            6 * HOUR,
            "2026-03-13T23:00[Europe/Berlin]",
        );
    }

    #[test]
    fn a_night_on_which_clocks_change_is_as_long_as_it_is() {
        let nights = "daily 00:00..06:00 in Europe/Berlin";
        // Clocks go from 2:00 to 3:00 on March 29th, and from 3:00 to 2:00 on October 25th 2026.
        let spring = "2026-03-29T00:00[Europe/Berlin]";
        check(nights, spring, 5 * HOUR, "2026-03-29T06:00[Europe/Berlin]");
        check(nights, spring, 6 * HOUR, "2026-03-30T01:00[Europe/Berlin]");
        let autumn = "2026-10-25T00:00[Europe/Berlin]";
        check(nights, autumn, 7 * HOUR, "2026-10-25T06:00[Europe/Berlin]");
        let gap = "daily 02:30..04:00 in Europe/Berlin";
        check(gap, spring, HOUR / 2, "2026-03-29T04:00[Europe/Berlin]");
    }

    #[test]
    fn wrong_hours_are_refused_with_the_reason() {
        for (text, problem) in [
            ("mon-fri", "days and a time"),
            ("mon-fri 09:00..17:00", "a zone"),
            ("mon-fri 09:00 in UTC", "a beginning and an end"),
            ("mon-fry 09:00..17:00 in UTC", "days are like"),
            ("mon-fri 9am..17:00 in UTC", "a time is like"),
            ("mon-fri 09:00..17:00 in Europe/Bonn", "Europe/Bonn"),
        ] {
            let said = text.parse::<Hours>().unwrap_err().to_string();
            assert!(said.contains(problem), "{said}");
        }
        let weekend: Hours = "fri-mon 09:00..17:00 in UTC".parse().unwrap();
        assert_eq!(weekend.days, [true, false, false, false, true, true, true]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// However a stretch of working time is cut in two, it ends at the same instant, and never
        /// outside of the hours.
        #[test]
        fn time_adds_up(
            start in 1_700_000_000_000_i64..1_900_000_000_000,
            first in 1_i64..200 * HOUR,
            second in 1_i64..200 * HOUR,
            zone in proptest::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
            time in proptest::sample::select(vec!["09:00..17:00", "22:00..06:00", "00:00..00:00", "01:30..02:30"]),
        ) {
            let hours: Hours = format!("mon-sat {time} in {zone}").parse().unwrap();
            let whole = hours.after(start, first + second);
            prop_assert_eq!(hours.after(hours.after(start, first), second), whole);
            prop_assert!(whole >= start + first + second);
            let inside = hours.days_from(whole).take(3).any(|(opens, closes)| opens <= whole && whole <= closes);
            prop_assert!(inside);
        }
    }
}

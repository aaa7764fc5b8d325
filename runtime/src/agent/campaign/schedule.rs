//! When a campaign is due: each time once, whatever clocks do.
//!
//! A time that a clock skips is when it has skipped it; one that it shows twice is the first.

use croner::Cron;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::Value;
use silex_bundle::campaign::{Day, Days, Every, Schedule, Zone};
use silex_bundle::expr::Scope;

/// Clocks differ by multiples of this, so a time of day comes somewhere only at these.
const GRID_MS: i64 = 15 * 60 * 1000;
/// More times than this at once are not looked at: nobody was away so long.
const MOST: usize = 400;

/// A time at which a campaign is due for one of its audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Occurrence {
    /// The day by the clock that counts, `YYYY-MM-DD`: what is sent once.
    pub(super) period: String,
    /// When, in milliseconds.
    pub(super) at: i64,
}

/// The times in (`after`, `until`] at which it is due for the one in scope.
///
/// # Errors
/// What of the audience's own does not tell a time, in words.
pub(super) fn occurrences(
    schedule: &Schedule,
    scope: &Scope<'_>,
    after: i64,
    until: i64,
) -> Result<Vec<Occurrence>, String> {
    let zone = zone(&schedule.zone, Some(scope))?;
    let (after, until) = (zoned(after, &zone)?, zoned(until, &zone)?);
    let found = match &schedule.days {
        Days::Every(every) => repeated(*every, &schedule.at, &after, &until)?,
        Days::Once { day, offset_days } => {
            let at = once(day, *offset_days, &schedule.at, scope, &zone)?;
            at.into_iter()
                .filter(|at| after < *at && *at <= until)
                .collect()
        }
    };
    let occurrence = |at: Zoned| Occurrence {
        period: at.date().to_string(),
        at: at.timestamp().as_millisecond(),
    };
    Ok(found.into_iter().map(occurrence).collect())
}

/// The last time up to `now` at which it may have become due for somebody.
///
/// # Errors
/// When the schedule names what there is not.
pub(super) fn last_chance(schedule: &Schedule, now: i64) -> Result<Option<i64>, String> {
    let Zone::Name(_) = &schedule.zone else {
        let minute = i64::from(time(&schedule.at)?.minute()) * 60_000;
        return Ok(Some(now - (now - minute).rem_euclid(GRID_MS)));
    };
    let zone = zone(&schedule.zone, None)?;
    let now = zoned(now, &zone)?;
    let every = match &schedule.days {
        Days::Every(every) => *every,
        // Whose day it is differs by the audience, and is asked of each.
        Days::Once { .. } => Every::Day,
    };
    let last = cron(every, &schedule.at)?.find_previous_occurrence(&now, true);
    Ok(last.ok().map(|last| last.timestamp().as_millisecond()))
}

/// The next time at which it becomes due by a clock that is the same for all; for people to read.
pub fn next(schedule: &Schedule, now: i64) -> Option<Zoned> {
    let zone = zone(&schedule.zone, None).ok()?;
    let now = zoned(now, &zone).ok()?;
    match &schedule.days {
        Days::Every(every) => cron(*every, &schedule.at)
            .ok()?
            .find_next_occurrence(&now, false)
            .ok(),
        Days::Once { day, offset_days } => {
            let at = once(day, *offset_days, &schedule.at, &Scope::new(), &zone).ok()??;
            (at > now).then_some(at)
        }
    }
}

fn repeated(every: Every, at: &str, after: &Zoned, until: &Zoned) -> Result<Vec<Zoned>, String> {
    let cron = cron(every, at)?;
    let mut found = Vec::new();
    let mut from = after.clone();
    while found.len() < MOST {
        match cron.find_next_occurrence(&from, false) {
            Ok(next) if next <= *until => {
                from = next.clone();
                found.push(next);
            }
            Ok(_) | Err(_) => break,
        }
    }
    Ok(found)
}

fn once(
    day: &Day,
    offset_days: i64,
    at: &str,
    scope: &Scope<'_>,
    zone: &TimeZone,
) -> Result<Option<Zoned>, String> {
    let date = match day {
        Day::Date(date) => date.as_str(),
        Day::Path(path) => match scope.lookup(path) {
            Some(Value::String(date)) => date.as_str(),
            // Whoever has no such day is never due.
            Some(_) | None => return Ok(None),
        },
    };
    let wrong = |error: jiff::Error| format!("`{date}` is not a day: {error}");
    let date: Date = date.parse().map_err(wrong)?;
    let date = date.checked_add(offset_days.days()).map_err(wrong)?;
    let due = zone.to_ambiguous_zoned(date.to_datetime(time(at)?));
    due.compatible().map(Some).map_err(wrong)
}

fn cron(every: Every, at: &str) -> Result<Cron, String> {
    let time = time(at)?;
    let day = match every {
        Every::Day => "*",
        Every::Monday => "1",
        Every::Tuesday => "2",
        Every::Wednesday => "3",
        Every::Thursday => "4",
        Every::Friday => "5",
        Every::Saturday => "6",
        Every::Sunday => "0",
    };
    let pattern = format!("{} {} * * {day}", time.minute(), time.hour());
    pattern
        .parse()
        .map_err(|error| format!("`{pattern}` is not a time: {error}"))
}

fn time(at: &str) -> Result<Time, String> {
    Time::strptime("%H:%M", at).map_err(|error| format!("`{at}` is not a time: {error}"))
}

fn zone(zone: &Zone, scope: Option<&Scope<'_>>) -> Result<TimeZone, String> {
    let name = match zone {
        Zone::Name(name) => name.as_str(),
        Zone::Path(path) => match scope.and_then(|scope| scope.lookup(path)) {
            Some(Value::String(name)) => name.as_str(),
            Some(_) | None => return Err("its time zone is not known".to_owned()),
        },
    };
    TimeZone::get(name).map_err(|error| error.to_string())
}

fn zoned(ms: i64, zone: &TimeZone) -> Result<Zoned, String> {
    let instant = Timestamp::from_millisecond(ms).map_err(|error| error.to_string())?;
    Ok(instant.to_zoned(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn schedule(days: Days, at: &str, zone: Zone) -> Schedule {
        Schedule {
            days,
            at: at.to_owned(),
            zone,
        }
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    /// What is due between two times, in UTC, for a contact.
    fn check(schedule: &Schedule, contact: &Value, after: &str, until: &str) -> Vec<String> {
        let scope = Scope::new().with("reader", contact);
        let found = occurrences(schedule, &scope, ms(after), ms(until)).unwrap();
        let shown = found.iter().map(|one| {
            let at = Timestamp::from_millisecond(one.at).unwrap();
            format!("{} at {at}", one.period)
        });
        shown.collect()
    }

    fn of_reader(field: &str) -> silex_bundle::Path {
        serde_json::from_value(json!(format!("reader.{field}"))).unwrap()
    }

    #[test]
    fn a_time_is_of_the_clock_of_whoever_gets_it() {
        let mondays = schedule(
            Days::Every(Every::Monday),
            "09:00",
            Zone::Path(of_reader("zone")),
        );
        let due = |zone: &str| {
            let contact = json!({ "zone": zone });
            check(
                &mondays,
                &contact,
                "2026-06-07T00:00:00Z",
                "2026-06-09T00:00:00Z",
            )
        };
        assert_eq!(due("Europe/Berlin"), ["2026-06-08 at 2026-06-08T07:00:00Z"]);
        assert_eq!(
            due("Pacific/Auckland"),
            ["2026-06-08 at 2026-06-07T21:00:00Z"]
        );
        assert_eq!(
            due("America/New_York"),
            ["2026-06-08 at 2026-06-08T13:00:00Z"]
        );
    }

    #[test]
    fn a_skipped_time_comes_once_and_a_repeated_one_once() {
        let daily = schedule(
            Days::Every(Every::Day),
            "02:30",
            Zone::Name("Europe/Berlin".to_owned()),
        );
        let due = |after, until| check(&daily, &json!({}), after, until);
        assert_eq!(
            due("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
            ["2026-03-29 at 2026-03-29T01:00:00Z"]
        );
        assert_eq!(
            due("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"),
            ["2026-10-25 at 2026-10-25T00:30:00Z"]
        );
    }

    #[test]
    fn once_counts_days_from_a_date_of_the_contact() {
        let days = Days::Once {
            day: Day::Path(of_reader("service")),
            offset_days: -14,
        };
        let once = schedule(days, "09:00", Zone::Name("UTC".to_owned()));
        let due = |contact: &Value| {
            check(
                &once,
                contact,
                "2026-05-01T00:00:00Z",
                "2026-07-01T00:00:00Z",
            )
        };
        assert_eq!(
            due(&json!({ "service": "2026-06-20" })),
            ["2026-06-06 at 2026-06-06T09:00:00Z"]
        );
        assert_eq!(due(&json!({ "service": null })), [""; 0]);
    }

    proptest! {
        /// Whenever the clock is looked at, forwards or back: no day is missed, and none comes twice.
        #[test]
        fn however_often_the_clock_is_looked_at_each_day_comes_once(
            zone in proptest::sample::select(&["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham"][..]),
            minutes in 0..1440i16, start in 1_700_000_000i64..1_800_000_000,
            steps in proptest::collection::vec(1..200_000i64, 1..30),
        ) {
            let at = format!("{:02}:{:02}", minutes / 60, minutes % 60);
            let daily = schedule(Days::Every(Every::Day), &at, Zone::Name(zone.to_owned()));
            let scope = Scope::new();
            let begin = start * 1000;
            let (mut now, mut found) = (begin, Vec::new());
            for step in steps {
                let before = now;
                now += step * 1000;
                found.extend(occurrences(&daily, &scope, before, now).unwrap());
                let chance = last_chance(&daily, now).unwrap().unwrap();
                if let Some(last) = found.last() {
                    prop_assert!(last.at <= chance, "nothing is due that no look would find");
                }
            }
            let at_once = occurrences(&daily, &scope, begin, now).unwrap();
            prop_assert_eq!(&found, &at_once);
            let days: std::collections::BTreeSet<_> = found.iter().map(|one| &one.period).collect();
            prop_assert_eq!(days.len(), found.len(), "each day once");
            let span = (now - begin) / 86_400_000;
            prop_assert!((span - 1..=span + 2).contains(&i64::try_from(found.len()).unwrap()));
        }
    }
}

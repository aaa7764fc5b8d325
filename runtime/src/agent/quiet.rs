//! Hours in which nothing is sent, by the clock of whoever would get it.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use silex_bundle::agent::Quiet;

/// When the quiet hours end that hold at `now`, both in milliseconds; none when it is not quiet.
///
/// An hour that the clock skips ends when it has skipped it; an hour that it shows twice is quiet
/// both times.
#[must_use]
pub(super) fn quiet_until(quiet: &Quiet, zone: &TimeZone, now: i64) -> Option<i64> {
    let (from, to) = (time(&quiet.from)?, time(&quiet.to)?);
    let instant = Timestamp::from_millisecond(now).ok()?;
    let local = instant.to_zoned(zone.clone());
    let clock = local.time();
    let (holds, tomorrow) = if from <= to {
        (from <= clock && clock < to, false)
    } else {
        (clock >= from || clock < to, clock >= from)
    };
    if !holds {
        return None;
    }
    let day = match tomorrow {
        true => local.date().tomorrow().ok()?,
        false => local.date(),
    };
    let ends = zone.to_ambiguous_zoned(day.to_datetime(to));
    // The clock may show the end twice, and we are between the two; or not at all, and it ends after the gap.
    let end = match ends.clone().compatible() {
        Ok(end) if end.timestamp() > instant => end,
        Ok(_) | Err(_) => ends.later().ok()?,
    };
    let end = end.timestamp().as_millisecond();
    // A gap may swallow the end: one step further is past it.
    (end > now)
        .then_some(end)
        .or_else(|| Some((instant + 1.minute()).as_millisecond()))
}

fn time(text: &str) -> Option<Time> {
    Time::strptime("%H:%M", text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use silex_bundle::campaign::Zone;

    fn quiet(from: &str, to: &str) -> Quiet {
        Quiet {
            from: from.to_owned(),
            to: to.to_owned(),
            zone: Zone::Name("UTC".to_owned()),
        }
    }

    /// When it ends, by the wall clock of the zone.
    fn check(quiet: &Quiet, zone: &str, now: &str) -> Option<String> {
        let now: Timestamp = now.parse().unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let end = quiet_until(quiet, &zone, now.as_millisecond())?;
        let end = Timestamp::from_millisecond(end).unwrap().to_zoned(zone);
        Some(end.strftime("%m-%d %H:%M %:z").to_string())
    }

    #[test]
    fn quiet_hours_go_over_midnight() {
        let night = quiet("21:00", "07:00");
        let ends = |now| check(&night, "Europe/Berlin", now);
        assert_eq!(
            ends("2026-06-01T19:00:00Z").as_deref(),
            Some("06-02 07:00 +02:00")
        );
        assert_eq!(
            ends("2026-06-02T04:59:00Z").as_deref(),
            Some("06-02 07:00 +02:00")
        );
        assert_eq!(ends("2026-06-02T05:00:00Z"), None);
        assert_eq!(ends("2026-06-02T18:59:00Z"), None);
    }

    #[test]
    fn an_end_that_the_clock_skips_is_when_it_has_skipped_it() {
        let night = quiet("21:00", "02:30");
        assert_eq!(
            check(&night, "Europe/Berlin", "2026-03-29T00:30:00Z").as_deref(),
            Some("03-29 03:30 +02:00")
        );
        // Also when that is asked the day before.
        assert_eq!(
            check(
                &quiet("02:50", "02:00"),
                "Europe/Berlin",
                "2024-03-30T01:50:00Z"
            )
            .as_deref(),
            Some("03-31 03:00 +02:00")
        );
    }

    #[test]
    fn an_hour_that_comes_twice_is_quiet_twice() {
        let night = quiet("21:00", "02:30");
        let ends = |now| check(&night, "Europe/Berlin", now);
        assert_eq!(
            ends("2026-10-25T00:10:00Z").as_deref(),
            Some("10-25 02:30 +02:00")
        );
        assert_eq!(
            ends("2026-10-25T01:10:00Z").as_deref(),
            Some("10-25 02:30 +01:00")
        );
    }

    const ZONES: [&str; 8] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Pacific/Apia",
        "Africa/Casablanca",
    ];

    proptest! {
        #[test]
        fn quiet_ends_later_within_a_day_when_it_is_not_quiet(
            zone in proptest::sample::select(&ZONES[..]), from in 0..1440i16, to in 0..1440i16, now in 1_600_000_000i64..1_900_000_000,
        ) {
            let clock = |minutes: i16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            let (quiet, zone) = (quiet(&clock(from), &clock(to)), TimeZone::get(zone).unwrap());
            let now = now * 1000;
            if let Some(end) = quiet_until(&quiet, &zone, now) {
                prop_assert!(end > now && end <= now + 26 * 3_600_000, "{} h", (end - now) / 3_600_000);
                let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap().to_zoned(zone.clone());
                // A gap may end within the hours: then the clock has come to them once more.
                let skipped = at(end).offset() != at(end - 1000).offset();
                prop_assert!(skipped || quiet_until(&quiet, &zone, end).is_none());
            } else {
                let local = Timestamp::from_millisecond(now).unwrap().to_zoned(zone.clone()).time();
                let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
                let inside = if from <= to { from <= minute && minute < to } else { minute >= from || minute < to };
                prop_assert!(!inside);
            }
        }
    }
}

//! How long a provider asks to wait, from the headers of its answer: because it says so, or because
//! its count of what is left is at nothing.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::HeaderMap;

/// No provider is believed to want more than this.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// The wait that `headers` ask for: `retry-after-ms`, or `retry-after` in seconds or as a date.
///
/// A date is measured from the answer's own `date` header, so that neither clock matters.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    let number = |name: &str| {
        text(name)?
            .parse::<f64>()
            .ok()
            .filter(|n| n.is_finite() && *n >= 0.0)
    };
    let wait = if let Some(ms) = number("retry-after-ms") {
        Duration::try_from_secs_f64(ms / 1000.0).ok()?
    } else if let Some(seconds) = number("retry-after") {
        Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST)
    } else {
        let date = |name: &str| rfc2822::parse(text(name)?).ok();
        let wait = date("retry-after")?
            .timestamp()
            .duration_since(date("date")?.timestamp());
        Duration::try_from(wait).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(LONGEST))
}

/// Where providers count what is left: the count, and when it is full again.
const COUNTS: [(&str, &str); 6] = [
    (
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
    (
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ),
    (
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset",
    ),
    (
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-reset",
    ),
    (
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
    ),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
];

/// The wait until every count that is at nothing is full again; none if there is something left of
/// all. Anthropic writes an instant, which is measured from the answer's own `date`; OpenAI a
/// length of time.
pub(super) fn used_up(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let full_in = |reset: &str| {
        let reset = text(reset)?;
        let wait = match reset.parse::<jiff::Timestamp>() {
            Ok(instant) => {
                let now = rfc2822::parse(text("date")?).ok()?;
                instant.duration_since(now.timestamp())
            }
            Err(_) => reset.parse::<jiff::SignedDuration>().ok()?,
        };
        Some(Duration::try_from(wait).unwrap_or_default())
    };
    let empty = COUNTS.iter().filter(|(count, _)| text(count) == Some("0"));
    let longest = empty.filter_map(|(_, reset)| full_in(reset)).max()?;
    Some(longest.min(LONGEST)).filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn map(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        headers.collect()
    }

    #[track_caller]
    fn check_wait(headers: &[(&'static str, &'static str)], expected: Option<Duration>) {
        assert_eq!(retry_after(&map(headers)), expected);
    }

    #[track_caller]
    fn check_used_up(headers: &[(&'static str, &'static str)], expected: Option<u64>) {
        assert_eq!(used_up(&map(headers)), expected.map(Duration::from_secs));
    }

    #[test]
    fn a_count_at_nothing_is_a_wait_until_it_is_full() {
        let date = ("date", "Fri, 27 Nov 2026 10:00:00 GMT");
        let tokens = "anthropic-ratelimit-tokens-remaining";
        let reset = ("anthropic-ratelimit-tokens-reset", "2026-11-27T10:00:40Z");
        check_used_up(&[date, (tokens, "0"), reset], Some(40));
        check_used_up(&[date, (tokens, "1"), reset], None);
        check_used_up(&[(tokens, "0"), reset], None);
        let requests = ("x-ratelimit-remaining-requests", "0");
        check_used_up(
            &[requests, ("x-ratelimit-reset-requests", "6m0s")],
            Some(360),
        );
        check_used_up(&[requests, ("x-ratelimit-reset-requests", "soon")], None);
        check_used_up(&[requests], None);
    }

    #[test]
    fn reads_seconds_milliseconds_and_dates() {
        check_wait(&[("retry-after", "12")], Some(Duration::from_secs(12)));
        check_wait(&[("retry-after", "0.5")], Some(Duration::from_millis(500)));
        check_wait(
            &[("retry-after-ms", "250"), ("retry-after", "9")],
            Some(Duration::from_millis(250)),
        );
        let date = ("date", "Fri, 27 Nov 2026 10:00:00 GMT");
        check_wait(
            &[date, ("retry-after", "Fri, 27 Nov 2026 10:00:30 GMT")],
            Some(Duration::from_secs(30)),
        );
        check_wait(
            &[date, ("retry-after", "Fri, 27 Nov 2026 09:00:30 GMT")],
            Some(Duration::ZERO),
        );
    }

    #[test]
    fn nonsense_is_no_wait_and_a_long_wait_is_capped() {
        check_wait(&[], None);
        check_wait(&[("retry-after", "soon")], None);
        check_wait(&[("retry-after", "-3")], None);
        check_wait(&[("retry-after", "NaN")], None);
        check_wait(&[("retry-after", "1e300")], Some(LONGEST));
        check_wait(&[("retry-after", "Fri, 27 Nov 2026 10:00:30 GMT")], None);
    }
}

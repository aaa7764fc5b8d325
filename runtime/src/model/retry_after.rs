//! How long a provider asks to wait, from the headers of its answer.

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

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    #[track_caller]
    fn check_wait(headers: &[(&'static str, &'static str)], expected: Option<Duration>) {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        assert_eq!(retry_after(&headers), expected);
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

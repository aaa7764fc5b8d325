//! The texts of checked formats: addresses, times, zones.

use std::borrow::Cow;

use crate::duration;
use crate::expr::datetime;
use crate::pattern;

/// Most characters of an `email`.
pub const EMAIL_MAX: u32 = 254;
/// Most characters of a `url`.
pub const URL_MAX: u32 = 2048;

/// `09:00`.
pub(super) const TIME: &str = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
/// `4h`.
pub(super) const DURATION: &str = "^[0-9]{1,9}(ms|s|m|h|d|w)$";
const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
const DATETIME: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})$";
const EMAIL: &str = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$";
const URL: &str = r"^[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9._~!$&'()*+,;=:-]*@)?([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?$";

fn fits(shape: &str, text: &str) -> bool {
    pattern::compiled(shape).is_ok_and(|shape| shape.is_match(text))
}

/// A mailbox of RFC 5321 without display name, quotes and comments.
pub(super) fn email(text: &str) -> bool {
    let local = text.split('@').next().unwrap_or_default();
    text.len() <= EMAIL_MAX as usize && local.len() <= 64 && fits(EMAIL, text)
}

/// An absolute http or https URL.
pub(super) fn url(text: &str) -> bool {
    text.len() <= URL_MAX as usize && text.matches('#').count() <= 1 && fits(URL, text)
}

/// A day of the calendar.
pub(super) fn date(text: &str) -> bool {
    fits(DATE, text) && text.parse::<jiff::civil::Date>().is_ok()
}

/// A minute of the day.
pub(super) fn time(text: &str) -> bool {
    fits(TIME, text)
}

/// An instant of RFC 3339. Seconds may be missing, as in the language, and are written out.
pub(super) fn complete_datetime(text: &str) -> Option<Cow<'_, str>> {
    if !fits(DATETIME, text) || datetime(text).is_none() {
        return None;
    }
    let (minutes, zone) = text.split_at(16);
    if zone.starts_with(':') {
        return Some(Cow::Borrowed(text));
    }
    Some(Cow::Owned(format!("{minutes}:00{zone}")))
}

/// A length of time.
pub(super) fn duration(text: &str) -> bool {
    fits(DURATION, text) && duration::read(text).is_some()
}

/// A zone of the IANA database that this program carries.
pub(super) fn timezone(text: &str) -> bool {
    jiff::tz::TimeZone::get(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(format(text), "{text} is one");
        }
        for text in bad {
            assert!(!format(text), "{text} is none");
        }
    }

    #[test]
    fn an_address_has_no_name_and_no_line() {
        check(
            email,
            &[
                "ada@example.org",
                "o'hara+tag@mail.example.org",
                "root@localhost",
            ],
            &[
                "Ada <ada@example.org>",
                "ada@",
                "a b@example.org",
                "a@b@c",
                "ada@example.org\n",
                ".a@b.c",
                "a@-b.c",
            ],
        );
    }

    #[test]
    fn a_url_is_absolute_and_of_the_web() {
        check(
            url,
            &[
                "https://example.org",
                "HTTP://a.example:80/x?y=%20#z",
                "http://[::1]/",
            ],
            &[
                "example.org",
                "ftp://example.org",
                "https://",
                "https://a b",
                "javascript:alert(1)",
                "https://a/%zz",
            ],
        );
    }

    #[test]
    fn days_and_hours_exist() {
        check(
            date,
            &["2028-02-29"],
            &["2027-02-29", "2027-3-1", "20270301", "2027-03-01T09:00Z"],
        );
        check(time, &["00:00", "23:59"], &["24:00", "9:00", "09:00:00"]);
        check(
            duration,
            &["200ms", "0s", "2w"],
            &["4", "1.5h", "h", "-1h", "1y"],
        );
        check(
            timezone,
            &["UTC", "Europe/Berlin"],
            &["Europe/Atlantis", "", "../etc/passwd"],
        );
    }

    #[test]
    fn missing_seconds_are_written_out() {
        let complete = |text| complete_datetime(text).map(Cow::into_owned);
        assert_eq!(
            complete("2027-03-01T09:00Z").unwrap(),
            "2027-03-01T09:00:00Z"
        );
        assert_eq!(
            complete("2027-03-01T09:00:30.5+01:00").unwrap(),
            "2027-03-01T09:00:30.5+01:00"
        );
        for bad in [
            "2027-03-01 09:00Z",
            "2027-03-01T09:00",
            "2027-13-01T09:00Z",
            "2027-03-01T25:00Z",
            "tomorrow",
        ] {
            assert_eq!(complete(bad), None, "{bad}");
        }
    }
}

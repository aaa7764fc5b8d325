//! What numbers, texts, addresses and hosts of the settings may be. Each gives what is wrong, if anything is.

use std::ffi::OsStr;
use std::fmt::Display;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use reqwest::Url;

use super::ConfigError;

/// More than anybody spends, and few enough to be counted in millionths.
pub(super) const MONEY: RangeInclusive<f64> = 0.0..=1e9;

/// A day in seconds: no single call or answer is waited for longer.
pub(super) const A_DAY: u64 = 86_400;

/// Bytes that are held in memory at once.
pub(super) const BYTES: RangeInclusive<usize> = 1..=1 << 30;

/// A number is within its bounds; infinity and what is no number are in none.
pub(super) fn number<T: PartialOrd + Display + Copy>(
    key: impl Into<String>,
    number: T,
    bounds: RangeInclusive<T>,
) -> Option<ConfigError> {
    let wrong = || {
        let (least, most) = (bounds.start(), bounds.end());
        ConfigError::wrong(key, format!("is {number}: it is from {least} to {most}"))
    };
    (!bounds.contains(&number)).then(wrong)
}

/// Of two settings that are of use together, both are there or none is.
pub(super) fn pair<T, U>(
    key: &str,
    (one, other): (&str, &str),
    given: (&Option<T>, &Option<U>),
) -> Option<ConfigError> {
    let half = given.0.is_some() != given.1.is_some();
    half.then(|| ConfigError::wrong(key, format!("has one of `{one}` and `{other}`")))
}

/// A text, or a path, says something.
pub(super) fn filled(key: impl Into<String>, text: impl AsRef<OsStr>) -> Option<ConfigError> {
    let is_blank = text.as_ref().to_string_lossy().trim().is_empty();
    is_blank.then(|| ConfigError::wrong(key, "is empty: leave it out, or fill it"))
}

/// An address of the web. It may hold a secret, so it is not told.
pub(super) fn web(key: impl Into<String>, text: &str) -> Option<ConfigError> {
    let url = text.parse::<Url>().ok();
    let is_web = url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    (!is_web).then(|| {
        ConfigError::wrong(
            key,
            "is no address of the web, such as `https://mail.example.org`",
        )
    })
}

/// An address of the web to which others are put: paths are appended to it.
pub(super) fn page(key: impl Into<String>, text: &str) -> Option<ConfigError> {
    let key = key.into();
    let has_more = |url: Url| {
        let is_plain = url.username().is_empty() && url.password().is_none();
        !is_plain || url.query().is_some() || url.fragment().is_some()
    };
    let more =
        "has a name, a question or a fragment, and pages are looked for below it: leave them out";
    web(key.as_str(), text).or_else(|| {
        let has_more = text.parse().is_ok_and(has_more);
        has_more.then(|| ConfigError::wrong(key, more))
    })
}

/// A host alone: a name as DNS has it, or an IP address.
pub(super) fn host(key: impl Into<String>, text: &str) -> Option<ConfigError> {
    let url = Url::parse(&format!("https://{text}/")).ok();
    let is_host = text.parse::<IpAddr>().is_ok()
        || url.is_some_and(|url| {
            url.host_str()
                .is_some_and(|host| host.eq_ignore_ascii_case(text))
        });
    (!is_host).then(|| {
        ConfigError::wrong(
            key,
            format!("`{text}` is no host, such as `mail.example.org`"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_within_its_bounds() {
        assert_eq!(number("a", 1, 1..=2), None);
        for wrong in [-0.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(number("a", wrong, MONEY).is_some(), "{wrong}");
        }
        let said = number("a", 3, 1..=2).map(|error| error.to_string());
        assert_eq!(said.as_deref(), Some("`a`: is 3: it is from 1 to 2"));
    }

    #[test]
    fn an_address_of_the_web_has_a_host() {
        for right in [
            "http://a.example",
            "https://a.example:8443/x?y#z",
            "http://[::1]:80/",
        ] {
            assert_eq!(web("a", right), None, "{right}");
        }
        for wrong in [
            "",
            "nonsense",
            "a.example",
            "https://",
            "ftp://a.example",
            "httpx://a.example",
        ] {
            assert!(web("a", wrong).is_some(), "{wrong}");
        }
        assert_eq!(page("a", "https://a.example/silex/"), None);
        for wrong in [
            "https://a.example/?q",
            "https://a.example/#f",
            "https://ann:pw@a.example/",
            "x",
        ] {
            assert!(page("a", wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn a_host_is_nothing_more() {
        for right in [
            "mail",
            "Mail.Example.org",
            "127.0.0.1",
            "::1",
            "a_b.example",
        ] {
            assert_eq!(host("a", right), None, "{right}");
        }
        for wrong in [
            "",
            " ",
            "a b",
            "a/b",
            "a:25",
            "ann@a",
            "https://a.example",
            "a?b",
        ] {
            assert!(host("a", wrong).is_some(), "{wrong}");
        }
    }
}

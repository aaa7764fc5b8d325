//! `host(url)`: the host of a URL.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "host",
    doc: "The host of the URL in small letters, without user, port and final dot.",
    params: &[Param::required("url", Takes::Url)],
    returns: Returns::Host,
    taint: Taint::Untrusted,
    place: Place::Expressions,
    samples: &[
        Sample {
            args: r#"["https://Aleik.example:8443/a?b#c"]"#,
            gives: r#""aleik.example""#,
        },
        Sample {
            args: r#"["https://aleik.example@evil.example\\.aleik.example"]"#,
            gives: r#""evil.example""#,
        },
    ],
    eval,
};

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    let url = text(&FUNCTION, &args[0])?;
    let host = of(url).ok_or_else(|| EvalError::mismatch(FUNCTION.name, "a url", &args[0]))?;
    Ok(Value::String(host))
}

/// The host; none when there is none. A backslash ends it, as in browsers.
pub(crate) fn of(url: &str) -> Option<String> {
    let (_, behind) = url.split_once("://")?;
    let authority = behind.split(['/', '\\', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next()?,
    };
    let host = host.trim_end_matches('.').to_lowercase();
    (!host.is_empty() && host.chars().count() <= 253).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, check};

    #[test]
    fn an_address_in_brackets_is_its_own_host() {
        check(
            "host",
            r#"["http://[2001:db8::1]:80/"]"#,
            r#""2001:db8::1""#,
        );
    }

    #[test]
    fn what_is_no_url_has_no_host() {
        for url in [
            r#"["aleik.example"]"#,
            r#"["https://"]"#,
            r#"["https://:80/"]"#,
        ] {
            assert!(call("host", url).is_err(), "{url}");
        }
    }
}

//! The cookie of a session: for these pages alone, and for no script. It depends on where others find
//! the pages.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::people::session::Begun;

/// The token that a request carries.
pub(crate) fn token<'a>(page_url: Option<&str>, headers: &'a HeaderMap) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    let mut cookies = cookies
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    cookies.find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == self::name(page_url)).then_some(value)
    })
}

/// Keeps the token of a session that has begun.
pub(super) fn kept(page_url: Option<&str>, begun: &Begun) -> Option<HeaderValue> {
    written(page_url, &begun.token, begun.seconds)
}

/// Forgets it.
pub(super) fn forgotten(page_url: Option<&str>) -> Option<HeaderValue> {
    written(page_url, "", 0)
}

fn written(page_url: Option<&str>, value: &str, seconds: i64) -> Option<HeaderValue> {
    let name = name(page_url);
    // Lax: whoever follows a link of a mail to a draft is signed in there.
    let secure = if is_secure(page_url) { "; Secure" } else { "" };
    let cookie =
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(cookie).ok()
}

/// A browser takes a `__Host-` cookie from this host by TLS alone: no neighbour can set it.
fn name(page_url: Option<&str>) -> &'static str {
    match is_secure(page_url) {
        true => "__Host-silex",
        false => "silex",
    }
}

fn is_secure(page_url: Option<&str>) -> bool {
    page_url.is_some_and(|url| url.starts_with("https:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: Option<&str> = Some("https://pages.example");

    #[test]
    fn a_cookie_is_for_these_pages_alone() {
        let begun = Begun {
            token: "t0ken".to_owned(),
            seconds: 60,
        };
        let kept = kept(PAGES, &begun).unwrap();
        assert_eq!(
            kept,
            "__Host-silex=t0ken; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        let forgotten = forgotten(Some("http://localhost:1")).unwrap();
        assert_eq!(
            forgotten,
            "silex=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        let lines = ["a=b; silex=wrong", "x__Host-silex=no;  __Host-silex=right"];
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_static(line));
        }
        assert_eq!(token(PAGES, &headers), Some("right"));
        assert_eq!(token(PAGES, &HeaderMap::new()), None);
    }
}

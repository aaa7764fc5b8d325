//! Who may see and use the pages.
//!
//! Without a password the pages are served to this machine alone, under a name of this machine, so
//! that no other site's name can be pointed at them (DNS rebinding). With one, it is asked for by
//! HTTP basic authentication; any user name is taken as the name of the person. A request that
//! changes something must come from these pages themselves.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use crate::agent::Deployment;
use crate::dashboard::Person;

pub(super) async fn people_only(
    State(deployment): State<Deployment>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let person = match &deployment.config.dashboard.password {
        None if is_local(headers) => Some("you".to_owned()),
        None => {
            return (
                StatusCode::FORBIDDEN,
                "these pages are for this machine alone\n",
            )
                .into_response();
        }
        Some(password) => person(headers, password.expose_secret()),
    };
    let Some(person) = person else {
        let ask = [(
            header::WWW_AUTHENTICATE,
            "Basic realm=\"silex\", charset=\"UTF-8\"",
        )];
        return (StatusCode::UNAUTHORIZED, ask, "a password is needed\n").into_response();
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && !from_these_pages(headers) {
        return (
            StatusCode::FORBIDDEN,
            "this request came from another site\n",
        )
            .into_response();
    }
    request.extensions_mut().insert(Person(person));
    next.run(request).await
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

fn is_local(headers: &HeaderMap) -> bool {
    let name = host(headers).map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    matches!(name, Some("127.0.0.1" | "localhost" | "[::1]"))
}

fn person(headers: &HeaderMap, password: &str) -> Option<String> {
    let given = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Basic ")?;
    let given = mail_parser::decoders::base64::base64_decode(given.as_bytes())?;
    let given = String::from_utf8(given).ok()?;
    let (name, said) = given.split_once(':')?;
    let same: bool = said.as_bytes().ct_eq(password.as_bytes()).into();
    let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    same.then(|| {
        if name.is_empty() {
            "somebody".to_owned()
        } else {
            name
        }
    })
}

/// Browsers say where a request comes from; a program that says nothing is no browser.
fn from_these_pages(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    match headers
        .get(header::ORIGIN)
        .map(|origin| origin.to_str().unwrap_or("null"))
    {
        None => true,
        Some(origin) => {
            let name = origin.split_once("://").map(|(_, name)| name);
            name.is_some() && name == host(headers)
        }
    }
}

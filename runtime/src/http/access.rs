//! Who may see and use the pages.
//!
//! Where this machine alone reaches them, the pages are served under a name of this machine, so that no
//! other site's name can be pointed at them (DNS rebinding), and whoever sits at it is their operator.
//! Everywhere else people sign in, and a request has to carry the cookie of a session. A request that
//! changes something must come from these pages themselves, and from a page of this session. What a
//! role may do stands with the routes.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Form, FromRequest, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::StreamExt;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::agent::Deployment;
use crate::dashboard::{address, cookie, told};
use crate::people::{Person, session};

/// Bytes of the greatest form.
const FORM: usize = 2 * 1024 * 1024;

/// How often it is looked whether somebody to whom events are streamed is signed in still.
const GLANCE: Duration = Duration::from_secs(20);

/// Lets people in who are signed in, and says who they are.
pub(super) async fn people_only(
    State(deployment): State<Deployment>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let person = match who(&deployment, &parts).await {
        Ok(person) => person,
        Err(refusal) => return refusal,
    };
    let mut request = Request::from_parts(parts, body);
    if !reads(request.method()) {
        request = match of_this_session(&deployment, &person, request).await {
            Ok(request) => request,
            Err(refusal) => return refusal,
        };
    }
    request.extensions_mut().insert(person.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    let kind = headers.get(header::CONTENT_TYPE);
    let streams = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if streams && person.session.is_some() {
        return response.map(|body| {
            let over = signed_out(deployment, person);
            Body::from_stream(body.into_data_stream().take_until(Box::pin(over)))
        });
    }
    response
}

/// Lets no other site sign anybody in, or ask for links in their name.
pub(super) async fn from_here_only(
    State(deployment): State<Deployment>,
    request: Request,
    next: Next,
) -> Response {
    if !reads(request.method()) && !from_these_pages(&deployment, request.headers()) {
        return from_elsewhere();
    }
    let mut response = next.run(request).await;
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

/// Whoever asks; or what they are told instead.
async fn who(deployment: &Deployment, request: &Parts) -> Result<Person, Response> {
    let headers = &request.headers;
    if !deployment.config.asks_to_sign_in() {
        return match is_local(headers) {
            true => Ok(Person::at_this_machine()),
            false => Err(told(
                StatusCode::FORBIDDEN,
                "These pages are for this machine alone",
                "They are reached as http://127.0.0.1 or http://localhost. For others, `public_url` in the \
                 settings says where they are, and people sign in.",
            )),
        };
    }
    // What a page asks for by itself is nobody's click.
    let clicked = navigates(headers) || !reads(&request.method);
    let found = match cookie::token(deployment.config.page_url(), headers) {
        Some(token) => session::find(deployment, token, clicked).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(person)) => Ok(person),
        Ok(None) => Err(sign_in(request)),
        Err(error) => {
            tracing::error!(%error, "nobody could be told from others");
            Err(told(
                StatusCode::SERVICE_UNAVAILABLE,
                "The store does not answer",
                "Nothing is lost by that. Try again in a moment.",
            ))
        }
    }
}

/// Asks somebody to sign in, who comes back to the page that they wanted.
fn sign_in(request: &Parts) -> Response {
    if !reads(&request.method) {
        return told(
            StatusCode::UNAUTHORIZED,
            "You are signed out, and nothing was changed",
            "Sign in on another tab, come back to this one, and send it again.",
        );
    }
    if !navigates(&request.headers) {
        return (StatusCode::UNAUTHORIZED, "you are not signed in\n").into_response();
    }
    let wanted = request.uri.path_and_query().map(|it| it.as_str());
    let next = wanted.filter(|wanted| *wanted != "/").unwrap_or_default();
    Redirect::to(&address("/sign-in", &[("next", next)])).into_response()
}

/// Whether a request only reads.
fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether a person goes to a page. A program that says nothing is taken for one.
fn navigates(headers: &HeaderMap) -> bool {
    let mode = headers.get("sec-fetch-mode");
    mode.is_none_or(|mode| mode == "navigate")
}

/// Ends when somebody is not signed in any more.
async fn signed_out(deployment: Deployment, person: Person) {
    loop {
        tokio::time::sleep(GLANCE).await;
        // A store that does not answer has signed nobody out.
        if let Ok(false) = session::holds(&deployment, &person).await {
            return;
        }
    }
}

/// What a form or a script of a page carries.
#[derive(Debug, Default, Deserialize)]
struct Carried {
    #[serde(default)]
    csrf: String,
}

/// Gives the request back if it comes from a page of this session. Its form is read once for that, and
/// once by whoever carries it out.
async fn of_this_session(
    deployment: &Deployment,
    person: &Person,
    request: Request,
) -> Result<Request, Response> {
    if !from_these_pages(deployment, request.headers()) {
        return Err(from_elsewhere());
    }
    let Some(proof) = person.proof(deployment) else {
        return Ok(request);
    };
    let (parts, body) = request.into_parts();
    let said = parts.headers.get("x-csrf").map(HeaderValue::as_bytes);
    if said.is_some_and(|said| said.ct_eq(proof.as_bytes()).into()) {
        return Ok(Request::from_parts(parts, body));
    }
    let Ok(bytes) = to_bytes(body, FORM).await else {
        return Err(told(
            StatusCode::PAYLOAD_TOO_LARGE,
            "That is too long",
            "Nothing was changed.",
        ));
    };
    let form = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    let carried = Form::<Carried>::from_request(form, &()).await;
    let carried = carried.map(|Form(carried)| carried).unwrap_or_default();
    if !bool::from(carried.csrf.as_bytes().ct_eq(proof.as_bytes())) {
        return Err(told(
            StatusCode::FORBIDDEN,
            "This page is of another session, and nothing was changed",
            "Load it again, and send it again.",
        ));
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

fn from_elsewhere() -> Response {
    told(
        StatusCode::FORBIDDEN,
        "This came from another site",
        "Nothing was changed.",
    )
}

/// The token that a request bears (RFC 6750). The name of the scheme is in any case (RFC 9110).
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start())
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

fn is_local(headers: &HeaderMap) -> bool {
    let name = host(headers).map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    matches!(name, Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// Browsers say where a request comes from; a program that says nothing is no browser. A proxy may have
/// asked under another name than the browser did: that is the one of the settings.
fn from_these_pages(deployment: &Deployment, headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    match headers
        .get(header::ORIGIN)
        .map(|origin| origin.to_str().unwrap_or("null"))
    {
        None => true,
        Some(origin) => {
            let ours = deployment.config.page_url().and_then(|url| {
                let url = reqwest::Url::parse(url).ok()?;
                Some(url.origin().ascii_serialization())
            });
            let name = origin.split_once("://").map(|(_, name)| name);
            (name.is_some() && name == host(headers)) || ours.as_deref() == Some(origin)
        }
    }
}

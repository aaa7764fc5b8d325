//! The way in and out: a name with a password, or a link that works once.

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use minijinja::context;
use minijinja::value::Value;
use serde::Deserialize;

use super::visit::{Caller, PageError};
use super::{cookie, template};
use crate::agent::Deployment;
use crate::people::link::{self, First};
use crate::people::session::{self, Begun};
use crate::people::{NotSignedIn, password};

/// What all of them are called.
const TITLE: &str = "Sign in";

/// What is answered before anybody is signed in.
pub fn doors() -> Router<Deployment> {
    Router::new()
        .route("/sign-in", get(ask).post(by_password))
        .route("/sign-in/link", post(by_mail))
        .route("/sign-in/{token}", get(ask_by_link).post(by_link))
        .fallback(nowhere)
}

/// What is no route of anything.
async fn nowhere() -> PageError {
    PageError::Missing
}

/// Where somebody wants to go.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    next: String,
}

async fn ask(
    State(deployment): State<Deployment>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let next = within(&wanted.next);
    let signed_in = match cookie::token(deployment.config.page_url(), &headers) {
        Some(token) => session::find(&deployment, token, true).await?.is_some(),
        None => false,
    };
    if signed_in || !deployment.config.asks_to_sign_in() {
        return Ok(Redirect::to(next).into_response());
    }
    page(StatusCode::OK, context! { next })
}

/// The form of a name and a password; a link needs the name alone.
#[derive(Debug, Deserialize)]
struct Said {
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

async fn by_password(
    State(deployment): State<Deployment>,
    Form(said): Form<Said>,
) -> Result<Response, PageError> {
    let (name, next) = (said.name.trim(), within(&said.next));
    match password::sign_in(&deployment, name, said.password).await {
        Ok(begun) => Ok(entered(&deployment, &begun, next)),
        Err(error) => {
            let (status, says) = refused(error)?;
            page(status, context! { next, name, says })
        }
    }
}

async fn by_mail(
    State(deployment): State<Deployment>,
    Form(said): Form<Said>,
) -> Result<Response, PageError> {
    let (name, next) = (said.name.trim(), within(&said.next));
    match link::ask(&deployment, name, next).await {
        Ok(()) => page(StatusCode::OK, context! { next, name, mailed => true }),
        Err(error) => {
            let (status, says) = refused(error)?;
            page(status, context! { next, name, says })
        }
    }
}

/// Programs that look at mail follow its links: this signs nobody in and ends no link.
async fn ask_by_link(
    State(deployment): State<Deployment>,
    Path(token): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    link_page(&deployment, &token, within(&wanted.next), None).await
}

/// The form of a link; only the first operator has to say something.
#[derive(Debug, Deserialize)]
struct Arrived {
    #[serde(default)]
    name: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    next: String,
}

async fn by_link(
    State(deployment): State<Deployment>,
    Path(token): Path<String>,
    Form(arrived): Form<Arrived>,
) -> Result<Response, PageError> {
    let next = within(&arrived.next).to_owned();
    let (name, address) = (arrived.name, arrived.address);
    let first = (!name.is_empty()).then_some(First { name, address });
    match link::sign_in(&deployment, &token, first.clone()).await {
        Ok(begun) => Ok(entered(&deployment, &begun, &next)),
        Err(error) => {
            let refused = refused(error)?;
            link_page(&deployment, &token, &next, Some((refused, first))).await
        }
    }
}

async fn link_page(
    deployment: &Deployment,
    token: &str,
    next: &str,
    before: Option<((StatusCode, String), Option<First>)>,
) -> Result<Response, PageError> {
    let Some(whose) = link::whose(deployment, token).await? else {
        let says = "This link was used already, or its time is over.";
        return page(StatusCode::NOT_FOUND, context! { next, says });
    };
    let (refused, first) = before.unzip();
    let (status, says) = refused.map_or((StatusCode::OK, None), |(status, says)| {
        (status, Some(says))
    });
    let first = first.flatten();
    let content = context! {
        title => TITLE, whose, next, says,
        name => first.as_ref().map(|first| &first.name),
        address => first.as_ref().map(|first| &first.address),
    };
    let page = template::render("link.html", content)?;
    Ok((status, Html(page)).into_response())
}

/// Ends the session of this browser.
pub(super) async fn out(caller: Caller) -> Result<Response, PageError> {
    session::end(&caller.deployment, &caller.person).await?;
    Ok(left(&caller.deployment))
}

/// Ends every session of theirs.
pub(super) async fn out_everywhere(caller: Caller) -> Result<Response, PageError> {
    session::end_everywhere(&caller.deployment, &caller.person).await?;
    Ok(left(&caller.deployment))
}

fn entered(deployment: &Deployment, begun: &Begun, next: &str) -> Response {
    going(next, cookie::kept(deployment.config.page_url(), begun))
}

fn left(deployment: &Deployment) -> Response {
    going("/sign-in", cookie::forgotten(deployment.config.page_url()))
}

fn going(to: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = Redirect::to(to).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

fn page(status: StatusCode, content: Value) -> Result<Response, PageError> {
    let page = template::render("sign_in.html", context! { title => TITLE, ..content })?;
    Ok((status, Html(page)).into_response())
}

/// What somebody is told who is not signed in.
pub(super) fn refused(error: NotSignedIn) -> Result<(StatusCode, String), PageError> {
    let mut says = error.to_string();
    let status = match error {
        NotSignedIn::Store(error) => return Err(error.into()),
        NotSignedIn::Wrong => StatusCode::UNAUTHORIZED,
        NotSignedIn::Over => StatusCode::NOT_FOUND,
        NotSignedIn::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        NotSignedIn::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        NotSignedIn::System(why) => {
            tracing::error!(why, "nobody can sign in");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    if let Some(first) = says.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Ok((status, format!("{says}.")))
}

/// A page of ours to go on to, whatever an address says.
fn within(next: &str) -> &str {
    let plain = next
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let ours = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/sign-");
    if plain && ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for own in ["/", "/drafts/3", "/threads?state=held&page=2"] {
            assert_eq!(within(own), own);
        }
        for other in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: a=b",
            "javascript:alert(1)",
            "/sign-out",
            "drafts",
        ] {
            assert_eq!(within(other), "/", "{other}");
        }
    }
}

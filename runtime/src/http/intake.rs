//! `POST /mail`: a mail as it is, from any server that has the token.
//!
//! Answered 2xx only when the mail is on the disk; 503 when the store is not there, so that the
//! sender tries again.

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::access::bearer;
use crate::agent::{Deployment, receive};
use crate::mail::inbound::{Source, raw};
use crate::store::mails::Accepted;

/// Asks for the token before anything of the body is read.
pub(super) async fn token_only(
    State(deployment): State<Deployment>,
    request: Request,
    next: Next,
) -> Response {
    let token = deployment.config.inbound.token.as_ref();
    if is_allowed(token, request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::UNAUTHORIZED, "a bearer token is needed\n").into_response()
    }
}

pub(super) async fn post(
    State(deployment): State<Deployment>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if body.is_empty() {
        return (
            StatusCode::BAD_REQUEST,
            "the body is the mail, and it is empty\n",
        )
            .into_response();
    }
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let to: Vec<String> = said("x-envelope-to")
        .into_iter()
        .flat_map(|to| to.split(','))
        .map(|to| to.trim().to_owned())
        .collect();
    let received = raw::receive(body.to_vec(), Source::Raw, said("x-envelope-from"), &to);
    match receive::accept(&deployment, received).await {
        Ok(Accepted::New(_)) => (StatusCode::ACCEPTED, "accepted\n").into_response(),
        Ok(Accepted::Known(_)) => (StatusCode::OK, "known already\n").into_response(),
        Err(error) => {
            tracing::error!(error = %error, "a posted mail could not be kept");
            (StatusCode::SERVICE_UNAVAILABLE, "not kept: try again\n").into_response()
        }
    }
}

fn is_allowed(token: Option<&SecretString>, headers: &HeaderMap) -> bool {
    let (Some(token), Some(given)) = (token, bearer(headers)) else {
        return false;
    };
    given
        .as_bytes()
        .ct_eq(token.expose_secret().as_bytes())
        .into()
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    #[test]
    fn only_the_token_lets_mail_in() {
        let said = |value: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            headers
        };
        let token = SecretString::from("t0ken");
        for right in ["Bearer t0ken", "bearer t0ken", "BEARER  t0ken"] {
            assert!(is_allowed(Some(&token), &said(Some(right))), "{right}");
        }
        for wrong in [
            None,
            Some("Bearer "),
            Some("Bearer t0ke"),
            Some("Bearert0ken"),
            Some("Basic t0ken"),
        ] {
            assert!(!is_allowed(Some(&token), &said(wrong)), "{wrong:?}");
            assert!(!is_allowed(None, &said(wrong)), "{wrong:?}");
        }
        assert!(
            !is_allowed(Some(&SecretString::default()), &said(None)),
            "no token said is not the empty one"
        );
    }
}

//! `POST /mail`: a mail as it is, from any server that has the token.
//!
//! Answered 2xx only when the mail is on the disk; 503 when the store is not there, so that the
//! sender tries again.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use crate::agent::{Deployment, receive};
use crate::mail::inbound::{Source, raw};
use crate::store::mails::Accepted;

pub(super) async fn post(
    State(deployment): State<Deployment>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_allowed(&deployment, &headers) {
        return (StatusCode::UNAUTHORIZED, "a bearer token is needed\n").into_response();
    }
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

fn is_allowed(deployment: &Deployment, headers: &HeaderMap) -> bool {
    let Some(token) = &deployment.config.inbound.token else {
        return false;
    };
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = given
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    given
        .as_bytes()
        .ct_eq(token.expose_secret().as_bytes())
        .into()
}

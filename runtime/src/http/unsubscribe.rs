//! `/unsubscribe/TOKEN`: ends a contact's campaigns with one click (RFC 8058).
//!
//! Mail programs post there by themselves, without a session. Programs that only follow links get a
//! page with a button, and change nothing.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::agent::Deployment;
use crate::agent::campaign::unsubscribe;

/// Shows the button.
pub(super) async fn ask(
    State(deployment): State<Deployment>,
    Path(token): Path<String>,
) -> Response {
    match unsubscribe::find(&deployment, &token).await {
        Ok(Some(_)) => page(
            StatusCode::OK,
            "Do you want no more of these mails?",
            // The address of the page is that of the form.
            "<form method=\"post\"><button>Unsubscribe</button></form>",
        ),
        Ok(None) => unknown(),
        Err(_) => unavailable(),
    }
}

/// Unsubscribes, as often as it is asked.
pub(super) async fn carry_out(
    State(deployment): State<Deployment>,
    Path(token): Path<String>,
) -> Response {
    let send = match unsubscribe::find(&deployment, &token).await {
        Ok(Some(send)) => send,
        Ok(None) => return unknown(),
        Err(_) => return unavailable(),
    };
    match unsubscribe::unsubscribe(&deployment, send).await {
        Ok(()) => page(
            StatusCode::OK,
            "You are unsubscribed.",
            "<p>No more of these mails will be sent to you.</p>",
        ),
        Err(_) => unavailable(),
    }
}

fn unknown() -> Response {
    page(
        StatusCode::NOT_FOUND,
        "This link is not known.",
        "<p>Please copy it whole from the mail.</p>",
    )
}

/// The mail program tries again later.
fn unavailable() -> Response {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "This cannot be done now.",
        "<p>Please try again in a few minutes.</p>",
    )
}

fn page(status: StatusCode, title: &str, content: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">\
         <link rel=\"stylesheet\" href=\"/assets/style.css\"><title>{title}</title>\
         <main><h1>{title}</h1>{content}</main></html>\n"
    );
    (status, Html(page)).into_response()
}

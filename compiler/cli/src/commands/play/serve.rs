//! The page over HTTP: its files, the text that it begins with, and what it asks.
//!
//! It is for this machine alone. A page of another site can reach the port too, so the name that the
//! browser asked for must be one of this machine's, and what is asked must come as JSON, which a
//! browser lets no other site send.

use std::net::TcpListener;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::look::{Around, Asked, look};
use crate::Failure;

/// The most bytes of a spec and its inputs.
const MOST: usize = 1 << 20;

/// What the page may do: run its own script, and ask where it comes from.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Serves the page until it is told to stop.
pub(super) fn serve(listener: TcpListener, around: Around) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::new)?;
    runtime.block_on(async {
        listener.set_nonblocking(true).map_err(Failure::new)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(Failure::new)?;
        let served = axum::serve(listener, pages(around)).with_graceful_shutdown(stopped());
        served.await.map_err(Failure::new)
    })
}

fn pages(around: Around) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route(
            "/page.css",
            get(|| file("text/css", include_str!("page.css"))),
        )
        .route(
            "/page.js",
            get(|| file("text/javascript", include_str!("page.js"))),
        )
        .route("/spec", get(begin))
        .route("/look", post(looked))
        .with_state(Arc::new(around))
        .layer(DefaultBodyLimit::max(MOST))
        .layer(from_fn(guard))
}

async fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind)], text)
}

async fn begin(State(around): State<Arc<Around>>) -> String {
    around.begin.clone()
}

async fn looked(State(around): State<Arc<Around>>, Json(asked): Json<Asked>) -> Response {
    let seen = tokio::task::spawn_blocking(move || look(&around, &asked)).await;
    match seen {
        Ok(seen) => Json(seen).into_response(),
        // The compiler gave up on a text; the next may be better.
        Err(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "the compiler failed; please report this",
        )
            .into_response(),
    }
}

/// Answers only those who asked for this machine by its name, and says what their browsers may do.
async fn guard(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if !["127.0.0.1", "localhost"].contains(&name) {
        return (StatusCode::FORBIDDEN, "this page is for its own machine").into_response();
    }
    let mut response = next.run(request).await;
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        let headers = response.headers_mut();
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Comes to an end at the first SIGINT or SIGTERM.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = signal(SignalKind::interrupt());
    let terminate = signal(SignalKind::terminate());
    // Without a handler the signal ends the process by itself.
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

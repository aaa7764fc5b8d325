//! The web edge: mail that is posted, the pages where people decide, and what watchers ask.
//!
//! It has a runtime of its own. Nothing here calls a model or parses a mail: a request reads or
//! writes the store, and the rest is jobs.

mod access;
mod connections;
pub mod folder;
mod intake;
mod probes;
mod sns;
mod unsubscribe;

use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tracing::Instrument as _;

use self::connections::Limits;
use crate::agent::Deployment;
use crate::dashboard::{self, Pulse};
use crate::mail::inbound::sns::MAX_BYTES;
use crate::telemetry::span;

/// Serves until the deployment stops.
pub async fn serve(deployment: Deployment, listener: TcpListener) {
    let stop = deployment.stop.clone();
    let (pulse, beats) = dashboard::pulse(deployment.clone());
    let limits = Limits::of_the_system();
    let served = connections::serve(limits, listener, router(deployment, pulse), stop);
    tokio::join!(served, beats);
}

/// Everything that the web edge answers.
fn router(deployment: Deployment, pulse: Pulse) -> Router {
    let most = deployment.config.inbound.max_bytes;
    let mail = Router::new()
        .route("/mail", post(intake::post))
        // The default limit of the extractors is below that of a mail.
        .layer(axum::extract::DefaultBodyLimit::max(most))
        .layer(RequestBodyLimitLayer::new(most))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            Duration::from_secs(60),
        ))
        // Outermost, so that nobody without the token makes us read up to `most` bytes.
        .layer(axum::middleware::from_fn_with_state(
            deployment.clone(),
            intake::token_only,
        ));
    let notices = Router::new()
        .route("/sns", post(sns::post))
        .layer(axum::extract::DefaultBodyLimit::max(MAX_BYTES))
        .layer(RequestBodyLimitLayer::new(MAX_BYTES))
        // SNS waits for fifteen seconds.
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(14),
        ));
    let pages = dashboard::router(pulse).layer(axum::middleware::from_fn_with_state(
        deployment.clone(),
        access::people_only,
    ));
    let doors = dashboard::doors().layer(axum::middleware::from_fn_with_state(
        deployment.clone(),
        access::from_here_only,
    ));
    Router::new()
        .route("/healthz", get(probes::lives))
        .route("/readyz", get(probes::is_ready))
        .route("/metrics", get(probes::metrics))
        .route(
            "/unsubscribe/{token}",
            get(unsubscribe::ask).post(unsubscribe::carry_out),
        )
        .merge(mail)
        .merge(notices)
        .merge(dashboard::assets())
        .merge(doors)
        .merge(pages)
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "no-referrer"))
        .layer(header("x-frame-options", "DENY"))
        .layer(header(
            "content-security-policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
             frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ))
        .layer(header("cross-origin-opener-policy", "same-origin"))
        .layer(header("cross-origin-resource-policy", "same-origin"))
        .layer(header(
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), payment=()",
        ))
        .layer(axum::middleware::from_fn(in_a_span))
        .with_state(deployment)
}

/// A span for a request. Its path may hold a token, its route does not.
async fn in_a_span(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let span = tracing::info_span!(
        span::REQUEST,
        method = %request.method(),
        route = route.map(|path| path.as_str()),
        status = tracing::field::Empty
    );
    let response = next.run(request).instrument(span.clone()).await;
    span.record("status", response.status().as_u16());
    response
}

fn header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}

//! What watches an installation asks: whether it lives, whether it is ready, and its numbers.

use std::path::Path;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use metrics::gauge;
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::access::bearer;
use crate::agent::Deployment;
use crate::store::census::census;
use crate::store::{StoreError, rounds, transaction};
use crate::telemetry::metrics as names;

/// Longer, and whoever asks takes us for dead anyway.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long it is believed that something was written, milliseconds: whoever asks more often costs no writes.
const AGAIN: i64 = 1_000;

/// `GET /healthz`: the process answers. A failure means that it should be started again.
pub(super) async fn lives() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: mail can be kept. A failure means that no requests should be sent here for now.
pub(super) async fn is_ready(State(deployment): State<Deployment>) -> Response {
    if deployment.stop.is_cancelled() {
        return refused("it is stopping");
    }
    match tokio::time::timeout(PATIENCE, usable(&deployment)).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => refused(&format!("the store: {error}")),
        Err(_) => refused("the store does not answer"),
    }
}

fn refused(why: &str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response()
}

/// Reads and writes, since a disk that refuses writes may still be read. And there has to be room for a mail.
async fn usable(deployment: &Deployment) -> Result<(), StoreError> {
    if let Some(file) = deployment.config.database.file() {
        has_room(file, deployment.config.inbound.max_bytes)?;
    }
    drop(deployment.store().read().await?);
    let now = deployment.clock().now_ms();
    let noted = transaction(move |tx| rounds::take(tx, "ready", AGAIN, now).boxed());
    deployment.store().write("", noted).await.map(drop)
}

/// Whether the disk of a database has room for the largest mail. One that cannot be asked has.
fn has_room(database: &Path, largest: usize) -> Result<(), StoreError> {
    let folder = database.parent().filter(|it| !it.as_os_str().is_empty());
    let Ok(disk) = rustix::fs::statvfs(folder.unwrap_or(Path::new("."))) else {
        return Ok(());
    };
    let (free, needed) = (disk.f_bavail.saturating_mul(disk.f_frsize), largest as u64);
    if free >= needed {
        return Ok(());
    }
    Err(StoreError::Full(format!(
        "its disk has {} MiB left, and the largest mail takes {}",
        free >> 20,
        needed >> 20
    )))
}

/// `GET /metrics` in the text format of Prometheus. With a token it is for those who have it,
/// without one for this machine.
pub(super) async fn metrics(State(deployment): State<Deployment>, headers: HeaderMap) -> Response {
    let config = &deployment.config;
    let allowed = match &config.telemetry.metrics_token {
        Some(token) => bearer(&headers).is_some_and(|said| {
            said.as_bytes()
                .ct_eq(token.expose_secret().as_bytes())
                .into()
        }),
        None => config.is_private(),
    };
    if !allowed {
        let why = "the numbers are for those who have `telemetry.metrics_token`\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    match tokio::time::timeout(PATIENCE, count(&deployment)).await {
        Ok(Ok(())) => {}
        // What the process itself counted is still worth reading.
        Ok(Err(error)) => tracing::warn!(%error, "the store could not be counted"),
        Err(_) => tracing::warn!("the store could not be counted in time"),
    }
    let text = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (text, names::page()).into_response()
}

async fn count(deployment: &Deployment) -> Result<(), StoreError> {
    let mut reader = deployment.store().read().await?;
    let census = census(&mut reader).await?;
    for (state, jobs) in census.jobs {
        gauge!(names::JOBS, "state" => state).set(number(jobs));
    }
    let now = deployment.clock().now_ms();
    let seconds =
        |since: Option<i64>| since.map_or(0.0, |since| number((now - since).max(0)) / 1000.0);
    gauge!(names::JOB_AGE).set(seconds(census.oldest_ready));
    gauge!(names::DRAFTS_HELD).set(number(census.held));
    gauge!(names::DRAFT_AGE).set(seconds(census.oldest_held));
    gauge!(names::QUARANTINED).set(number(census.quarantined));
    gauge!(names::UNKNOWN).set(number(census.unknown));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 jobs")]
fn number(count: i64) -> f64 {
    count as f64
}

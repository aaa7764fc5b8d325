//! Tells open pages that something happened (server-sent events).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream;

use crate::agent::Deployment;
use crate::store::events;

/// How often changes of other processes are looked for.
const LOOK: Duration = Duration::from_secs(1);

/// A message for every time that the event log has grown; its data is the newest event's number.
pub(super) async fn events(
    State(deployment): State<Deployment>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let seen = newest(&deployment).await.unwrap_or_default();
    let stream = stream::unfold((deployment, seen), |(deployment, seen)| async move {
        let mut commits = deployment.store().commits();
        loop {
            tokio::select! {
                () = deployment.stop.cancelled() => return None,
                _ = tokio::time::timeout(LOOK, commits.changed()) => {}
            }
            match newest(&deployment).await {
                Some(now) if now != seen => {
                    let message = Event::default().data(now.to_string());
                    return Some((Ok(message), (deployment, now)));
                }
                Some(_) | None => {}
            }
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn newest(deployment: &Deployment) -> Option<i64> {
    let mut reader = deployment.store().read().await.ok()?;
    events::newest(&mut reader).await.ok()
}

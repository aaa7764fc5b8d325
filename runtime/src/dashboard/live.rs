//! Tells open pages what happens (server-sent events).
//!
//! One reader for each process looks at the store, a few times a second at most and only while a page
//! is open, and shows what it saw to all streams. A stream holds its place in that and nothing else:
//! one that is slow, or has many beside it, misses what was in between and reads what is so now.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;

use super::visit::Path;
use crate::agent::Deployment;
use crate::store::saying::Saying;
use crate::store::{StoreError, events, saying, transaction};

/// How often changes of other nodes are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// What comes closer together is told at once.
const GATHER: Duration = Duration::from_millis(150);
/// How long a thread counts as watched by an open page, in milliseconds, and how often the page says so.
const WATCHED: i64 = 15_000;
const SAYS_SO: i64 = 5_000;

/// The most of a text that one message holds, in bytes. Some messages wait behind a page that does not
/// read, so they are short.
const PIECE: usize = 4096;

/// What all pages are told from.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// The number of the newest event.
    newest: i64,
    /// What models are saying.
    saying: Vec<Saying>,
}

/// What was seen last; it changes when something happens.
#[derive(Debug, Clone)]
pub(crate) struct Pulse(watch::Receiver<Arc<Seen>>);

/// A pulse, and what makes it beat until the deployment stops.
pub(crate) fn pulse(deployment: Deployment) -> (Pulse, impl Future<Output = ()>) {
    let (seen, pulse) = watch::channel(Arc::default());
    (Pulse(pulse), beat(deployment, seen))
}

async fn beat(deployment: Deployment, seen: watch::Sender<Arc<Seen>>) {
    let mut commits = deployment.store().commits();
    loop {
        tokio::select! {
            () = deployment.stop.cancelled() => return,
            _ = tokio::time::timeout(LOOK, commits.changed()) => {}
        }
        // The pulse itself is one that listens.
        if seen.receiver_count() > 1
            && let Ok(now) = look(&deployment).await
        {
            seen.send_if_modified(|before| {
                let changed = **before != now;
                if changed {
                    *before = Arc::new(now);
                }
                changed
            });
        }
        tokio::time::sleep(GATHER).await;
    }
}

async fn look(deployment: &Deployment) -> Result<Seen, StoreError> {
    let mut reader = deployment.store().read().await?;
    Ok(Seen {
        newest: events::newest(&mut reader).await?,
        saying: saying::now(&mut reader).await?,
    })
}

/// The newest event that a page shows.
#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    after: i64,
}

/// A message for every time that the event log has grown. Its id is the newest event, so that who
/// comes back is told at once if there was more meanwhile.
pub(super) async fn events(
    State(deployment): State<Deployment>,
    Extension(pulse): Extension<Pulse>,
    Query(shown): Query<Shown>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = last_id(&headers).and_then(|id| id.parse().ok());
    let last = last.unwrap_or(shown.after);
    let stream = stream::unfold((pulse, last), move |(mut pulse, last)| {
        let stop = deployment.stop.clone();
        async move {
            loop {
                let now = pulse.0.borrow_and_update().newest;
                if last < now {
                    let message = Event::default().id(now.to_string()).data(now.to_string());
                    return Some((Ok(message), (pulse, now)));
                }
                tokio::select! {
                    () = stop.cancelled() => return None,
                    changed = pulse.0.changed() => changed.ok()?,
                }
            }
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// What models say in a thread, as they say it.
pub(super) async fn thread(
    State(deployment): State<Deployment>,
    Extension(pulse): Extension<Pulse>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let told = Told::after(last_id(&headers).unwrap_or_default());
    let stream = stream::unfold((pulse, told, 0), move |(mut pulse, mut told, mut said)| {
        let deployment = deployment.clone();
        async move {
            loop {
                let now = deployment.clock().now_ms();
                if now - said >= SAYS_SO {
                    watched(&deployment, id, now).await;
                    said = now;
                }
                let seen = pulse.0.borrow_and_update().clone();
                let messages = told.news(id, &seen.saying);
                if !messages.is_empty() {
                    return Some((stream::iter(messages), (pulse, told, said)));
                }
                tokio::select! {
                    () = deployment.stop.cancelled() => return None,
                    // Whoever watches says so again, also while nothing is said.
                    changed = tokio::time::timeout(LOOK, pulse.0.changed()) => if let Ok(changed) = changed {
                        changed.ok()?;
                    },
                }
            }
        }
    });
    Sse::new(stream.flatten().map(Ok)).keep_alive(KeepAlive::default())
}

fn last_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("last-event-id")?.to_str().ok()
}

/// Says that somebody watches the thread. If that cannot be said, they see it when it is journaled.
async fn watched(deployment: &Deployment, thread: i64, now: i64) {
    let work = transaction(move |tx| saying::watch(tx, thread, now + WATCHED).boxed());
    if let Err(error) = deployment.store().write("", work).await {
        tracing::debug!(%error, "a page cannot say that it watches");
    }
}

/// How much of what is said a page was told: bytes of each step.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told(BTreeMap<(i64, i64), usize>);

impl Told {
    /// From the id of the last message that arrived.
    fn after(id: &str) -> Self {
        let mut numbers = id.split('.').map(str::parse);
        let mut next = || numbers.next()?.ok();
        match (next(), next(), next()) {
            (Some(turn), Some(step), Some(bytes)) => {
                let bytes = usize::try_from(bytes).unwrap_or(0);
                Self(BTreeMap::from([((turn, step), bytes)]))
            }
            _ => Self::default(),
        }
    }

    /// What is to be told of a thread so that the page shows what is said now. A message says from
    /// where on its text stands, so that one which comes twice does no harm.
    fn news(&mut self, thread: i64, saying: &[Saying]) -> Vec<Event> {
        let here = saying.iter().filter(|saying| saying.thread_id == thread);
        let mut messages = Vec::new();
        let mut open = Vec::new();
        for it in here {
            let place = (it.turn_id, it.step);
            open.push(place);
            let known = self.0.get(&place).copied();
            // A text that is shorter than it was has begun anew.
            let from = known
                .filter(|from| it.text.is_char_boundary(*from))
                .unwrap_or(0);
            if known == Some(it.text.len()) {
                continue;
            }
            let to = it.text.floor_char_boundary(from + PIECE);
            self.0.insert(place, to);
            let (before, rest) = it.text.split_at(from);
            // Scripts count text in UTF-16.
            let at = before.encode_utf16().count();
            let text = &rest[..to - from];
            let data = json!({ "turn": it.turn_id, "step": it.step, "from": at, "text": text });
            let id = format!("{}.{}.{to}", it.turn_id, it.step);
            messages.push(Event::default().id(id).event("said").data(data.to_string()));
        }
        let over: Vec<_> = self
            .0
            .keys()
            .filter(|place| !open.contains(place))
            .copied()
            .collect();
        for place in over {
            self.0.remove(&place);
            let data = json!({ "turn": place.0, "step": place.1 });
            messages.push(Event::default().event("over").data(data.to_string()));
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saying(step: i64, text: &str) -> Saying {
        Saying {
            turn_id: 4,
            step,
            thread_id: 1,
            text: text.to_owned(),
        }
    }

    /// What a page shows that was told so, beginning with `shown`.
    fn told(told: &mut Told, saying: &[Saying]) -> String {
        let messages = told
            .news(1, saying)
            .into_iter()
            .map(|message| format!("{message:?}"));
        messages.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_page_is_told_what_it_does_not_have() {
        let mut page = Told::default();
        assert!(told(&mut page, &[saying(0, "Dear")]).contains("Dear"));
        let more = told(&mut page, &[saying(0, "Dear Ada")]);
        assert!(more.contains(" Ada") && !more.contains("Dear"), "{more}");
        assert_eq!(told(&mut page, &[saying(0, "Dear Ada")]), "");
        let over = told(&mut page, &[]);
        assert!(over.contains("over"), "{over}");
    }

    #[test]
    fn who_was_cut_off_goes_on_where_they_were() {
        let mut page = Told::after("4.0.4");
        let more = told(&mut page, &[saying(0, "Dear Ada")]);
        assert!(more.contains(" Ada") && !more.contains("Dear"), "{more}");
    }

    #[test]
    fn an_answer_that_began_anew_is_told_from_its_beginning() {
        let mut page = Told::after("4.0.8");
        let anew = told(&mut page, &[saying(0, "Hi")]);
        assert!(anew.contains("Hi"), "{anew}");
        // No place in the middle of a letter is gone on from.
        let mut page = Told::after("4.0.1");
        let whole = told(&mut page, &[saying(0, "ä")]);
        assert!(whole.contains(r#"\"from\":0"#), "{whole}");
    }

    #[test]
    fn another_threads_words_are_not_told() {
        let other = Saying {
            thread_id: 2,
            ..saying(0, "secret")
        };
        assert_eq!(told(&mut Told::default(), &[other]), "");
    }
}

//! Sessions: who has the token of one is signed in, until it ends.

use futures_util::FutureExt;
use serde_json::json;

use super::token::{self, Token};
use super::{HOUR_MS, Person, idle_since};
use crate::agent::{Deployment, event};
use crate::store::sessions::{self, Session};
use crate::store::{Connection, StoreError, events, transaction};

/// How old the note may be of when a session was last used: not each click is to be a write.
const NOTED_MS: i64 = 60_000;

/// What signing in gave.
#[derive(Debug)]
pub struct Begun {
    /// The token, for the browser alone.
    pub token: String,
    /// Seconds after which it is of no use, however much it is used.
    pub seconds: i64,
}

/// Whoever has this token, if its session holds. `clicked` says whether they did something, which
/// keeps the session from ending.
///
/// # Errors
/// When the store fails.
pub async fn find(
    deployment: &Deployment,
    token: &str,
    clicked: bool,
) -> Result<Option<Person>, StoreError> {
    let now = deployment.clock().now_ms();
    let hash = token::hash(token);
    let mut reader = deployment.store().read().await?;
    let since = idle_since(deployment, now);
    let found = sessions::find(&mut reader, &hash, since, now).await?;
    drop(reader);
    let Some(session) = found else {
        return Ok(None);
    };
    if clicked && now - session.seen_at > NOTED_MS {
        let note =
            transaction(move |tx| async move { sessions::seen(tx, &hash, now).await }.boxed());
        deployment.store().write("", note).await?;
    }
    Ok(Some(Person {
        name: session.reviewer,
        role: session.role,
        session: Some(session.hash),
    }))
}

/// Whether the session of a person holds still: for what takes longer than a request.
///
/// # Errors
/// When the store fails.
pub async fn holds(deployment: &Deployment, person: &Person) -> Result<bool, StoreError> {
    let Some(hash) = &person.session else {
        return Ok(true);
    };
    let now = deployment.clock().now_ms();
    let mut reader = deployment.store().read().await?;
    let since = idle_since(deployment, now);
    let found = sessions::find(&mut reader, hash, since, now).await?;
    Ok(found.is_some())
}

/// Begins a session of a reviewer, within the transaction that proves them.
pub(super) async fn begin(
    tx: &mut Connection,
    deployment: &Deployment,
    drawn: Token,
    (reviewer, how): (&str, &str),
) -> Result<Begun, StoreError> {
    let now = deployment.clock().now_ms();
    let lasts = i64::from(deployment.config.dashboard.session_hours) * HOUR_MS;
    sessions::forget(tx, idle_since(deployment, now), now).await?;
    sessions::begin(tx, &drawn.hash, reviewer, now + lasts, now).await?;
    let told = event(
        "reviewer.signed_in",
        reviewer,
        None,
        None,
        json!({ "by": how }),
    );
    events::append(tx, &told, now).await?;
    Ok(Begun {
        token: drawn.text,
        seconds: lasts / 1000,
    })
}

/// The sessions of a person that hold, the newest first.
///
/// # Errors
/// When the store fails.
pub async fn of(
    db: &mut Connection,
    deployment: &Deployment,
    person: &Person,
) -> Result<Vec<Session>, StoreError> {
    let now = deployment.clock().now_ms();
    sessions::of(db, &person.name, idle_since(deployment, now), now).await
}

/// Ends the session of a person.
///
/// # Errors
/// When the store fails.
pub async fn end(deployment: &Deployment, person: &Person) -> Result<(), StoreError> {
    let Some(hash) = person.session.clone() else {
        return Ok(());
    };
    let (name, now) = (person.name.clone(), deployment.clock().now_ms());
    let work = transaction(move |tx| {
        async move {
            sessions::end(tx, &hash).await?;
            signed_out(tx, &name, "here", now).await
        }
        .boxed()
    });
    deployment.store().write("", work).await
}

/// Ends every session of a person, wherever it is, and their links.
///
/// # Errors
/// When the store fails.
pub async fn end_everywhere(deployment: &Deployment, person: &Person) -> Result<(), StoreError> {
    let (name, now) = (person.name.clone(), deployment.clock().now_ms());
    let work = transaction(move |tx| {
        async move {
            sessions::end_all(tx, &name, None).await?;
            signed_out(tx, &name, "everywhere", now).await
        }
        .boxed()
    });
    deployment.store().write("", work).await
}

async fn signed_out(
    tx: &mut Connection,
    name: &str,
    from: &str,
    now: i64,
) -> Result<(), StoreError> {
    let data = json!({ "from": from });
    let told = event("reviewer.signed_out", name, None, None, data);
    events::append(tx, &told, now).await?;
    Ok(())
}

//! What must be true of a database after any fault: the invariants that `silexd audit` asks of a
//! living one, and what tests compare besides.

use serde_json::Value;
use silex_runtime::store::inbox;
use silex_runtime::store::invariants::{self, Asked};
use silex_runtime::store::jobs::{self, Filter, JobState};
use silex_runtime::store::turns::{self, Turn};
use silex_runtime::store::{Connection, Store, StoreError};

/// More rows than any test makes.
const ALL: i64 = 100_000;

/// Every violation, in words. Empty is what a test wants. The process that owned the database must
/// have ended.
///
/// # Errors
/// When the database cannot be read.
pub async fn violations(store: &Store) -> Result<Vec<String>, StoreError> {
    let checked = invariants::check(store, Asked::at_rest()).await?;
    let found = checked.into_iter().flat_map(|checked| {
        let invariant = checked.invariant;
        let breaches = checked.breaches.into_iter();
        breaches.map(move |breach| format!("{invariant:?}: {breach}"))
    });
    Ok(found.collect())
}

/// The jobs that are not done, as a person would read them.
///
/// # Errors
/// When the database cannot be read.
pub async fn unfinished(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut db = store.read().await?;
    let jobs = jobs::list(&mut db, &Filter::default(), ALL).await?;
    let unfinished = jobs.iter().filter(|job| job.state != JobState::Done);
    Ok(unfinished
        .map(|job| format!("{} {} {:?} {:?}", job.id, job.kind, job.state, job.error))
        .collect())
}

/// The journaled steps of all turns: whose turn, and what was asked or called.
///
/// # Errors
/// When the database cannot be read.
pub async fn steps(db: &mut Connection) -> Result<Vec<String>, StoreError> {
    let mut steps = Vec::new();
    for turn in all_turns(db).await? {
        for step in turns::steps(db, turn.id).await? {
            let what = step
                .request
                .get("tool")
                .and_then(Value::as_str)
                .unwrap_or("model");
            steps.push(format!("{} {} {what}", turn.behaviour, step.number));
        }
    }
    steps.sort();
    Ok(steps)
}

async fn all_turns(db: &mut Connection) -> Result<Vec<Turn>, StoreError> {
    let mut all = Vec::new();
    for summary in inbox::page(db, &inbox::Asked::default(), ALL).await? {
        all.extend(turns::of_thread(db, summary.thread.id).await?);
    }
    Ok(all)
}

//! What must be true of a database after any fault, as reads of the store.
//!
//! The process that owned the database must have ended. The numbers are those of the invariants:
//! each mail that was accepted is there once (I1), no fact was committed by two attempts (I2), a
//! thread's jobs ran one after another (I3), a draft was sent at most once and only as approved
//! (I4), every job is done or has a way to go on (I5), no job was tried too often (I6), every review is somebody's
//! or has its alarm (I8).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use silex_runtime::store::deliveries::{self, DeliveryState};
use silex_runtime::store::drafts::{self, DraftState};
use silex_runtime::store::events::{self, Event};
use silex_runtime::store::jobs::{self, Filter, Job, JobState};
use silex_runtime::store::turns::{self, Turn};
use silex_runtime::store::{Connection, Store, StoreError, mails, threads};

/// More rows than any test makes.
const ALL: i64 = 100_000;

/// Every violation, in words. Empty is what a test wants.
///
/// # Errors
/// When the database cannot be read.
pub async fn violations(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut db = store.read().await?;
    let mut jobs = jobs::list(&mut db, &Filter::default(), ALL).await?;
    jobs.sort_by_key(|job| job.id);
    let events = events::after(&mut db, 0, ALL).await?;
    let mut found = Vec::new();
    mails_are_kept(&mut db, &jobs, &mut found).await?;
    facts_are_single(&events, &mut found);
    steps_are_told(&mut db, &events, &mut found).await?;
    lines_are_kept(&jobs, &mut found);
    sendings_are_approved(&mut db, &events, &mut found).await?;
    jobs_go_on(&jobs, &mut found);
    reviews_have_somebody(&mut db, &jobs, &events, &mut found).await?;
    Ok(found)
}

/// I1: the bytes of a mail have a job that reads them, one at a time, and then one mail.
async fn mails_are_kept(
    db: &mut Connection,
    jobs: &[Job],
    found: &mut Vec<String>,
) -> Result<(), StoreError> {
    let mut reading = BTreeMap::<i64, Vec<&Job>>::new();
    for job in jobs.iter().filter(|job| job.kind == "receive") {
        let raw = job.args["raw"].as_i64().unwrap_or_default();
        reading.entry(raw).or_default().push(job);
    }
    for raw in 1.. {
        if mails::raw(db, raw).await?.is_none() {
            break;
        }
        let reading = reading.remove(&raw).unwrap_or_default();
        let unfinished = reading.iter().filter(|job| !has_ended(job)).count();
        match reading.last() {
            None => found.push(format!("I1: no job reads mail {raw}")),
            Some(_) if unfinished > 1 => {
                found.push(format!("I1: {unfinished} jobs read mail {raw}"));
            }
            Some(job) if job.state == JobState::Done && mails::of_raw(db, raw).await?.is_none() => {
                found.push(format!("I1: mail {raw} was read and is gone"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// I2: a fact is told in the transaction that makes it, so a fact that two attempts made is told twice.
fn facts_are_single(events: &[Event], found: &mut Vec<String>) {
    let mut told = BTreeMap::<String, u32>::new();
    for event in events {
        let of = match event.kind.split('.').next() {
            Some("mail") => format!("{:?}", event.mail_id),
            Some("draft") => format!("{:?} {}", event.draft_id, event.data["revision"]),
            Some("turn") => format!("{} {}", event.data["turn"], event.data["step"]),
            Some(_) | None => continue,
        };
        *told.entry(format!("{} {of}", event.kind)).or_default() += 1;
    }
    let twice = told.into_iter().filter(|(_, times)| *times > 1);
    found.extend(twice.map(|(fact, times)| format!("I2: `{fact}` happened {times} times")));
}

/// I2: the journal has exactly the steps that were told.
async fn steps_are_told(
    db: &mut Connection,
    events: &[Event],
    found: &mut Vec<String>,
) -> Result<(), StoreError> {
    let told: BTreeSet<(i64, i64)> = events
        .iter()
        .filter(|event| event.kind == "turn.step")
        .filter_map(|event| Some((event.data["turn"].as_i64()?, event.data["step"].as_i64()?)))
        .collect();
    let mut journal = BTreeSet::new();
    for turn in all_turns(db).await? {
        journal.extend(
            turns::steps(db, turn.id)
                .await?
                .iter()
                .map(|step| (step.turn_id, step.number)),
        );
    }
    if told != journal {
        found.push(format!(
            "I2: the journal has the steps {journal:?}, and told are {told:?}"
        ));
    }
    Ok(())
}

async fn all_turns(db: &mut Connection) -> Result<Vec<Turn>, StoreError> {
    let mut all = Vec::new();
    for summary in threads::list(db, ALL).await? {
        all.extend(turns::of_thread(db, summary.thread.id).await?);
    }
    Ok(all)
}

/// I3: in a line, a job starts when the one before it has ended.
fn lines_are_kept(jobs: &[Job], found: &mut Vec<String>) {
    let mut last = BTreeMap::<&str, &Job>::new();
    for job in jobs.iter().filter(|job| !job.aside) {
        let Some(key) = job.order_key.as_deref() else {
            continue;
        };
        if let Some(before) = last.insert(key, job) {
            let after = job
                .started_at
                .is_none_or(|started| before.done_at.is_some_and(|done| done <= started));
            if !after {
                found.push(format!(
                    "I3: job {} of {key} began before job {} had ended",
                    job.id, before.id
                ));
            }
        }
    }
}

/// I4: what was sent was approved, at that revision, and was sent once.
async fn sendings_are_approved(
    db: &mut Connection,
    events: &[Event],
    found: &mut Vec<String>,
) -> Result<(), StoreError> {
    let approved: BTreeSet<(Option<i64>, Option<i64>)> = events
        .iter()
        .filter(|event| event.kind == "draft.approved")
        .map(|event| (event.draft_id, event.data["revision"].as_i64()))
        .collect();
    for draft in drafts::list(db, None, ALL).await? {
        let sent = deliveries::of_draft(db, draft.id).await?;
        let accepted = sent
            .iter()
            .filter(|delivery| delivery.state == DeliveryState::Accepted)
            .count();
        if accepted > 1 || (draft.state == DraftState::Delivered && accepted != 1) {
            found.push(format!(
                "I4: draft {} is {:?} and was sent {accepted} times",
                draft.id, draft.state
            ));
        }
        for delivery in &sent {
            let approved = approved.contains(&(Some(draft.id), delivery.revision));
            if !approved || draft.decided_by.is_none() || delivery.revision != Some(draft.revision)
            {
                found.push(format!(
                    "I4: delivery {} of draft {} is not what was approved",
                    delivery.id, draft.id
                ));
            }
        }
    }
    Ok(())
}

/// I5 and I6: nothing runs without a process, what is blocked waits for something, and attempts are bounded.
fn jobs_go_on(jobs: &[Job], found: &mut Vec<String>) {
    // Jobs are in order, so the first that has not ended is what the others of its line wait for.
    let mut heads = BTreeMap::<&str, i64>::new();
    for job in jobs.iter().filter(|job| !has_ended(job)) {
        if let Some(line) = job.order_key.as_deref() {
            heads.entry(line).or_insert(job.id);
        }
    }
    for job in jobs {
        let head = job.order_key.as_deref().and_then(|line| heads.get(line));
        let lost = match job.state {
            JobState::Running => true,
            JobState::Blocked => head.is_none_or(|head| *head == job.id),
            JobState::Done | JobState::Dead | JobState::Cancelled => job.done_at.is_none(),
            JobState::Scheduled | JobState::Ready | JobState::Waiting => false,
        };
        if lost {
            found.push(format!(
                "I5: job {} ({}) is {:?} and nothing wakes it",
                job.id, job.kind, job.state
            ));
        }
        if job.attempt > job.max_attempts {
            found.push(format!(
                "I6: job {} ({}) was tried {} times",
                job.id, job.kind, job.attempt
            ));
        }
    }
}

/// I8: a held draft is somebody's to decide, or its alarm was given.
async fn reviews_have_somebody(
    db: &mut Connection,
    jobs: &[Job],
    events: &[Event],
    found: &mut Vec<String>,
) -> Result<(), StoreError> {
    for draft in drafts::list(db, Some(DraftState::Held), ALL).await? {
        let alarm = events
            .iter()
            .any(|event| event.kind == "draft.unassigned" && event.draft_id == Some(draft.id));
        let unlooked = jobs.iter().any(|job| {
            job.kind == "review" && job.args["draft"] == draft.id && job.state != JobState::Done
        });
        if draft.reviewer.is_none() && !alarm && !unlooked {
            found.push(format!(
                "I8: draft {} is nobody's, and nobody was told",
                draft.id
            ));
        }
    }
    Ok(())
}

fn has_ended(job: &Job) -> bool {
    matches!(
        job.state,
        JobState::Done | JobState::Dead | JobState::Cancelled
    )
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

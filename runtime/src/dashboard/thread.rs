//! A conversation as a timeline: its mails, and all that was done about them.

use axum::extract::Query;
use axum::response::Redirect;
use minijinja::context;
use serde::Deserialize;

use super::timeline::{self, Around};
use super::visit::{Caller, Page, PageError, Path, Visit, values};
use crate::agent::review;
use crate::store::events::Event;
use crate::store::inbox;
use crate::store::jobs::{self, Filter, JobState};
use crate::store::{Reader, StoreError, drafts, events, mails, threads, turns};

/// Events that are shown at once.
const EVENTS: i64 = 200;

/// Jobs that are shown.
const JOBS: i64 = 50;

/// Before which event the timeline ends.
#[derive(Debug, Deserialize)]
pub(super) struct Until {
    before: Option<i64>,
}

pub(super) async fn show(
    mut visit: Visit,
    Path(id): Path<i64>,
    Query(until): Query<Until>,
) -> Page {
    let reader = &mut visit.reader;
    let entry = inbox::find(reader, id).await?;
    let entry = entry.ok_or(PageError::Missing)?;
    let events = events::before(reader, id, until.before.unwrap_or(i64::MAX), EVENTS).await?;
    let is_whole = i64::try_from(events.len()).is_ok_and(|events| events < EVENTS);
    let earlier = events.first().filter(|_| !is_whole).map(|event| event.id);
    let around = around(reader, id, &events).await?;
    let line = Filter {
        order_key: Some(threads::order_key(id)),
        ..Filter::default()
    };
    let mut jobs = jobs::list(reader, &line, JOBS).await?;
    jobs.retain(|job| !matches!(job.state, JobState::Done | JobState::Cancelled));
    let content = context! {
        spent => values(&turns::spent(reader, id).await?),
        timeline => values(&timeline::of(&events, &around)),
        drafts => values(&around.drafts),
        jobs => values(&jobs), thread => values(&entry.thread), state => values(&entry.state), earlier,
    };
    visit
        .show("thread.html", &entry.thread.subject, content)
        .await
}

/// What the events speak of.
async fn around(reader: &mut Reader, id: i64, events: &[Event]) -> Result<Around, StoreError> {
    let named = |name: fn(&Event) -> Option<i64>| events.iter().filter_map(name);
    let mails = named(|event| event.mail_id);
    let mails = (mails.clone().min().unwrap_or(0), mails.max().unwrap_or(-1));
    let first_turn = named(|event| event.data["turn"].as_i64()).min();
    Ok(Around {
        mails: mails::between(reader, id, mails).await?,
        drafts: drafts::of_thread(reader, id).await?,
        behaviours: turns::behaviours(reader, id).await?,
        steps: turns::steps_from(reader, id, first_turn.unwrap_or(i64::MAX)).await?,
    })
}

pub(super) async fn take(caller: Caller, Path(id): Path<i64>) -> Result<Redirect, PageError> {
    review::take::take(&caller.deployment, id, caller.name()).await?;
    Ok(Redirect::to(&format!("/threads/{id}")))
}

pub(super) async fn give_back(caller: Caller, Path(id): Path<i64>) -> Result<Redirect, PageError> {
    review::take::give_back(&caller.deployment, id, caller.name()).await?;
    Ok(Redirect::to(&format!("/threads/{id}")))
}

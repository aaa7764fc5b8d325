//! A conversation: its mails, and what happened to them.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Redirect;
use minijinja::context;

use super::visit::{Page, PageError, Visit, values};
use super::{Person, way};
use crate::agent::{Deployment, review};
use crate::store::jobs::{self, Filter, JobState};
use crate::store::{drafts, events, mails, threads, turns};

/// Jobs that are shown.
const JOBS: i64 = 200;

pub(super) async fn show(mut visit: Visit, Path(id): Path<i64>) -> Page {
    let reader = &mut visit.reader;
    let thread = threads::find(reader, id).await?;
    let thread = thread.ok_or(PageError::Missing)?;
    let mails = mails::of_thread(reader, id).await?;
    let drafts = drafts::of_thread(reader, id).await?;
    let happened = events::of_thread(reader, id).await?;
    let turns = turns::of_thread(reader, id).await?;
    let line = Filter {
        order_key: Some(threads::order_key(id)),
        ..Filter::default()
    };
    let mut jobs = jobs::list(reader, &line, JOBS).await?;
    jobs.retain(|job| !matches!(job.state, JobState::Done | JobState::Cancelled));
    let way = way::of(&happened, &turns);
    let title = thread.subject.clone();
    let content = context! {
        thread => values(&thread),
        mails => values(&mails),
        drafts => values(&drafts),
        jobs => values(&jobs),
        way => values(&way),
    };
    visit.show("thread.html", &title, content).await
}

pub(super) async fn take(
    State(deployment): State<Deployment>,
    Extension(Person(by)): Extension<Person>,
    Path(id): Path<i64>,
) -> Result<Redirect, PageError> {
    review::take::take(&deployment, id, by).await?;
    Ok(Redirect::to(&format!("/threads/{id}")))
}

pub(super) async fn give_back(
    State(deployment): State<Deployment>,
    Extension(Person(by)): Extension<Person>,
    Path(id): Path<i64>,
) -> Result<Redirect, PageError> {
    review::take::give_back(&deployment, id, by).await?;
    Ok(Redirect::to(&format!("/threads/{id}")))
}

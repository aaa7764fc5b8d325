//! The work of the installation.

use axum::extract::{Path, State};
use axum::response::Redirect;
use minijinja::context;

use super::visit::{Page, PageError, Visit, values};
use crate::agent::Deployment;
use crate::store::jobs::{self, Filter, Job, JobState};

/// Rows of a list.
const ROWS: i64 = 200;

pub(super) async fn list(mut visit: Visit) -> Page {
    let reader = &mut visit.reader;
    let counts = jobs::counts(reader).await?;
    let mut jobs = jobs::stuck(reader, ROWS).await?;
    let newest = jobs::list(reader, &Filter::default(), ROWS).await?;
    let moving = |job: &Job| !matches!(job.state, JobState::Dead | JobState::Waiting);
    jobs.extend(newest.into_iter().filter(moving));
    let content = context! { counts => values(&counts), jobs => values(&jobs) };
    visit.show("jobs.html", "Jobs", content).await
}

pub(super) async fn retry(
    State(deployment): State<Deployment>,
    Path(id): Path<i64>,
) -> Result<Redirect, PageError> {
    let now = deployment.clock().now_ms();
    deployment
        .store()
        .write("", move |tx| {
            Box::pin(async move { jobs::rerun(tx, id, now).await })
        })
        .await?;
    Ok(Redirect::to("/jobs"))
}

//! The work of the installation: what runs, what gave up, and what is paused.

use axum::extract::{Form, Query};
use axum::response::Redirect;
use minijinja::context;
use serde::Deserialize;

use super::paging::{self, LOOK};
use super::visit::{Caller, Page, PageError, Path, Visit, values};
use crate::jobs::{Kind, by_hand};
use crate::store::StoreError;
use crate::store::census;
use crate::store::jobs::{self, EVERY_KIND, Filter, JobState};

/// Which jobs are looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    line: String,
    before: Option<i64>,
}

pub(super) async fn list(mut visit: Visit, Query(asked): Query<Asked>) -> Page {
    let reader = &mut visit.reader;
    let state: Option<JobState> = serde_json::from_value(asked.state.as_str().into()).ok();
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let filter = Filter {
        state,
        kind: some(&asked.kind),
        order_key: some(&asked.line),
        before: asked.before,
    };
    let counts = census::census(reader).await?.jobs;
    let mut jobs = jobs::list(reader, &filter, LOOK).await?;
    let older = paging::cut(&mut jobs, |job| job.id).map(|last| {
        let last = last.to_string();
        let asked = [
            ("state", asked.state.as_str()),
            ("kind", &asked.kind),
            ("line", &asked.line),
            ("before", &last),
        ];
        paging::address("/jobs", &asked)
    });
    let paused = jobs::paused(reader).await?;
    let queues = jobs::unfinished(reader).await?;
    let content = context! {
        counts => values(&counts), jobs => values(&jobs), paused => values(&paused), queues => values(&queues), kinds => Kind::NAMES,
        every => EVERY_KIND, state => asked.state, kind => asked.kind, line => asked.line, older,
    };
    visit.show("jobs.html", "Jobs", content).await
}

pub(super) async fn show(mut visit: Visit, Path(id): Path<i64>) -> Page {
    let job = jobs::find(&mut visit.reader, id).await?;
    let job = job.ok_or(PageError::Missing)?;
    let failed = jobs::failed(&mut visit.reader, id, paging::ROWS).await?;
    let title = format!("Job {id}");
    let content = context! { job => values(&job), failed => values(&failed) };
    visit.show("job.html", &title, content).await
}

pub(super) async fn retry(caller: Caller, Path(id): Path<i64>) -> Result<Redirect, PageError> {
    by_hand::retry(&caller.deployment, id, &caller.person.name).await?;
    Ok(Redirect::to(&format!("/jobs/{id}")))
}

/// The form of a job that is taken back.
#[derive(Debug, Deserialize)]
pub(super) struct Cancelled {
    #[serde(default)]
    reason: String,
}

pub(super) async fn cancel(
    caller: Caller,
    Path(id): Path<i64>,
    Form(form): Form<Cancelled>,
) -> Result<Redirect, PageError> {
    by_hand::cancel(&caller.deployment, id, &form.reason, &caller.person.name).await?;
    Ok(Redirect::to(&format!("/jobs/{id}")))
}

/// The form of a kind that rests, or goes on.
#[derive(Debug, Deserialize)]
pub(super) struct OfKind {
    kind: String,
}

impl OfKind {
    /// The kind, if there is one.
    fn known(&self) -> Result<&str, StoreError> {
        match Kind::of(&self.kind).is_some() || self.kind == EVERY_KIND {
            true => Ok(&self.kind),
            false => Err(StoreError::Conflict(format!(
                "there are no jobs of the kind `{}`",
                self.kind
            ))),
        }
    }
}

pub(super) async fn pause(caller: Caller, Form(form): Form<OfKind>) -> Result<Redirect, PageError> {
    by_hand::pause(&caller.deployment, form.known()?, &caller.person.name).await?;
    Ok(Redirect::to("/jobs"))
}

pub(super) async fn resume(
    caller: Caller,
    Form(form): Form<OfKind>,
) -> Result<Redirect, PageError> {
    by_hand::resume(&caller.deployment, &form.kind, &caller.person.name).await?;
    Ok(Redirect::to("/jobs"))
}

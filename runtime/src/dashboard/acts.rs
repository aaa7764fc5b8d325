//! What people do on the pages: decide a draft, let a mail go on, run a job again.

use axum::Form;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{PageError, Person, pages};
use crate::agent::{Deployment, guard, review};
use crate::store::drafts::{self, Decision};
use crate::store::{StoreError, jobs};

/// The form of a draft.
#[derive(Debug, Deserialize)]
pub(super) struct Decided {
    act: Pressed,
    revision: i64,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    to: String,
}

/// The button that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Pressed {
    Approve,
    Save,
    Reject,
    Redo,
    Undo,
    Reassign,
    Arrived,
    Lost,
}

pub(super) async fn decide(
    State(deployment): State<Deployment>,
    Extension(Person(by)): Extension<Person>,
    Path(id): Path<i64>,
    Form(form): Form<Decided>,
) -> Result<Response, PageError> {
    match carry_out(&deployment, id, by, form).await {
        Ok(()) => Ok(Redirect::to(&format!("/drafts/{id}")).into_response()),
        // Somebody was quicker: the page shows what holds now, and why nothing was done.
        Err(StoreError::Conflict(why)) => Ok(pages::show_draft(&deployment, id, Some(why))
            .await?
            .into_response()),
        Err(error) => Err(error.into()),
    }
}

/// A text that was changed in the form is a new revision, and that one is approved.
async fn carry_out(
    deployment: &Deployment,
    id: i64,
    by: String,
    form: Decided,
) -> Result<(), StoreError> {
    let note = Some(form.note).filter(|note| !note.trim().is_empty());
    let mut decision = Decision {
        draft_id: id,
        revision: form.revision,
        by,
        note,
    };
    let whole = match form.act {
        Pressed::Reject => Some(review::Act::Reject),
        Pressed::Redo => Some(review::Act::Redo),
        Pressed::Undo => Some(review::Act::Undo),
        Pressed::Reassign => {
            let to = Some(form.to).filter(|to| !to.is_empty());
            Some(review::Act::Reassign(to))
        }
        Pressed::Arrived => Some(review::Act::Settle { arrived: true }),
        Pressed::Lost => Some(review::Act::Settle { arrived: false }),
        Pressed::Approve | Pressed::Save => None,
    };
    if let Some(act) = whole {
        review::act(deployment, decision, act).await?;
        return Ok(());
    }
    let mut reader = deployment.store().read().await?;
    let draft = drafts::find(&mut reader, id).await?;
    drop(reader);
    // Browsers send line ends as CRLF.
    let body = form.body.replace("\r\n", "\n");
    let changed = draft.is_none_or(|draft| {
        draft.subject != form.subject || draft.body.replace("\r\n", "\n") != body
    });
    if changed {
        let edit = review::Act::Edit {
            subject: form.subject,
            body,
        };
        decision.revision = review::act(deployment, decision.clone(), edit).await?;
    }
    if form.act == Pressed::Approve {
        review::act(deployment, decision, review::Act::Approve).await?;
    }
    Ok(())
}

/// The form of a question.
#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    answer: String,
}

pub(super) async fn answer(
    State(deployment): State<Deployment>,
    Extension(Person(by)): Extension<Person>,
    Path(id): Path<i64>,
    Form(form): Form<Answered>,
) -> Result<Redirect, PageError> {
    // Browsers send line ends as CRLF.
    let text = form.answer.replace("\r\n", "\n");
    review::question::answer(&deployment, id, by, text).await?;
    Ok(Redirect::to("/questions"))
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

pub(super) async fn release(
    State(deployment): State<Deployment>,
    Extension(Person(by)): Extension<Person>,
    Path(id): Path<i64>,
) -> Result<Redirect, PageError> {
    guard::release(&deployment, id, &by).await?;
    Ok(Redirect::to("/aside"))
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

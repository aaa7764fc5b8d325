//! What a person decides about a draft. It counts for the revision that they read; if the draft is
//! another by then, nothing is done, and all that they typed is before them again.

use axum::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::draft::{self, Shown, Typed};
use super::visit::{Caller, PageError, Path};
use crate::agent::{Deployment, review};
use crate::store::StoreError;
use crate::store::drafts::{self, Decision};

/// The form of a draft.
#[derive(Debug, Deserialize)]
pub(super) struct Decided {
    act: Pressed,
    revision: i64,
    #[serde(default)]
    subject: String,
    /// None where the form has no text to edit.
    body: Option<String>,
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
    /// Whoever pressed it decides from now on.
    Mine,
    Arrived,
    Lost,
}

pub(super) async fn decide(
    caller: Caller,
    Path(id): Path<i64>,
    Form(mut form): Form<Decided>,
) -> Result<Response, PageError> {
    // Browsers send line ends as CRLF.
    form.body = form.body.map(|body| body.replace("\r\n", "\n"));
    match carry_out(&caller.deployment, id, caller.name(), &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/drafts/{id}")).into_response()),
        Err(StoreError::Conflict(why)) => {
            let typed = Typed {
                why,
                subject: form.subject,
                body: form.body.unwrap_or_default(),
                note: form.note,
            };
            let visit = caller.visit().await?;
            let page = draft::page(visit, id, &Shown::default(), Some(typed)).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Whoever loads the page again that says why nothing was done wants to see the draft.
pub(super) async fn look(Path(id): Path<i64>) -> Redirect {
    Redirect::to(&format!("/drafts/{id}"))
}

/// A text that was changed in the form is a new revision, whatever else is decided: the decision is
/// about that one.
async fn carry_out(
    deployment: &Deployment,
    id: i64,
    by: String,
    form: &Decided,
) -> Result<(), StoreError> {
    let note = Some(form.note.clone()).filter(|note| !note.trim().is_empty());
    let mut decision = Decision {
        draft_id: id,
        revision: form.revision,
        by: by.clone(),
        note,
    };
    if let Some(edit) = edit(deployment, id, form).await? {
        decision.revision = review::act(deployment, decision.clone(), edit).await?;
    }
    let act = match form.act {
        Pressed::Save => return Ok(()),
        Pressed::Approve => review::Act::Approve,
        Pressed::Reject => review::Act::Reject,
        Pressed::Redo => review::Act::Redo,
        Pressed::Undo => review::Act::Undo,
        Pressed::Reassign => {
            let to = Some(form.to.clone()).filter(|to| !to.is_empty());
            review::Act::Reassign(to)
        }
        Pressed::Mine => review::Act::Reassign(Some(by)),
        Pressed::Arrived => review::Act::Settle { arrived: true },
        Pressed::Lost => review::Act::Settle { arrived: false },
    };
    review::act(deployment, decision, act).await?;
    Ok(())
}

/// The edit that makes the draft's text that of the form, if it is another.
async fn edit(
    deployment: &Deployment,
    id: i64,
    form: &Decided,
) -> Result<Option<review::Act>, StoreError> {
    let Some(body) = &form.body else {
        return Ok(None);
    };
    let mut reader = deployment.store().read().await?;
    let draft = drafts::find(&mut reader, id).await?;
    let is_same = draft.is_some_and(|draft| {
        draft.subject == form.subject && draft.body.replace("\r\n", "\n") == *body
    });
    Ok((!is_same).then(|| review::Act::Edit {
        subject: form.subject.clone(),
        body: body.clone(),
    }))
}

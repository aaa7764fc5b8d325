//! A draft beside the mail that it answers, and what a person decides about it.

use std::time::Duration;

use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::Value;
use minijinja::context;
use serde::Deserialize;
use similar::{ChangeTag, TextDiff};

use super::visit::{Page, PageError, Visit, values};
use crate::agent::{Deployment, review};
use crate::store::drafts::{self, Decision};
use crate::store::{StoreError, deliveries, mails, reviewers, reviews};

/// How long the words of a draft are compared; what is left then counts as changed.
const DIFF: Duration = Duration::from_millis(50);

pub(super) async fn show(visit: Visit, Path(id): Path<i64>) -> Page {
    page(visit, id, None).await
}

/// The page of a draft, with what kept a decision from being carried out.
async fn page(mut visit: Visit, id: i64, conflict: Option<String>) -> Page {
    let now = visit.now();
    let reader = &mut visit.reader;
    let draft = drafts::find(reader, id).await?.ok_or(PageError::Missing)?;
    let mail = match draft.mail_id {
        Some(mail) => mails::find(reader, mail).await?,
        None => None,
    };
    let newest = mails::newest(reader, draft.thread_id).await?;
    let newer = newest > draft.mail_id && draft.mail_id.is_some();
    let deliveries = deliveries::of_draft(reader, id).await?;
    let changes = match draft.body == draft.original_body {
        true => None,
        false => {
            let (before, after) = (draft.original_body.clone(), draft.body.clone());
            // Long texts take a while to compare, which no other page is to feel.
            let compared = tokio::task::spawn_blocking(move || changes(&before, &after));
            compared.await.ok()
        }
    };
    let title = draft.subject.clone();
    let reviewers = reviewers::list(reader, now).await?;
    let clock = reviews::find(reader, id).await?;
    let due = clock.and_then(|clock| clock.due_at);
    let content = context! {
        reviewers => values(&reviewers), due,
        draft => values(&draft), mail => values(&mail), deliveries => values(&deliveries), changes, newer, conflict,
    };
    visit.show("draft.html", &title, content).await
}

/// The words that people added and took away.
fn changes(before: &str, after: &str) -> Vec<Value> {
    // Two long texts with nothing in common would keep the page's thread for seconds.
    let diff = TextDiff::configure()
        .timeout(DIFF)
        .diff_words(before, after);
    let tag = |tag| match tag {
        ChangeTag::Equal => "equal",
        ChangeTag::Delete => "delete",
        ChangeTag::Insert => "insert",
    };
    diff.iter_all_changes()
        .map(|change| context! { tag => tag(change.tag()), text => change.value() })
        .collect()
}

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
    visit: Visit,
    Path(id): Path<i64>,
    Form(form): Form<Decided>,
) -> Result<Response, PageError> {
    match carry_out(&visit.deployment, id, visit.person.0.clone(), form).await {
        Ok(()) => Ok(Redirect::to(&format!("/drafts/{id}")).into_response()),
        // Somebody was quicker: the page shows what holds now, and why nothing was done.
        Err(StoreError::Conflict(why)) => Ok(page(visit, id, Some(why)).await?.into_response()),
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

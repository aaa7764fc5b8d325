//! A draft beside the mail that it answers, and what a person can do about it.

use axum::extract::Query;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use super::visit::{Page, PageError, Path, Visit, values};
use super::{compare, template};
use crate::store::drafts::{self, Draft, DraftState};
use crate::store::jobs::{self, Filter, JobState};
use crate::store::{
    Reader, StoreError, deliveries, mails, review_queue, reviewers, reviews, threads,
};

/// Mails of the thread that stand under the one that is answered.
const EARLIER: i64 = 20;

/// Jobs of the thread among which its sending is looked for.
const JOBS: i64 = 20;

/// How the text is held against the one that the model wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Compared {
    /// Word after word, in one text.
    #[default]
    Words,
    /// Both texts, line beside line.
    Sides,
}

/// What the address says besides the draft.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    compare: Compared,
}

/// What a person typed, which could not be carried out: it is shown again, and why.
#[derive(Debug, Serialize)]
pub(super) struct Typed {
    pub(super) why: String,
    pub(super) subject: String,
    pub(super) body: String,
    pub(super) note: String,
}

pub(super) async fn show(visit: Visit, Path(id): Path<i64>, Query(shown): Query<Shown>) -> Page {
    page(visit, id, &shown, None).await
}

/// The page, with what was typed if that could not be carried out.
pub(super) async fn page(mut visit: Visit, id: i64, shown: &Shown, typed: Option<Typed>) -> Page {
    let now = visit.now();
    let me = visit.person.name.clone();
    let reader = &mut visit.reader;
    let draft = drafts::find(reader, id).await?;
    let draft = draft.ok_or(PageError::Missing)?;
    let thread = threads::find(reader, draft.thread_id).await?;
    let mail = match draft.mail_id {
        Some(mail) => mails::find(reader, mail).await?,
        None => None,
    };
    let newer = match draft.mail_id {
        Some(mail) => mails::overtaking(reader, draft.thread_id, mail)
            .await?
            .is_some(),
        None => false,
    };
    let written = (draft.mail_id, draft.created_at);
    let earlier = mails::besides(reader, draft.thread_id, written, EARLIER).await?;
    let others = drafts::of_thread(reader, draft.thread_id).await?;
    let follows = others
        .iter()
        .map(|other| other.id)
        .filter(|other| *other > id)
        .max();
    let clock = reviews::find(reader, id).await?;
    let reviewers = reviewers::list(reader, now).await?;
    let next = review_queue::next(reader, Some(&me), id).await?;
    let next = match next {
        None => review_queue::next(reader, None, id).await?,
        next => next,
    };
    let content = context! {
        leaves_at => leaves_at(reader, &draft).await?,
        deliveries => values(&deliveries::of_draft(reader, id).await?),
        revisions => values(&drafts::revisions(reader, id).await?),
        is_reviewer => reviewers.iter().any(|reviewer| reviewer.name == me),
        reviewers => values(&reviewers),
        due => clock.and_then(|clock| clock.due_at),
        thread => values(&thread), mail => values(&mail), earlier => values(&earlier),
        address => typed.is_some().then(|| format!("/drafts/{id}")),
        me, newer, follows, next, compare => values(&shown.compare),
        changes => compared(&draft, shown.compare).await?,
        against => typed.as_ref().map(|typed| values(&compare::words(&draft.body, &typed.body))),
        typed => values(&typed),
        draft => values(&draft),
    };
    visit.show("draft.html", &draft.subject, content).await
}

/// What was changed since the model wrote it, if anything was.
async fn compared(draft: &Draft, how: Compared) -> Result<Option<Value>, PageError> {
    if draft.body == draft.original_body {
        return Ok(None);
    }
    let (before, after) = (draft.original_body.clone(), draft.body.clone());
    // Long texts take a while to compare and to write, which no other page is to feel.
    let written = tokio::task::spawn_blocking(move || {
        let changes = match how {
            Compared::Words => values(&compare::words(&before, &after)),
            Compared::Sides => values(&compare::sides(&before, &after)),
        };
        let content = context! { compare => values(&how), changes };
        template::render("compared.html", content).map(Value::from_safe_string)
    });
    written.await.ok().transpose().map_err(PageError::Page)
}

/// When an approved draft leaves: until then it can be taken back.
async fn leaves_at(reader: &mut Reader, draft: &Draft) -> Result<Option<i64>, StoreError> {
    if draft.state != DraftState::Approved {
        return Ok(None);
    }
    let line = Filter {
        order_key: Some(threads::order_key(draft.thread_id)),
        kind: Some("deliver".to_owned()),
        state: Some(JobState::Scheduled),
        ..Filter::default()
    };
    let jobs = jobs::list(reader, &line, JOBS).await?;
    let sends = jobs.iter().find(|job| job.args["draft"] == draft.id);
    Ok(sends.map(|job| job.run_at))
}

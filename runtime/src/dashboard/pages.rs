//! The pages: what each reads and shows.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Html;
use minijinja::context;
use minijinja::value::Value;
use similar::{ChangeTag, TextDiff};

use super::{PageError, page, way};
use crate::agent::Deployment;
use crate::store::drafts::{self, DraftState};
use crate::store::jobs::{self, Filter, Job, JobState};
use crate::store::mails::{self, MailState};
use crate::store::questions::{self, Question, QuestionState};
use crate::store::{deliveries, events, reviewers, reviews, threads, turns};

/// Rows of a list.
const ROWS: i64 = 200;

/// How long the words of a draft are compared; what is left then counts as changed.
const DIFF: Duration = Duration::from_millis(50);

type Page = Result<Html<String>, PageError>;

pub(super) async fn threads(State(deployment): State<Deployment>) -> Page {
    let mut reader = deployment.store().read().await?;
    let threads = threads::list(&mut reader, ROWS).await?;
    let held = drafts::list(&mut reader, Some(DraftState::Held), ROWS)
        .await?
        .len();
    let aside = mails::in_state(&mut reader, MailState::Quarantined, ROWS)
        .await?
        .len();
    let stuck = jobs::stuck(&mut reader, ROWS).await?.len();
    let folder = deployment
        .config
        .inbound
        .folder
        .as_ref()
        .map(|folder| folder.display().to_string());
    page(
        &deployment,
        "threads.html",
        "Threads",
        context! { threads => serde(&threads), held, aside, stuck, folder },
    )
}

pub(super) async fn thread(State(deployment): State<Deployment>, Path(id): Path<i64>) -> Page {
    let mut reader = deployment.store().read().await?;
    let thread = threads::find(&mut reader, id)
        .await?
        .ok_or(PageError::Missing)?;
    let mails = mails::of_thread(&mut reader, id).await?;
    let drafts = drafts::of_thread(&mut reader, id).await?;
    let happened = events::of_thread(&mut reader, id).await?;
    let turns = turns::of_thread(&mut reader, id).await?;
    let line = Filter {
        order_key: Some(threads::order_key(id)),
        ..Filter::default()
    };
    let mut jobs = jobs::list(&mut reader, &line, ROWS).await?;
    jobs.retain(|job| !matches!(job.state, JobState::Done | JobState::Cancelled));
    let way = way::of(&happened, &turns);
    let title = thread.subject.clone();
    let content = context! {
        thread => serde(&thread), mails => serde(&mails), drafts => serde(&drafts), jobs => serde(&jobs), way => serde(&way),
    };
    page(&deployment, "thread.html", &title, content)
}

pub(super) async fn drafts(State(deployment): State<Deployment>) -> Page {
    let mut reader = deployment.store().read().await?;
    let mut drafts = drafts::list(&mut reader, Some(DraftState::Held), ROWS).await?;
    let newest = drafts::newest(&mut reader, ROWS).await?;
    let decided = |draft: &drafts::Draft| draft.state != DraftState::Held;
    drafts.extend(newest.into_iter().filter(decided));
    page(
        &deployment,
        "drafts.html",
        "Drafts",
        context! { drafts => serde(&drafts) },
    )
}

pub(super) async fn draft(State(deployment): State<Deployment>, Path(id): Path<i64>) -> Page {
    show_draft(&deployment, id, None).await
}

/// The page of a draft, with what kept a decision from being carried out.
pub(super) async fn show_draft(deployment: &Deployment, id: i64, conflict: Option<String>) -> Page {
    let mut reader = deployment.store().read().await?;
    let draft = drafts::find(&mut reader, id)
        .await?
        .ok_or(PageError::Missing)?;
    let mail = match draft.mail_id {
        Some(mail) => mails::find(&mut reader, mail).await?,
        None => None,
    };
    let newest = mails::newest(&mut reader, draft.thread_id).await?;
    let newer = newest > draft.mail_id && draft.mail_id.is_some();
    let deliveries = deliveries::of_draft(&mut reader, id).await?;
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
    let now = deployment.clock().now_ms();
    let reviewers = reviewers::list(&mut reader, now).await?;
    let clock = reviews::find(&mut reader, id).await?;
    let due = clock.and_then(|clock| clock.due_at);
    let content = context! {
        reviewers => serde(&reviewers), due,
        draft => serde(&draft), mail => serde(&mail), deliveries => serde(&deliveries), changes, newer, conflict,
    };
    page(deployment, "draft.html", &title, content)
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

pub(super) async fn questions(State(deployment): State<Deployment>) -> Page {
    let mut reader = deployment.store().read().await?;
    let mut questions = questions::open(&mut reader, ROWS).await?;
    let newest = questions::newest(&mut reader, ROWS).await?;
    let answered = |question: &Question| question.state == QuestionState::Answered;
    questions.extend(newest.into_iter().filter(answered));
    page(
        &deployment,
        "questions.html",
        "Questions",
        context! { questions => serde(&questions) },
    )
}

pub(super) async fn aside(State(deployment): State<Deployment>) -> Page {
    let mut reader = deployment.store().read().await?;
    let mails = mails::in_state(&mut reader, MailState::Quarantined, ROWS).await?;
    page(
        &deployment,
        "aside.html",
        "Put aside",
        context! { mails => serde(&mails) },
    )
}

pub(super) async fn jobs(State(deployment): State<Deployment>) -> Page {
    let mut reader = deployment.store().read().await?;
    let counts = jobs::counts(&mut reader).await?;
    let mut jobs = jobs::stuck(&mut reader, ROWS).await?;
    let newest = jobs::list(&mut reader, &Filter::default(), ROWS).await?;
    let moving = |job: &Job| !matches!(job.state, JobState::Dead | JobState::Waiting);
    jobs.extend(newest.into_iter().filter(moving));
    page(
        &deployment,
        "jobs.html",
        "Jobs",
        context! { counts => serde(&counts), jobs => serde(&jobs) },
    )
}

fn serde<T: serde::Serialize>(value: &T) -> Value {
    Value::from(minijinja::value::Serde(value))
}

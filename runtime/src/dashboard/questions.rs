//! What agents ask people.

use axum::Form;
use axum::response::Redirect;
use minijinja::context;
use serde::Deserialize;

use super::visit::{Caller, Page, PageError, Path, Visit, values};
use crate::agent::review;
use crate::store::questions::{self, Question, QuestionState};

/// Rows of a list.
const ROWS: i64 = 200;

pub(super) async fn list(mut visit: Visit) -> Page {
    let mut questions = questions::open(&mut visit.reader, ROWS).await?;
    let newest = questions::newest(&mut visit.reader, ROWS).await?;
    let answered = |question: &Question| question.state == QuestionState::Answered;
    questions.extend(newest.into_iter().filter(answered));
    let content = context! { questions => values(&questions) };
    visit.show("questions.html", "Questions", content).await
}

/// The form of a question.
#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    answer: String,
}

pub(super) async fn answer(
    caller: Caller,
    Path(id): Path<i64>,
    Form(form): Form<Answered>,
) -> Result<Redirect, PageError> {
    // Browsers send line ends as CRLF.
    let text = form.answer.replace("\r\n", "\n");
    review::question::answer(&caller.deployment, id, caller.name(), text).await?;
    Ok(Redirect::to("/questions"))
}

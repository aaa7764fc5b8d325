//! Mail that nobody has answered: a guard put it aside, or it could not be read.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Redirect;
use minijinja::context;

use super::Person;
use super::visit::{Page, PageError, Visit, values};
use crate::agent::{Deployment, guard};
use crate::store::mails::{self, MailState};

/// Rows of a list.
const ROWS: i64 = 200;

pub(super) async fn list(mut visit: Visit) -> Page {
    let mails = mails::in_state(&mut visit.reader, MailState::Quarantined, ROWS).await?;
    let content = context! { mails => values(&mails) };
    visit.show("aside.html", "Put aside", content).await
}

pub(super) async fn release(
    State(deployment): State<Deployment>,
    Extension(Person(by)): Extension<Person>,
    Path(id): Path<i64>,
) -> Result<Redirect, PageError> {
    guard::release(&deployment, id, &by).await?;
    Ok(Redirect::to("/aside"))
}

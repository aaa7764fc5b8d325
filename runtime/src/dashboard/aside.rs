//! Mail that nobody has answered: a guard put it aside, or it could not be read. By the cause.

use axum::extract::{Form, Query};
use axum::response::Redirect;
use minijinja::context;
use serde::Deserialize;

use super::paging::{self, LOOK};
use super::visit::{Caller, Page, PageError, Path, Visit, values};
use crate::agent::{guard, redrive};
use crate::store::quarantine;

/// Which mail is looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    cause: Option<String>,
    before: Option<i64>,
}

pub(super) async fn list(mut visit: Visit, Query(asked): Query<Asked>) -> Page {
    let reader = &mut visit.reader;
    let causes = quarantine::causes(reader).await?;
    let first = causes.first().map(|(cause, _)| cause.clone());
    let cause = asked.cause.or(first).unwrap_or_default();
    let before = asked.before.unwrap_or(i64::MAX);
    let mut mails = quarantine::of_cause(reader, &cause, before, LOOK).await?;
    let older = paging::cut(&mut mails, |mail| mail.id).map(|last| {
        let last = last.to_string();
        paging::address("/aside", &[("cause", cause.as_str()), ("before", &last)])
    });
    let content = context! { causes, cause, mails => values(&mails), older };
    visit.show("aside.html", "Put aside", content).await
}

pub(super) async fn release(caller: Caller, Path(id): Path<i64>) -> Result<Redirect, PageError> {
    guard::release(&caller.deployment, id, &caller.person.name).await?;
    Ok(Redirect::to("/aside"))
}

pub(super) async fn redrive(caller: Caller, Path(id): Path<i64>) -> Result<Redirect, PageError> {
    redrive::redrive(&caller.deployment, id, &caller.person.name).await?;
    Ok(Redirect::to("/aside"))
}

/// The form of a cause.
#[derive(Debug, Deserialize)]
pub(super) struct OfCause {
    cause: String,
}

pub(super) async fn redrive_all(
    caller: Caller,
    Form(form): Form<OfCause>,
) -> Result<Redirect, PageError> {
    redrive::all_of(&caller.deployment, &form.cause, &caller.person.name).await?;
    Ok(Redirect::to("/aside"))
}

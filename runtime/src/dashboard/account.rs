//! What somebody looks after themselves: their password, and where they are signed in.

use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use minijinja::context;
use serde::Deserialize;

use super::sign_in::refused;
use super::visit::{Caller, PageError, Visit};
use crate::people::{password, session};
use crate::store::sessions;

pub(super) async fn show(visit: Visit) -> Result<Response, PageError> {
    page(visit, StatusCode::OK, context! {}).await
}

/// The form of a password.
#[derive(Debug, Deserialize)]
pub(super) struct Changed {
    #[serde(default)]
    old: String,
    new: String,
}

pub(super) async fn password(
    caller: Caller,
    Form(changed): Form<Changed>,
) -> Result<Response, PageError> {
    let (deployment, person) = (&caller.deployment, &caller.person);
    match password::change(deployment, person, changed.old, changed.new).await {
        Ok(()) => {
            let visit = caller.visit().await?;
            page(visit, StatusCode::OK, context! { changed => true }).await
        }
        Err(error) => {
            let (status, says) = refused(error)?;
            page(caller.visit().await?, status, context! { says }).await
        }
    }
}

async fn page(
    mut visit: Visit,
    status: StatusCode,
    came: minijinja::Value,
) -> Result<Response, PageError> {
    let (name, own) = (visit.person.name.clone(), visit.person.session.clone());
    let account = sessions::account(&mut visit.reader, &name).await?;
    let sessions = session::of(&mut visit.reader, &visit.deployment, &visit.person).await?;
    let sessions: Vec<_> = sessions
        .iter()
        .map(|session| {
            context! {
                begun_at => session.begun_at, seen_at => session.seen_at, ends_at => session.ends_at,
                here => Some(&session.hash) == own.as_ref(),
            }
        })
        .collect();
    let content = context! {
        sessions, signs_in => own.is_some(),
        address => account.as_ref().map(|account| &account.address),
        has_password => account.as_ref().is_some_and(|account| account.password.is_some()),
        ..came
    };
    let page = visit.show("account.html", "You", content).await?;
    Ok((status, page).into_response())
}

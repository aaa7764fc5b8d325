//! Who decides drafts: what waits for them, who is away, what each may do.

use axum::extract::Form;
use axum::response::Redirect;
use minijinja::context;
use serde::Deserialize;

use super::visit::{Caller, Page, PageError, Path, Visit, values};
use crate::agent::review::roster::{self, Change, instant};
use crate::people::Role;
use crate::store::{StoreError, reviewers};

pub(super) async fn list(mut visit: Visit) -> Page {
    let now = visit.now();
    let reviewers = reviewers::list(&mut visit.reader, now).await?;
    let absences = reviewers::absences(&mut visit.reader, now).await?;
    let most = reviewers.iter().map(|one| one.load).max().unwrap_or(0);
    let roles = [Role::Viewer, Role::Reviewer, Role::Operator].map(Role::word);
    let content =
        context! { reviewers => values(&reviewers), absences => values(&absences), most, roles };
    visit.show("reviewers.html", "Reviewers", content).await
}

/// The form of a reviewer.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    name: String,
    address: String,
    #[serde(default)]
    weight: String,
    #[serde(default)]
    cap: String,
    #[serde(default)]
    hours: String,
    #[serde(default)]
    escalates_to: String,
    role: Role,
}

pub(super) async fn set(caller: Caller, Form(said): Form<Said>) -> Result<Redirect, PageError> {
    let reviewer = said.reviewer().map_err(StoreError::Conflict)?;
    change(&caller, Change::Set(Box::new(reviewer))).await
}

impl Said {
    fn reviewer(self) -> Result<roster::Reviewer, String> {
        let name = self.name.trim().to_owned();
        let mut reviewer = roster::Reviewer::new(&name, &self.address.trim().to_lowercase());
        if let Some(weight) = number("the weight", &self.weight)? {
            reviewer.weight = weight;
        }
        reviewer.cap = number("the most that waits", &self.cap)?;
        let hours = self.hours.trim();
        if !hours.is_empty() {
            reviewer.hours = Some(hours.parse().map_err(|error| format!("{error}"))?);
        }
        reviewer.escalates_to = Some(self.escalates_to).filter(|name| !name.is_empty());
        reviewer.role = self.role;
        Ok(reviewer)
    }
}

fn number(what: &str, text: &str) -> Result<Option<u32>, String> {
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| format!("{what} is a number, and `{text}` is none")),
    }
}

/// The form of an absence, in days or minutes of the installation's zone.
#[derive(Debug, Deserialize)]
pub(super) struct Away {
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

pub(super) async fn away(
    caller: Caller,
    Path(name): Path<String>,
    Form(form): Form<Away>,
) -> Result<Redirect, PageError> {
    let zone = &caller.deployment.config.timezone;
    let read = |text: &str, end| match text {
        "" => Ok(None),
        text => instant(text, zone, end).map(Some),
    };
    let (from, until) = (read(&form.from, false)?, read(&form.until, true)?);
    change(&caller, Change::Away { name, from, until }).await
}

pub(super) async fn back(caller: Caller, Path(name): Path<String>) -> Result<Redirect, PageError> {
    change(&caller, Change::Back(name)).await
}

pub(super) async fn remove(
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Redirect, PageError> {
    change(&caller, Change::Remove(name)).await
}

async fn change(caller: &Caller, change: Change) -> Result<Redirect, PageError> {
    roster::change(&caller.deployment, change, caller.name()).await?;
    Ok(Redirect::to("/reviewers"))
}

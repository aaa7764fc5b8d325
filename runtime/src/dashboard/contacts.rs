//! What is kept about contacts, what it rests on, how it is taken back; and who gets no mail.

use axum::extract::{Form, Query};
use axum::response::Redirect;
use minijinja::context;
use serde::Deserialize;

use super::paging::{self, LOOK};
use super::visit::{Caller, Page, PageError, Path, Visit, values};
use crate::agent::{contacts, feedback};
use crate::mail::Mailbox;
use crate::store::entities::{self, Entity, Evidence};
use crate::store::{StoreError, suppression, threads};

/// Conversations of a contact that are listed.
const THREADS: i64 = 20;

/// Which contacts are looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    kind: Option<String>,
    before: Option<i64>,
}

pub(super) async fn list(mut visit: Visit, Query(asked): Query<Asked>) -> Page {
    let kinds = contacts::kinds(&visit.deployment);
    let known = |kind: &String| kinds.contains(kind);
    let kind = asked.kind.filter(known).or_else(|| kinds.first().cloned());
    let kind = kind.unwrap_or_default();
    let reader = &mut visit.reader;
    let mut found: Vec<Entity> = match asked.q.trim() {
        "" => {
            let before = asked.before.unwrap_or(i64::MAX);
            entities::newest(reader, &kind, before, LOOK).await?
        }
        words => {
            let mut found: Vec<_> = entities::find(reader, &kind, &words.to_lowercase())
                .await?
                .into_iter()
                .collect();
            let alike = entities::search(reader, &kind, None, words, paging::ROWS).await?;
            found.extend(alike);
            let mut seen = std::collections::BTreeSet::new();
            found.retain(|one| seen.insert(one.id));
            found
        }
    };
    let older = paging::cut(&mut found, |one| one.id).map(|last| {
        let last = last.to_string();
        paging::address("/contacts", &[("kind", kind.as_str()), ("before", &last)])
    });
    let rows: Vec<_> = found
        .iter()
        .map(|one| context! { contact => values(one), at => at(&one.key) })
        .collect();
    let content = context! { rows, kinds, kind, q => asked.q, older };
    visit.show("contacts.html", "Contacts", content).await
}

pub(super) async fn show(mut visit: Visit, Path(address): Path<String>) -> Page {
    let address = address.to_lowercase();
    let reader = &mut visit.reader;
    let found = contacts::of_address(reader, &visit.deployment, &address).await?;
    let suppressed = suppression::find(reader, &address).await?;
    let threads = threads::of_contact(reader, &address, THREADS).await?;
    if found.is_empty() && threads.is_empty() && suppressed.is_none() {
        return Err(PageError::Missing);
    }
    let mut documents = Vec::new();
    for one in &found {
        let versions = entities::history(reader, one.id).await?;
        let mut history = contacts::told(&versions);
        history.reverse();
        documents.push(context! { entity => values(one), history => values(&history) });
    }
    let title = address.clone();
    let content = context! {
        at => at(&address), address, documents, suppressed => suppressed.as_ref().map(values),
        why => suppressed.as_ref().map(suppression::Suppressed::why), threads => values(&threads),
    };
    visit.show("contact.html", &title, content).await
}

/// The form of a version that is to be the newest again.
#[derive(Debug, Deserialize)]
pub(super) struct Reverted {
    kind: String,
    version: i64,
    #[serde(default)]
    note: String,
}

pub(super) async fn revert(
    caller: Caller,
    Path(address): Path<String>,
    Form(form): Form<Reverted>,
) -> Result<Redirect, PageError> {
    let mut reader = caller.deployment.store().read().await?;
    let address = address.to_lowercase();
    let found = contacts::of_address(&mut reader, &caller.deployment, &address).await?;
    drop(reader);
    let one = found.iter().find(|one| one.kind == form.kind);
    let one = one.ok_or(PageError::Missing)?;
    let evidence = Evidence {
        note: Some(form.note).filter(|note| !note.trim().is_empty()),
        ..Evidence::of(&caller.person.name)
    };
    contacts::revert(&caller.deployment, one, form.version, evidence).await?;
    Ok(Redirect::to(&at(&address)))
}

/// A page of the addresses that get no mail.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Skipped {
    #[serde(default)]
    skip: i64,
}

pub(super) async fn suppressed(mut visit: Visit, Query(asked): Query<Skipped>) -> Page {
    let skip = asked.skip.max(0);
    let mut listed = suppression::list(&mut visit.reader, skip, LOOK).await?;
    let older = paging::cut(&mut listed, |_| skip + paging::ROWS)
        .map(|next| paging::address("/suppressed", &[("skip", &next.to_string())]));
    let content = context! { listed => values(&listed), older };
    visit
        .show("suppressed.html", "Addresses without mail", content)
        .await
}

/// The form of an address.
#[derive(Debug, Deserialize)]
pub(super) struct Addressed {
    address: String,
    #[serde(default)]
    note: String,
    /// The page to come back to: that of the contact, or the list.
    #[serde(default)]
    from: From,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum From {
    Contact,
    #[default]
    List,
}

impl Addressed {
    fn read(&self) -> Result<String, StoreError> {
        let read = Mailbox::of_text(self.address.trim());
        read.map(|mailbox| mailbox.address)
            .ok_or_else(|| StoreError::Conflict(format!("`{}` is not an address", self.address)))
    }

    fn back(&self, address: &str) -> Redirect {
        match self.from {
            From::Contact => Redirect::to(&at(address)),
            From::List => Redirect::to("/suppressed"),
        }
    }
}

pub(super) async fn suppress(
    caller: Caller,
    Form(form): Form<Addressed>,
) -> Result<Redirect, PageError> {
    let address = form.read()?;
    feedback::suppress(
        &caller.deployment,
        &address,
        &form.note,
        &caller.person.name,
    )
    .await?;
    Ok(form.back(&address))
}

pub(super) async fn allow(
    caller: Caller,
    Form(form): Form<Addressed>,
) -> Result<Redirect, PageError> {
    let address = form.read()?;
    if !feedback::allow(&caller.deployment, &address, &caller.person.name).await? {
        let why = format!("{address} is not on the list");
        return Err(StoreError::Conflict(why).into());
    }
    Ok(form.back(&address))
}

fn at(address: &str) -> String {
    format!("/contacts/{}", paging::part(address))
}

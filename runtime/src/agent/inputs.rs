//! What behaviours are given: the contact, the thread and the mail, as their types say.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use silex_bundle::agent::Contact;
use silex_bundle::expr::Scope;
use silex_bundle::schema::Shape;
use silex_bundle::{Agent, Bundle, Type};

use super::correspondence::Correspondence;
use super::{Deployment, StageError};
use crate::bundle::documents;
use crate::store::entities::{self, Evidence, NewEntity, Owner};
use crate::store::mails::{Direction, Mail, MailState};
use crate::store::threads::Thread;
use crate::store::{Connection, StoreError, turns};
use crate::turn::{Outcome, observe};

/// Earlier mails that a thread shows.
const EARLIER: usize = 50;

/// Documents of each kind that `owned(ENTITY)` gives.
const OWNED: i64 = 50;

/// The names that guards, routes and reviews see.
#[derive(Debug, Clone)]
pub struct Names {
    /// By name.
    pub values: Map<String, Value>,
    /// What the contact owns, by entity, newest first.
    pub owned: BTreeMap<String, Value>,
    /// Whether the sender of the mail was proven.
    pub verified: bool,
}

impl Names {
    /// The scope of expressions, with `now` and `today`.
    #[must_use]
    pub fn scope<'a>(&'a self, now: &'a Value, today: &'a Value) -> Scope<'a> {
        Scope::of(&self.values)
            .with("now", now)
            .with("today", today)
            .with_owned(&self.owned)
    }
}

/// The names for a mail of a thread; without one, the contact alone.
///
/// # Errors
/// When the store fails, or the contact cannot be made from what the mail says.
pub async fn names(
    deployment: &Deployment,
    bundle: &Bundle,
    contact: &Contact,
    Correspondence { thread, mails }: &Correspondence,
    mail: Option<&Mail>,
) -> Result<Names, StageError> {
    let mut reader = deployment.store().read().await?;
    let stored = entities::find(&mut reader, &contact.entity, &thread.contact_key).await?;
    let owned = owned(&mut reader, bundle, &contact.entity, &thread.contact_key).await?;
    drop(reader);
    let entity = match stored {
        Some(stored) => documents::fitted(bundle, &contact.entity, &stored.value)
            .map_err(StageError::Unusable)?,
        None => new_contact(bundle, contact, &thread.contact_key, &thread.contact_name)?,
    };
    let mut values = Map::new();
    values.insert(contact.name.clone(), entity);
    if let Some(mail) = mail {
        values.insert("thread".to_owned(), record(thread, mail, mails));
        values.insert("mail".to_owned(), mail.record.clone());
    }
    Ok(Names {
        values,
        owned,
        // What no mail asked for comes from us.
        verified: mail.is_none_or(|mail| mail.verified),
    })
}

/// What the contact owns, each kind as a list, newest first. A document that does not fit the bundle
/// is left out.
pub(super) async fn owned(
    db: &mut Connection,
    bundle: &Bundle,
    kind: &str,
    key: &str,
) -> Result<BTreeMap<String, Value>, StoreError> {
    let owner = Owner {
        kind: kind.to_owned(),
        key: key.to_owned(),
    };
    let mut all = BTreeMap::new();
    for (name, declared) in &bundle.declarations {
        let Shape::Entity {
            owner: Some(by), ..
        } = &declared.shape
        else {
            continue;
        };
        if by != kind {
            continue;
        }
        let found = entities::list(db, name, Some(&owner), OWNED).await?;
        let fitting = found
            .iter()
            .filter_map(|entity| documents::fitted(bundle, name, &entity.value).ok());
        all.insert(name.clone(), fitting.collect());
    }
    Ok(all)
}

/// The key of the turn that finds out what an agent observes about a mail.
#[must_use]
pub fn observation(name: &str, mail: i64) -> String {
    format!("observe {name} {mail}")
}

/// Adds what the agent observed about a mail when it was routed. What was not found out then stays
/// unknown.
///
/// # Errors
/// When the store fails.
pub async fn add_observed(
    deployment: &Deployment,
    agent: &Agent,
    mail: i64,
    names: &mut Names,
) -> Result<(), StageError> {
    if agent.observe.is_empty() {
        return Ok(());
    }
    let mut reader = deployment.store().read().await?;
    for observe in &agent.observe {
        let turn = turns::by_key(&mut reader, &observation(&observe.name, mail)).await?;
        let outcome = turn.and_then(|turn| turn.outcome);
        let outcome = outcome.and_then(|outcome| serde_json::from_value::<Outcome>(outcome).ok());
        if let Some(Ok(value)) = outcome.map(|outcome| observe::settled(&observe.name, &outcome)) {
            names.values.insert(observe.name.clone(), value);
        }
    }
    Ok(())
}

/// A contact that writes for the first time: key and name from the mail, the rest from defaults.
///
/// # Errors
/// When it cannot be made from what the mail says.
pub fn new_contact(
    bundle: &Bundle,
    contact: &Contact,
    key: &str,
    name: &str,
) -> Result<Value, StageError> {
    let mut value = Map::new();
    value.insert(contact.by.clone(), json!(key));
    let declared = bundle.declarations.get(&contact.entity);
    if let Some(Shape::Entity { fields, .. }) = declared.map(|declaration| &declaration.shape) {
        let named = fields
            .iter()
            .find(|field| field.name == "name" && contact.by != "name");
        if let Some(Type::Text { max, .. }) = named.map(|field| &field.of) {
            let cut: String = name
                .chars()
                .take(max.map_or(usize::MAX, |max| max as usize))
                .collect();
            value.insert("name".to_owned(), json!(cut));
        }
    }
    Type::Named(contact.entity.clone())
        .check(&Value::Object(value), &bundle.declarations)
        .map_err(|violations| {
            let list: Vec<_> = violations.iter().map(ToString::to_string).collect();
            StageError::Unusable(format!(
                "no `{}` can be made for {key}: {}",
                contact.entity,
                list.join("; ")
            ))
        })
}

/// Keeps a new contact, if there is none yet.
///
/// # Errors
/// When the store fails.
pub async fn keep_contact(
    tx: &mut Connection,
    contact: &Contact,
    key: &str,
    value: Value,
    now: i64,
) -> Result<(), StoreError> {
    let entity = NewEntity {
        kind: contact.entity.clone(),
        key: key.to_owned(),
        owner: None,
        value,
    };
    entities::keep(tx, &entity, &Evidence::of("receive"), now).await
}

/// The record `silex.Thread`: what went before this mail. Only mails that a guard let through are
/// part of it, in the order in which it did: what it blocked, or never got to judge, is never shown to a
/// behaviour.
pub(super) fn record(thread: &Thread, mail: &Mail, all: &[Mail]) -> Value {
    let shown = |other: &&Mail| {
        let passed = match other.state {
            MailState::Screened | MailState::Handled | MailState::Sent => true,
            MailState::Received | MailState::Quarantined | MailState::Ignored => false,
        };
        // Without a place they are in the order in which they came.
        let is_before = match mail.place == 0 || other.place == 0 {
            true => other.id < mail.id,
            false => other.place < mail.place,
        };
        passed && is_before
    };
    let mut before: Vec<_> = all.iter().filter(shown).collect();
    before.sort_by_key(|other| (other.place, other.id));
    let turns = 1 + before
        .iter()
        .filter(|other| other.direction == Direction::In)
        .count();
    let earlier: Vec<_> = before
        .iter()
        .rev()
        .take(EARLIER)
        .rev()
        .map(|other| other.record.clone())
        .collect();
    let subject: String = thread.subject.chars().take(500).collect();
    json!({ "id": thread.id.to_string(), "subject": subject, "turns": turns, "earlier": earlier })
}

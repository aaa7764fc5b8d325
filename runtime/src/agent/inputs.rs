//! What behaviours are given: the contact, the thread and the mail, as their types say.

use serde_json::{Map, Value, json};
use silex_bundle::agent::Contact;
use silex_bundle::schema::Shape;
use silex_bundle::{Bundle, Type};

use super::{Deployment, StageError};
use crate::store::entities::{self, NewEntity};
use crate::store::mails::{self, Direction, Mail, MailState};
use crate::store::threads::Thread;
use crate::store::{Connection, StoreError};

/// Earlier mails that a thread shows.
const EARLIER: usize = 50;

/// The names that guards, routes and reviews see.
#[derive(Debug, Clone)]
pub struct Names {
    /// By name.
    pub values: Map<String, Value>,
    /// Whether the sender of the mail was proven.
    pub verified: bool,
}

/// The names for a mail of a thread; without one, the contact alone.
///
/// # Errors
/// When the store fails, or the contact cannot be made from what the mail says.
pub async fn names(
    deployment: &Deployment,
    bundle: &Bundle,
    contact: &Contact,
    thread: &Thread,
    mail: Option<&Mail>,
) -> Result<Names, StageError> {
    let mut reader = deployment.store().read().await?;
    let stored = entities::find(&mut reader, &contact.entity, &thread.contact_key).await?;
    let all = match mail {
        Some(_) => mails::of_thread(&mut reader, thread.id).await?,
        None => Vec::new(),
    };
    drop(reader);
    let entity = match stored {
        Some(stored) => stored.value,
        None => new_contact(bundle, contact, &thread.contact_key, &thread.contact_name)?,
    };
    let mut values = Map::new();
    values.insert(contact.name.clone(), entity);
    if let Some(mail) = mail {
        values.insert("thread".to_owned(), record(thread, mail, &all));
        values.insert("mail".to_owned(), mail.record.clone());
    }
    Ok(Names {
        values,
        // What no mail asked for comes from us.
        verified: mail.is_none_or(|mail| mail.verified),
    })
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
    if entities::find(tx, &contact.entity, key).await?.is_none() {
        let entity = NewEntity {
            kind: contact.entity.clone(),
            key: key.to_owned(),
            owner: None,
            value,
        };
        entities::save(tx, &entity, Some(0), "receive", now).await?;
    }
    Ok(())
}

/// The record `silex.Thread`: what went before this mail. Only mails that a guard let through are
/// part of it: what it blocked, or never got to judge, is never shown to a behaviour.
fn record(thread: &Thread, mail: &Mail, all: &[Mail]) -> Value {
    let shown = |other: &&Mail| {
        let passed = match other.state {
            MailState::Screened | MailState::Handled | MailState::Sent => true,
            MailState::Received | MailState::Quarantined | MailState::Ignored => false,
        };
        other.id < mail.id && passed
    };
    let before: Vec<_> = all.iter().filter(shown).collect();
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

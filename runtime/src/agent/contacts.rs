//! What is kept about contacts, and how a person takes back what was learned.

use futures_util::FutureExt;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Deployment, event};
use crate::bundle::documents;
use crate::store::entities::{self, Entity, Evidence, NewEntity, Version};
use crate::store::{Connection, StoreError, events, transaction};

/// The documents that agents of the bundle in use keep for a contact.
///
/// # Errors
/// When the store fails.
pub async fn of_address(
    db: &mut Connection,
    deployment: &Deployment,
    address: &str,
) -> Result<Vec<Entity>, StoreError> {
    let mut found = Vec::new();
    for kind in kinds(deployment) {
        found.extend(entities::find(db, &kind, address).await?);
    }
    Ok(found)
}

/// The kinds of documents that agents of the bundle in use keep for their contacts, by name.
#[must_use]
pub fn kinds(deployment: &Deployment) -> Vec<String> {
    let bundle = deployment.bundles().current();
    let agents = bundle.bundle().agents.values();
    let mut kinds: Vec<_> = agents.map(|agent| agent.contact.entity.clone()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// A version of a document, told by what it changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// Its number, from 1.
    pub version: i64,
    /// When it was written.
    pub written_at: i64,
    /// What it rests on.
    pub evidence: Evidence,
    /// Each field that is another than in the version before.
    pub changes: Vec<Change>,
}

/// A field of a document that has another value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Its name.
    pub field: String,
    /// What it was.
    pub was: Value,
    /// What it is.
    pub is: Value,
}

/// The history of a document, oldest first.
#[must_use]
pub fn told(versions: &[Version]) -> Vec<Told> {
    let before = std::iter::once(&Value::Null).chain(versions.iter().map(|one| &one.value));
    let pairs = versions.iter().zip(before);
    pairs
        .map(|(one, before)| Told {
            version: one.version,
            written_at: one.written_at,
            evidence: one.evidence.clone(),
            changes: changes(before, &one.value),
        })
        .collect()
}

fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let fields = after.as_object().into_iter().flatten();
    fields
        .filter_map(|(field, is)| {
            let was = before.get(field).unwrap_or(&Value::Null);
            (was != is).then(|| Change {
                field: field.clone(),
                was: was.clone(),
                is: is.clone(),
            })
        })
        .collect()
}

/// Makes an older version of a document the newest again. Nothing is deleted: the version that is taken
/// back stays in the history. Gives the new version.
///
/// # Errors
/// [`StoreError::Conflict`] when there is no such version, it no longer fits the bundle in use, or the
/// document changed meanwhile.
pub async fn revert(
    deployment: &Deployment,
    entity: &Entity,
    version: i64,
    evidence: Evidence,
) -> Result<i64, StoreError> {
    let (entity, now) = (entity.clone(), deployment.clock().now_ms());
    let bundle = deployment.bundles().current();
    let work =
        transaction(move |tx| {
            async move {
            let versions = entities::history(tx, entity.id).await?;
            let older = versions.into_iter().find(|one| one.version == version);
            let missing = || {
                StoreError::Conflict(format!("{} has no version {version}", entity.key))
            };
            let value = older.ok_or_else(missing)?.value;
            documents::fitted(bundle.bundle(), &entity.kind, &value)
                .map_err(StoreError::Conflict)?;
            let reverted = NewEntity {
                kind: entity.kind,
                key: entity.key,
                owner: entity.owner,
                value,
            };
            let newest =
                entities::save(tx, &reverted, Some(entity.version), &evidence, now).await?;
            let data = json!({
                "contact": reverted.key, "to": version, "version": newest, "note": evidence.note,
            });
            events::append(tx, &event("contact.reverted", &evidence.by, None, None, data), now)
                .await?;
            Ok(newest)
        }
        .boxed()
        });
    deployment.store().write("contact.reverted", work).await
}

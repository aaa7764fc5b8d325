//! What is kept about contacts, and how a person takes back what was learned.

use futures_util::FutureExt;
use serde_json::json;

use super::{Deployment, event};
use crate::bundle::documents;
use crate::store::entities::{self, Entity, Evidence, NewEntity};
use crate::store::{StoreError, events, transaction};

/// The documents that agents of the bundle in use keep for a contact.
///
/// # Errors
/// When the store fails.
pub async fn of_address(deployment: &Deployment, address: &str) -> Result<Vec<Entity>, StoreError> {
    let bundle = deployment.bundles().current();
    let agents = bundle.bundle().agents.values();
    let mut kinds: Vec<_> = agents.map(|agent| agent.contact.entity.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut reader = deployment.store().read().await?;
    let mut found = Vec::new();
    for kind in kinds {
        found.extend(entities::find(&mut reader, kind, address).await?);
    }
    Ok(found)
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

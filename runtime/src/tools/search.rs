//! `via search` and `via get`: reading entities, limited to what the tool's `for` entity owns.

use serde_json::Value;
use silex_bundle::Type;

use super::{Call, Done, ToolError, key_of};
use crate::bundle::documents;
use crate::store::Store;
use crate::store::entities::{self, Owner};

/// How many are found when the tool has no parameter `limit`.
const FOUND: usize = 10;

pub(super) async fn search(
    store: &Store,
    call: &Call<'_>,
    entity: &str,
) -> Result<Done, ToolError> {
    let query =
        text(call, "query").ok_or_else(|| ToolError::Failed("there is no `query`".to_owned()))?;
    let declared = if let Type::List { max: Some(max), .. } = &call.tool.returns {
        *max as usize
    } else {
        FOUND
    };
    let wanted = call
        .names
        .get("limit")
        .and_then(Value::as_u64)
        .and_then(|limit| usize::try_from(limit).ok());
    let mut reader = store.read().await.map_err(passing)?;
    let limit = i64::try_from(wanted.unwrap_or(declared).min(declared)).unwrap_or(i64::MAX);
    let found = entities::search(&mut reader, entity, owner(call).as_ref(), query, limit)
        .await
        .map_err(passing)?;
    Ok(Done {
        value: found
            .iter()
            .filter_map(|found| documents::fitted(call.bundle, entity, &found.value).ok())
            .collect(),
        write: None,
    })
}

pub(super) async fn get(store: &Store, call: &Call<'_>, entity: &str) -> Result<Done, ToolError> {
    let first = call
        .tool
        .params
        .first()
        .and_then(|param| text(call, &param.name));
    let key = first.or_else(|| owned_key(call, entity));
    let key = key.ok_or_else(|| ToolError::Failed("there is no key to look for".to_owned()))?;
    let mut reader = store.read().await.map_err(passing)?;
    let found = entities::find(&mut reader, entity, key)
        .await
        .map_err(passing)?;
    // What belongs to someone else is as if it were not there.
    let found = found.filter(|found| owner(call).is_none_or(|owner| belongs(found, &owner)));
    match (found, &call.tool.returns) {
        (Some(found), _) => Ok(Done {
            value: documents::fitted(call.bundle, entity, &found.value)
                .map_err(ToolError::Failed)?,
            write: None,
        }),
        (None, Type::Optional(_)) => Ok(Done {
            value: Value::Null,
            write: None,
        }),
        (None, _) => Err(ToolError::Failed(format!(
            "there is none with the key {key:?}"
        ))),
    }
}

/// `get Subscriber` for a subscriber without parameters is the contact itself.
fn owned_key<'a>(call: &'a Call<'_>, entity: &str) -> Option<&'a str> {
    let bound = call
        .tool
        .owner
        .as_ref()
        .filter(|owner| owner.entity == entity)?;
    Some(key_of(call.bundle, &bound.entity, call.owner?)?.1)
}

/// The entity that the tool's `for` stands for, as an owner.
pub(super) fn owner(call: &Call<'_>) -> Option<Owner> {
    let bound = call.tool.owner.as_ref()?;
    let (_, key) = key_of(call.bundle, &bound.entity, call.owner?)?;
    Some(Owner {
        kind: bound.entity.clone(),
        key: key.to_owned(),
    })
}

/// Whether an entity is the owner itself, or the owner's.
pub(super) fn belongs(entity: &entities::Entity, owner: &Owner) -> bool {
    entity.owner.as_ref() == Some(owner) || (entity.kind == owner.kind && entity.key == owner.key)
}

fn text<'a>(call: &'a Call<'_>, name: &str) -> Option<&'a str> {
    call.names.get(name).and_then(Value::as_str)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in `map_err`, which gives the error away"
)]
pub(super) fn passing(error: crate::store::StoreError) -> ToolError {
    // The model is not told what the database says.
    tracing::warn!(error = %error, "a tool could not read the store");
    ToolError::Passing("the store did not answer".to_owned())
}

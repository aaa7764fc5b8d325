//! `via save`: sets a field of the `for` entity, or stores an entity that belongs to it.

use serde_json::{Value, json};
use silex_bundle::expr::{Expr, Path, Scope};
use silex_bundle::schema::Shape;

use super::search::{belongs, owner, passing};
use super::{Call, Done, ToolError, key_of};
use crate::bundle::documents;
use crate::store::Store;
use crate::store::entities::{self, NewEntity, Owner};

/// A change of an entity, to be committed with the step that made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The entity as it is to be, checked.
    pub entity: NewEntity,
    /// The version that was read; 0 when there was none.
    pub version: i64,
}

pub(super) async fn save(
    store: &Store,
    call: &Call<'_>,
    path: &Path,
    value: &Expr,
) -> Result<Done, ToolError> {
    let failed = |error: &dyn std::fmt::Display| ToolError::Failed(error.to_string());
    let scope = Scope::of(call.names);
    let value = value
        .eval(&scope)
        .map_err(|error| failed(&error))?
        .into_owned();
    let write = match call.bundle.declarations.get_key_value(&path.to_string()) {
        Some((entity, _)) => create(store, call, entity, value).await?,
        None => change(store, call, path, value).await?,
    };
    Ok(Done {
        value: json!({ "saved": true }),
        write: Some(write),
    })
}

/// The field is set in the entity as it is stored now: an earlier call may have changed it.
async fn change(
    store: &Store,
    call: &Call<'_>,
    path: &Path,
    value: Value,
) -> Result<Write, ToolError> {
    let missing = || ToolError::Failed("there is no contact to save for".to_owned());
    let Owner { kind, key } = owner(call).ok_or_else(missing)?;
    let mut reader = store.read().await.map_err(passing)?;
    let stored = entities::find(&mut reader, &kind, &key)
        .await
        .map_err(passing)?;
    let version = stored.as_ref().map_or(0, |stored| stored.version);
    let mut whole = stored
        .map(|stored| stored.value)
        .or_else(|| call.owner.cloned())
        .ok_or_else(missing)?;
    documents::set(&mut whole, path, value).map_err(ToolError::Failed)?;
    let value = documents::stored(call.bundle, &kind, &whole).map_err(ToolError::Failed)?;
    Ok(Write {
        entity: NewEntity {
            kind,
            key,
            owner: None,
            value,
        },
        version,
    })
}

async fn create(
    store: &Store,
    call: &Call<'_>,
    entity: &str,
    value: Value,
) -> Result<Write, ToolError> {
    let value = documents::stored(call.bundle, entity, &value).map_err(ToolError::Failed)?;
    let (_, key) = key_of(call.bundle, entity, &value)
        .ok_or_else(|| ToolError::Failed("it has no key".to_owned()))?;
    let key = key.to_owned();
    let owned = matches!(
        call.bundle
            .declarations
            .get(entity)
            .map(|declaration| &declaration.shape),
        Some(Shape::Entity { owner: Some(_), .. })
    );
    let owner = owner(call).filter(|_| owned);
    let mut reader = store.read().await.map_err(passing)?;
    let stored = entities::find(&mut reader, entity, &key)
        .await
        .map_err(passing)?;
    // Someone else's entity of the same key is neither shown nor overwritten.
    if stored
        .as_ref()
        .is_some_and(|stored| owner.as_ref().is_some_and(|owner| !belongs(stored, owner)))
    {
        return Err(ToolError::Failed(format!(
            "the key {key:?} is taken: choose another"
        )));
    }
    let version = stored.map_or(0, |stored| stored.version);
    Ok(Write {
        entity: NewEntity {
            kind: entity.to_owned(),
            key,
            owner,
            value,
        },
        version,
    })
}

//! Bundles by digest: a turn that was begun with one is finished with it.

use serde::Serialize;
use sqlx::Row as _;

use super::{Connection, StoreError};

/// Keeps a bundle that is taken into use.
pub async fn keep(
    tx: &mut Connection,
    digest: &str,
    bytes: &[u8],
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into bundle (digest, bytes, loaded_at) values ($1, $2, $3)
         on conflict (digest) do update set loaded_at = $3",
    )
    .bind(digest)
    .bind(bytes)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// The bytes of a bundle.
pub async fn find(db: &mut Connection, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let found = sqlx::query("select bytes from bundle where digest = $1")
        .bind(digest)
        .fetch_optional(db)
        .await?;
    found.map(|bundle| Ok(bundle.try_get("bytes")?)).transpose()
}

/// A bundle that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// What names it.
    pub digest: String,
    /// When it was last taken into use here.
    pub loaded_at: i64,
}

/// The bundles that were in use, the newest first.
pub async fn list(db: &mut Connection, limit: i64) -> Result<Vec<Kept>, StoreError> {
    let kept = sqlx::query(
        "select digest, loaded_at from bundle order by loaded_at desc, digest limit $1",
    )
    .bind(limit)
    .fetch_all(db)
    .await?;
    kept.iter()
        .map(|row| {
            Ok(Kept {
                digest: row.try_get("digest")?,
                loaded_at: row.try_get("loaded_at")?,
            })
        })
        .collect()
}

//! Copies of a database in a file, and what a restored one must know of itself.

use std::path::Path;

use sqlx::Row as _;

use super::writer::Link;
use super::{Connection, Database, StoreError};

/// Writes the database as of one moment into a new file, while its owner goes on writing.
///
/// # Errors
/// There is such a file, or no space for it.
pub async fn copy(database: &Path, to: &Path) -> Result<(), StoreError> {
    let to = to.display().to_string();
    on(database, async |connection| {
        sqlx::query("vacuum into $1")
            .bind(to)
            .execute(connection)
            .await?;
        Ok(())
    })
    .await
}

/// Reads the whole file, and refuses one that is damaged.
///
/// # Errors
/// [`StoreError::Corrupt`] with what is wrong.
pub async fn check(database: &Path) -> Result<(), StoreError> {
    on(database, async |connection| {
        let rows = sqlx::query("pragma integrity_check")
            .fetch_all(connection)
            .await?;
        let said: Vec<String> = rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, _>>()?;
        match said.as_slice() {
            [ok] if ok == "ok" => Ok(()),
            wrong => Err(StoreError::Corrupt(wrong.join("; "))),
        }
    })
    .await
}

async fn on(
    database: &Path,
    work: impl AsyncFnOnce(&mut Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let database = Database::from(database.to_owned());
    let mut link = Link::to(&database);
    let done = work(link.connection().await?).await;
    link.close().await;
    done
}

/// Notes that the database was restored.
pub async fn note(tx: &mut Connection, by: &str, now: i64) -> Result<(), StoreError> {
    sqlx::query("insert into restored (at, noted_by) values ($1, $2) on conflict do nothing")
        .bind(now)
        .bind(by)
        .execute(tx)
        .await?;
    Ok(())
}

/// When the database was last restored, if ever.
pub async fn restored_at(db: &mut Connection) -> Result<Option<i64>, StoreError> {
    let last = sqlx::query("select max(at) from restored")
        .fetch_one(db)
        .await?;
    Ok(last.try_get(0)?)
}

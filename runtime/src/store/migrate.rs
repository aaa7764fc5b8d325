//! The numbered migrations, and which of them a database has had.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Row as _};

use super::{Connection, StoreError};

/// Every migration in order; its place in the list is its number.
static MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_tables.sql"),
    include_str!("migrations/0002_search.sql"),
];

pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<Connection, StoreError> {
    Ok(options.connect().await?)
}

/// Whether the database lacks migrations that this program has. A newer one is an error.
pub(super) async fn is_behind(db: &mut Connection, path: &Path) -> Result<bool, StoreError> {
    let found = version(db).await?;
    let known = known();
    if found > known {
        return Err(StoreError::Newer {
            database: path.to_owned(),
            found,
            known,
        });
    }
    Ok(found < known)
}

/// Brings the database to the newest version, all in one transaction.
pub(super) async fn run(db: &mut Connection, path: &Path, now: i64) -> Result<(), StoreError> {
    sqlx::raw_sql("begin immediate").execute(&mut *db).await?;
    let done = migrate(db, path, now).await;
    let end = if done.is_ok() { "commit" } else { "rollback" };
    sqlx::raw_sql(end).execute(db).await?;
    done
}

async fn migrate(db: &mut Connection, path: &Path, now: i64) -> Result<(), StoreError> {
    // Another process may have migrated between the first look and the lock.
    if !is_behind(db, path).await? {
        return Ok(());
    }
    sqlx::raw_sql(
        "create table if not exists schema_version (
             version bigint not null primary key, applied_at bigint not null)",
    )
    .execute(&mut *db)
    .await?;
    let found = version(db).await?;
    for (number, sql) in (1_i64..).zip(MIGRATIONS) {
        if number > found {
            sqlx::raw_sql(*sql).execute(&mut *db).await?;
            sqlx::query("insert into schema_version (version, applied_at) values ($1, $2)")
                .bind(number)
                .bind(now)
                .execute(&mut *db)
                .await?;
        }
    }
    Ok(())
}

async fn version(db: &mut Connection) -> Result<i64, StoreError> {
    let tables = sqlx::query("select count(*) from sqlite_master where name = 'schema_version'")
        .fetch_one(&mut *db)
        .await?;
    if tables.try_get::<i64, _>(0)? == 0 {
        return Ok(0);
    }
    let newest = sqlx::query("select coalesce(max(version), 0) from schema_version")
        .fetch_one(&mut *db)
        .await?;
    Ok(newest.try_get(0)?)
}

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

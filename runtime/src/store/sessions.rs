//! Who is signed in to the pages: sessions, the links that begin them, and passwords.
//!
//! A session and a link are known by the digest of their token. Whoever reads the database can
//! neither take a session over nor use a link, but for those that are on their way in a mail.

use sqlx::Row as _;

use super::reviewers::Role;
use super::{Connection, Row, StoreError, row};

/// Somebody's session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The digest of its token.
    pub hash: String,
    /// Whose it is.
    pub reviewer: String,
    /// What they may do now, whatever it was when the session began.
    pub role: Role,
    /// When they signed in.
    pub begun_at: i64,
    /// When they last did something.
    pub seen_at: i64,
    /// When it ends, however much it is used.
    pub ends_at: i64,
}

/// Whoever is meant by a name or an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The reviewer's name.
    pub name: String,
    /// Where they read mail.
    pub address: String,
    /// Their password as `$argon2id$…`, if they have one.
    pub password: Option<String>,
}

/// Begins a session of a reviewer.
///
/// # Errors
/// [`StoreError::Conflict`] when there is no such reviewer any more.
pub async fn begin(
    tx: &mut Connection,
    hash: &str,
    reviewer: &str,
    ends_at: i64,
    now: i64,
) -> Result<(), StoreError> {
    let known = sqlx::query("update reviewer set signed_in_at = $2 where name = $1 and listed = 1")
        .bind(reviewer)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    if known.rows_affected() == 0 {
        return Err(StoreError::Conflict(format!(
            "there is no reviewer `{reviewer}`"
        )));
    }
    sqlx::query(
        "insert into session (hash, reviewer, begun_at, seen_at, ends_at)
         values ($1, $2, $3, $3, $4)",
    )
    .bind(hash)
    .bind(reviewer)
    .bind(now)
    .bind(ends_at)
    .execute(tx)
    .await?;
    Ok(())
}

const LOOK: &str = "select session.*, reviewer.role from session
   join reviewer on reviewer.name = session.reviewer and reviewer.listed = 1 ";

/// The session of a token's digest, if it holds at `now` and was used after `idle_since`.
pub async fn find(
    db: &mut Connection,
    hash: &str,
    idle_since: i64,
    now: i64,
) -> Result<Option<Session>, StoreError> {
    let found = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{LOOK} where hash = $1 and seen_at > $2 and ends_at > $3"
    )))
    .bind(hash)
    .bind(idle_since)
    .bind(now)
    .fetch_optional(db)
    .await?;
    found.as_ref().map(read).transpose()
}

/// The sessions of a reviewer that hold, the newest first.
pub async fn of(
    db: &mut Connection,
    reviewer: &str,
    idle_since: i64,
    now: i64,
) -> Result<Vec<Session>, StoreError> {
    let found = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{LOOK} where reviewer = $1 and seen_at > $2 and ends_at > $3 order by begun_at desc"
    )))
    .bind(reviewer)
    .bind(idle_since)
    .bind(now)
    .fetch_all(db)
    .await?;
    found.iter().map(read).collect()
}

/// Notes that a session is used.
pub async fn seen(tx: &mut Connection, hash: &str, now: i64) -> Result<(), StoreError> {
    sqlx::query("update session set seen_at = $2 where hash = $1 and seen_at < $2")
        .bind(hash)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends a session.
pub async fn end(tx: &mut Connection, hash: &str) -> Result<(), StoreError> {
    sqlx::query("delete from session where hash = $1")
        .bind(hash)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends the sessions of a reviewer, but for one if it is given; and their links.
pub async fn end_all(
    tx: &mut Connection,
    reviewer: &str,
    but: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("delete from session where reviewer = $1 and hash <> $2")
        .bind(reviewer)
        .bind(but.unwrap_or_default())
        .execute(&mut *tx)
        .await?;
    sqlx::query("delete from sign_in_link where reviewer = $1")
        .bind(reviewer)
        .execute(tx)
        .await?;
    Ok(())
}

/// Makes a link that can be used once: a reviewer's, or without a name the first operator's.
pub async fn offer(
    tx: &mut Connection,
    hash: &str,
    reviewer: Option<&str>,
    ends_at: i64,
) -> Result<(), StoreError> {
    sqlx::query("insert into sign_in_link (hash, reviewer, ends_at) values ($1, $2, $3)")
        .bind(hash)
        .bind(reviewer)
        .bind(ends_at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whose link this is, while it can be used. The inner name is missing for the first operator's.
pub async fn offered(
    db: &mut Connection,
    hash: &str,
    now: i64,
) -> Result<Option<Option<String>>, StoreError> {
    let found = sqlx::query("select reviewer from sign_in_link where hash = $1 and ends_at > $2")
        .bind(hash)
        .bind(now)
        .fetch_optional(db)
        .await?;
    found.map(|row| Ok(row.try_get("reviewer")?)).transpose()
}

/// Uses a link, and says whose it was. Of two who use it at once, one does.
pub async fn accept(
    tx: &mut Connection,
    hash: &str,
    now: i64,
) -> Result<Option<Option<String>>, StoreError> {
    let found =
        sqlx::query("delete from sign_in_link where hash = $1 and ends_at > $2 returning reviewer")
            .bind(hash)
            .bind(now)
            .fetch_optional(tx)
            .await?;
    found.map(|row| Ok(row.try_get("reviewer")?)).transpose()
}

/// Whoever has this name, or else this address.
pub async fn account(db: &mut Connection, said: &str) -> Result<Option<Account>, StoreError> {
    let found = sqlx::query(
        "select name, address, password from reviewer
          where listed = 1 and (name = $1 or address = $2)
          order by case when name = $1 then 0 else 1 end, name limit 1",
    )
    .bind(said)
    .bind(said.to_lowercase())
    .fetch_optional(db)
    .await?;
    found
        .map(|row| {
            Ok(Account {
                name: row.try_get("name")?,
                address: row.try_get("address")?,
                password: row.try_get("password")?,
            })
        })
        .transpose()
}

/// Gives a reviewer a password, as `$argon2id$…`.
pub async fn set_password(
    tx: &mut Connection,
    reviewer: &str,
    password: &str,
) -> Result<(), StoreError> {
    sqlx::query("update reviewer set password = $2 where name = $1 and listed = 1")
        .bind(reviewer)
        .bind(password)
        .execute(tx)
        .await?;
    Ok(())
}

/// The operators by name, each with whether they ever signed in.
pub async fn operators(db: &mut Connection) -> Result<Vec<(String, bool)>, StoreError> {
    let found = sqlx::query(
        "select name, signed_in_at from reviewer
          where listed = 1 and role = 'operator' order by name",
    )
    .fetch_all(db)
    .await?;
    let read = |row: &Row| {
        let signed_in: Option<i64> = row.try_get("signed_in_at")?;
        Ok((row.try_get("name")?, signed_in.is_some()))
    };
    found.iter().map(read).collect()
}

/// Forgets what is over: sessions, links, and counts of those who tried to sign in and let it be.
pub async fn forget(tx: &mut Connection, idle_since: i64, now: i64) -> Result<(), StoreError> {
    sqlx::query("delete from session where ends_at <= $1 or seen_at <= $2")
        .bind(now)
        .bind(idle_since)
        .execute(&mut *tx)
        .await?;
    sqlx::query("delete from sign_in_link where ends_at <= $1")
        .bind(now)
        .execute(&mut *tx)
        .await?;
    // A bucket that was left alone for a day is full.
    sqlx::query("delete from bucket where name like 'sign-in %' and level_at < $1")
        .bind(now - 24 * 3_600_000)
        .execute(tx)
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        hash: row.try_get("hash")?,
        reviewer: row.try_get("reviewer")?,
        role: row::word(row, "role")?,
        begun_at: row.try_get("begun_at")?,
        seen_at: row.try_get("seen_at")?,
        ends_at: row.try_get("ends_at")?,
    })
}

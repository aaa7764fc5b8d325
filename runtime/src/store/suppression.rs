//! Addresses that nothing is sent to: because mail to them bounced for good, because their owner
//! complained, or because somebody said so.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::{Connection, Row, StoreError, lock, row};

/// Why nothing is sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Mail to it bounced for good.
    Bounce,
    /// Its owner called mail of ours spam.
    Complaint,
    /// A person said so.
    ByHand,
}

/// An address that nothing is sent to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suppressed {
    /// The address, in lower case.
    pub address: String,
    /// Why.
    pub reason: Reason,
    /// What was told.
    pub detail: String,
    /// Who put it there: `ses`, `report`, or a person.
    pub added_by: String,
    /// When.
    pub added_at: i64,
}

impl Suppressed {
    /// Why nothing is sent, in words.
    #[must_use]
    pub fn why(&self) -> String {
        let address = &self.address;
        match self.reason {
            Reason::Bounce => format!("mail to {address} bounced for good"),
            Reason::Complaint => format!("{address} called mail of ours spam"),
            Reason::ByHand => format!("{} put {address} on the suppression list", self.added_by),
        }
    }
}

/// Puts an address on the list. `false` if it was there; a complaint goes over a bounce.
pub async fn add(
    tx: &mut Connection,
    address: &str,
    reason: Reason,
    (detail, by): (&str, &str),
    now: i64,
) -> Result<bool, StoreError> {
    hold(tx, address).await?;
    let added = sqlx::query(
        "insert into suppression (address, reason, detail, added_by, added_at)
         values ($1, $2, $3, $4, $5)
         on conflict (address) do update
            set reason = excluded.reason, detail = excluded.detail
          where suppression.reason = 'bounce' and excluded.reason = 'complaint'",
    )
    .bind(address.to_ascii_lowercase())
    .bind(row::name(&reason)?)
    .bind(detail)
    .bind(by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Takes an address off the list. `false` if it was not there.
pub async fn remove(tx: &mut Connection, address: &str) -> Result<bool, StoreError> {
    let removed = sqlx::query("delete from suppression where address = $1")
        .bind(address.to_ascii_lowercase())
        .execute(tx)
        .await?;
    Ok(removed.rows_affected() == 1)
}

/// Why nothing may be sent to an address, if so, for who is about to send to it: whoever puts it on the list
/// meanwhile is waited for, or waits until the sending is committed.
pub async fn before_sending(
    tx: &mut Connection,
    address: &str,
) -> Result<Option<Suppressed>, StoreError> {
    hold(tx, address).await?;
    find(tx, address).await
}

async fn hold(tx: &mut Connection, address: &str) -> Result<(), StoreError> {
    lock::named(tx, &format!("mail to {}", address.to_ascii_lowercase())).await
}

/// Why nothing may be sent to an address, if so.
pub async fn find(db: &mut Connection, address: &str) -> Result<Option<Suppressed>, StoreError> {
    let found = sqlx::query("select * from suppression where address = $1")
        .bind(address.to_ascii_lowercase())
        .fetch_optional(db)
        .await?;
    found.as_ref().map(read).transpose()
}

/// The addresses of the list, newest first, behind the first `skipped`.
pub async fn list(
    db: &mut Connection,
    skipped: i64,
    limit: i64,
) -> Result<Vec<Suppressed>, StoreError> {
    let sql = "select * from suppression order by added_at desc, address limit $1 offset $2";
    let listed = sqlx::query(sql)
        .bind(limit)
        .bind(skipped)
        .fetch_all(db)
        .await?;
    listed.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Suppressed, StoreError> {
    Ok(Suppressed {
        address: row.try_get("address")?,
        reason: row::word(row, "reason")?,
        detail: row.try_get("detail")?,
        added_by: row.try_get("added_by")?,
        added_at: row.try_get("added_at")?,
    })
}

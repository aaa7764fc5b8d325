//! How often a tool was called for a contact: a slot for each call that is allowed at a time.
//!
//! A slot is taken by one statement that says what must still be true, so calls on several nodes at
//! once never take more than there are.

use sqlx::Row as _;

use super::{Connection, StoreError};

/// A call that wants a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Qualified tool.
    pub tool: String,
    /// The contact's address.
    pub contact_key: String,
    /// The same for every try of one call, which takes one slot.
    pub call_key: String,
    /// How many slots there are.
    pub slots: i64,
    /// How long a call holds its slot, milliseconds.
    pub per_ms: i64,
}

/// Takes a slot for a call. Says whether there was one.
pub async fn take(tx: &mut Connection, wanted: &Wanted, now: i64) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "select slot, call_key from tool_slot
          where tool = $1 and contact_key = $2 and taken_at > $3",
    )
    .bind(&wanted.tool)
    .bind(&wanted.contact_key)
    .bind(now.saturating_sub(wanted.per_ms))
    .fetch_all(&mut *tx)
    .await?;
    let mut held = Vec::with_capacity(taken.len());
    for row in &taken {
        if row.try_get::<String, _>("call_key")? == wanted.call_key {
            return Ok(true);
        }
        held.push(row.try_get::<i64, _>("slot")?);
    }
    for slot in (0..wanted.slots).filter(|slot| !held.contains(slot)) {
        if take_slot(tx, wanted, slot, now).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn take_slot(
    tx: &mut Connection,
    wanted: &Wanted,
    slot: i64,
    now: i64,
) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "insert into tool_slot (tool, contact_key, slot, call_key, taken_at)
         values ($1, $2, $3, $4, $5)
         on conflict (tool, contact_key, slot) do update
            set call_key = $4, taken_at = $5
          where tool_slot.taken_at <= $6",
    )
    .bind(&wanted.tool)
    .bind(&wanted.contact_key)
    .bind(slot)
    .bind(&wanted.call_key)
    .bind(now)
    .bind(now.saturating_sub(wanted.per_ms))
    .execute(tx)
    .await?;
    Ok(taken.rows_affected() == 1)
}

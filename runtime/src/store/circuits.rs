//! What nodes tell each other of the circuits of providers and models.

use serde_json::Value;
use sqlx::Row as _;

use super::{Connection, StoreError, row};

/// Keeps the state of a circuit, unless a later one is known. Whether it was news.
pub async fn tell(
    tx: &mut Connection,
    name: &str,
    state: &Value,
    changed_at: i64,
) -> Result<bool, StoreError> {
    let told = sqlx::query(
        "insert into circuit (name, state, changed_at) values ($1, $2, $3)
         on conflict (name) do update set state = excluded.state, changed_at = excluded.changed_at
          where circuit.changed_at < excluded.changed_at",
    )
    .bind(name)
    .bind(row::text(state)?)
    .bind(changed_at)
    .execute(tx)
    .await?;
    Ok(told.rows_affected() == 1)
}

/// The circuits that changed after an instant: name and state.
pub async fn changed(db: &mut Connection, after: i64) -> Result<Vec<(String, Value)>, StoreError> {
    let rows = sqlx::query("select name, state from circuit where changed_at > $1 order by name")
        .bind(after)
        .fetch_all(db)
        .await?;
    let read = |row: &super::Row| Ok((row.try_get("name")?, row::json(row, "state")?));
    rows.iter().map(read).collect()
}

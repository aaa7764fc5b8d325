//! Rounds: what one of all nodes does every so often, and no job does.

use super::{Connection, StoreError};

/// Whether the round is due and is the caller's. The next one is due `every` milliseconds later, or
/// earlier when the clock was set back by more than that.
pub async fn take(
    tx: &mut Connection,
    name: &str,
    every: i64,
    now: i64,
) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "insert into duty_round (name, taken_at) values ($1, $2)
         on conflict (name) do update set taken_at = $2
          where duty_round.taken_at not between $2 - $3 + 1 and $2 + $3",
    )
    .bind(name)
    .bind(now)
    .bind(every)
    .execute(tx)
    .await?;
    Ok(taken.rows_affected() == 1)
}

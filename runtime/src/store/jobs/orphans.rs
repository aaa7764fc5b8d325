//! Freeing jobs that nobody runs any more.

use super::{Connection, JobState, StoreError, promote_behind, row};

/// What a rescue found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rescued {
    /// Jobs that may run again at once.
    pub ready: u64,
    /// Jobs that ended the process too often, or have no attempt left.
    pub dead: u64,
}

/// Frees every running job: a process that starts as the owner knows that no other runs them.
/// A job that was running at `max_crashes` ends of the process is dead.
pub async fn rescue_all(
    tx: &mut Connection,
    max_crashes: i64,
    now: i64,
) -> Result<Rescued, StoreError> {
    rescue(tx, i64::MAX, max_crashes, now).await
}

/// Frees the running jobs whose lease is over: their attempts are alive but stuck.
pub async fn rescue_expired(
    tx: &mut Connection,
    max_crashes: i64,
    now: i64,
) -> Result<Rescued, StoreError> {
    rescue(tx, now, max_crashes, now).await
}

async fn rescue(
    tx: &mut Connection,
    leased_before: i64,
    max_crashes: i64,
    now: i64,
) -> Result<Rescued, StoreError> {
    let orphans = sqlx::query(
        "update job
            set state = case when crashes + 1 >= $2 or attempt >= max_attempts then 'dead'
                             else 'ready' end,
                done_at = case when crashes + 1 >= $2 or attempt >= max_attempts then $3 end,
                error = case when crashes + 1 >= $2
                             then 'quarantined: the process or the lease ended while it ran, '
                                  || (crashes + 1) || ' times'
                             when attempt >= max_attempts
                             then 'the process or the lease ended in its last attempt'
                             else 'the process or the lease ended while it ran' end,
                crashes = crashes + 1, fence = fence + 1, run_at = $3, lease_until = null
          where state = 'running' and lease_until < $1
          returning order_key, state",
    )
    .bind(leased_before)
    .bind(max_crashes)
    .bind(now)
    .fetch_all(&mut *tx)
    .await?;
    let mut rescued = Rescued::default();
    for orphan in &orphans {
        if row::word::<JobState>(orphan, "state")? == JobState::Dead {
            rescued.dead += 1;
            promote_behind(tx, orphan).await?;
        } else {
            rescued.ready += 1;
        }
    }
    Ok(rescued)
}

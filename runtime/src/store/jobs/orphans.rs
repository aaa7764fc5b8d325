//! Freeing jobs that nobody runs any more.

use super::{Connection, JobState, StoreError, dead, promote_behind, row};

/// What a rescue found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rescued {
    /// Jobs that may run again at once.
    pub ready: u64,
    /// Jobs that ended the process too often, or have no attempt left.
    pub dead: u64,
}

/// Which running jobs nobody runs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orphans<'a> {
    /// All of them: the only owner of a database starts.
    All,
    /// Those of a node that starts, held in an earlier life of it.
    OfNode {
        /// The node.
        node: &'a str,
        /// What its claims are marked with in this life: its name and the number of its start.
        holder: &'a str,
    },
    /// Those whose lease was over at this time: their attempts are stuck, or their node is away.
    ExpiredBefore(i64),
}

/// Frees orphans. One that was running at `max_crashes` ends of a process or a lease is dead.
pub async fn rescue(
    tx: &mut Connection,
    orphans: Orphans<'_>,
    max_crashes: i64,
    now: i64,
) -> Result<Rescued, StoreError> {
    let (expired_before, node, holder) = match orphans {
        Orphans::All => (i64::MAX, None, None),
        Orphans::OfNode { node, holder } => (i64::MAX, Some(format!("{node} ")), Some(holder)),
        Orphans::ExpiredBefore(time) => (time, None, None),
    };
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
                crashes = crashes + 1, fence = fence + 1, run_at = $3, lease_until = null,
                holder = null
          where state = 'running' and lease_until < $1
            and ($4 is null or (holder <> $5 and substr(holder, 1, length($4)) = $4))
          returning order_key, state, id, kind, args, error",
    )
    .bind(expired_before)
    .bind(max_crashes)
    .bind(now)
    .bind(node)
    .bind(holder)
    .fetch_all(&mut *tx)
    .await?;
    let mut rescued = Rescued::default();
    for orphan in &orphans {
        if row::word::<JobState>(orphan, "state")? == JobState::Dead {
            rescued.dead += 1;
            dead::note(tx, orphan, now).await?;
            promote_behind(tx, orphan).await?;
        } else {
            rescued.ready += 1;
        }
    }
    Ok(rescued)
}

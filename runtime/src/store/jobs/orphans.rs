//! Freeing jobs that nobody runs any more.

use sqlx::Row as _;

use super::{Connection, JobState, StoreError, facts, failed, promote_behind, row};
use crate::store::Row;

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

/// Which jobs are orphans, by the values that [`rescue`] binds.
macro_rules! orphaned {
    () => {
        " where state = 'running' and lease_until < $1
            and ($2 is null or (holder <> $3 and substr(holder, 1, length($2)) = $2))"
    };
}

/// That a job is taken for what ends the process.
macro_rules! ends_it {
    () => {
        "(alone + $6 >= $4 or crashes + 1 >= $4 + $7)"
    };
}

/// At how many ends of a process more a job is given up that did not run alone then.
pub(super) const IN_DOUBT: i64 = 3;

/// Frees orphans.
///
/// What ran when a process ended may have ended it. One that ran alone at `max_crashes` ends of a
/// process or a lease is dead. Of several nobody can tell which it was, and all but one are innocent: those
/// that were there before come back one after the other, with more time between them each time, so
/// that the one is found among fewer ([`Apart`]); and dead is who was there [`IN_DOUBT`] times more, alone or not.
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
    let ran = sqlx::query(concat!("select count(*) from job", orphaned!()))
        .bind(expired_before)
        .bind(&node)
        .bind(holder)
        .fetch_one(&mut *tx)
        .await?;
    let is_alone = match ran.try_get::<i64, _>(0)? {
        0 => return Ok(Rescued::default()),
        1 => 1,
        _ => 0,
    };
    let orphans = sqlx::query(concat!(
        "update job
            set state = case when ",
        ends_it!(),
        " or attempt >= max_attempts then 'dead'
                             when crashes > 0 then 'scheduled'
                             else 'ready' end,
                done_at = case when ",
        ends_it!(),
        " or attempt >= max_attempts then $5 end,
                error = case when ",
        ends_it!(),
        "            then 'quarantined: the process or the lease ended while it ran, '
                                  || (crashes + 1) || ' times'
                             when attempt >= max_attempts
                             then 'the process or the lease ended in its last attempt'
                             else 'the process or the lease ended while it ran' end,
                crashes = crashes + 1, alone = alone + $6, fence = fence + 1, run_at = $5,
                lease_until = null, holder = null",
        orphaned!(),
        " returning order_key, state, id, kind, args, error, crashes, fence, attempt, started_at"
    ))
    .bind(expired_before)
    .bind(&node)
    .bind(holder)
    .bind(max_crashes)
    .bind(now)
    .bind(is_alone)
    .bind(IN_DOUBT)
    .fetch_all(&mut *tx)
    .await?;
    let mut rescued = Rescued::default();
    let mut apart = Apart::of(&orphans, now)?;
    for orphan in &orphans {
        failed::note(tx, orphan, now).await?;
        match row::word::<JobState>(orphan, "state")? {
            JobState::Dead => {
                rescued.dead += 1;
                facts::gave_up(tx, orphan, now).await?;
                promote_behind(tx, orphan).await?;
                continue;
            }
            JobState::Scheduled => {
                sqlx::query("update job set run_at = $2 where id = $1")
                    .bind(orphan.try_get::<i64, _>("id")?)
                    .bind(apart.come_back(orphan.try_get("crashes")?))
                    .execute(&mut *tx)
                    .await?;
            }
            JobState::Blocked
            | JobState::Ready
            | JobState::Running
            | JobState::Waiting
            | JobState::Done
            | JobState::Cancelled => {}
        }
        rescued.ready += 1;
    }
    Ok(rescued)
}

/// When jobs that may end the process come back, one after the other.
struct Apart {
    among: i64,
    /// In thousandths of a millisecond.
    next: i64,
}

impl Apart {
    /// So many come back in the time of this many at most: of thousands that waited for a model the last does
    /// not wait for hours.
    const AS_LONG_AS: i64 = 300;

    fn of(orphans: &[Row], now: i64) -> Result<Self, StoreError> {
        let mut among = 0;
        for orphan in orphans {
            among += i64::from(row::word::<JobState>(orphan, "state")? == JobState::Scheduled);
        }
        let next = now * 1000;
        Ok(Self { among, next })
    }

    /// When one does that was there at so many ends of a process. The next waits a tenth of a second behind it at
    /// the second, ten times that at each further one; less where there are many.
    fn come_back(&mut self, crashes: i64) -> i64 {
        let at = self.next / 1000;
        let further = u32::try_from(crashes - 2).unwrap_or_default();
        let few = 100_000 * 10_i64.pow(further.min(3));
        self.next += few * Self::AS_LONG_AS / self.among.max(Self::AS_LONG_AS);
        at
    }
}

//! Claiming jobs and keeping them.

use sqlx::Row as _;

use super::{Claimed, Connection, JobState, Lease, Row, StoreError, row};

/// Puts every scheduled job that is due into its line, or makes it ready if it has none.
pub async fn stage(tx: &mut Connection, now: i64) -> Result<u64, StoreError> {
    let due = sqlx::query(
        "update job
            set state = case when order_key is not null and aside = 1 then 'blocked' else 'ready' end,
                aside = 0
          where state = 'scheduled' and run_at <= $1
          returning order_key, state",
    )
    .bind(now)
    .fetch_all(&mut *tx)
    .await?;
    for moved in &due {
        if row::word::<JobState>(moved, "state")? == JobState::Blocked {
            super::promote_behind(tx, moved).await?;
        }
    }
    Ok(due.len() as u64)
}

/// Claims up to `limit` ready jobs, each with an attempt spent and its fence raised.
///
/// The highest priority goes first. Within it tenants take turns, and one that has jobs running
/// waits behind those that have fewer, so a flood of one delays only its own.
pub async fn claim(
    tx: &mut Connection,
    limit: i64,
    lease_until: i64,
    now: i64,
) -> Result<Vec<Claimed>, StoreError> {
    // Walking the tenants by the index reads `limit` rows of each, however many it has ready.
    let chosen = sqlx::query(
        "with recursive tenant (name) as (
             select min(tenant) from job where state = 'ready'
             union all
             select (select min(job.tenant) from job
                      where job.state = 'ready' and job.tenant > tenant.name)
               from tenant where tenant.name is not null
         ),
         candidate as (
             select job.id, job.priority, job.run_at,
                    row_number() over (partition by job.tenant
                                       order by job.priority desc, job.run_at, job.id)
                    + (select count(*) from job as busy
                        where busy.state = 'running' and busy.tenant = job.tenant) as turn
               from tenant
               join job on job.id in (select id from job as mine
                                       where mine.state = 'ready' and mine.tenant = tenant.name
                                       order by mine.priority desc, mine.run_at, mine.id limit $1)
              where tenant.name is not null
         )
         select id from candidate order by priority desc, turn, run_at, id limit $1",
    )
    .bind(limit)
    .fetch_all(&mut *tx)
    .await?;
    let mut claimed = Vec::with_capacity(chosen.len());
    for id in chosen {
        let taken = sqlx::query(
            "update job set state = 'running', attempt = attempt + 1, fence = fence + 1,
                            lease_until = $2, started_at = $3
              where id = $1 and state = 'ready'
              returning id, fence, kind, args, order_key, tenant, attempt, max_attempts, crashes,
                        created_at",
        )
        .bind(id.try_get::<i64, _>("id")?)
        .bind(lease_until)
        .bind(now)
        .fetch_one(&mut *tx)
        .await?;
        claimed.push(read_claimed(&taken)?);
    }
    Ok(claimed)
}

/// Moves the end of a lease. `false` means that the job is no longer held with it.
pub async fn renew(
    tx: &mut Connection,
    lease: Lease,
    lease_until: i64,
) -> Result<bool, StoreError> {
    let renewed = sqlx::query(
        "update job set lease_until = $3 where id = $1 and fence = $2 and state = 'running'",
    )
    .bind(lease.job)
    .bind(lease.fence)
    .bind(lease_until)
    .execute(tx)
    .await?;
    Ok(renewed.rows_affected() == 1)
}

/// Whether a worker would find something to stage or claim now.
pub async fn is_due(db: &mut Connection, now: i64) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "select case when exists (select 1 from job where state = 'ready')
                       or exists (select 1 from job where state = 'scheduled' and run_at <= $1)
                     then 1 else 0 end",
    )
    .bind(now)
    .fetch_one(db)
    .await?;
    Ok(found.try_get::<i64, _>(0)? != 0)
}

/// Whether a running job's lease is over.
pub async fn is_expired(db: &mut Connection, now: i64) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "select case when exists (select 1 from job where state = 'running' and lease_until < $1)
                     then 1 else 0 end",
    )
    .bind(now)
    .fetch_one(db)
    .await?;
    Ok(found.try_get::<i64, _>(0)? != 0)
}

/// When the next scheduled job is due.
pub async fn next_due(db: &mut Connection) -> Result<Option<i64>, StoreError> {
    let next = sqlx::query("select min(run_at) from job where state = 'scheduled'")
        .fetch_one(db)
        .await?;
    Ok(next.try_get(0)?)
}

fn read_claimed(row: &Row) -> Result<Claimed, StoreError> {
    Ok(Claimed {
        lease: Lease {
            job: row.try_get("id")?,
            fence: row.try_get("fence")?,
        },
        kind: row.try_get("kind")?,
        args: row::json(row, "args")?,
        order_key: row.try_get("order_key")?,
        tenant: row.try_get("tenant")?,
        attempt: row.try_get("attempt")?,
        max_attempts: row.try_get("max_attempts")?,
        crashes: row.try_get("crashes")?,
        created_at: row.try_get("created_at")?,
    })
}

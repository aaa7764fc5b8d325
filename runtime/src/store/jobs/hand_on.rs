//! Handing on: what follows a job runs where the job ran.

use sqlx::Row as _;

use super::{
    Claimed, Connection, JobState, Lease, NewJob, Over, StoreError, enqueue, finish, lock, move_up,
    promote_behind, row,
};

/// Ends a held job like [`complete`], and enqueues the one that follows it. If its line is free, that
/// one is held at once by whoever held the first, for as long: nobody has to look for it, and what is
/// begun comes to its end before more is. A job that is not due, or whose kind is paused, waits to be claimed
/// like any other.
pub async fn hand_on(
    tx: &mut Connection,
    lease: Lease,
    next: &NewJob,
    now: i64,
) -> Result<Over, StoreError> {
    let done = finish::done(tx, lease, now).await?;
    let line: Option<String> = done.try_get("order_key")?;
    let at_once = next.run_at <= now;
    // Another transaction may be at its line, unless the job held that until now.
    let ours = match &next.order_key {
        Some(next) if at_once && line.as_ref() != Some(next) => lock::duty(tx, next).await?,
        Some(_) | None => at_once,
    };
    if !ours {
        enqueue(tx, next, now).await?;
        promote_behind(tx, &done).await?;
        return Ok(Over { next: None });
    }
    // It begins when all before it in its line has ended, which may be after `now` was read.
    let added = sqlx::query(
        "insert into job (kind, args, state, order_key, on_backoff, unique_key, tenant, priority,
                          run_at, max_attempts, created_at, attempt, fence, holder, lease_until,
                          started_at)
         select $1, $2, case when line.free = 1 then 'running'
                             when $3 is null then 'ready' else 'blocked' end,
                $3, $4, $5, $6, $7, $8, $9, $8, line.free, line.free,
                case when line.free = 1 then $10 end, case when line.free = 1 then $11 end,
                case when line.free = 1 then line.begun_at end
           from (select case when $10 is null
                               or exists (select 1 from paused where kind in ($1, '*'))
                               or exists (select 1 from job
                                           where order_key = $3 and aside = 0
                                             and state in ('scheduled', 'blocked', 'ready',
                                                           'running', 'waiting'))
                             then 0 else 1 end as free,
                        (select case when coalesce(max(done_at), 0) > $8 then max(done_at) else $8 end
                           from job where order_key = $3) as begun_at) as line
          where true
         on conflict do nothing
         returning id, state",
    )
    .bind(&next.kind)
    .bind(row::text(&next.args)?)
    .bind(&next.order_key)
    .bind(row::name(&next.on_backoff)?)
    .bind(&next.unique_key)
    .bind(&next.tenant)
    .bind(next.priority)
    .bind(now)
    .bind(next.max_attempts)
    .bind(done.try_get::<Option<String>, _>("holder")?)
    .bind(done.try_get::<Option<i64>, _>("lease_until")?)
    .fetch_optional(&mut *tx)
    .await?;
    // None was added if an unfinished one has its unique key.
    let state = added.as_ref().map(|added| row::word(added, "state"));
    let state: Option<JobState> = state.transpose()?;
    if let (Some(JobState::Blocked), Some(line)) = (state, &next.order_key) {
        move_up(tx, line).await?;
    }
    if state.is_none() || line != next.order_key {
        promote_behind(tx, &done).await?;
    }
    let held = added.filter(|_| state == Some(JobState::Running));
    let held = held.map(|added| added.try_get("id")).transpose()?;
    Ok(Over {
        next: held.map(|job| Box::new(first_attempt(job, next))),
    })
}

fn first_attempt(job: i64, new: &NewJob) -> Claimed {
    Claimed {
        lease: Lease { job, fence: 1 },
        kind: new.kind.clone(),
        args: new.args.clone(),
        order_key: new.order_key.clone(),
        tenant: new.tenant.clone(),
        attempt: 1,
        max_attempts: new.max_attempts,
        crashes: 0,
        put_off_since: None,
    }
}

//! Claiming jobs and keeping them.

use sqlx::Row as _;

use super::{Claimed, Connection, JobState, Lease, Row, StoreError, lock, row};
use crate::store::database::Dialect;

/// Puts every scheduled job that is due into its line, or makes it ready if it has none.
pub async fn stage(tx: &mut Connection, now: i64) -> Result<u64, StoreError> {
    let sql = match Dialect::of(tx) {
        Dialect::Sqlite => {
            "update job
                set state = case when order_key is not null and aside = 1 then 'blocked' else 'ready' end,
                    aside = 0
              where state = 'scheduled' and run_at <= $1
              returning order_key, state"
        }
        // Another node may be staging them just now.
        Dialect::Postgres => {
            "update job
                set state = case when order_key is not null and aside = 1 then 'blocked' else 'ready' end,
                    aside = 0
              where id in (select id from job where state = 'scheduled' and run_at <= $1
                            for update skip locked)
              returning order_key, state"
        }
    };
    let due = sqlx::query(sql).bind(now).fetch_all(&mut *tx).await?;
    for moved in &due {
        if row::word::<JobState>(moved, "state")? == JobState::Blocked {
            super::promote_behind(tx, moved).await?;
        }
    }
    settle_stirred(tx).await?;
    Ok(due.len() as u64)
}

/// Looks again at the lines of which two transactions did not see each other.
async fn settle_stirred(tx: &mut Connection) -> Result<(), StoreError> {
    let sql = match Dialect::of(tx) {
        Dialect::Sqlite => "select id, order_key from stirred limit 256",
        Dialect::Postgres => {
            "select id, order_key from stirred order by id limit 256 for update skip locked"
        }
    };
    for stirred in sqlx::query(sql).fetch_all(&mut *tx).await? {
        let order_key: String = stirred.try_get("order_key")?;
        if !lock::duty(tx, &order_key).await? {
            continue;
        }
        super::promote(tx, &order_key).await?;
        sqlx::query("delete from stirred where id = $1")
            .bind(stirred.try_get::<i64, _>("id")?)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// What a worker wants.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// How many jobs at the most.
    pub most: i64,
    /// None of these kinds.
    pub without: &'a [&'a str],
}

impl From<i64> for Wanted<'_> {
    fn from(most: i64) -> Self {
        Self { most, without: &[] }
    }
}

/// When a claim ends that nobody renews.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// At this time.
    Time(i64),
    /// After so many milliseconds, by the clock of the database, or by ours where it has none.
    Lasts(i64),
}

impl From<i64> for Until {
    fn from(time: i64) -> Self {
        Self::Time(time)
    }
}

/// Claims ready jobs for `holder`, each with an attempt spent and its fence raised.
///
/// The highest priority goes first. Within it tenants take turns, and one that has jobs running
/// waits behind those that have fewer, so a flood of one delays only its own. Kinds that are paused
/// are left.
///
/// `now` is asked when they are chosen: the job before one in its line may have ended while they were.
pub async fn claim(
    tx: &mut Connection,
    holder: &str,
    wanted: impl Into<Wanted<'_>> + Send,
    until: impl Into<Until> + Send,
    now: impl Fn() -> i64 + Send,
) -> Result<Vec<Claimed>, StoreError> {
    let chosen = choose(tx, wanted.into()).await?;
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let now = now();
    let (until, lasts) = match until.into() {
        Until::Time(until) => (Some(until), 0),
        Until::Lasts(lasts) => (None, lasts),
    };
    let sql = match Dialect::of(tx) {
        Dialect::Sqlite => {
            "update job set state = 'running', attempt = attempt + 1, fence = fence + 1,
                            holder = $2, lease_until = coalesce($3, $4 + $5), started_at = $4
              where id in (select value from json_each($1)) and state = 'ready'
              returning id, fence, kind, args, order_key, tenant, attempt, max_attempts, crashes,
                        put_off_since"
        }
        Dialect::Postgres => {
            "update job set state = 'running', attempt = attempt + 1, fence = fence + 1,
                            holder = $2, started_at = $4,
                            lease_until = coalesce($3, cast(extract(epoch from clock_timestamp())
                                                            * 1000 as bigint) + $5)
              where id = any (select cast(value as bigint)
                                from json_array_elements_text(cast($1 as json)) as value)
                and state = 'ready'
              returning id, fence, kind, args, order_key, tenant, attempt, max_attempts, crashes,
                        put_off_since"
        }
    };
    let taken = sqlx::query(sql)
        .bind(row::text(&chosen)?)
        .bind(holder)
        .bind(until)
        .bind(now)
        .bind(lasts)
        .fetch_all(tx)
        .await?;
    let mut claimed: Vec<Claimed> = taken.iter().map(read_claimed).collect::<Result<_, _>>()?;
    // The rows come in any order.
    claimed.sort_by_key(|claimed| chosen.iter().position(|id| *id == claimed.lease.job));
    Ok(claimed)
}

/// The tenants that have ready jobs. Walking them by the index reads some rows of each, however many
/// it has ready.
macro_rules! tenants {
    () => {
        "with recursive tenant (name) as (
             select min(tenant) from job where state = 'ready'
             union all
             select (select min(job.tenant) from job
                      where job.state = 'ready' and job.tenant > tenant.name)
               from tenant where tenant.name is not null
         ), "
    };
}

/// The jobs whose turn it is.
async fn choose(tx: &mut Connection, wanted: Wanted<'_>) -> Result<Vec<i64>, StoreError> {
    let sql = match Dialect::of(tx) {
        Dialect::Sqlite => {
            concat!(
                tenants!(),
                "candidate as (
                 select job.id, job.priority, job.run_at,
                        row_number() over (partition by job.tenant
                                           order by job.priority desc, job.run_at, job.id)
                        + (select count(*) from job as busy
                            where busy.state = 'running' and busy.tenant = job.tenant) as turn
                   from tenant
                   join job on job.id in (select id from job as mine
                                           where mine.state = 'ready' and mine.tenant = tenant.name
                                             and mine.kind not in (select kind from paused)
                                             and $2 not like '% ' || mine.kind || ' %'
                                           order by mine.priority desc, mine.run_at, mine.id
                                           limit $1)
                  where tenant.name is not null
                    and not exists (select 1 from paused where kind = '*')
             )
             select id from candidate order by priority desc, turn, run_at, id limit $1"
            )
        }
        // Nodes claim beside each other: each takes what no other is taking, so each looks at
        // more than it takes.
        Dialect::Postgres => {
            concat!(
                tenants!(),
                "candidate as (
                 select mine.id, mine.priority, mine.run_at,
                        row_number() over (partition by tenant.name
                                           order by mine.priority desc, mine.run_at, mine.id)
                        + (select count(*) from job as busy
                            where busy.state = 'running' and busy.tenant = tenant.name) as turn
                   from tenant
                   join lateral (select job.id, job.priority, job.run_at from job
                                  where job.state = 'ready' and job.tenant = tenant.name
                                    and job.kind not in (select kind from paused)
                                    and cast($2 as text) not like '% ' || job.kind || ' %'
                                  order by job.priority desc, job.run_at, job.id
                                  limit 4 * $1) as mine on true
                  where tenant.name is not null
                    and not exists (select 1 from paused where kind = '*')
             )
             select job.id from candidate join job on job.id = candidate.id
              where job.state = 'ready'
              order by candidate.priority desc, candidate.turn, candidate.run_at, candidate.id
              limit $1 for update of job skip locked"
            )
        }
    };
    let chosen = sqlx::query(sql)
        .bind(wanted.most)
        .bind(words(wanted.without))
        .fetch_all(tx)
        .await?;
    chosen.iter().map(|row| Ok(row.try_get("id")?)).collect()
}

/// Moves the end of these leases of a holder, and gives those that are held. What is not among them
/// is held no more, or ends just now. A lease that nobody names runs out.
pub async fn renew(
    tx: &mut Connection,
    holder: &str,
    leases: &[Lease],
    lease_until: i64,
) -> Result<Vec<Lease>, StoreError> {
    let sql = match Dialect::of(tx) {
        Dialect::Sqlite => {
            "update job set lease_until = $3
              where id in (select value from json_each($1)) and state = 'running' and holder = $2"
        }
        // A job whose row is locked is being moved by its own attempt, and waits for nobody.
        Dialect::Postgres => {
            "update job set lease_until = $3
              where id in (select id from job
                            where id = any (select cast(value as bigint)
                                              from json_array_elements_text(cast($1 as json)) as value)
                              and state = 'running' and holder = $2
                            for update skip locked)"
        }
    };
    let jobs: Vec<i64> = leases.iter().map(|lease| lease.job).collect();
    sqlx::query(sql)
        .bind(row::text(&jobs)?)
        .bind(holder)
        .bind(lease_until)
        .execute(&mut *tx)
        .await?;
    let held = sqlx::query("select id, fence from job where state = 'running' and holder = $1")
        .bind(holder)
        .fetch_all(tx)
        .await?;
    held.iter()
        .map(|row| {
            Ok(Lease {
                job: row.try_get("id")?,
                fence: row.try_get("fence")?,
            })
        })
        .collect()
}

/// The server's own time; `None` if the database is no server.
pub async fn server_time(db: &mut Connection) -> Result<Option<i64>, StoreError> {
    if Dialect::of(db) == Dialect::Sqlite {
        return Ok(None);
    }
    let now = "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now";
    let row = sqlx::query(now).fetch_one(db).await?;
    Ok(Some(row.try_get("now")?))
}

/// What a worker would find to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Something for [`stage`].
    pub to_stage: bool,
    /// Something for [`claim`].
    pub to_claim: bool,
}

/// Kinds as one text in which each stands between blanks: both databases find one in it.
fn words(kinds: &[&str]) -> String {
    let words = kinds.iter().map(|kind| format!(" {kind} "));
    words.collect()
}

/// Looks what there is to stage or to claim now; kinds of `without` are not to be claimed.
pub async fn look(db: &mut Connection, without: &[&str], now: i64) -> Result<Found, StoreError> {
    let found = sqlx::query(
        "select case when exists (select 1 from job where state = 'scheduled' and run_at <= $1)
                       or exists (select 1 from stirred)
                     then 1 else 0 end as to_stage,
                case when exists (select 1 from job
                                   where state = 'ready' and kind not in (select kind from paused)
                                     and cast($2 as text) not like '% ' || kind || ' %')
                      and not exists (select 1 from paused where kind = '*')
                     then 1 else 0 end as to_claim",
    )
    .bind(now)
    .bind(words(without))
    .fetch_one(db)
    .await?;
    Ok(Found {
        to_stage: found.try_get::<i64, _>("to_stage")? != 0,
        to_claim: found.try_get::<i64, _>("to_claim")? != 0,
    })
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
        put_off_since: row.try_get("put_off_since")?,
    })
}

//! Budgets of a day, and what calls cost.
//!
//! A budget's row begins with its first reservation. What is reserved counts as spent until it is
//! settled: by whoever made the call, or, when its attempt ended without that, as a call that was not
//! answered and may have cost the most that it could.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use sqlx::Row as _;

use super::events::{self, NewEvent};
use super::jobs::Lease;
use super::{Connection, StoreError, lock, row};

/// Whether there was enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// There was: this is the reservation, if any budget is concerned.
    From(Option<i64>),
    /// What is left of one is reserved for calls that are made now.
    Reserved,
    /// This one is spent.
    Spent {
        /// Its name.
        budget: String,
        /// How much it was, in millionths.
        limit: i64,
    },
}

/// A call of a model, by the place in its turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Calling {
    /// The attempt that makes it.
    pub lease: Lease,
    /// The thread that it is for.
    pub thread: i64,
    /// The turn.
    pub turn_id: i64,
    /// The step that it is to be.
    pub number: i64,
    /// The model that is asked.
    pub model: String,
}

/// What is to be reserved for a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// The call.
    pub call: Calling,
    /// The most that the call can cost, in millionths, like all amounts.
    pub amount: i64,
    /// The day, as budgets are named.
    pub day: String,
    /// The budget of all agents together.
    pub all: Option<i64>,
    /// Budgets by agent.
    pub agents: BTreeMap<String, i64>,
}

impl Wish {
    /// Names and limits of the budgets that it draws on.
    async fn budgets(&self, tx: &mut Connection) -> Result<Vec<(String, i64)>, StoreError> {
        let day = &self.day;
        let mut budgets = Vec::new();
        budgets.extend(self.all.map(|limit| (format!("day {day}"), limit)));
        if self.agents.is_empty() {
            return Ok(budgets);
        }
        let agent = sqlx::query("select agent from thread where id = $1")
            .bind(self.call.thread)
            .fetch_optional(tx)
            .await?;
        let agent: Option<String> = agent.map(|row| row.try_get("agent")).transpose()?;
        let limit = agent.and_then(|agent| self.agents.get_key_value(&agent));
        budgets.extend(limit.map(|(agent, limit)| (format!("day {day} agent {agent}"), *limit)));
        Ok(budgets)
    }
}

/// Reserves the amount in each budget. A budget gives as long as anything is left in it. That one is
/// spent is an event, once.
pub async fn reserve(tx: &mut Connection, wish: &Wish, now: i64) -> Result<Taken, StoreError> {
    let (budgets, amount) = (wish.budgets(tx).await?, wish.amount);
    for (index, (budget, limit)) in budgets.iter().enumerate() {
        if !is_reserved(tx, budget, *limit, amount).await? {
            let before: Vec<_> = budgets.iter().take(index).map(|it| it.0.clone()).collect();
            replace(tx, &before, amount, 0).await?;
            if spent(tx, budget).await? < *limit {
                return Ok(Taken::Reserved);
            }
            tell(tx, budget, *limit, now).await?;
            return Ok(Taken::Spent {
                budget: budget.clone(),
                limit: *limit,
            });
        }
    }
    if budgets.is_empty() {
        return Ok(Taken::From(None));
    }
    let names: Vec<_> = budgets.into_iter().map(|it| it.0).collect();
    let call = &wish.call;
    let noted = sqlx::query(
        "insert into reservation (job_id, fence, turn_id, number, model, budgets, amount)
         values ($1, $2, $3, $4, $5, $6, $7) returning id",
    )
    .bind(call.lease.job)
    .bind(call.lease.fence)
    .bind(call.turn_id)
    .bind(call.number)
    .bind(&call.model)
    .bind(row::text(&names)?)
    .bind(amount)
    .fetch_one(tx)
    .await?;
    Ok(Taken::From(Some(noted.try_get("id")?)))
}

async fn is_reserved(
    tx: &mut Connection,
    budget: &str,
    limit: i64,
    amount: i64,
) -> Result<bool, StoreError> {
    sqlx::query(
        "insert into budget (name, spent, reserved, told) values ($1, 0, 0, 0)
         on conflict do nothing",
    )
    .bind(budget)
    .execute(&mut *tx)
    .await?;
    let reserved = sqlx::query(
        "update budget
            set reserved = reserved + $2,
                most = case when most < $3 then $3 else most end,
                dearest = case when dearest < $2 then $2 else dearest end
          where name = $1 and spent + reserved < $3",
    )
    .bind(budget)
    .bind(amount)
    .bind(limit)
    .execute(tx)
    .await?;
    Ok(reserved.rows_affected() == 1)
}

/// Puts what a call cost in the place of what was reserved for it, once.
pub async fn settle(tx: &mut Connection, reservation: i64, cost: i64) -> Result<(), StoreError> {
    let gone = sqlx::query("delete from reservation where id = $1 returning budgets, amount")
        .bind(reservation)
        .fetch_optional(&mut *tx)
        .await?;
    match gone {
        Some(gone) => replace(tx, &names(&gone)?, gone.try_get("amount")?, cost).await,
        None => Ok(()),
    }
}

/// The reservations that [`settle_dropped`] would settle.
pub async fn dropped(db: &mut Connection) -> Result<Vec<i64>, StoreError> {
    let dropped = sqlx::query(
        "select id from reservation
          where not exists (select 1 from job
                             where job.id = reservation.job_id and job.fence = reservation.fence
                               and job.state = 'running')",
    )
    .fetch_all(db)
    .await?;
    dropped.iter().map(|row| Ok(row.try_get("id")?)).collect()
}

/// Settles the calls whose attempt is over and left them open: it was stopped, stuck, or its process
/// ended. Each is kept as one that was not answered; those of `answered` were, and are settled with their
/// steps.
pub async fn settle_dropped(
    tx: &mut Connection,
    answered: &[i64],
    now: i64,
) -> Result<(), StoreError> {
    // The budgets of several calls are locked in no order.
    if !lock::duty(tx, "dropped calls").await? {
        return Ok(());
    }
    let mut open = dropped(tx).await?;
    open.retain(|id| !answered.contains(id));
    for id in open {
        let gone = sqlx::query(
            "delete from reservation where id = $1
             returning turn_id, number, model, budgets, amount",
        )
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(gone) = gone else { continue };
        let call = Unanswered {
            turn_id: gone.try_get("turn_id")?,
            number: gone.try_get("number")?,
            model: gone.try_get("model")?,
            error: "the attempt ended before the answer came".to_owned(),
            cost: gone.try_get("amount")?,
            request: None,
        };
        replace(tx, &names(&gone)?, call.cost, call.cost).await?;
        unanswered(tx, &call, now).await?;
    }
    Ok(())
}

fn names(reservation: &super::Row) -> Result<Vec<String>, StoreError> {
    row::json(reservation, "budgets")
}

async fn replace(
    tx: &mut Connection,
    budgets: &[String],
    reserved: i64,
    cost: i64,
) -> Result<(), StoreError> {
    for budget in budgets {
        sqlx::query(
            "update budget set reserved = reserved - $2, spent = spent + $3 where name = $1",
        )
        .bind(budget)
        .bind(reserved)
        .bind(cost)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn tell(tx: &mut Connection, budget: &str, limit: i64, now: i64) -> Result<(), StoreError> {
    let told = sqlx::query("update budget set told = 1 where name = $1 and told = 0")
        .bind(budget)
        .execute(&mut *tx)
        .await?;
    if told.rows_affected() == 1 {
        let event = NewEvent {
            data: json!({ "budget": budget, "limit": limit }),
            ..NewEvent::new("budget.spent", "silex")
        };
        events::append(tx, &event, now).await?;
    }
    Ok(())
}

/// What is spent of a budget, in millionths, without what is reserved.
pub async fn spent(db: &mut Connection, budget: &str) -> Result<i64, StoreError> {
    let row = sqlx::query("select spent from budget where name = $1")
        .bind(budget)
        .fetch_optional(db)
        .await?;
    Ok(row
        .map(|row| row.try_get("spent"))
        .transpose()?
        .unwrap_or(0))
}

/// A call that was not answered, and may be charged for, or that the provider refused as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Unanswered {
    /// The turn.
    pub turn_id: i64,
    /// The step that it would have been.
    pub number: i64,
    /// The model that was asked.
    pub model: String,
    /// What the provider said.
    pub error: String,
    /// The most that it can have cost, in millionths.
    pub cost: i64,
    /// What was asked, where the request itself is what is wrong.
    pub request: Option<Value>,
}

/// Keeps a call that was not answered.
pub async fn unanswered(
    tx: &mut Connection,
    call: &Unanswered,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into unanswered (turn_id, number, model, error, cost, request, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(call.turn_id)
    .bind(call.number)
    .bind(&call.model)
    .bind(&call.error)
    .bind(call.cost)
    .bind(call.request.as_ref().map(row::text).transpose()?)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// What calls cost: one, or some added up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cost {
    /// The agent.
    pub agent: String,
    /// The model, as it was asked.
    pub model: String,
    /// When the last of them ended.
    pub at: i64,
    /// Answered calls.
    pub calls: i64,
    /// Calls that were not answered and may be charged for.
    pub unanswered: i64,
    /// Tokens read, from the cache or not.
    pub input: i64,
    /// Tokens written.
    pub output: i64,
    /// What it cost, in millionths.
    pub cost: i64,
}

/// Gives each call since `from` and before `to` to `each`, oldest first: whoever asks adds them up
/// by what they want to know.
pub async fn costs(
    db: &mut Connection,
    from: i64,
    to: i64,
    mut each: impl FnMut(Cost),
) -> Result<(), StoreError> {
    let mut rows = sqlx::query(
        "select thread.agent, step.model, step.finished_at as at, cast(1 as bigint) as calls,
                cast(0 as bigint) as unanswered, step.usage, step.cost
           from step join turn on turn.id = step.turn_id join thread on thread.id = turn.thread_id
          where step.kind = 'model' and step.finished_at >= $1 and step.finished_at < $2
         union all
         select thread.agent, unanswered.model, unanswered.at, cast(0 as bigint),
                cast(1 as bigint), cast(null as text), unanswered.cost
           from unanswered join turn on turn.id = unanswered.turn_id
                join thread on thread.id = turn.thread_id
          where unanswered.at >= $1 and unanswered.at < $2
          order by 3",
    )
    .bind(from)
    .bind(to)
    .fetch(db);
    let read = |row: &super::Row| -> Result<Cost, StoreError> {
        let usage: Value = row::json_or_none(row, "usage")?.unwrap_or_default();
        let tokens = |kind: &str| usage.get(kind).and_then(Value::as_i64).unwrap_or(0);
        Ok(Cost {
            agent: row.try_get("agent")?,
            model: row
                .try_get::<Option<String>, _>("model")?
                .unwrap_or_default(),
            at: row.try_get("at")?,
            calls: row.try_get("calls")?,
            unanswered: row.try_get("unanswered")?,
            input: tokens("input") + tokens("cache_read") + tokens("cache_write"),
            output: tokens("output"),
            cost: row.try_get("cost")?,
        })
    };
    while let Some(row) = rows.try_next().await? {
        each(read(&row)?);
    }
    Ok(())
}

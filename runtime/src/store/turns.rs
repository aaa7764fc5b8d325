//! Turns and the journal of their steps.
//!
//! A step is written as soon as its call has returned. A retry reads the journal and goes on from
//! the first step that is missing, so what was done is not done again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row as _;

use super::database::Dialect;
use super::jobs::{self, Lease};
use super::{Connection, Row, StoreError, row};

/// Where a turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnState {
    /// It goes on, or waits for a retry.
    Running,
    /// It has its outcome.
    Done,
    /// It was given up.
    Failed,
}

/// A turn to begin.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTurn {
    /// Names the turn: the same key is the same turn, in every attempt.
    pub key: String,
    /// The conversation it is for.
    pub thread_id: Option<i64>,
    /// The mail it is for.
    pub mail_id: Option<i64>,
    /// The behaviour, `module.name`.
    pub behaviour: String,
    /// The digest of the bundle. A turn keeps its bundle to its end.
    pub bundle: String,
    /// What the behaviour was given.
    pub inputs: Value,
}

/// One run of a behaviour.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turn {
    /// The row.
    pub id: i64,
    /// What names it.
    pub key: String,
    /// The conversation it is for.
    pub thread_id: Option<i64>,
    /// The mail it is for.
    pub mail_id: Option<i64>,
    /// The behaviour.
    pub behaviour: String,
    /// The digest of the bundle.
    pub bundle: String,
    /// What the behaviour was given.
    pub inputs: Value,
    /// Where it is.
    pub state: TurnState,
    /// What came of it.
    pub outcome: Option<Value>,
    /// When it began.
    pub started_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
}

/// Who a step called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// A model.
    Model,
    /// A tool.
    Tool,
}

/// One model or tool call that has returned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The turn.
    pub turn_id: i64,
    /// Its place in the turn, from 0.
    pub number: i64,
    /// Who was called.
    pub kind: StepKind,
    /// The digest of the request, so that an audit can tell whether a replay asks the same.
    pub request_digest: String,
    /// The request.
    pub request: Value,
    /// What was returned.
    pub result: Option<Value>,
    /// Why nothing was returned.
    pub error: Option<String>,
    /// What the provider counted.
    pub usage: Option<Value>,
    /// The model that was asked.
    pub model: Option<String>,
    /// What it cost, in millionths of the currency of the prices.
    pub cost: i64,
    /// When the call began.
    pub started_at: i64,
    /// When it returned.
    pub finished_at: i64,
}

/// An insert from the job `$1` with the fence `$2`, which takes place while that is held.
macro_rules! while_held {
    ($db:expr, $insert:literal, $conflict:literal) => {
        match Dialect::of($db) {
            Dialect::Sqlite => concat!(
                $insert,
                " from job where id = $1 and fence = $2 and state = 'running' ",
                $conflict
            ),
            // Nobody is to take the job away between this look and the commit.
            Dialect::Postgres => concat!(
                $insert,
                " from job where id = $1 and fence = $2 and state = 'running' for update ",
                $conflict
            ),
        }
    };
}

/// A turn that was begun.
#[derive(Debug)]
pub enum Begun {
    /// Just now: nothing is done in it. This is its row.
    New(i64),
    /// By an earlier attempt.
    Before(Box<Turn>),
}

/// Begins a turn, if the job is still held, or finds the one that an earlier attempt began.
pub async fn begin(
    tx: &mut Connection,
    lease: Lease,
    turn: &NewTurn,
    now: i64,
) -> Result<Begun, StoreError> {
    let sql = while_held!(
        tx,
        "insert into turn (key, thread_id, mail_id, behaviour, bundle, inputs, state, started_at)
         select $3, $4, $5, $6, $7, $8, 'running', $9",
        "on conflict (key) do nothing returning id"
    );
    let begun = sqlx::query(sql)
        .bind(lease.job)
        .bind(lease.fence)
        .bind(&turn.key)
        .bind(turn.thread_id)
        .bind(turn.mail_id)
        .bind(&turn.behaviour)
        .bind(&turn.bundle)
        .bind(row::text(&turn.inputs)?)
        .bind(now)
        .fetch_optional(&mut *tx)
        .await?;
    if let Some(begun) = begun {
        return Ok(Begun::New(begun.try_get("id")?));
    }
    jobs::still_held(tx, lease).await?;
    let before = sqlx::query("select * from turn where key = $1")
        .bind(&turn.key)
        .fetch_one(tx)
        .await?;
    Ok(Begun::Before(Box::new(read(&before)?)))
}

/// Adds a step to the journal, if the job is still held and the step is not there. Calls that run
/// at once may come in any order.
pub async fn record(tx: &mut Connection, lease: Lease, step: &Step) -> Result<(), StoreError> {
    let sql = while_held!(
        tx,
        "insert into step (job_id, fence, turn_id, number, kind, request_digest, request, result,
                           error, usage, model, cost, started_at, finished_at)
         select id, fence, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14",
        "on conflict do nothing"
    );
    let recorded = sqlx::query(sql)
        .bind(lease.job)
        .bind(lease.fence)
        .bind(step.turn_id)
        .bind(step.number)
        .bind(row::name(&step.kind)?)
        .bind(&step.request_digest)
        .bind(row::text(&step.request)?)
        .bind(step.result.as_ref().map(row::text).transpose()?)
        .bind(&step.error)
        .bind(step.usage.as_ref().map(row::text).transpose()?)
        .bind(&step.model)
        .bind(step.cost)
        .bind(step.started_at)
        .bind(step.finished_at)
        .execute(&mut *tx)
        .await?;
    if recorded.rows_affected() == 1 {
        Ok(())
    } else {
        jobs::still_held(tx, lease).await?;
        Err(StoreError::Conflict(format!(
            "turn {} has step {}",
            step.turn_id, step.number
        )))
    }
}

/// Whether a step is in the journal.
pub async fn has_step(db: &mut Connection, turn_id: i64, number: i64) -> Result<bool, StoreError> {
    let step = sqlx::query("select 1 from step where turn_id = $1 and number = $2")
        .bind(turn_id)
        .bind(number)
        .fetch_optional(db)
        .await?;
    Ok(step.is_some())
}

/// Notes that a call which must not be made twice is about to be made as this step, if the job is still
/// held. `false` means that it was noted before: a step that is missing then may have been made.
pub async fn begin_call(
    tx: &mut Connection,
    lease: Lease,
    turn_id: i64,
    number: i64,
) -> Result<bool, StoreError> {
    jobs::still_held(tx, lease).await?;
    let noted = sqlx::query(
        "insert into begun_call (turn_id, number) values ($1, $2) on conflict do nothing",
    )
    .bind(turn_id)
    .bind(number)
    .execute(tx)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Takes the steps from `number` on out of the journal, if the job is still held: what they answer
/// is no longer asked.
pub async fn set_aside(
    tx: &mut Connection,
    lease: Lease,
    turn_id: i64,
    number: i64,
) -> Result<(), StoreError> {
    jobs::still_held(tx, lease).await?;
    sqlx::query("delete from step where turn_id = $1 and number >= $2")
        .bind(turn_id)
        .bind(number)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends a turn with its outcome, and with the set of rules that stood in its prompt.
pub async fn finish(
    tx: &mut Connection,
    id: i64,
    outcome: &Value,
    variant: Option<&str>,
    now: i64,
) -> Result<(), StoreError> {
    end(tx, id, TurnState::Done, (outcome, variant), now).await
}

/// Ends a turn that was given up; the outcome says why.
pub async fn fail(
    tx: &mut Connection,
    id: i64,
    outcome: &Value,
    now: i64,
) -> Result<(), StoreError> {
    end(tx, id, TurnState::Failed, (outcome, None), now).await
}

async fn end(
    tx: &mut Connection,
    id: i64,
    state: TurnState,
    (outcome, variant): (&Value, Option<&str>),
    now: i64,
) -> Result<(), StoreError> {
    let ended = sqlx::query(
        "update turn set state = $2, outcome = $3, finished_at = $4, variant = $5
          where id = $1 and state = 'running'",
    )
    .bind(id)
    .bind(row::name(&state)?)
    .bind(row::text(outcome)?)
    .bind(now)
    .bind(variant)
    .execute(tx)
    .await?;
    if ended.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("turn {id} is not running")))
    }
}

/// One turn.
pub async fn find(db: &mut Connection, id: i64) -> Result<Option<Turn>, StoreError> {
    let turn = sqlx::query("select * from turn where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    turn.as_ref().map(read).transpose()
}

/// The turn of a key, if it has begun.
pub async fn by_key(db: &mut Connection, key: &str) -> Result<Option<Turn>, StoreError> {
    let turn = sqlx::query("select * from turn where key = $1")
        .bind(key)
        .fetch_optional(db)
        .await?;
    turn.as_ref().map(read).transpose()
}

/// The turns of a thread, oldest first.
pub async fn of_thread(db: &mut Connection, thread_id: i64) -> Result<Vec<Turn>, StoreError> {
    let turns = sqlx::query("select * from turn where thread_id = $1 order by id")
        .bind(thread_id)
        .fetch_all(db)
        .await?;
    turns.iter().map(read).collect()
}

/// The behaviours of a thread's turns, without what they were given.
pub async fn behaviours(
    db: &mut Connection,
    thread_id: i64,
) -> Result<BTreeMap<i64, String>, StoreError> {
    let turns = sqlx::query("select id, behaviour from turn where thread_id = $1")
        .bind(thread_id)
        .fetch_all(db)
        .await?;
    turns
        .iter()
        .map(|turn| Ok((turn.try_get("id")?, turn.try_get("behaviour")?)))
        .collect()
}

/// The steps of a thread's turns from one turn on.
pub async fn steps_from(
    db: &mut Connection,
    thread_id: i64,
    first: i64,
) -> Result<Vec<Step>, StoreError> {
    let steps = sqlx::query(
        "select step.* from turn join step on step.turn_id = turn.id
          where turn.thread_id = $1 and turn.id >= $2 order by step.turn_id, step.number",
    )
    .bind(thread_id)
    .bind(first)
    .fetch_all(db)
    .await?;
    steps.iter().map(read_step).collect()
}

/// What calls took, in one thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Spent {
    /// Calls of models.
    pub models: i64,
    /// Calls of tools.
    pub tools: i64,
    /// Tokens, read and written.
    pub tokens: u64,
    /// In millionths of the currency of the prices.
    pub cost: i64,
}

/// What all calls of a thread took.
pub async fn spent(db: &mut Connection, thread_id: i64) -> Result<Spent, StoreError> {
    let steps = sqlx::query(
        "select step.kind, step.usage, step.cost from turn join step on step.turn_id = turn.id
          where turn.thread_id = $1",
    )
    .bind(thread_id)
    .fetch_all(db)
    .await?;
    let mut spent = Spent::default();
    for step in &steps {
        match row::word(step, "kind")? {
            StepKind::Model => spent.models += 1,
            StepKind::Tool => spent.tools += 1,
        }
        spent.cost += step.try_get::<i64, _>("cost")?;
        let usage = row::json_or_none(step, "usage")?;
        let counted = usage
            .as_ref()
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        spent.tokens += counted
            .filter_map(|(_, tokens)| tokens.as_u64())
            .sum::<u64>();
    }
    Ok(spent)
}

/// The journal of a turn, in order.
pub async fn steps(db: &mut Connection, turn_id: i64) -> Result<Vec<Step>, StoreError> {
    let steps = sqlx::query("select * from step where turn_id = $1 order by number")
        .bind(turn_id)
        .fetch_all(db)
        .await?;
    steps.iter().map(read_step).collect()
}

fn read(row: &Row) -> Result<Turn, StoreError> {
    Ok(Turn {
        id: row.try_get("id")?,
        key: row.try_get("key")?,
        thread_id: row.try_get("thread_id")?,
        mail_id: row.try_get("mail_id")?,
        behaviour: row.try_get("behaviour")?,
        bundle: row.try_get("bundle")?,
        inputs: row::json(row, "inputs")?,
        state: row::word(row, "state")?,
        outcome: row::json_or_none(row, "outcome")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
    })
}

fn read_step(row: &Row) -> Result<Step, StoreError> {
    Ok(Step {
        turn_id: row.try_get("turn_id")?,
        number: row.try_get("number")?,
        kind: row::word(row, "kind")?,
        request_digest: row.try_get("request_digest")?,
        request: row::json(row, "request")?,
        result: row::json_or_none(row, "result")?,
        error: row.try_get("error")?,
        usage: row::json_or_none(row, "usage")?,
        model: row.try_get("model")?,
        cost: row.try_get("cost")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
    })
}

//! What turns ask people, and what people answered.
//!
//! A question belongs to a step of a turn, so a turn that goes on finds the answer, and asks nothing
//! twice.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row as _;

use super::reviewers::there;
use super::{Connection, Row, StoreError, row};

/// Where a question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionState {
    /// It waits for a person.
    Open,
    /// The turn may go on.
    Answered,
}

/// A question to ask.
#[derive(Debug, Clone, PartialEq)]
pub struct NewQuestion {
    /// The turn that asks.
    pub turn_id: i64,
    /// The step of it whose result is the answer.
    pub step: i64,
    /// The conversation that waits.
    pub thread_id: i64,
    /// The job that waits.
    pub job_id: i64,
    /// The sentence of the spec.
    pub question: String,
    /// What the model says with it, by name.
    pub arguments: Value,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// The row.
    pub id: i64,
    /// The turn that asks.
    pub turn_id: i64,
    /// The step of it whose result is the answer.
    pub step: i64,
    /// The conversation that waits.
    pub thread_id: i64,
    /// The job that waits.
    pub job_id: i64,
    /// The sentence of the spec.
    pub question: String,
    /// What the model says with it.
    pub arguments: Value,
    /// Whose it is to answer.
    pub reviewer: Option<String>,
    /// Where it is.
    pub state: QuestionState,
    /// What they answered.
    pub answer: Option<String>,
    /// Who answered.
    pub answered_by: Option<String>,
    /// When.
    pub answered_at: Option<i64>,
    /// When it was asked.
    pub asked_at: i64,
}

/// Asks a question, or finds the one that was asked at this step. Says whether it is new.
pub async fn ask(
    tx: &mut Connection,
    new: &NewQuestion,
    now: i64,
) -> Result<(Question, bool), StoreError> {
    let asked = sqlx::query(
        "insert into question (turn_id, step, thread_id, job_id, question, arguments, state, asked_at)
         values ($1, $2, $3, $4, $5, $6, 'open', $7)
         on conflict (turn_id, step) do nothing",
    )
    .bind(new.turn_id)
    .bind(new.step)
    .bind(new.thread_id)
    .bind(new.job_id)
    .bind(&new.question)
    .bind(row::text(&new.arguments)?)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    let question = of_step(tx, new.turn_id, new.step).await?;
    let missing = || StoreError::Conflict("the question was taken back".to_owned());
    Ok((question.ok_or_else(missing)?, asked.rows_affected() == 1))
}

/// The question of a step.
pub async fn of_step(
    db: &mut Connection,
    turn_id: i64,
    step: i64,
) -> Result<Option<Question>, StoreError> {
    let found = sqlx::query("select * from question where turn_id = $1 and step = $2")
        .bind(turn_id)
        .bind(step)
        .fetch_optional(db)
        .await?;
    found.as_ref().map(read).transpose()
}

/// Makes an open question `reviewer`'s to answer, or nobody's.
pub async fn assign(
    tx: &mut Connection,
    id: i64,
    reviewer: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("update question set reviewer = $2 where id = $1 and state = 'open'")
        .bind(id)
        .bind(reviewer)
        .execute(tx)
        .await?;
    Ok(())
}

/// Answers an open question, and gives it as it is then.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody was quicker, or there is no such question.
pub async fn answer(
    tx: &mut Connection,
    id: i64,
    by: &str,
    answer: &str,
    now: i64,
) -> Result<Question, StoreError> {
    let answered = sqlx::query(
        "update question set state = 'answered', answer = $2, answered_by = $3, answered_at = $4
          where id = $1 and state = 'open' returning *",
    )
    .bind(id)
    .bind(answer)
    .bind(by)
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?;
    match answered {
        Some(answered) => read(&answered),
        None => Err(StoreError::Conflict(match find(tx, id).await? {
            None => format!("there is no question {id}"),
            Some(question) => format!(
                "question {id} was answered by {}",
                question.answered_by.unwrap_or_default()
            ),
        })),
    }
}

/// One question.
pub async fn find(db: &mut Connection, id: i64) -> Result<Option<Question>, StoreError> {
    let found = sqlx::query("select * from question where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    found.as_ref().map(read).transpose()
}

/// The oldest open questions.
pub async fn open(db: &mut Connection, limit: i64) -> Result<Vec<Question>, StoreError> {
    let found = sqlx::query("select * from question where state = 'open' order by id limit $1")
        .bind(limit)
        .fetch_all(db)
        .await?;
    found.iter().map(read).collect()
}

/// The newest questions, answered or not.
pub async fn newest(db: &mut Connection, limit: i64) -> Result<Vec<Question>, StoreError> {
    let found = sqlx::query("select * from question order by id desc limit $1")
        .bind(limit)
        .fetch_all(db)
        .await?;
    found.iter().map(read).collect()
}

/// Open questions whose reviewer is away or reviews no longer, and those that nobody has if
/// `unassigned`: their ids.
pub async fn orphans(
    db: &mut Connection,
    unassigned: bool,
    now: i64,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let rows = sqlx::query(concat!(
        "select id from question
              where state = 'open' and (reviewer is not null or $1 = 1)
                and (reviewer is null or reviewer not in (",
        there!(at "$2"),
        "))
              order by id limit $3",
    ))
    .bind(i64::from(unassigned))
    .bind(now)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
}

fn read(row: &Row) -> Result<Question, StoreError> {
    Ok(Question {
        id: row.try_get("id")?,
        turn_id: row.try_get("turn_id")?,
        step: row.try_get("step")?,
        thread_id: row.try_get("thread_id")?,
        job_id: row.try_get("job_id")?,
        question: row.try_get("question")?,
        arguments: row::json(row, "arguments")?,
        reviewer: row.try_get("reviewer")?,
        state: row::word(row, "state")?,
        answer: row.try_get("answer")?,
        answered_by: row.try_get("answered_by")?,
        answered_at: row.try_get("answered_at")?,
        asked_at: row.try_get("asked_at")?,
    })
}

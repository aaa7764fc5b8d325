//! The list of threads as people look through it: filtered, searched, and read a page at a time.
//!
//! A page is as many rows as are shown and no more, found along the index of when something last
//! happened; what a row says besides is looked up for these rows alone.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::drafts::DraftState;
use super::mails::MailState;
use super::threads::{self, Thread};
use super::{Connection, Row, StoreError, row};

/// Which threads are asked for. The default is all of them, from the newest on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// Only those that are so.
    pub state: Option<ThreadState>,
    /// Only those of this agent.
    pub agent: Option<String>,
    /// Only those of this reviewer.
    pub reviewer: Option<String>,
    /// Only those whose subject, contact or contact's name has these words in it.
    pub search: Option<String>,
    /// Only those behind this one.
    pub after: Option<Place>,
}

/// Where a thread stands in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// When something last happened in it.
    pub at: i64,
    /// The thread.
    pub id: i64,
}

/// A thread in the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// The conversation.
    pub thread: Thread,
    /// How many mails it has, both ways.
    pub mails: i64,
    /// Where its newest draft is.
    pub draft: Option<DraftState>,
    /// Its unfinished jobs.
    pub jobs: i64,
    /// Its jobs that gave up or wait for a person, and sendings that nobody knows the end of.
    pub stuck: i64,
    /// Where the thread is as a whole.
    pub state: ThreadState,
    /// The newest mail that came in it, and what became of that.
    pub newest: Option<Newest>,
    /// How much was spent on calls of models in it, in millionths.
    pub cost: i64,
}

/// Where a thread is as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadState {
    /// A job gave up or waits for a person, or nobody knows whether a mail was sent.
    Stuck,
    /// Jobs are at work.
    Working,
    /// A draft waits for a reviewer.
    Held,
    /// Nothing is to be done.
    Quiet,
}

/// The newest mail that came in a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Newest {
    /// Where it is: what the guard said follows from that.
    pub state: MailState,
    /// Why it went no further, if it did not.
    pub reason: Option<String>,
    /// Whether its sender is proven.
    pub verified: bool,
    /// When it came.
    pub received_at: i64,
}

/// The threads that are asked for, the latest first, at most `limit`. A thread's jobs are those whose
/// order key is [`threads::order_key`] of it.
pub async fn page(
    db: &mut Connection,
    asked: &Asked,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    rows(db, asked, None, limit).await
}

/// One thread as the list has it.
pub async fn find(db: &mut Connection, id: i64) -> Result<Option<Entry>, StoreError> {
    Ok(rows(db, &Asked::default(), Some(id), 1).await?.pop())
}

async fn rows(
    db: &mut Connection,
    asked: &Asked,
    only: Option<i64>,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let after = asked.after.unwrap_or(Place {
        at: i64::MAX,
        id: i64::MAX,
    });
    // What is not asked for is left out of the text, and how many is in it: so each question finds its index, and
    // PostgreSQL keeps the plan.
    let when = |is_asked: bool, then: &'static str, otherwise: &'static str| match is_asked {
        true => then,
        false => otherwise,
    };
    let which = [
        when(
            only.is_some(),
            "id = $6",
            "joined_to is null and cast($6 as bigint) is null",
        ),
        when(
            asked.agent.is_some(),
            "agent = $1",
            "cast($1 as text) is null",
        ),
        when(
            asked.reviewer.is_some(),
            "reviewer = $2",
            "cast($2 as text) is null",
        ),
        when(asked.search.is_some(), SAYS, "cast($3 as text) is null"),
        &asked.state.map_or_else(|| "0 = 0".to_owned(), is_so),
    ];
    let which = which.join(" and ");
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "{LOOKED_UP}
           from (select * from thread where (updated_at, id) < ($4, $5) and {which}
                  order by updated_at desc, id desc limit {limit}) as thread
           left join mail on mail.id = (select max(newest.id) from mail as newest
                                         where newest.thread_id = thread.id and newest.direction = 'in')
          order by thread.updated_at desc, thread.id desc"
    )))
    .bind(&asked.agent)
    .bind(&asked.reviewer)
    .bind(
        asked
            .search
            .as_deref()
            .map(|words| pattern(&words.to_lowercase())),
    )
    .bind(after.at)
    .bind(after.id)
    .bind(only)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// What a row says besides. Jobs are asked for one state after the other, so that each is found by an
/// index: nearly all are done.
const LOOKED_UP: &str = "
select thread.*,
       (select count(*) from mail where mail.thread_id = thread.id) as mails,
       (select draft.state from draft where draft.thread_id = thread.id
         order by draft.id desc limit 1) as draft,
       (select count(*) from job
         where job.order_key = 'thread ' || thread.id
           and job.state in ('scheduled', 'blocked', 'ready', 'running')) as jobs,
       (select count(*) from job
         where job.order_key = 'thread ' || thread.id and job.state in ('dead', 'waiting'))
       + (select count(*) from delivery
           where delivery.thread_id = thread.id and delivery.state = 'unknown') as stuck,
       (select cast(coalesce(sum(step.cost), 0) as bigint) from turn join step on step.turn_id = turn.id
         where turn.thread_id = thread.id and step.cost <> 0) as cost,
       mail.state as newest_state, mail.reason as newest_reason,
       mail.verified as newest_verified, mail.received_at as newest_at";

/// That a thread's subject, contact or contact's name has the words in it.
const SAYS: &str = "(lower(subject) like $3 escape '\\' or contact_key like $3 escape '\\'
                      or lower(contact_name) like $3 escape '\\')";

const HELD: &str = "select thread_id from draft where state = 'held'";
const AT_WORK: &str = "select coalesce(order_key, '') from job where state = 'scheduled'
             union all select coalesce(order_key, '') from job where state = 'blocked'
             union all select coalesce(order_key, '') from job where state = 'ready'
             union all select coalesce(order_key, '') from job where state = 'running'";
const GAVE_UP: &str = "select coalesce(order_key, '') from job where state in ('dead', 'waiting')";
const LOST: &str =
    "select thread_id from delivery where state = 'unknown' and thread_id is not null";

/// That a thread is so: what belongs to no thread is asked once for all of them.
fn is_so(state: ThreadState) -> String {
    match state {
        ThreadState::Held => format!("id in ({HELD})"),
        ThreadState::Stuck => format!("('thread ' || id in ({GAVE_UP}) or id in ({LOST}))"),
        ThreadState::Working => format!("'thread ' || id in ({AT_WORK})"),
        ThreadState::Quiet => {
            format!("id not in ({HELD}) and 'thread ' || id not in ({AT_WORK} union all {GAVE_UP})")
        }
    }
}

/// Words as a pattern that finds them anywhere.
pub(super) fn pattern(words: &str) -> String {
    let mut pattern = String::from("%");
    for c in words.trim().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn read(row: &Row) -> Result<Entry, StoreError> {
    let newest = match row.try_get::<Option<&str>, _>("newest_state")? {
        Some(_) => Some(Newest {
            state: row::word(row, "newest_state")?,
            reason: row.try_get("newest_reason")?,
            verified: row.try_get::<i64, _>("newest_verified")? != 0,
            received_at: row.try_get("newest_at")?,
        }),
        None => None,
    };
    let draft = match row.try_get::<Option<&str>, _>("draft")? {
        Some(_) => Some(row::word(row, "draft")?),
        None => None,
    };
    let (jobs, stuck) = (row.try_get("jobs")?, row.try_get("stuck")?);
    Ok(Entry {
        thread: threads::read(row)?,
        mails: row.try_get("mails")?,
        draft,
        jobs,
        stuck,
        state: state(jobs, stuck, draft),
        newest,
        cost: row.try_get("cost")?,
    })
}

fn state(jobs: i64, stuck: i64, draft: Option<DraftState>) -> ThreadState {
    if stuck > 0 {
        ThreadState::Stuck
    } else if jobs > 0 {
        ThreadState::Working
    } else if draft == Some(DraftState::Held) {
        ThreadState::Held
    } else {
        ThreadState::Quiet
    }
}

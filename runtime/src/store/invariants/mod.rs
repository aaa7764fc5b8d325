//! What must be true of a database whatever has happened: asked by `silexd audit`, and by the tests
//! after every fault.
//!
//! An invariant is a few statements that find what breaks it; nothing found means that it holds. All of
//! them read one state of the database. They read whole tables: a great database is best asked in a
//! copy.

mod breaches;
mod told;

use serde::Serialize;
use sqlx::Row as _;

use super::database::Dialect;
use super::{Connection, Store, StoreError};

/// Breaches that are named of each invariant.
const NAMED: usize = 100;

/// What must be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Invariant {
    /// Each mail that was accepted is there once, and is read.
    I1,
    /// No fact was committed by two attempts.
    I2,
    /// The jobs of a thread run one after another, in order.
    I3,
    /// A draft is sent at most once, and only at a revision that was approved.
    I4,
    /// What is not done has something that goes on with it.
    I5,
    /// No job is tried more often than it may be.
    I6,
    /// Nothing is sent to an address that is suppressed or unsubscribed.
    I7,
    /// Whatever waits for a person is somebody's, or its alarm was given.
    I8,
    /// No more is spent than the budget and one call.
    I9,
}

impl Invariant {
    /// All that a database can show. The tenth, how fast pages are under load, is measured.
    pub const ALL: [Self; 9] = [
        Self::I1,
        Self::I2,
        Self::I3,
        Self::I4,
        Self::I5,
        Self::I6,
        Self::I7,
        Self::I8,
        Self::I9,
    ];

    /// What must be true, in words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::I1 => "each mail that was accepted is there once, and is read",
            Self::I2 => "no fact was committed by two attempts",
            Self::I3 => "the jobs of a thread run one after another, in order",
            Self::I4 => "a draft is sent at most once, and only as it was approved",
            Self::I5 => "what is not done has something that goes on with it",
            Self::I6 => "no job is tried more often than it may be",
            Self::I7 => "nothing is sent to an address that is suppressed or unsubscribed",
            Self::I8 => "whatever waits for a person is somebody's, or its alarm was given",
            Self::I9 => "no more is spent than the budget and one call",
        }
    }

    /// How many there are of what it is about.
    fn about(self) -> &'static str {
        match self {
            Self::I1 => "select count(*) from raw_mail",
            Self::I2 => "select count(*) from step",
            Self::I3 => "select count(*) from job where order_key is not null",
            Self::I4 => "select count(*) from delivery where revision is not null",
            Self::I5 | Self::I6 => "select count(*) from job",
            Self::I7 => "select count(*) from delivery",
            Self::I8 => "select count(*) from draft where state = 'held'",
            Self::I9 => "select count(*) from budget",
        }
    }
}

/// What was found of an invariant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Which.
    pub invariant: Invariant,
    /// What must be true.
    pub says: &'static str,
    /// How many rows it is about.
    pub about: i64,
    /// How often it is broken.
    pub broken: usize,
    /// The first of what breaks it, in words with ids.
    pub breaches: Vec<String>,
}

/// Times of nodes and of transactions that run differ a little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// A lease that ended before is nobody's; with `i64::MAX` no process may run.
    pub leases_before: i64,
    /// Facts that are closer together than these milliseconds may have come the other way round.
    pub margin: i64,
}

impl Asked {
    /// Of a database whose processes may run.
    #[must_use]
    pub fn alive(now: i64) -> Self {
        let margin = 60_000;
        Self {
            leases_before: now - margin,
            margin,
        }
    }

    /// Of a database whose processes have all ended, and whose clocks were one.
    #[must_use]
    pub fn at_rest() -> Self {
        Self {
            leases_before: i64::MAX,
            margin: 0,
        }
    }
}

/// Asks every invariant.
///
/// # Errors
/// When the database cannot be read.
pub async fn check(store: &Store, asked: Asked) -> Result<Vec<Checked>, StoreError> {
    let mut reader = store.read().await?;
    reader.keep_from_others();
    let begin = match Dialect::of(&reader) {
        Dialect::Sqlite => "begin",
        // There the reader is in a transaction already, which sees what is new.
        Dialect::Postgres if store.is_pooled() => {
            "rollback; begin isolation level repeatable read read only;
             set local statement_timeout = 0; deallocate all"
        }
        Dialect::Postgres => {
            "begin isolation level repeatable read read only; set local statement_timeout = 0"
        }
    };
    sqlx::raw_sql(begin).execute(&mut *reader).await?;
    let checked = check_in(&mut reader, asked).await;
    sqlx::raw_sql("rollback").execute(&mut *reader).await?;
    checked
}

/// Asks every invariant of the state that a transaction sees.
async fn check_in(db: &mut Connection, asked: Asked) -> Result<Vec<Checked>, StoreError> {
    let mut checked = Vec::with_capacity(Invariant::ALL.len());
    for invariant in Invariant::ALL {
        let about = sqlx::query(invariant.about()).fetch_one(&mut *db).await?;
        let mut breaches = breaches::of(db, invariant, asked).await?;
        breaches.extend(told(db, invariant).await?);
        let broken = breaches.len();
        breaches.truncate(NAMED);
        checked.push(Checked {
            invariant,
            says: invariant.says(),
            about: about.try_get(0)?,
            broken,
            breaches,
        });
    }
    Ok(checked)
}

/// What the order of events shows.
async fn told(db: &mut Connection, invariant: Invariant) -> Result<Vec<String>, StoreError> {
    match invariant {
        Invariant::I2 => told::steps(db).await,
        Invariant::I4 => told::approvals(db).await,
        Invariant::I1
        | Invariant::I3
        | Invariant::I5
        | Invariant::I6
        | Invariant::I7
        | Invariant::I8
        | Invariant::I9 => Ok(Vec::new()),
    }
}

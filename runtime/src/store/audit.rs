//! The audit log: seals that chain what happened, so that nobody changes it unseen.
//!
//! A seal covers the events behind the one before it, in the order of their ids. Its digest is over
//! the digest before it and every event in full, so an event that is changed, removed or put in
//! changes every digest from there on. Sealing comes after the commits and holds up no writer. Whoever
//! can write the database can seal again what they changed: they cannot make the digest the same
//! that was printed elsewhere.

use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::Row as _;

use super::database::Dialect;
use super::events::{self, Event};
use super::{Connection, Row, StoreError, row};

/// Events under one seal.
const EVENTS: i64 = 500;

/// Hexadecimal digits that tell an event from a changed one.
const SHORT: usize = 16;

/// A seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seal {
    /// Its place in the chain, from 1.
    pub number: i64,
    /// The first event that it covers.
    pub first_id: i64,
    /// The last.
    pub last_id: i64,
    /// Over everything up to here, hexadecimal.
    pub digest: String,
    /// When it was made.
    pub sealed_at: i64,
    #[serde(skip)]
    entries: Vec<(i64, String)>,
}

/// What the chain says about the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Seals.
    pub seals: i64,
    /// Events under them.
    pub sealed: i64,
    /// Events that wait for theirs.
    pub unsealed: i64,
    /// The newest digest; none before the first seal.
    pub head: Option<String>,
    /// What is wrong, in words, in the order of the log.
    pub wrong: Vec<String>,
}

/// How far somebody has looked into the log.
///
/// On a server a transaction that is still open may have been given an earlier id than an event that is
/// there already. So only what was seen at an earlier look is sealed, when every transaction that was
/// open then has ended. A file has one writer at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The newest event.
    last_id: i64,
    /// A number of a transaction that began after the look, on a server.
    before: Option<i64>,
}

/// Looks for events to seal. `None` when there are none.
pub async fn look(db: &mut Connection) -> Result<Option<Seen>, StoreError> {
    let from = head(db).await?.map_or(0, |last| last.last_id);
    let last_id = events::newest(db).await?;
    if last_id <= from {
        return Ok(None);
    }
    let before = match Dialect::of(db) {
        Dialect::Sqlite => None,
        Dialect::Postgres => {
            let number = "select cast(cast(pg_current_xact_id() as text) as bigint) as number";
            Some(sqlx::query(number).fetch_one(db).await?.try_get("number")?)
        }
    };
    Ok(Some(Seen { last_id, before }))
}

/// Whether every transaction has ended that was open when somebody looked. The numbers are given when
/// transactions begin to write, before they note an event.
pub async fn has_settled(db: &mut Connection, seen: Seen) -> Result<bool, StoreError> {
    let Some(before) = seen.before else {
        return Ok(true);
    };
    let settled = sqlx::query(
        "select 1 where cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) > $1",
    )
    .bind(before)
    .fetch_optional(db)
    .await?;
    Ok(settled.is_some())
}

/// Seals the next of the events that were seen and have settled; gives how many. Of two nodes that
/// seal at once, one does.
pub async fn seal(tx: &mut Connection, seen: Seen, now: i64) -> Result<usize, StoreError> {
    let last = head(tx).await?;
    let (number, from, digest) = last.map_or((0, 0, String::new()), |last| {
        (last.number, last.last_id, last.digest)
    });
    let mut next = events::after(tx, from, EVENTS).await?;
    next.retain(|event| event.id <= seen.last_id);
    let (Some(first), Some(last)) = (next.first(), next.last()) else {
        return Ok(0);
    };
    let sealed = sqlx::query(
        "insert into seal (number, first_id, last_id, entries, digest, sealed_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
    )
    .bind(number + 1)
    .bind(first.id)
    .bind(last.id)
    .bind(row::text(&entries(&next)?)?)
    .bind(chained(&digest, &next)?)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(if sealed.rows_affected() == 1 {
        next.len()
    } else {
        0
    })
}

/// The newest seal.
pub async fn head(db: &mut Connection) -> Result<Option<Seal>, StoreError> {
    let found = sqlx::query("select * from seal order by number desc limit 1")
        .fetch_optional(db)
        .await?;
    found.as_ref().map(read).transpose()
}

/// The seal with this digest.
pub async fn by_digest(db: &mut Connection, digest: &str) -> Result<Option<Seal>, StoreError> {
    let found = sqlx::query("select * from seal where digest = $1")
        .bind(digest)
        .fetch_optional(db)
        .await?;
    found.as_ref().map(read).transpose()
}

/// Compares every sealed event with its seal, and every seal with the one before it.
pub async fn verify(db: &mut Connection) -> Result<Verified, StoreError> {
    let mut told = Verified::default();
    let (mut digest, mut last) = (String::new(), 0);
    while let Some(seal) = after(db, told.seals).await? {
        let before = told.wrong.len();
        let gone = told.seals + 1..seal.number;
        let from = if gone.is_empty() {
            last
        } else {
            seal.first_id - 1
        };
        told.wrong
            .extend(gone.map(|number| format!("seal {number} was removed")));
        let covered = between(db, from, seal.last_id).await?;
        compare(&seal, &covered, &mut told.wrong)?;
        // What differs has been named; here is what no single event shows.
        if chained(&digest, &covered)? != seal.digest && told.wrong.len() == before {
            told.wrong.push(format!(
                "seal {} does not continue the one before it",
                seal.number
            ));
        }
        told.seals = seal.number;
        told.sealed += i64::try_from(covered.len()).unwrap_or(i64::MAX);
        (digest, last) = (seal.digest, seal.last_id);
    }
    told.unsealed = count_after(db, last).await?;
    told.head = Some(digest).filter(|digest| !digest.is_empty());
    Ok(told)
}

/// Which of a seal's events are not what they were.
fn compare(seal: &Seal, covered: &[Event], wrong: &mut Vec<String>) -> Result<(), StoreError> {
    let found = entries(covered)?;
    for (id, digest) in &seal.entries {
        match found.iter().find(|(other, _)| other == id) {
            None => wrong.push(format!("event {id} was removed (seal {})", seal.number)),
            Some((_, now)) if now != digest => {
                wrong.push(format!("event {id} was changed (seal {})", seal.number));
            }
            Some(_) => {}
        }
    }
    let inserted = found
        .iter()
        .filter(|(id, _)| !seal.entries.iter().any(|(other, _)| other == id));
    wrong.extend(inserted.map(|(id, _)| format!("event {id} was put in (seal {})", seal.number)));
    Ok(())
}

/// The newest seals, without what they hold of each event.
pub async fn newest(db: &mut Connection, limit: i64) -> Result<Vec<Seal>, StoreError> {
    // Their events' digests are long, and only for the comparison.
    let found = sqlx::query(
        "select number, first_id, last_id, '[]' as entries, digest, sealed_at from seal
          order by number desc limit $1",
    )
    .bind(limit)
    .fetch_all(db)
    .await?;
    found.iter().map(read).collect()
}

async fn after(db: &mut Connection, number: i64) -> Result<Option<Seal>, StoreError> {
    let found = sqlx::query("select * from seal where number > $1 order by number limit 1")
        .bind(number)
        .fetch_optional(db)
        .await?;
    found.as_ref().map(read).transpose()
}

/// The events behind `after`, up to `last`.
async fn between(db: &mut Connection, after: i64, last: i64) -> Result<Vec<Event>, StoreError> {
    let mut found = Vec::new();
    loop {
        let from = found.last().map_or(after, |event: &Event| event.id);
        let next = events::after(db, from, EVENTS).await?;
        let ends = next.last().is_none_or(|event| event.id >= last);
        found.extend(next.into_iter().filter(|event| event.id <= last));
        if ends {
            return Ok(found);
        }
    }
}

async fn count_after(db: &mut Connection, id: i64) -> Result<i64, StoreError> {
    let count = sqlx::query("select count(*) from event where id > $1")
        .bind(id)
        .fetch_one(db)
        .await?;
    Ok(count.try_get(0)?)
}

/// Each event's id with the beginning of its digest.
fn entries(events: &[Event]) -> Result<Vec<(i64, String)>, StoreError> {
    events
        .iter()
        .map(|event| {
            let mut digest = hex::encode(Sha256::digest(whole(event)?));
            digest.truncate(SHORT);
            Ok((event.id, digest))
        })
        .collect()
}

/// The digest over the one before and these events.
fn chained(before: &str, events: &[Event]) -> Result<String, StoreError> {
    let mut hash = Sha256::new();
    hash.update(before);
    for event in events {
        let bytes = whole(event)?;
        // With its length before it, no byte can move from one event to the next.
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    Ok(hex::encode(hash.finalize()))
}

/// Everything that an event says, as bytes.
fn whole(event: &Event) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(event).map_err(|error| StoreError::Database(error.to_string()))
}

fn read(row: &Row) -> Result<Seal, StoreError> {
    Ok(Seal {
        number: row.try_get("number")?,
        first_id: row.try_get("first_id")?,
        last_id: row.try_get("last_id")?,
        digest: row.try_get("digest")?,
        sealed_at: row.try_get("sealed_at")?,
        entries: row::json(row, "entries")?,
    })
}

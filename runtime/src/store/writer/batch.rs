//! One commit of several writes, each on its own within it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::{Answer, Link, Write};
use crate::fault;
use crate::store::database::Dialect;
use crate::store::{Connection, StoreError};

/// How long a server may take for one batch. Its own limits end a statement long before.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of the writes of a batch, so far.
#[derive(Default)]
struct Gathered {
    /// Whom to tell, and an error that is theirs alone.
    answers: Vec<(Answer, Option<StoreError>)>,
    /// The labels of the writes that did not fail.
    kept: Vec<&'static str>,
}

/// Commits a batch and answers everyone in it. Says whether anything was committed.
pub(super) async fn commit(link: &mut Link, writes: Vec<Write>) -> bool {
    let mut gathered = Gathered::default();
    let done = match begin(link).await {
        Ok(db) => {
            let batch = batch(db, writes, &mut gathered);
            let done = tokio::time::timeout(PATIENCE, batch).await;
            done.unwrap_or_else(|_| Err(StoreError::Away("the database does not answer".into())))
        }
        Err(error) => {
            refuse(writes, &error, &mut gathered).await;
            Err(error)
        }
    };
    match &done {
        Ok(()) => {
            for label in &gathered.kept {
                fault::point_of(label, "after_commit");
            }
        }
        Err(error) => link.broke(error).await,
    }
    let committed = done.is_ok() && !gathered.kept.is_empty();
    for (answer, own) in gathered.answers {
        answer(match own {
            Some(error) => Err(error),
            None => done.clone(),
        });
    }
    committed
}

/// Begins a transaction, once more on a new connection if the server ended the one there was:
/// nothing has been done on it yet.
async fn begin(link: &mut Link) -> Result<&mut Connection, StoreError> {
    let begun = begin_on(link).await;
    if let Err(error) = begun {
        link.broke(&error).await;
        if !matches!(error, StoreError::Away(_)) {
            return Err(error);
        }
        begin_on(link).await?;
    }
    link.connection().await
}

async fn begin_on(link: &mut Link) -> Result<(), StoreError> {
    let is_pooled = link.is_pooled();
    let db = link.connection().await?;
    let begin = match Dialect::of(db) {
        Dialect::Sqlite => "begin immediate; savepoint one",
        // The sealing of events relies on it that a transaction has a number before it notes one.
        Dialect::Postgres if !is_pooled => {
            "begin; select pg_current_xact_id() is null; savepoint one"
        }
        // The connection is whoever's it was before, with what they have left on it.
        Dialect::Postgres => {
            "begin; set local lock_timeout = '5s'; set local statement_timeout = '30s';
             select pg_current_xact_id() is null; savepoint one; deallocate all"
        }
    };
    say(db, begin).await
}

async fn batch(
    db: &mut Connection,
    writes: Vec<Write>,
    gathered: &mut Gathered,
) -> Result<(), StoreError> {
    let mut writes = writes.into_iter();
    let mut is_committed = false;
    while let Some(Write { label, work }) = writes.next() {
        let (error, answer) = work(Ok(&mut *db)).await;
        let failed = error.is_some();
        gathered.kept.extend((!failed).then_some(label));
        let ended = match failed {
            true => undone(db, error.as_ref()).await,
            false if writes.len() > 0 => keep(db).await,
            false => {
                let ended = end(db, "release savepoint one; commit", &gathered.kept).await;
                is_committed = ended.is_ok();
                ended
            }
        };
        match ended {
            Ok(()) => gathered.answers.push((answer, None)),
            // It went on after a statement of it had failed, and PostgreSQL keeps nothing of it: only it is undone.
            Err(unkept) if !failed && undo(db).await.is_ok() => {
                gathered.kept.pop();
                gathered.answers.push((answer, Some(unkept)));
            }
            // The transaction is gone, as it is by a full disk: the rest is told why.
            Err(gone) => {
                let why = error.unwrap_or(gone);
                gathered.answers.push((answer, None));
                refuse(writes.collect(), &why, gathered).await;
                return Err(why);
            }
        }
    }
    if is_committed {
        return Ok(());
    }
    match gathered.kept.is_empty() {
        true => say(db, "rollback").await,
        false => end(db, "commit", &gathered.kept).await,
    }
}

/// Commits what was kept.
async fn end(
    db: &mut Connection,
    commit: &'static str,
    kept: &[&'static str],
) -> Result<(), StoreError> {
    for label in kept {
        fault::point_of(label, "before_commit");
    }
    say(db, commit).await
}

async fn keep(db: &mut Connection) -> Result<(), StoreError> {
    let keep = match Dialect::of(db) {
        Dialect::Sqlite => "release savepoint one; savepoint one",
        // One of the same name hides the one before it.
        Dialect::Postgres => "savepoint one",
    };
    say(db, keep).await
}

/// Undoes a write that failed. When it waited for a lock in vain, those behind it have no time to do so too.
async fn undone(db: &mut Connection, error: Option<&StoreError>) -> Result<(), StoreError> {
    undo(db).await?;
    match (Dialect::of(db), error) {
        (Dialect::Postgres, Some(StoreError::Busy(_))) => {
            say(db, "set local lock_timeout = '20ms'").await
        }
        _ => Ok(()),
    }
}

async fn undo(db: &mut Connection) -> Result<(), StoreError> {
    say(db, "rollback to savepoint one").await
}

/// Runs statements without values. A file keeps each prepared; PostgreSQL takes several at once only
/// when they are not.
async fn say(db: &mut Connection, sql: &'static str) -> Result<(), StoreError> {
    match Dialect::of(db) {
        Dialect::Sqlite => {
            for one in sql.split("; ") {
                sqlx::query(one).execute(&mut *db).await?;
            }
        }
        Dialect::Postgres => {
            sqlx::raw_sql(sql).execute(db).await?;
        }
    }
    Ok(())
}

/// Tells writes why they do not run.
async fn refuse(writes: Vec<Write>, error: &StoreError, gathered: &mut Gathered) {
    for write in writes {
        let (_, answer) = (write.work)(Err(error.clone())).await;
        gathered.answers.push((answer, None));
    }
}

/// A panic in a write is that write's error: the writer goes on for the others.
pub(super) async fn guarded<T, F>(work: F, tx: &mut Connection) -> Result<T, StoreError>
where
    F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<T, StoreError>>,
{
    match AssertUnwindSafe(async move { work(tx).await })
        .catch_unwind()
        .await
    {
        Ok(result) => result,
        Err(_) => Err(StoreError::Database("a write panicked".to_owned())),
    }
}

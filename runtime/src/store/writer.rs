//! The one writer: gathers the writes that wait into one transaction and commits once.
//!
//! It has a thread of its own, so neither the web edge nor a job can starve it. Each write runs
//! in a savepoint. While one commit goes to the disk the next writes gather, which is what makes
//! many small writes cheap at full durability.

use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::thread;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sqlx::Connection as _;
use tokio::sync::{mpsc, oneshot, watch};

use super::database::Dialect;
use super::{Connection, StoreError};
use crate::fault;

/// More would make the first of them wait for the last.
const LARGEST_BATCH: usize = 256;

type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Runs a write and gives its error, if it failed, and the answer to send after the commit. Given
/// an error instead of a connection it runs nothing.
type Work = Box<
    dyn for<'t> FnOnce(
            Result<&'t mut Connection, StoreError>,
        ) -> BoxFuture<'t, (Option<StoreError>, Answer)>
        + Send,
>;

enum Message {
    Write { label: &'static str, work: Work },
    Close { closed: oneshot::Sender<()> },
}

#[derive(Debug)]
pub(super) struct Writer {
    messages: mpsc::Sender<Message>,
    commits: watch::Receiver<u64>,
}

/// Starts the writer on a thread of its own. The thread keeps `lock` until its connection is
/// closed.
pub(super) fn start(connection: Connection, lock: Option<File>) -> Result<Writer, StoreError> {
    let (messages, inbox) = mpsc::channel(4 * LARGEST_BATCH);
    let (committed, commits) = watch::channel(0);
    let unstarted = |error: std::io::Error| StoreError::Database(format!("no writer: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(unstarted)?;
    thread::Builder::new()
        .name("silex-writer".to_owned())
        .spawn(move || runtime.block_on(run(connection, lock, inbox, committed)))
        .map_err(unstarted)?;
    Ok(Writer { messages, commits })
}

impl Writer {
    pub(super) async fn write<T, F>(&self, label: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<T, StoreError>>
            + Send
            + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |tx| {
            Box::pin(async move {
                let result = match tx {
                    Ok(tx) => guarded(work, tx).await,
                    Err(error) => Err(error),
                };
                let error = result.as_ref().err().cloned();
                let reply: Answer = Box::new(move |committed: Result<(), StoreError>| {
                    // A caller that no longer waits has been told all it wanted.
                    let _ = answer.send(committed.and(result));
                });
                (error, reply)
            })
        });
        let message = Message::Write { label, work };
        self.messages
            .send(message)
            .await
            .map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) fn commits(&self) -> watch::Receiver<u64> {
        self.commits.clone()
    }

    pub(super) async fn close(&self) {
        let (closed, done) = oneshot::channel();
        if self.messages.send(Message::Close { closed }).await.is_ok() {
            let _ = done.await;
        }
    }
}

async fn run(
    mut connection: Connection,
    lock: Option<File>,
    mut inbox: mpsc::Receiver<Message>,
    committed: watch::Sender<u64>,
) {
    let mut messages = Vec::with_capacity(LARGEST_BATCH);
    let mut closing = Vec::new();
    while closing.is_empty() && inbox.recv_many(&mut messages, LARGEST_BATCH).await > 0 {
        let mut writes = Vec::with_capacity(messages.len());
        for message in messages.drain(..) {
            match message {
                Message::Write { label, work } => writes.push((label, work)),
                Message::Close { closed } => closing.push(closed),
            }
        }
        if !writes.is_empty() && commit(&mut connection, writes).await {
            committed.send_modify(|commits| *commits += 1);
        }
    }
    // An error here changes nothing: what was answered is on the disk.
    let _ = connection.close().await;
    drop(lock);
    for closed in closing {
        let _ = closed.send(());
    }
}

/// Commits a batch and answers everyone in it. Says whether anything was committed.
async fn commit(db: &mut Connection, writes: Vec<(&'static str, Work)>) -> bool {
    let mut answers = Vec::with_capacity(writes.len());
    let mut kept = Vec::with_capacity(writes.len());
    let done = batch(db, writes, &mut answers, &mut kept).await;
    if done.is_err() {
        // SQLite may already have rolled back by itself; then this fails, and that is fine.
        let _ = sqlx::query("rollback").execute(&mut *db).await;
    } else {
        for label in &kept {
            fault::point_of(label, "after_commit");
        }
    }
    for answer in answers {
        answer(done.clone());
    }
    done.is_ok() && !kept.is_empty()
}

async fn batch(
    db: &mut Connection,
    writes: Vec<(&'static str, Work)>,
    answers: &mut Vec<Answer>,
    kept: &mut Vec<&'static str>,
) -> Result<(), StoreError> {
    let begin = match Dialect::of(db) {
        Dialect::Sqlite => "begin immediate",
        // Whatever holds a lock for longer is broken, and the others are not to wait for it.
        Dialect::Postgres => {
            "begin; set local lock_timeout = '5s'; set local statement_timeout = '30s'"
        }
    };
    let begun = sqlx::raw_sql(begin).execute(&mut *db).await;
    let mut broken = begun.err().map(StoreError::from);
    for (label, work) in writes {
        if broken.is_none() {
            broken = sqlx::query("savepoint one")
                .execute(&mut *db)
                .await
                .err()
                .map(StoreError::from);
        }
        if let Some(error) = &broken {
            // The transaction is gone: this write does not run, and is told why.
            answers.push(work(Err(error.clone())).await.1);
            continue;
        }
        let (error, answer) = work(Ok(&mut *db)).await;
        answers.push(answer);
        let ended = match &error {
            None => sqlx::query("release one").execute(&mut *db).await,
            Some(_) => {
                sqlx::raw_sql("rollback to one; release one")
                    .execute(&mut *db)
                    .await
            }
        };
        match (error, ended) {
            (None, Ok(_)) => kept.push(label),
            (Some(_), Ok(_)) => {}
            // A full disk ends the whole transaction, and the savepoint with it.
            (Some(error), Err(_)) => broken = Some(error),
            (None, Err(error)) => broken = Some(error.into()),
        }
    }
    if let Some(error) = broken {
        return Err(error);
    }
    for label in kept.iter() {
        fault::point_of(label, "before_commit");
    }
    sqlx::query("commit").execute(&mut *db).await?;
    Ok(())
}

/// A panic in a write is that write's error: the writer goes on for the others.
async fn guarded<T, F>(work: F, tx: &mut Connection) -> Result<T, StoreError>
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

//! The writers: each gathers the writes that wait for it into one transaction and commits once.
//!
//! They have a thread of their own, so neither the web edge nor a job can starve them. While one
//! commit goes to the disk the next writes gather, which is what makes many small writes cheap at
//! full durability. A file of SQLite has one writer. A server has several, beside each other: what
//! belongs to one line of jobs goes to the same of them, so that it does not wait for its own locks.

mod batch;
mod link;

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::{Connection, StoreError};
pub(super) use link::Link;

/// More would make the first of them wait for the last.
const LARGEST_BATCH: usize = 256;

tokio::task_local! {
    /// What the writes of this task belong to.
    static LANE: u64;
}

/// Runs a future whose writes belong together: they go to one writer, in their order.
pub(super) async fn in_lane<F: Future>(lane: u64, future: F) -> F::Output {
    LANE.scope(lane, future).await
}

type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Runs a write and gives its error, if it failed, and the answer to send after the commit. Given
/// an error instead of a connection it runs nothing.
type Work = Box<
    dyn for<'t> FnOnce(
            Result<&'t mut Connection, StoreError>,
        ) -> BoxFuture<'t, (Option<StoreError>, Answer)>
        + Send,
>;

struct Write {
    label: &'static str,
    work: Work,
}

enum Message {
    Write(Write),
    Close { closed: oneshot::Sender<()> },
}

/// What changes with every commit.
#[derive(Debug, Clone)]
pub(super) struct Commits {
    /// Those of this process.
    pub(super) own: Arc<watch::Sender<u64>>,
    /// Those of any process, as far as this one has heard of them.
    pub(super) all: Arc<watch::Sender<u64>>,
}

impl Commits {
    pub(super) fn new() -> Self {
        let counter = || Arc::new(watch::Sender::new(0));
        Self {
            own: counter(),
            all: counter(),
        }
    }

    fn committed(&self) {
        self.own.send_modify(|commits| *commits += 1);
        self.heard();
    }

    /// Notes that another process committed something.
    pub(super) fn heard(&self) {
        self.all.send_modify(|commits| *commits += 1);
    }
}

#[derive(Debug)]
pub(super) struct Writers {
    inboxes: Vec<mpsc::Sender<Message>>,
    next: AtomicUsize,
    handle: Handle,
}

impl Writers {
    /// Starts a writer on each of `links`. Their thread keeps `lock` until the last has ended.
    pub(super) fn start(
        links: Vec<Link>,
        lock: Option<File>,
        commits: &Commits,
    ) -> Result<Self, StoreError> {
        let unstarted = |error: std::io::Error| StoreError::Database(format!("no writer: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(unstarted)?;
        let handle = runtime.handle().clone();
        let mut writing = JoinSet::new();
        let mut inboxes = Vec::with_capacity(links.len());
        for link in links {
            let (messages, inbox) = mpsc::channel(4 * LARGEST_BATCH);
            inboxes.push(messages);
            writing.spawn_on(run(link, inbox, commits.clone()), runtime.handle());
        }
        thread::Builder::new()
            .name("silex-writer".to_owned())
            .spawn(move || {
                let closing = runtime.block_on(writing.join_all());
                drop(lock);
                for closed in closing.into_iter().flatten() {
                    let _ = closed.send(());
                }
            })
            .map_err(unstarted)?;
        Ok(Self {
            inboxes,
            next: AtomicUsize::new(0),
            handle,
        })
    }

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
                    Ok(tx) => batch::guarded(work, tx).await,
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
        self.inbox()
            .send(Message::Write(Write { label, work }))
            .await
            .map_err(|_| StoreError::Closed)?;
        let unanswered = || StoreError::Away("the write was given up".to_owned());
        answered.await.map_err(|_| unanswered())?
    }

    /// The runtime of their thread, which nothing else can starve. A connection to a server hears
    /// its answers there where it was made, so all of them are made there.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }

    fn inbox(&self) -> &mpsc::Sender<Message> {
        let lane = LANE.try_with(|lane| usize::try_from(*lane).unwrap_or_default());
        let lane = lane.unwrap_or_else(|_| self.next.fetch_add(1, Ordering::Relaxed));
        &self.inboxes[lane % self.inboxes.len()]
    }

    pub(super) async fn close(&self) {
        let mut all = Vec::with_capacity(self.inboxes.len());
        for inbox in &self.inboxes {
            let (closed, done) = oneshot::channel();
            if inbox.send(Message::Close { closed }).await.is_ok() {
                all.push(done);
            }
        }
        // They tell it together, when the last of them has ended.
        for done in all {
            let _ = done.await;
        }
    }
}

/// Writes until it is closed, and gives whom to tell of that.
async fn run(
    mut link: Link,
    mut inbox: mpsc::Receiver<Message>,
    commits: Commits,
) -> Vec<oneshot::Sender<()>> {
    let mut messages = Vec::with_capacity(LARGEST_BATCH);
    let mut closing = Vec::new();
    while closing.is_empty() && inbox.recv_many(&mut messages, LARGEST_BATCH).await > 0 {
        let mut writes = Vec::with_capacity(messages.len());
        for message in messages.drain(..) {
            match message {
                Message::Write(write) => writes.push(write),
                Message::Close { closed } => closing.push(closed),
            }
        }
        if !writes.is_empty() && batch::commit(&mut link, writes).await {
            commits.committed();
        }
    }
    link.close().await;
    closing
}

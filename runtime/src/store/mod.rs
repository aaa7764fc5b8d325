//! Everything durable: all SQL and migrations, as functions named after transitions.
//!
//! A function takes a [`Connection`]; its caller owns the transaction. Writes go through
//! [`Store::write`], where one writer gathers those that wait into one commit; reads take a
//! connection of [`Store::read`]. When a write has been answered, it is on the disk.
//!
//! The database is a file of SQLite or a PostgreSQL server; the SQL is one text for both, and where
//! it cannot be, `database::Dialect` says which.
//!
//! One process owns a file by the lock on another beside it; a server has any number of owners.
//! Command line tools open it [`Access::Shared`]: they read and decide while the owners run, and
//! never run jobs.

pub mod audit;
pub mod backup;
pub mod budgets;
pub mod bundles;
pub mod campaigns;
pub mod census;
pub mod circuits;
mod connection;
mod database;
pub mod deliveries;
pub mod delivery_events;
pub mod drafts;
pub mod entities;
mod error;
pub mod events;
mod file;
pub mod inbox;
pub mod invariants;
pub mod jobs;
pub mod joining;
pub mod limits;
pub mod listeners;
pub mod lock;
pub mod mails;
mod migrate;
mod news;
pub mod numbers;
pub mod quarantine;
pub mod questions;
mod readers;
pub mod review_queue;
pub mod reviewers;
pub mod reviews;
pub mod rounds;
mod row;
pub mod saying;
pub mod senders;
pub mod sessions;
pub mod stages;
pub mod suppression;
pub mod texts;
pub mod threads;
pub mod tool_slots;
pub mod turns;
pub mod variants;
mod writer;

use std::fs::{File, OpenOptions, TryLockError};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use sqlx::any::AnyRow;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use connection::Connection;
pub use database::Database;
use database::Dialect;
pub(crate) use database::beside;
pub use error::StoreError;
pub use readers::Reader;
use readers::Readers;
use writer::{Commits, Link, Writers};

pub(crate) type Row = AnyRow;

/// Writers of a server. More would mostly wait for each other's locks.
const WRITERS: usize = 4;

/// What the process may do with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Owns it: takes the lock of a file, and may run jobs.
    Own,
    /// Reads and writes beside the owner; runs no jobs.
    Shared,
}

/// What there is of a database before anybody opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing yet.
    Nothing,
    /// Tables of an earlier version, which are migrated when it is opened.
    Older,
    /// Tables as this program has them.
    Current,
}

/// Looks at a database without making or changing anything.
///
/// # Errors
/// When it cannot be reached or written, or a newer program wrote it.
pub async fn look(database: &Database) -> Result<Found, StoreError> {
    if let Some(path) = database.file() {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        if !folder.is_dir() {
            let missing = format!("there is no folder {}", folder.display());
            return Err(StoreError::Full(missing));
        }
        if !path.exists() {
            return Ok(Found::Nothing);
        }
        let opened = OpenOptions::new().write(true).open(path);
        opened.map_err(|error| StoreError::Full(error.to_string()))?;
    }
    let mut link = Link::to(database);
    let connection = link.connection().await?;
    let found = migrate::look(connection, &database.to_string()).await;
    link.close().await;
    found
}

/// The database. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    writers: Writers,
    readers: Readers,
    commits: Commits,
    access: Access,
    /// Whether no other process may own the database.
    alone: bool,
    /// Ends the exchange of news with other nodes.
    stop: CancellationToken,
}

impl Store {
    /// Opens a database, creating its tables or migrating it as needed.
    ///
    /// A file is refused with [`StoreError::Owned`] when another process owns it (shared access is
    /// refused only if the database needs a migration), and any database with
    /// [`StoreError::Newer`] when a newer program wrote it. `now` dates the migrations.
    pub async fn open(database: &Database, access: Access, now: i64) -> Result<Self, StoreError> {
        Self::open_with(database, access, None, now).await
    }

    /// Opens a database that at most so many read at once, as [`Store::open`] does.
    pub async fn open_with(
        database: &Database,
        access: Access,
        readers: Option<NonZeroU32>,
        now: i64,
    ) -> Result<Self, StoreError> {
        let lock = match (database, access) {
            (Database::File(path), Access::Own) => Some(lock(path)?),
            (Database::File(_), Access::Shared) | (Database::Server(_), _) => None,
        };
        let mut first = Link::to(database);
        let connection = first.connection().await?;
        let name = database.to_string();
        if migrate::is_behind(connection, &name).await? {
            // Nobody may migrate under a running owner, so a tool needs the lock for it too.
            let _ours = match database.file().filter(|_| lock.is_none()) {
                Some(path) => Some(self::lock(path)?),
                None => None,
            };
            migrate::run(connection, &name, now).await?;
        }
        let links = match database.dialect() {
            Dialect::Sqlite => vec![first],
            // The writers connect where they run.
            Dialect::Postgres => {
                first.close().await;
                (0..WRITERS).map(|_| Link::to(database).limited()).collect()
            }
        };
        let (commits, stop) = (Commits::new(), CancellationToken::new());
        // Behind PgBouncer nobody can listen, and each node looks once a second.
        let server = database.server()?.filter(|_| !database.is_pooled());
        let writers = Writers::start(links, lock, &commits)?;
        if let Some(server) = server {
            let exchange = news::exchange(server, commits.clone(), stop.clone());
            writers.handle().spawn(exchange);
        }
        Ok(Self(Arc::new(Inner {
            writers,
            readers: Readers::new(database, readers)?,
            commits,
            access,
            alone: database.file().is_some(),
            stop,
        })))
    }

    /// Runs `work` in a transaction and answers when its commit is on the disk.
    ///
    /// Writes that wait at the same time share one commit; each is on its own within it, and one
    /// that fails undoes nothing of the others. `work` must not wait for anything but the
    /// database: every other write waits behind it. `label` names the write's fault points,
    /// `label.before_commit` and `label.after_commit`; an empty one has none.
    ///
    /// A caller that is dropped while it waits does not take its write back.
    pub async fn write<T, F>(&self, label: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<T, StoreError>>
            + Send
            + 'static,
    {
        self.0.writers.write(label, work).await
    }

    /// A connection for reading. It sees everything that was committed before its statement.
    pub async fn read(&self) -> Result<Reader, StoreError> {
        self.0.readers.acquire(self.0.writers.handle()).await
    }

    /// Changes after every commit of this process, and soon after those of other nodes; what waits
    /// for work listens to it.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.0.commits.all.subscribe()
    }

    /// Whether no other process can own the database: whatever was running when it was opened is
    /// run by nobody.
    pub fn is_alone(&self) -> bool {
        self.0.alone
    }

    /// Whether PgBouncer may give each transaction another connection to the server.
    pub(crate) fn is_pooled(&self) -> bool {
        self.0.readers.are_pooled()
    }

    /// What this process may do with the database.
    pub fn access(&self) -> Access {
        self.0.access
    }

    /// Finishes the writes that wait, closes the connections and gives the lock back.
    pub async fn close(&self) {
        self.0.stop.cancel();
        self.0.readers.close().await;
        self.0.writers.close().await;
    }
}

/// Names a piece of work for [`Store::write`] before it is handed over: the compiler needs to be
/// told that it runs on any connection.
pub fn transaction<T, F>(work: F) -> F
where
    F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
{
    work
}

/// Runs a future whose writes belong together, those of one line of jobs: they go to one writer,
/// where none of them waits for a lock of another.
pub async fn in_lane<F: Future>(lane: u64, future: F) -> F::Output {
    writer::in_lane(lane, future).await
}

/// Takes the lock that makes this process the owner. It ends with the file, also by a crash.
fn lock(database: &Path) -> Result<File, StoreError> {
    let path = beside(database, ".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| StoreError::Full(format!("{}: {error}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Owned {
            database: database.to_owned(),
            lock: path,
        }),
        Err(TryLockError::Error(error)) => {
            Err(StoreError::Full(format!("{}: {error}", path.display())))
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;

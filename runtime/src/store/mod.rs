//! Everything durable: all SQL and migrations, as functions named after transitions.
//!
//! A function takes a [`Connection`]; its caller owns the transaction. Writes go through
//! [`Store::write`], where one writer gathers those that wait into one commit; reads take a
//! connection of [`Store::read`]. When a write has been answered, it is on the disk.
//!
//! One process owns the database by the lock on a file beside it. Command line tools open it
//! [`Access::Shared`]: they read and decide while the owner runs, and never run jobs.

pub mod bundles;
pub mod census;
pub mod deliveries;
pub mod drafts;
pub mod entities;
mod error;
pub mod events;
pub mod jobs;
pub mod mails;
mod migrate;
pub mod reviewers;
mod row;
pub mod threads;
pub mod turns;
mod writer;

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use tokio::sync::watch;

pub use error::StoreError;

/// A connection to the database, inside the transaction of whoever passes it.
pub type Connection = sqlx::SqliteConnection;

pub(crate) type Row = SqliteRow;

/// What the process may do with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Owns it: takes the lock, and may run jobs.
    Own,
    /// Reads and writes beside the owner; runs no jobs.
    Shared,
}

/// The database. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    writer: writer::Writer,
    readers: SqlitePool,
    access: Access,
}

impl Store {
    /// Opens the database at `path`, creating or migrating it as needed.
    ///
    /// Refused with [`StoreError::Owned`] when another process owns it (shared access is refused
    /// only if the database needs a migration), and with [`StoreError::Newer`] when a newer
    /// program wrote it. `now` dates the migrations.
    pub async fn open(path: &Path, access: Access, now: i64) -> Result<Self, StoreError> {
        let options = options(path);
        let lock = match access {
            Access::Own => Some(lock(path)?),
            Access::Shared => None,
        };
        let mut connection = migrate::connect(&options).await?;
        if migrate::is_behind(&mut connection, path).await? {
            // Nobody may migrate under a running owner, so a tool needs the lock for it too.
            let _ours = if lock.is_none() {
                Some(self::lock(path)?)
            } else {
                None
            };
            migrate::run(&mut connection, path, now).await?;
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(options.pragma("query_only", "on"));
        let writer = writer::start(connection, lock)?;
        Ok(Self(Arc::new(Inner {
            writer,
            readers,
            access,
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
        self.0.writer.write(label, work).await
    }

    /// A connection for reading. It sees everything that was committed before its statement.
    pub async fn read(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        Ok(self.0.readers.acquire().await?)
    }

    /// Changes after every commit of this process; what waits for work listens to it.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.0.writer.commits()
    }

    /// What this process may do with the database.
    pub fn access(&self) -> Access {
        self.0.access
    }

    /// Finishes the writes that wait, closes the connections and gives the lock back.
    pub async fn close(&self) {
        self.0.readers.close().await;
        self.0.writer.close().await;
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

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged mail must survive the loss of power, which NORMAL does not promise.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
}

/// Takes the lock that makes this process the owner. It ends with the file, also by a crash.
fn lock(database: &Path) -> Result<File, StoreError> {
    let mut name = OsString::from(database.as_os_str());
    name.push(".lock");
    let path = PathBuf::from(name);
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

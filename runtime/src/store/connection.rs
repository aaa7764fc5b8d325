//! A connection to the database: the same queries, asked of a file or of a server.

use std::ops::DerefMut as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures_util::future::{BoxFuture, ready};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _};
use sqlx::any::{AnyQueryResult, AnyStatement, AnyTypeInfo};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, Connection as _, Either, Error, Execute, Executor, SqlStr};

use super::Row;
use super::file::FileConnection;

/// A connection to the database, inside the transaction of whoever passes it.
#[derive(Debug)]
pub enum Connection {
    /// To a file, on which whoever asks works itself.
    File(FileConnection),
    /// To a server.
    Server(ServerConnection),
    /// To a server, lent by a pool.
    Lent(PoolConnection<Any>),
}

/// A connection to a server.
#[derive(Debug)]
pub struct ServerConnection {
    any: AnyConnection,
    /// Whether the last query has not come to its end: it failed, or whoever asked was dropped.
    is_asked: Arc<AtomicBool>,
}

impl ServerConnection {
    pub(super) fn new(any: AnyConnection) -> Self {
        let is_asked = Arc::default();
        Self { any, is_asked }
    }

    fn all<'e, 'q: 'e>(
        &'e mut self,
        query: impl Execute<'q, Any> + 'q,
    ) -> BoxStream<'e, Result<Step, Error>> {
        self.is_asked.store(true, Ordering::Relaxed);
        let is_asked = self.is_asked.clone();
        let end = stream::poll_fn(move |_| {
            is_asked.store(false, Ordering::Relaxed);
            Poll::Ready(None)
        });
        self.any.fetch_many(query).chain(end).boxed()
    }

    async fn first<'q>(&mut self, query: impl Execute<'q, Any> + 'q) -> Result<Option<Row>, Error> {
        self.is_asked.store(true, Ordering::Relaxed);
        let first = self.any.fetch_optional(query).await?;
        self.is_asked.store(false, Ordering::Relaxed);
        Ok(first)
    }
}

impl Connection {
    /// Whether whoever used it left it in the middle of something.
    pub(super) fn is_left(&self) -> bool {
        match self {
            Self::File(file) => file.is_inside(),
            Self::Server(server) => server.is_asked.load(Ordering::Relaxed),
            // Its pool looks itself.
            Self::Lent(_) => false,
        }
    }

    /// Has a lent one closed instead of given back.
    pub(super) fn close_on_drop(&mut self) {
        if let Self::Lent(lent) = self {
            lent.close_on_drop();
        }
    }

    /// Whether the server answers on it. A file always does.
    pub(super) async fn answers(&mut self) -> bool {
        match self {
            Self::File(_) => true,
            Self::Server(server) => server.any.ping().await.is_ok(),
            Self::Lent(lent) => lent.ping().await.is_ok(),
        }
    }

    /// Closes it. A dropped one is closed too, but a server hears of that only by the end of its
    /// socket.
    pub(super) async fn close(self) -> Result<(), Error> {
        match self {
            Self::File(_) => Ok(()),
            Self::Server(server) => server.any.close().await,
            Self::Lent(lent) => lent.close().await,
        }
    }
}

/// What a query comes to: rows, and how many rows each statement changed.
pub(super) type Step = Either<AnyQueryResult, Row>;

impl<'c> Executor<'c> for &'c mut Connection {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        match self {
            Connection::File(file) => match file.ask(query) {
                Ok(steps) => stream::iter(steps.into_iter().map(Ok)).boxed(),
                Err(error) => stream::once(ready(Err(error))).boxed(),
            },
            Connection::Server(server) => server.all(query),
            Connection::Lent(lent) => lent.deref_mut().fetch_many(query),
        }
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<Row>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        match self {
            Connection::File(file) => {
                let steps = file.ask(query);
                let first = steps.map(|steps| steps.into_iter().find_map(Either::right));
                ready(first).boxed()
            }
            Connection::Server(server) => server.first(query).boxed(),
            Connection::Lent(lent) => lent.deref_mut().fetch_optional(query),
        }
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, Error>>
    where
        'c: 'e,
    {
        match self {
            // A file keeps what it has prepared by the text of it.
            Connection::File(_) => ready(Err(Error::AnyDriverError(
                "a statement of a file is not prepared on its own".into(),
            )))
            .boxed(),
            Connection::Server(server) => server.any.prepare_with(sql, parameters),
            Connection::Lent(lent) => lent.deref_mut().prepare_with(sql, parameters),
        }
    }
}

//! A connection to the database: the same queries, asked of a file or of a server.

use std::ops::DerefMut as _;

use futures_util::future::{BoxFuture, ready};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _};
use sqlx::any::{AnyQueryResult, AnyStatement, AnyTypeInfo};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, Either, Error, Execute, Executor, SqlStr};

use super::Row;
use super::file::FileConnection;

/// A connection to the database, inside the transaction of whoever passes it.
#[derive(Debug)]
pub enum Connection {
    /// To a file, on which whoever asks works itself.
    File(FileConnection),
    /// To a server.
    Server(AnyConnection),
    /// To a server, lent by a pool.
    Lent(PoolConnection<Any>),
}

impl Connection {
    /// Whether a transaction of a file was left open.
    pub(super) fn is_inside(&self) -> bool {
        match self {
            Self::File(file) => file.is_inside(),
            // What its pool lends out is in none, or closed when it comes back.
            Self::Server(_) | Self::Lent(_) => false,
        }
    }

    /// Has a lent one closed instead of given back: whoever uses it may be dropped in the middle of a
    /// transaction.
    pub(super) fn keep_from_others(&mut self) {
        if let Self::Lent(lent) = self {
            lent.close_on_drop();
        }
    }

    /// Closes it. A dropped one is closed too, but a server hears of that only by the end of its
    /// socket.
    pub(super) async fn close(self) -> Result<(), Error> {
        match self {
            Self::File(_) => Ok(()),
            Self::Server(server) => sqlx::Connection::close(server).await,
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
            Connection::Server(server) => server.fetch_many(query),
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
            Connection::Server(server) => server.fetch_optional(query),
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
            Connection::Server(server) => server.prepare_with(sql, parameters),
            Connection::Lent(lent) => lent.deref_mut().prepare_with(sql, parameters),
        }
    }
}

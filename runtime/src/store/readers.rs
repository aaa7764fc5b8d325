//! Connections for reading, which refuse to write.
//!
//! Those of a file cannot break, so they are kept here without the checks that a pool makes each
//! time one is taken and given back. Those of a server are in a pool.

use std::num::NonZeroU32;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, Connection as _};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::{Connection, Database, StoreError};

/// How many read a file at once: more than there are attempts that work at once, which give way to the
/// web edge and may hold theirs for long.
const OF_A_FILE: u32 = 32;
/// How many of this process read a server at once.
const OF_A_SERVER: u32 = 8;
/// How long one waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// A server may have gone away since a connection to it was used that long ago.
const FRESH: Duration = Duration::from_millis(500);

/// A connection for reading. It goes back to the others when it is dropped.
#[derive(Debug)]
pub struct Reader(Lent);

#[derive(Debug)]
enum Lent {
    File {
        connection: OwnedMappedMutexGuard<Option<Connection>, Connection>,
        /// Goes back behind the connection.
        _permit: OwnedSemaphorePermit,
    },
    Server(Connection),
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.0 {
            Lent::File { connection, .. } => connection,
            Lent::Server(connection) => connection,
        }
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Connection {
        match &mut self.0 {
            Lent::File { connection, .. } => connection,
            Lent::Server(connection) => connection,
        }
    }
}

#[derive(Debug)]
pub(super) enum Readers {
    File(Shelf),
    Server {
        pool: AnyPool,
        /// Whether each use begins a transaction.
        pooled: bool,
    },
}

impl Readers {
    /// Connections that are made when they are first needed: at most `most`, or what suits the database.
    pub(super) fn new(database: &Database, most: Option<NonZeroU32>) -> Result<Self, StoreError> {
        let most = |usual: u32| most.map_or(usual, NonZeroU32::get);
        Ok(match database {
            Database::File(_) => Self::File(Shelf::new(database.clone(), most(OF_A_FILE))),
            Database::Server(url) => Self::Server {
                pool: of_a_server(
                    database.is_pooled(),
                    database.options(url)?,
                    most(OF_A_SERVER),
                ),
                pooled: database.is_pooled(),
            },
        })
    }

    /// A connection. What has to wait for a server, or to connect to it, does so on `handle`, where no
    /// job can starve it.
    pub(super) async fn acquire(&self, handle: &Handle) -> Result<Reader, StoreError> {
        let lent = match self {
            Self::File(shelf) => shelf.acquire().await?,
            Self::Server { pool, pooled } => match pool.try_acquire().filter(|_| !pooled) {
                Some(connection) => Lent::Server(Connection::Lent(connection)),
                None => {
                    let pool = pool.clone();
                    let acquired = handle.spawn(async move { pool.acquire().await });
                    let acquired = acquired.await.map_err(|_| StoreError::Closed)??;
                    Lent::Server(Connection::Lent(acquired))
                }
            },
        };
        Ok(Reader(lent))
    }

    /// Whether each use may be of another connection to the server.
    pub(super) fn are_pooled(&self) -> bool {
        matches!(self, Self::Server { pooled: true, .. })
    }

    /// Closes them when the last that is used has come back.
    pub(super) async fn close(&self) {
        match self {
            Self::File(shelf) => shelf.close().await,
            Self::Server { pool, .. } => pool.close().await,
        }
    }
}

/// The connections to a file.
#[derive(Debug)]
pub(super) struct Shelf {
    database: Database,
    free: Arc<Semaphore>,
    places: Vec<Arc<Mutex<Option<Connection>>>>,
}

impl Shelf {
    fn new(database: Database, most: u32) -> Self {
        let place = || Arc::new(Mutex::new(None));
        let most = most as usize;
        Self {
            database,
            free: Arc::new(Semaphore::new(most)),
            places: std::iter::repeat_with(place).take(most).collect(),
        }
    }

    async fn acquire(&self) -> Result<Lent, StoreError> {
        let busy = || StoreError::Busy("all connections for reading are used".to_owned());
        let permit = tokio::time::timeout(PATIENCE, self.free.clone().acquire_owned()).await;
        let permit = permit
            .map_err(|_| busy())?
            .map_err(|_| StoreError::Closed)?;
        // INVARIANT: there are as many permits as places, so one is free.
        let mut places = self.places.iter();
        let place = places.find_map(|place| place.clone().try_lock_owned().ok());
        let mut place = place.ok_or_else(busy)?;
        // Whoever had it before may have been dropped in the middle of a transaction.
        if place.as_ref().is_none_or(Connection::is_inside) {
            let mut connection = self.database.connect().await?;
            sqlx::raw_sql("pragma query_only = on")
                .execute(&mut connection)
                .await?;
            *place = Some(connection);
        }
        let connection = OwnedMutexGuard::try_map(place, Option::as_mut);
        Ok(Lent::File {
            connection: connection.map_err(|_| busy())?,
            _permit: permit,
        })
    }

    async fn close(&self) {
        self.free.close();
        for place in &self.places {
            if let Some(connection) = place.lock().await.take() {
                // An error here changes nothing: it has only read.
                let _ = connection.close().await;
            }
        }
    }
}

fn of_a_server(pooled: bool, options: AnyConnectOptions, most: u32) -> AnyPool {
    let pool = AnyPoolOptions::new()
        .acquire_timeout(PATIENCE)
        .max_connections(most);
    let pool = match pooled {
        // One transaction for each use: behind PgBouncer its statements must not be spread over
        // connections, on which others have left their prepared ones.
        true => pool
            .after_connect(|connection, _| Box::pin(begin_reading(connection)))
            .before_acquire(|connection, _| {
                Box::pin(async move { begin_reading(connection).await.map(|()| true) })
            })
            .after_release(|connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql("rollback").execute(connection).await?;
                    Ok(true)
                })
            }),
        // What nobody waits for any more is ended by the server.
        false => pool
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| {
                Box::pin(async move {
                    let read_only = "set session characteristics as transaction read only;
                                     set statement_timeout = '60s'";
                    sqlx::raw_sql(read_only).execute(connection).await?;
                    Ok(())
                })
            }),
    };
    pool.connect_lazy_with(options)
}

async fn begin_reading(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let begin = "begin read only; set local statement_timeout = '60s'; deallocate all";
    sqlx::raw_sql(begin).execute(connection).await?;
    Ok(())
}

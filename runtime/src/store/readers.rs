//! Connections for reading, which refuse to write.
//!
//! They are kept here without the checks that a pool makes each time one is taken and given back. Only
//! behind PgBouncer, where each use is a transaction, are they in a pool.

use std::num::NonZeroU32;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::database::Dialect;
use super::{Connection, Database, StoreError};

/// How many read a file at once: more than there are attempts that work at once, which give way to the
/// web edge and may hold theirs for long.
const OF_A_FILE: u32 = 32;
/// How many of this process read a server at once.
const OF_A_SERVER: u32 = 8;
/// How long one waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// A server may have gone away since a connection to it was used that long ago. A file stays.
const FRESH: Duration = Duration::from_millis(500);

/// A connection for reading. It goes back to the others when it is dropped.
#[derive(Debug)]
pub struct Reader(Lent);

#[derive(Debug)]
enum Lent {
    Kept {
        kept: OwnedMappedMutexGuard<Option<Kept>, Kept>,
        /// Goes back behind the connection.
        _permit: OwnedSemaphorePermit,
    },
    Pooled(Connection),
}

impl Reader {
    /// Has it closed instead of given back: whoever uses it may be dropped in the middle of a transaction.
    pub(super) fn keep_from_others(&mut self) {
        match &mut self.0 {
            Lent::Kept { kept, .. } => kept.is_spent = true,
            Lent::Pooled(connection) => connection.close_on_drop(),
        }
    }
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.0 {
            Lent::Kept { kept, .. } => &kept.connection,
            Lent::Pooled(connection) => connection,
        }
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Connection {
        match &mut self.0 {
            Lent::Kept { kept, .. } => &mut kept.connection,
            Lent::Pooled(connection) => connection,
        }
    }
}

#[derive(Debug)]
pub(super) enum Readers {
    Kept(Shelf),
    Pooled(AnyPool),
}

impl Readers {
    /// Connections that are made when they are first needed: at most `most`, or what suits the database.
    pub(super) fn new(database: &Database, most: Option<NonZeroU32>) -> Result<Self, StoreError> {
        let most = |usual: u32| most.map_or(usual, NonZeroU32::get);
        Ok(match database {
            Database::File(_) => Self::Kept(Shelf::new(database, most(OF_A_FILE))),
            Database::Server(url) if database.is_pooled() => {
                Self::Pooled(behind_pgbouncer(database.options(url)?, most(OF_A_SERVER)))
            }
            Database::Server(_) => Self::Kept(Shelf::new(database, most(OF_A_SERVER))),
        })
    }

    /// A connection. What has to wait for a server, or to connect to it, does so on `handle`, where no
    /// job can starve it.
    pub(super) async fn acquire(&self, handle: &Handle) -> Result<Reader, StoreError> {
        Ok(Reader(match self {
            Self::Kept(shelf) => shelf.acquire(handle).await?,
            Self::Pooled(pool) => {
                let pool = pool.clone();
                let acquired = handle.spawn(async move { pool.acquire().await });
                let acquired = acquired.await.map_err(|_| StoreError::Closed)??;
                Lent::Pooled(Connection::Lent(acquired))
            }
        }))
    }

    /// Whether each use may be of another connection to the server.
    pub(super) fn are_pooled(&self) -> bool {
        matches!(self, Self::Pooled(_))
    }

    /// Closes them when the last that is used has come back.
    pub(super) async fn close(&self) {
        match self {
            Self::Kept(shelf) => shelf.close().await,
            Self::Pooled(pool) => pool.close().await,
        }
    }
}

/// The places of connections that are kept.
#[derive(Debug)]
pub(super) struct Shelf {
    database: Database,
    free: Arc<Semaphore>,
    places: Vec<Arc<Mutex<Option<Kept>>>>,
}

/// A connection that is kept.
#[derive(Debug)]
struct Kept {
    connection: Connection,
    /// When somebody last took it.
    taken: Instant,
    /// Whether it is not to be used again.
    is_spent: bool,
}

impl Shelf {
    fn new(database: &Database, most: u32) -> Self {
        let place = || Arc::new(Mutex::new(None));
        let most = most as usize;
        Self {
            database: database.clone(),
            free: Arc::new(Semaphore::new(most)),
            places: std::iter::repeat_with(place).take(most).collect(),
        }
    }

    async fn acquire(&self, handle: &Handle) -> Result<Lent, StoreError> {
        let busy = || StoreError::Busy("all connections for reading are used".to_owned());
        let permit = timeout(PATIENCE, self.free.clone().acquire_owned()).await;
        let mut permit = permit
            .map_err(|_| busy())?
            .map_err(|_| StoreError::Closed)?;
        // INVARIANT: there are as many permits as places, so one is free.
        let mut places = self.places.iter();
        let place = places.find_map(|place| place.clone().try_lock_owned().ok());
        let mut place = place.ok_or_else(busy)?;
        if !place.as_ref().is_some_and(Kept::is_fresh) {
            let database = self.database.clone();
            // Whoever asks may be gone before the place is free again, and its permit is not before.
            let filled = async move {
                fill(&mut place, &database).await?;
                Ok::<_, StoreError>((place, permit))
            };
            (place, permit) = match self.database {
                // The thread of the writer may be waiting for the file.
                Database::File(_) => filled.await?,
                Database::Server(_) => {
                    let filled = handle.spawn(filled).await;
                    filled.map_err(|_| StoreError::Closed)??
                }
            };
        }
        let kept = OwnedMutexGuard::try_map(place, Option::as_mut);
        let mut kept = kept.map_err(|_| busy())?;
        kept.taken = Instant::now();
        Ok(Lent::Kept {
            kept,
            _permit: permit,
        })
    }

    async fn close(&self) {
        self.free.close();
        for place in &self.places {
            if let Some(kept) = place.lock().await.take() {
                // An error here changes nothing: it has only read.
                let _ = kept.connection.close().await;
            }
        }
    }
}

impl Kept {
    fn is_whole(&self) -> bool {
        !self.is_spent && !self.connection.is_left()
    }

    /// Whether it can be used without a look at the server.
    fn is_fresh(&self) -> bool {
        let stays = matches!(self.connection, Connection::File(_));
        self.is_whole() && (stays || self.taken.elapsed() < FRESH)
    }

    async fn is_good(&mut self) -> bool {
        self.is_whole()
            && timeout(PATIENCE, self.connection.answers())
                .await
                .unwrap_or(false)
    }
}

/// Puts a connection in a place, unless there is a good one.
async fn fill(place: &mut Option<Kept>, database: &Database) -> Result<(), StoreError> {
    if let Some(kept) = place.as_mut()
        && kept.is_good().await
    {
        return Ok(());
    }
    *place = None;
    let away = || StoreError::Away("no connection in time".to_owned());
    let connecting = timeout(PATIENCE, database.connect()).await;
    let mut connection = connecting.map_err(|_| away())??;
    let read_only = match database.dialect() {
        Dialect::Sqlite => "pragma query_only = on",
        // What nobody waits for any more is ended by the server. Reading waits for no lock but that of somebody
        // who changes a table by hand.
        Dialect::Postgres => {
            "set session characteristics as transaction read only; set statement_timeout = '60s';
             set lock_timeout = '5s'"
        }
    };
    sqlx::raw_sql(read_only).execute(&mut connection).await?;
    *place = Some(Kept {
        connection,
        taken: Instant::now(),
        is_spent: false,
    });
    Ok(())
}

/// One transaction for each use: its statements must not be spread over connections, on which others
/// have left their prepared ones.
fn behind_pgbouncer(options: AnyConnectOptions, most: u32) -> AnyPool {
    AnyPoolOptions::new()
        .acquire_timeout(PATIENCE)
        .max_connections(most)
        .after_connect(|connection, _| Box::pin(begin_reading(connection)))
        .before_acquire(|connection, _| {
            Box::pin(async move { begin_reading(connection).await.map(|()| true) })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql("rollback").execute(connection).await?;
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}

async fn begin_reading(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let begin =
        "begin read only; set local statement_timeout = '60s'; set local lock_timeout = '5s';
                 deallocate all";
    sqlx::raw_sql(begin).execute(connection).await?;
    Ok(())
}

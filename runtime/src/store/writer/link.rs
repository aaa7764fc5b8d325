//! A writer's connection, which is made again when the server ended it.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::store::database::Dialect;
use crate::store::{Connection, Database, StoreError};

/// How long a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a server is left alone that could not be reached.
const REST: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(in crate::store) struct Link {
    database: Database,
    connection: Option<Connection>,
    rested: Instant,
    /// Whether the server ends what holds others up.
    is_limited: bool,
}

impl Link {
    /// A link that connects when it is first needed.
    pub(in crate::store) fn to(database: &Database) -> Self {
        Self {
            database: database.clone(),
            connection: None,
            rested: Instant::now(),
            is_limited: false,
        }
    }

    /// One on which no statement, and no wait for a lock, holds others up for long.
    pub(in crate::store) fn limited(self) -> Self {
        Self {
            is_limited: true,
            ..self
        }
    }

    /// The connection; a new one if there is none. A server that was away a moment ago is not asked
    /// again at once, so that everyone who waits is told in time.
    pub(in crate::store) async fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        if self.connection.is_none() {
            if Instant::now() < self.rested {
                return Err(StoreError::Away("it was away a moment ago".to_owned()));
            }
            match timeout(PATIENCE, self.connect()).await {
                Ok(Ok(connection)) => self.connection = Some(connection),
                Ok(Err(error)) => return Err(self.rest(error)),
                Err(_) => return Err(self.rest(StoreError::Away("no connection in time".into()))),
            }
        }
        self.connection
            .as_mut()
            .ok_or_else(|| StoreError::Away("no connection".to_owned()))
    }

    fn rest(&mut self, error: StoreError) -> StoreError {
        self.rested = Instant::now() + REST;
        error
    }

    async fn connect(&mut self) -> Result<Connection, StoreError> {
        let mut connection = self.database.connect().await?;
        let settings = match self.database.dialect() {
            // An acknowledged mail must survive the loss of power, which NORMAL does not promise. A page that
            // is written often goes from the log to the file more seldom the longer the log may become.
            Dialect::Sqlite => {
                "pragma journal_mode = wal; pragma synchronous = full;
                 pragma wal_autocheckpoint = 4000; pragma cache_size = -16000"
            }
            Dialect::Postgres if self.is_limited && !self.is_pooled() => {
                "set lock_timeout = '5s'; set statement_timeout = '30s'"
            }
            Dialect::Postgres => return Ok(connection),
        };
        sqlx::raw_sql(settings).execute(&mut connection).await?;
        Ok(connection)
    }

    /// Whether a transaction may find another connection to the server than the one before it.
    pub(super) fn is_pooled(&self) -> bool {
        self.database.is_pooled()
    }

    /// Leaves a transaction that ended with an error, or the connection, if that is why.
    pub(super) async fn broke(&mut self, error: &StoreError) {
        let is_gone =
            matches!(error, StoreError::Away(_)) && self.database.dialect() == Dialect::Postgres;
        if is_gone || !self.rolled_back().await {
            self.connection = None;
        }
    }

    /// Ends the transaction. `false` means that the connection is of no more use.
    async fn rolled_back(&mut self) -> bool {
        let Some(connection) = &mut self.connection else {
            return false;
        };
        let rollback = timeout(PATIENCE, sqlx::raw_sql("rollback").execute(connection)).await;
        match self.database.dialect() {
            // It may already have rolled back by itself; then this fails, and that is fine.
            Dialect::Sqlite => true,
            Dialect::Postgres => matches!(rollback, Ok(Ok(_))),
        }
    }

    pub(in crate::store) async fn close(self) {
        if let Some(connection) = self.connection {
            // An error here changes nothing: what was answered is on the disk.
            let _ = timeout(PATIENCE, connection.close()).await;
        }
    }
}

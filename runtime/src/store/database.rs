//! Which database a store is in: a file of SQLite, or a PostgreSQL server.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use sqlx::ConnectOptions as _;
use sqlx::any::AnyConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::connection::ServerConnection;
use super::file::FileConnection;
use super::{Connection, StoreError};

/// Whose words the SQL is said in. Nearly all of it is the same for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// What the database behind a connection speaks.
    pub(crate) fn of(connection: &Connection) -> Self {
        match connection {
            Connection::File(_) => Self::Sqlite,
            Connection::Server(_) | Connection::Lent(_) => Self::Postgres,
        }
    }
}

/// Which database. It prints without its password.
#[derive(Clone)]
pub enum Database {
    /// A file, for one process.
    File(PathBuf),
    /// `postgres://USER:PASSWORD@HOST/NAME`, for any number of processes. `?pgbouncer=true` says
    /// that PgBouncer stands before it and gives each transaction another connection.
    Server(SecretString),
}

impl Database {
    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Server(_) => None,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::File(_) => Dialect::Sqlite,
            Self::Server(_) => Dialect::Postgres,
        }
    }

    /// Whether consecutive transactions may run on different connections to the server.
    pub(super) fn is_pooled(&self) -> bool {
        match self {
            Self::File(_) => false,
            Self::Server(url) => url.expose_secret().contains("pgbouncer=true"),
        }
    }

    /// A new connection.
    ///
    /// # Errors
    /// The file cannot be opened, or the server not be reached.
    pub async fn connect(&self) -> Result<Connection, StoreError> {
        Ok(match self {
            Self::File(path) => Connection::File(FileConnection::open(path)?),
            Self::Server(url) => {
                let server = self.options(url)?.connect().await?;
                Connection::Server(ServerConnection::new(server))
            }
        })
    }

    /// How to connect to the server.
    pub(super) fn options(&self, url: &SecretString) -> Result<AnyConnectOptions, StoreError> {
        sqlx::any::install_default_drivers();
        server_url(url.expose_secret())
            .parse()
            .map_err(|error| StoreError::Database(format!("{self}: {error}")))
    }

    /// How to connect to the server itself, for what only PostgreSQL has.
    pub(super) fn server(&self) -> Result<Option<PgConnectOptions>, StoreError> {
        match self {
            Self::File(_) => Ok(None),
            Self::Server(url) => Ok(Some(server_url(url.expose_secret()).parse()?)),
        }
    }
}

/// The file beside a database file whose name has this ending more.
pub(crate) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The URL as the driver reads it. Prepared statements live on one connection to the server, so
/// behind PgBouncer none is used in another transaction.
fn server_url(url: &str) -> String {
    let Some((server, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let words = query.split('&').map(|word| match word {
        "pgbouncer=true" => "statement-cache-capacity=0",
        word => word,
    });
    format!("{server}?{}", words.collect::<Vec<_>>().join("&"))
}

impl FromStr for Database {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            // Only the error's kind is told: the text may hold the password.
            server_url(text)
                .parse::<PgConnectOptions>()
                .map_err(|_| "is no URL of a PostgreSQL server".to_owned())?;
            return Ok(Self::Server(text.into()));
        }
        if text.trim().is_empty() {
            return Err("it is empty, and names no file".to_owned());
        }
        match text.split_once("://") {
            Some((scheme, _)) => Err(format!(
                "`{scheme}` is not supported: it is a file, or postgres://…"
            )),
            None => Ok(Self::File(text.into())),
        }
    }
}

impl<'de> Deserialize<'de> for Database {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl From<PathBuf> for Database {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(url) => {
                match server_url(url.expose_secret()).parse::<PgConnectOptions>() {
                    Ok(server) => write!(
                        f,
                        "postgres://{}:{}/{}",
                        server.get_host(),
                        server.get_port(),
                        server.get_database().unwrap_or_default()
                    ),
                    Err(_) => f.write_str("postgres://"),
                }
            }
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_file_and_a_url_is_a_server() {
        let file: Database = "data/silex.db".parse().unwrap();
        assert_eq!(file.file(), Some(Path::new("data/silex.db")));
        let server: Database = "postgres://silex:hunter2@db.example:6432/mail"
            .parse()
            .unwrap();
        assert_eq!(server.file(), None);
        let refused = "mysql://db.example/mail".parse::<Database>().unwrap_err();
        assert!(refused.contains("`mysql`"), "{refused}");
    }

    #[test]
    fn a_password_does_not_print() {
        let server: Database = "postgres://silex:hunter2@db.example:6432/mail?pgbouncer=true"
            .parse()
            .unwrap();
        assert_eq!(server.to_string(), "postgres://db.example:6432/mail");
        assert!(!format!("{server:?}").contains("hunter2"));
        let broken = "postgres://silex:hunter2@db.example:port/mail".parse::<Database>();
        assert!(!broken.unwrap_err().contains("hunter2"));
    }

    #[test]
    fn behind_pgbouncer_no_statement_is_kept() {
        let url = "postgres://db.example/mail?sslmode=require&pgbouncer=true";
        assert_eq!(
            server_url(url),
            "postgres://db.example/mail?sslmode=require&statement-cache-capacity=0"
        );
    }
}

//! What can go wrong in the store, by what the caller can do about it.

use std::path::PathBuf;

use super::file;

/// A failure of the store. It is cloned to every caller whose write shared the failed commit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StoreError {
    /// Another connection holds the database; the same call may be made again.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// No space is left, or the disk refuses writes; nothing was kept, and the same call may be
    /// made again when there is space.
    #[error("the database cannot be written: {0}")]
    Full(String),
    /// The server cannot be reached, or ended the connection. What was not answered may have been
    /// kept or not; the same call may be made again when it is back.
    #[error("the database is away: {0}")]
    Away(String),
    /// The file, or a value in it, is damaged; a person must look.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// The attempt no longer holds its job: the caller is a ghost, and stops.
    #[error("job {job} is no longer held with fence {fence}")]
    Lost {
        /// The job.
        job: i64,
        /// The fence that the caller had.
        fence: i64,
    },
    /// What the call relies on is no longer so (someone else decided first); read again.
    #[error("{0}")]
    Conflict(String),
    /// Another process owns the database.
    #[error("{} is in use: another process holds {}", .database.display(), .lock.display())]
    Owned {
        /// The database.
        database: PathBuf,
        /// The file whose lock the other process holds.
        lock: PathBuf,
    },
    /// A newer program wrote the database; this one is to be upgraded.
    #[error(
        "{} has schema version {found}, and this program knows versions up to {known}: \
         upgrade the program, or restore a database from before the upgrade", .database
    )]
    Newer {
        /// The database.
        database: String,
        /// The version in it.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The store was closed; the process is ending.
    #[error("the store is closed")]
    Closed,
    /// The statement itself is wrong, or the code around it is: repeating it does not help.
    #[error("the database refused: {0}")]
    Database(String),
}

impl StoreError {
    /// Whether the same call may well succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy(_) | Self::Full(_) | Self::Away(_) => true,
            Self::Corrupt(_)
            | Self::Lost { .. }
            | Self::Conflict(_)
            | Self::Owned { .. }
            | Self::Newer { .. }
            | Self::Closed
            | Self::Database(_) => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "sqlx may add errors; what is not named is ours to fix"
    )]
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        match &error {
            sqlx::Error::Database(database) => {
                from_sqlstate(&database.code().unwrap_or_default(), text)
            }
            sqlx::Error::AnyDriverError(error) => {
                from_code(file::code(error.as_ref()).unwrap_or_default(), text)
            }
            sqlx::Error::PoolTimedOut => Self::Busy(text),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Closed,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => Self::Away(text),
            sqlx::Error::ColumnDecode { .. } => Self::Corrupt(text),
            _ => Self::Database(text),
        }
    }
}

/// The low byte of SQLite's result code is its kind; the rest is detail.
fn from_code(code: i32, text: String) -> StoreError {
    match code & 0xff {
        5 | 6 => StoreError::Busy(text),
        // Read-only, input or output error, full, cannot open: the disk's matter.
        8 | 10 | 13 | 14 => StoreError::Full(text),
        11 | 26 => StoreError::Corrupt(text),
        19 => StoreError::Conflict(text),
        _ => StoreError::Database(text),
    }
}

/// The first two signs of PostgreSQL's code are its class.
fn from_sqlstate(code: &str, text: String) -> StoreError {
    match (code.get(..2).unwrap_or_default(), code) {
        // Serialisation failure, deadlock, a lock or a statement that took too long, too many
        // connections; a table that a newer node has changed, which it then reads better.
        ("40", _) | (_, "55P03" | "57014" | "53300" | "0A000") => StoreError::Busy(text),
        // No disk or memory left, input or output error; a server that only reads is a stand-by.
        ("53" | "58", _) | (_, "25006") => StoreError::Full(text),
        // The connection failed, or the server shuts down or starts.
        ("08", _) | (_, "57P01" | "57P02" | "57P03") => StoreError::Away(text),
        ("XX", "XX001" | "XX002") => StoreError::Corrupt(text),
        ("23", _) => StoreError::Conflict(text),
        _ => StoreError::Database(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{StoreError, from_code, from_sqlstate};

    #[test]
    fn result_codes_say_what_the_caller_can_do() {
        let text = String::new;
        assert_eq!(from_code(5, text()), StoreError::Busy(text()));
        assert_eq!(
            from_code(517, text()),
            StoreError::Busy(text()),
            "busy snapshot"
        );
        assert_eq!(from_code(13, text()), StoreError::Full(text()));
        for (code, why) in [(778, "failed write"), (8, "read-only"), (14, "unopened")] {
            assert_eq!(from_code(code, text()), StoreError::Full(text()), "{why}");
        }
        assert_eq!(from_code(11, text()), StoreError::Corrupt(text()));
        assert_eq!(
            from_code(2067, text()),
            StoreError::Conflict(text()),
            "unique index"
        );
        assert_eq!(from_code(1, text()), StoreError::Database(text()));
    }

    #[test]
    fn states_of_postgres_say_what_the_caller_can_do() {
        let text = String::new;
        for (code, error) in [
            ("40001", StoreError::Busy(text())),
            ("40P01", StoreError::Busy(text())),
            ("57014", StoreError::Busy(text())),
            ("53100", StoreError::Full(text())),
            ("0A000", StoreError::Busy(text())),
            ("57P01", StoreError::Away(text())),
            ("08006", StoreError::Away(text())),
            ("23505", StoreError::Conflict(text())),
            ("XX001", StoreError::Corrupt(text())),
            ("42P01", StoreError::Database(text())),
        ] {
            assert_eq!(from_sqlstate(code, text()), error, "{code}");
        }
    }

    #[test]
    fn only_what_passes_by_itself_is_worth_trying_again() {
        assert!(StoreError::Full(String::new()).is_passing());
        assert!(!StoreError::Lost { job: 1, fence: 1 }.is_passing());
    }
}

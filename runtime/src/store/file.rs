//! A connection to a file of SQLite.
//!
//! Whoever asks works on the file itself, on its own thread: most statements take some microseconds,
//! which is less than it costs to hand them to another thread and to be woken again.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Batch, OpenFlags, Statement, ToSql};
use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow, AnyTypeInfo, AnyTypeInfoKind, AnyValue};
use sqlx::{Any, Either, Error, Execute};
use sqlx_core::any::{AnyColumn, AnyValueKind};

use super::connection::Step;

/// How long a statement waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than there are statements in this program.
const STATEMENTS: usize = 1024;

/// A connection to a file of SQLite.
pub struct FileConnection {
    db: rusqlite::Connection,
    /// By the text of a statement.
    known: HashMap<String, Known>,
}

/// What is known of a statement that was run before.
struct Known {
    /// Which value each of its places takes.
    places: Vec<Option<usize>>,
    /// A row without values: what its columns are called.
    header: Option<Arc<AnyRow>>,
}

impl fmt::Debug for FileConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.db, f)
    }
}

impl FileConnection {
    /// Opens a file, which is made if there is none.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        // The path is a path, not a URI, and one connection is never used by two threads at once.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = rusqlite::Connection::open_with_flags(path, flags).and_then(|db| {
            db.busy_timeout(PATIENCE)?;
            db.pragma_update(None, "foreign_keys", true)?;
            // What a savepoint keeps to undo and what is sorted stays in memory: both are small.
            db.pragma_update(None, "temp_store", "memory")?;
            db.set_prepared_statement_cache_capacity(STATEMENTS);
            Ok(db)
        });
        Ok(Self {
            db: opened.map_err(failed)?,
            known: HashMap::new(),
        })
    }

    /// Whether a transaction was left open.
    pub(super) fn is_inside(&self) -> bool {
        !self.db.is_autocommit()
    }

    /// Runs a query to its end.
    pub(super) fn ask<'q>(&mut self, mut query: impl Execute<'q, Any>) -> Result<Vec<Step>, Error> {
        let arguments = query.take_arguments().map_err(Error::Encode)?;
        let sql = query.sql();
        match arguments {
            Some(arguments) => self.one(sql.as_str(), &arguments),
            None => self.several(sql.as_str()),
        }
    }

    /// A statement, which is kept prepared.
    fn one(&mut self, sql: &str, arguments: &AnyArguments) -> Result<Vec<Step>, Error> {
        let mut statement = self.db.prepare_cached(sql).map_err(failed)?;
        let known = match self.known.get_mut(sql) {
            Some(known) => known,
            None => self.known.entry(sql.to_owned()).or_insert(Known {
                places: places(&statement),
                header: None,
            }),
        };
        bind(&mut statement, &known.places, &arguments.values.0).map_err(failed)?;
        run(&self.db, &mut statement, &mut known.header)
    }

    /// Statements without values.
    fn several(&self, sql: &str) -> Result<Vec<Step>, Error> {
        let mut batch = Batch::new(&self.db, sql);
        let mut steps = Vec::new();
        while let Some(mut statement) = batch.next().map_err(failed)? {
            steps.extend(run(&self.db, &mut statement, &mut None)?);
        }
        Ok(steps)
    }
}

/// SQLite takes `$1` for a name: whichever place it has, it is the first value.
fn places(statement: &Statement<'_>) -> Vec<Option<usize>> {
    let names = (1..=statement.parameter_count()).map(|place| statement.parameter_name(place));
    let number = |name: &str| {
        name.strip_prefix('$')?
            .parse::<usize>()
            .ok()?
            .checked_sub(1)
    };
    names.map(|name| name.and_then(number)).collect()
}

fn bind(
    statement: &mut Statement<'_>,
    places: &[Option<usize>],
    values: &[AnyValueKind],
) -> rusqlite::Result<()> {
    for (place, number) in (1..).zip(places) {
        let value = number.and_then(|number| values.get(number));
        let unbound = || rusqlite::Error::InvalidParameterCount(values.len(), place);
        statement.raw_bind_parameter(place, Bound(value.ok_or_else(unbound)?))?;
    }
    Ok(())
}

struct Bound<'a>(&'a AnyValueKind);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            AnyValueKind::Null(_) => ToSqlOutput::Owned(Value::Null),
            AnyValueKind::Bool(bool) => ToSqlOutput::from(*bool),
            AnyValueKind::SmallInt(integer) => ToSqlOutput::from(*integer),
            AnyValueKind::Integer(integer) => ToSqlOutput::from(*integer),
            AnyValueKind::BigInt(integer) => ToSqlOutput::from(*integer),
            AnyValueKind::Real(real) => ToSqlOutput::from(f64::from(*real)),
            AnyValueKind::Double(real) => ToSqlOutput::from(*real),
            AnyValueKind::Text(text) => ToSqlOutput::from(text.as_str()),
            AnyValueKind::TextSlice(text) => ToSqlOutput::from(&**text),
            AnyValueKind::Blob(bytes) => ToSqlOutput::from(bytes.as_slice()),
            other => {
                let unknown = format!("{other:?} cannot be kept in a file");
                return Err(rusqlite::Error::ToSqlConversionFailure(unknown.into()));
            }
        })
    }
}

/// Runs a statement to its end. `header` is what its rows begin as, if that is known.
fn run(
    db: &rusqlite::Connection,
    statement: &mut Statement<'_>,
    header: &mut Option<Arc<AnyRow>>,
) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(failed)? {
        let columns = row.as_ref().column_count();
        // A migration may have added a column since.
        let known = header
            .take()
            .filter(|header| header.columns.len() == columns);
        let header = header.insert(known.unwrap_or_else(|| Arc::new(without_values(row.as_ref()))));
        let mut values = Vec::with_capacity(columns);
        for column in &header.columns {
            let value = row.get_ref(column.ordinal).map_err(failed)?;
            let kind = read(value).map_err(|source| Error::ColumnDecode {
                index: column.name.to_string(),
                source: source.into(),
            })?;
            values.push(AnyValue { kind });
        }
        steps.push(Either::Right(AnyRow {
            values,
            ..AnyRow::clone(header)
        }));
    }
    steps.push(Either::Left(AnyQueryResult {
        rows_affected: db.changes(),
        last_insert_id: None,
    }));
    Ok(steps)
}

/// A row of a statement, without values.
fn without_values(statement: &Statement<'_>) -> AnyRow {
    let kind = AnyTypeInfoKind::Null;
    let names = statement.column_names().into_iter().enumerate();
    let columns: Vec<AnyColumn> = names
        .map(|(ordinal, name)| AnyColumn {
            ordinal,
            name: name.to_owned().into(),
            type_info: AnyTypeInfo { kind },
        })
        .collect();
    let places = columns
        .iter()
        .map(|column| (column.name.clone(), column.ordinal));
    AnyRow {
        column_names: Arc::new(places.collect()),
        columns,
        values: Vec::new(),
    }
}

fn read(value: ValueRef<'_>) -> Result<AnyValueKind, std::str::Utf8Error> {
    Ok(match value {
        ValueRef::Null => AnyValueKind::Null(AnyTypeInfoKind::Null),
        ValueRef::Integer(integer) => AnyValueKind::BigInt(integer),
        ValueRef::Real(real) => AnyValueKind::Double(real),
        ValueRef::Text(text) => AnyValueKind::Text(Arc::new(std::str::from_utf8(text)?.to_owned())),
        ValueRef::Blob(bytes) => AnyValueKind::Blob(Arc::new(bytes.to_owned())),
    })
}

fn failed(error: rusqlite::Error) -> Error {
    Error::AnyDriverError(error.into())
}

/// What the store is told of an error: SQLite's own code, if it is SQLite's.
pub(super) fn code(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<i32> {
    let error = error.downcast_ref::<rusqlite::Error>()?;
    error.sqlite_error().map(|error| error.extended_code)
}

#[cfg(test)]
mod tests {
    use sqlx::Row as _;

    use super::super::{Connection, Database, StoreError};

    async fn open(folder: &tempfile::TempDir) -> Connection {
        let odd: Database = folder.path().join("a b?c#d%41.db").into();
        let mut file = odd.connect().await.unwrap();
        let table = "create table kept (id integer primary key, text text, bytes blob, real real);
                     insert into kept (id, text) values (1, 'one')";
        sqlx::raw_sql(table).execute(&mut file).await.unwrap();
        file
    }

    #[tokio::test]
    async fn a_value_has_the_place_that_its_number_says() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = open(&folder).await;
        assert!(folder.path().join("a b?c#d%41.db").exists());
        let row = sqlx::query("select $2 as second, $1 as first, $2 || $1 as both, $3 as none")
            .bind("a")
            .bind("b")
            .bind(None::<i64>)
            .fetch_one(&mut file)
            .await
            .unwrap();
        let text = |name| row.try_get::<String, _>(name).unwrap();
        assert_eq!(
            (text("second"), text("first"), text("both")),
            ("b".into(), "a".into(), "ba".into())
        );
        assert_eq!(row.try_get::<Option<i64>, _>("none").unwrap(), None);
        let unbound = sqlx::query("select $2").bind(1).fetch_one(&mut file).await;
        assert!(unbound.is_err());
    }

    #[tokio::test]
    async fn what_was_written_is_read_back_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = open(&folder).await;
        let written = sqlx::query("insert into kept (bytes, real) values ($1, $2), ($1, $2)")
            .bind(vec![0_u8, 255])
            .bind(0.5)
            .execute(&mut file)
            .await
            .unwrap();
        assert_eq!(written.rows_affected(), 2);
        let rows = sqlx::query("select * from kept order by id").fetch_all(&mut file);
        let rows = rows.await.unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0].try_get::<&str, _>("text").unwrap(), "one");
        assert_eq!(rows[2].try_get::<Vec<u8>, _>("bytes").unwrap(), [0, 255]);
        assert_eq!(rows[2].try_get::<f64, _>("real").unwrap(), 0.5);
        assert!(rows[2].try_get::<String, _>("text").is_err(), "it is null");
        // The same words mean another row when the table has grown.
        let grow = "alter table kept add column more integer default 7";
        sqlx::raw_sql(grow).execute(&mut file).await.unwrap();
        let rows = sqlx::query("select * from kept order by id").fetch_all(&mut file);
        assert_eq!(rows.await.unwrap()[0].try_get::<i64, _>("more").unwrap(), 7);
    }

    #[tokio::test]
    async fn what_the_file_refuses_is_told_by_its_code() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = open(&folder).await;
        let twice = sqlx::query("insert into kept (id) values (1)").execute(&mut file);
        let twice = StoreError::from(twice.await.unwrap_err());
        assert!(matches!(twice, StoreError::Conflict(_)), "{twice}");
        let wrong = sqlx::query("select nothing from nowhere").fetch_one(&mut file);
        let wrong = StoreError::from(wrong.await.err().unwrap());
        assert!(matches!(wrong, StoreError::Database(_)), "{wrong}");
        let row = sqlx::query("select cast(x'ff' as text) as text").fetch_one(&mut file);
        let broken = StoreError::from(row.await.err().unwrap());
        assert!(matches!(broken, StoreError::Corrupt(_)), "{broken}");
    }
}

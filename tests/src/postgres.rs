//! A new database for each test on the PostgreSQL server that `SILEX_TEST_POSTGRES` names.
//! `tests/run` starts one; `tests/postgres` starts one for a single command.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use silex_runtime::store::{Access, Store};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Error};

/// The server's URL, if these tests are to run on one.
#[must_use]
pub fn server() -> Option<String> {
    std::env::var("SILEX_TEST_POSTGRES").ok()
}

/// The URL of a new and empty database, if these tests are to run on a server.
///
/// # Panics
/// When there is to be a server, and it does not make one.
#[must_use]
pub fn fresh() -> Option<String> {
    Some(create(&server()?, "template0").0)
}

/// The URL of a new database that has its tables, if these tests are to run on a server.
///
/// # Panics
/// When there is to be a server, and it does not make one.
#[must_use]
pub fn migrated() -> Option<String> {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    let server = server()?;
    let template = TEMPLATE.get_or_init(|| {
        let (url, name) = create(&server, "template0");
        migrate(&url);
        name
    });
    Some(create(&server, template).0)
}

/// A new database like another: its URL and its name.
fn create(server: &str, template: &str) -> (String, String) {
    static CREATED: AtomicUsize = AtomicUsize::new(0);
    let number = CREATED.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let (host, _) = server
        .rsplit_once('/')
        .unwrap_or_else(|| panic!("{server} names no database"));
    run(
        server,
        format!("create database {name} template {template}"),
    );
    (format!("{host}/{name}"), name)
}

fn migrate(url: &str) {
    let named = url.to_owned();
    apart(url, async move {
        let database = named.parse()?;
        let store = Store::open(&database, Access::Own, 0).await;
        store.map_err(|error| error.to_string())?.close().await;
        Ok(())
    });
}

/// Runs statements on a server, on a connection of their own.
///
/// # Panics
/// When they fail.
pub fn run(url: &str, sql: String) {
    let asked = url.to_owned();
    apart(url, async move {
        let run = async {
            let mut connection = PgConnection::connect(&asked).await?;
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await?;
            connection.close().await
        };
        run.await.map_err(|error: Error| error.to_string())
    });
}

/// A table that somebody holds who changes it by hand.
#[derive(Debug)]
pub struct Locked(PgConnection);

/// Locks a table of a database, also against reading.
///
/// # Errors
/// The server is away, or there is no such table.
pub async fn lock(url: &str, table: &str) -> Result<Locked, Error> {
    let mut connection = PgConnection::connect(url).await?;
    let lock = format!("begin; lock table {table} in access exclusive mode");
    let lock = sqlx::raw_sql(AssertSqlSafe(lock));
    lock.execute(&mut connection).await?;
    Ok(Locked(connection))
}

impl Locked {
    /// Lets it go.
    ///
    /// # Errors
    /// The server is away.
    pub async fn let_go(self) -> Result<(), Error> {
        self.0.close().await
    }
}

/// How many connections to a database listen.
///
/// # Errors
/// The server is away.
pub async fn listeners(url: &str) -> Result<usize, Error> {
    told_to(url, "true").await
}

/// Ends the connections to a database that listen. Gives how many there were.
///
/// # Errors
/// The server is away.
pub async fn deafen(url: &str) -> Result<usize, Error> {
    told_to(url, "pg_terminate_backend(pid)").await
}

async fn told_to(url: &str, what: &str) -> Result<usize, Error> {
    let mut connection = PgConnection::connect(url).await?;
    let all = format!(
        "select {what} from pg_stat_activity
          where datname = current_database() and query ilike 'listen%'"
    );
    let told = sqlx::raw_sql(AssertSqlSafe(all)).fetch_all(&mut connection);
    let told = told.await?.len();
    connection.close().await?;
    Ok(told)
}

/// Runs a future on a thread of its own: the caller may be inside of a runtime, where no other can be
/// waited for.
fn apart(url: &str, work: impl Future<Output = Result<(), String>> + Send + 'static) {
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        runtime.block_on(work)
    });
    match done.join() {
        Ok(Ok(())) => {}
        Ok(Err(error)) => panic!("{url}: {error}"),
        Err(_) => panic!("{url}: it panicked"),
    }
}

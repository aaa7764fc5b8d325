//! A new database for each test on the PostgreSQL server that `SILEX_TEST_POSTGRES` names.
//! `tests/run` starts one; `tests/postgres` starts one for a single command.

use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Error};

/// The server's URL, if these tests are to run on one.
#[must_use]
pub fn server() -> Option<String> {
    std::env::var("SILEX_TEST_POSTGRES").ok()
}

/// The URL of a new database, if these tests are to run on a server.
///
/// # Panics
/// When there is to be a server, and it does not make one.
#[must_use]
pub fn fresh() -> Option<String> {
    static CREATED: AtomicUsize = AtomicUsize::new(0);
    let url = server()?;
    let number = CREATED.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let (host, _) = url
        .rsplit_once('/')
        .unwrap_or_else(|| panic!("{url} names no database"));
    run(&url, format!("create database {name} template template0"));
    Some(format!("{host}/{name}"))
}

/// Runs statements on a server, on a connection of their own.
///
/// # Panics
/// When they fail.
pub fn run(url: &str, sql: String) {
    let asked = url.to_owned();
    // The caller may be inside of a runtime, where no other can be waited for.
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::Io)?;
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&asked).await?;
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await?;
            connection.close().await
        })
    });
    match done.join() {
        Ok(Ok(())) => {}
        Ok(Err(error)) => panic!("{url}: {error}"),
        Err(_) => panic!("{url}: the statements panicked"),
    }
}

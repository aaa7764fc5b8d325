//! A PostgreSQL server for one test alone, which may end it: `tests/postgres` starts it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::package::repository;
use crate::wait::until;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct OwnServer {
    keeper: Child,
    url: String,
    control: String,
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // With the end of its input the keeper ends, and stops the server.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

impl OwnServer {
    /// Starts a server.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start() -> Self {
        let told =
            "echo \"$SILEX_TEST_POSTGRES\"; echo \"$SILEX_TEST_POSTGRES_CONTROL\"; read -r _";
        let mut keeper = Command::new(repository().join("tests/postgres"))
            .args(["sh", "-c", told])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("tests/postgres: {error}"));
        let told = keeper.stdout.take().map(BufReader::new);
        let mut lines = told.into_iter().flat_map(BufReader::lines);
        let mut line = || match lines.next() {
            Some(Ok(line)) => line,
            ended => panic!("tests/postgres did not say where its server is: {ended:?}"),
        };
        let (url, control) = (line(), line());
        Self {
            keeper,
            url,
            control,
        }
    }

    /// The URL of a database in it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it as a crash would, and starts it again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn crash(&self) {
        self.until_done("-m immediate restart");
    }

    /// Stops it in good order: it ends all connections.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self) {
        self.until_done("-m fast stop");
    }

    /// Starts it after a stop, as it was started before.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&self) {
        self.until_done("restart");
    }

    fn until_done(&self, what: &str) {
        // Processes of the one that ended may still be there for a moment.
        until(&format!("the server to {what}"), || {
            let asked = format!("{} {what} 2>&1", self.control);
            let done = Command::new("sh").args(["-c", &asked]).output();
            done.is_ok_and(|done| done.status.success()).then_some(())
        });
    }
}

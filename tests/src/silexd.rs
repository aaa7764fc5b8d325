//! A `silexd` in a folder of its own, as a child process: started, asked, stopped and killed.
//!
//! It is the real program, built with fault points. Its folder holds everything that it has: the
//! configuration, the bundle, the database, the folder for mail and the outbox.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
use serde_json::{Value, json};
use silex_bundle::Bundle;
use silex_runtime::store::{Access, Store, StoreError};
use tempfile::TempDir;

use crate::asleep::Asleep;
use crate::postgres;
use crate::wait::until;

/// The token of `POST /mail`.
pub const TOKEN: &str = "let-me-in";

/// The name that the mail server of these tests writes into `Authentication-Results`.
pub const MAIL_SERVER: &str = "mx.tests.example";

/// A `silexd` and its folder. Dropping it kills the process and removes the folder.
#[derive(Debug)]
pub struct Silexd {
    program: PathBuf,
    folder: TempDir,
    database: String,
    child: Option<Child>,
    starts: u32,
    environment: Vec<(String, String)>,
}

impl Drop for Silexd {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            for start in 1..=self.starts {
                let said =
                    fs::read_to_string(self.path(&format!("log-{start}"))).unwrap_or_default();
                // Whoever reads why the test failed wants this beside it.
                let _ = writeln!(io::stderr(), "silexd, start {start}:\n{said}");
            }
        }
    }
}

impl Silexd {
    /// Prepares a folder for `bundle`. `settings` go on top of those that keep it in its folder.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    pub fn new(program: &str, bundle: &Bundle, settings: &Value) -> Self {
        let folder = TempDir::new().unwrap_or_else(|error| panic!("a folder for silexd: {error}"));
        let config = configuration(folder.path(), settings);
        let silexd = Self {
            program: program.into(),
            folder,
            database: config["database"].as_str().unwrap_or_default().to_owned(),
            child: None,
            starts: 0,
            environment: Vec::new(),
        };
        silexd.put("bundle.json", &bundle.to_bytes());
        silexd.put("silexd.yaml", config.to_string().as_bytes());
        let inbox = silexd.path("in");
        fs::create_dir(&inbox).unwrap_or_else(|error| panic!("{}: {error}", inbox.display()));
        silexd
    }

    /// Sets a variable of its environment, from its next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Sets the clock of its machine wrong by so many milliseconds: from its next start on at first, and
    /// then also while it runs.
    ///
    /// # Panics
    /// When that cannot be written.
    pub fn set_clock(&mut self, wrong_by_ms: i64) {
        let file = self.path("clock");
        // Whole at once: it is read again and again.
        self.put("clock-set", wrong_by_ms.to_string().as_bytes());
        fs::rename(self.path("clock-set"), &file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let file = file.display().to_string();
        if !self
            .environment
            .iter()
            .any(|(name, _)| name == "SILEX_CLOCK")
        {
            self.set("SILEX_CLOCK", &file);
        }
    }

    /// A path in its folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts it, with a plan for its fault points.
    ///
    /// # Panics
    /// When it runs, or cannot be started.
    pub fn start(&mut self, fault: Option<&str>) {
        assert!(self.child.is_none(), "it runs already");
        self.starts += 1;
        let log = self.log();
        let file = File::create(&log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        let also = file
            .try_clone()
            .unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        let mut command = self.command(&["serve"]);
        command.stdout(file).stderr(also);
        if let Some(fault) = fault {
            command.env("SILEX_FAULT", fault);
        }
        self.child = Some(
            command
                .spawn()
                .unwrap_or_else(|error| panic!("{}: {error}", self.program.display())),
        );
    }

    /// Starts it, and waits until it serves: from then on commands work beside it.
    pub fn serve(&mut self) {
        self.start(None);
        let _listening = self.address();
    }

    /// Where its web edge listens, as soon as it does.
    #[must_use]
    pub fn address(&self) -> String {
        until("silexd to listen", || {
            let said = self.said();
            let (_, rest) = said.split_once("silexd listens on ")?;
            rest.split_once('\n').map(|(address, _)| address.to_owned())
        })
    }

    /// What it wrote since it was started.
    #[must_use]
    pub fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// How it ended, if it has ended since it was started.
    ///
    /// # Panics
    /// When the system does not say.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let child = self.child.as_mut()?;
        let status = child
            .try_wait()
            .unwrap_or_else(|error| panic!("waiting for silexd: {error}"))?;
        self.child = None;
        Some(status)
    }

    /// Whether it ended by SIGKILL: `None` while it runs.
    ///
    /// # Panics
    /// When it ended in any other way.
    pub fn was_killed(&mut self) -> Option<()> {
        let status = self.ended()?;
        assert_eq!(
            status.signal(),
            Some(Signal::KILL.as_raw()),
            "{status}\n{}",
            self.said()
        );
        Some(())
    }

    /// Its database: a file, or the URL of a server's.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Gives it another database, from its next start on.
    ///
    /// # Panics
    /// When its settings cannot be read or written.
    pub fn move_to(&mut self, database: &str) {
        let path = self.path("silexd.yaml");
        let text = fs::read_to_string(&path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self.put(
            "silexd.yaml",
            text.replace(&self.database, database).as_bytes(),
        );
        database.clone_into(&mut self.database);
    }

    /// Gives it a database that has no tables yet, as a file has none at first.
    ///
    /// # Panics
    /// When there is to be a server, and it makes none.
    pub fn move_to_nothing(&mut self) {
        if let Some(database) = postgres::fresh() {
            self.move_to(&database);
        }
    }

    /// Its process.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        let child = self.child.as_ref();
        child.unwrap_or_else(|| panic!("it does not run")).id()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// When it does not run.
    pub fn signal(&self, signal: Signal) {
        let sent = kill_process(self.process(), signal);
        sent.unwrap_or_else(|error| panic!("{signal:?}: {error}"));
    }

    fn process(&self) -> Pid {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        pid.unwrap_or_else(|| panic!("silexd has no process id"))
    }

    /// Puts it to sleep, until what this gives is dropped.
    #[must_use]
    pub fn asleep(&self) -> Asleep {
        Asleep::now(self.process())
    }

    /// Does something while it stands still, as if the power had gone at that moment.
    ///
    /// # Panics
    /// When it does not run.
    pub fn still<T>(&self, look: impl FnOnce() -> T) -> T {
        self.signal(Signal::STOP);
        let stopped = waitpid(Some(self.process()), WaitOptions::UNTRACED);
        stopped.unwrap_or_else(|error| panic!("waiting for silexd to stand still: {error}"));
        let seen = look();
        self.signal(Signal::CONT);
        seen
    }

    /// Lets it write no file beyond so many bytes, as a disk without space would; `None` lifts that.
    ///
    /// # Panics
    /// When it does not run, or the system does not set the limit.
    #[cfg(target_os = "linux")]
    pub fn limit_files(&self, bytes: Option<u64>) {
        let limit = Rlimit {
            current: bytes,
            maximum: getrlimit(Resource::Fsize).maximum,
        };
        let set = prlimit(Some(self.process()), Resource::Fsize, limit);
        set.unwrap_or_else(|error| panic!("a limit for silexd: {error}"));
    }

    /// Ends it by SIGKILL, as a crash would.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        until("silexd to end after SIGKILL", || self.ended());
    }

    /// Asks it to take its bundle file into use again.
    ///
    /// # Panics
    /// When it does not run.
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Asks it to stop, and gives how it ended.
    ///
    /// # Panics
    /// When it does not run.
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        until("silexd to end after SIGTERM", || self.ended())
    }

    /// Runs a command of it, beside the process that serves.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).stdin(Stdio::null()).output();
        output.unwrap_or_else(|error| panic!("{}: {error}", self.program.display()))
    }

    /// Runs a command of it whose results go elsewhere.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run_into(&self, results: impl Into<Stdio>, arguments: &[&str]) -> Output {
        let child = self
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(results)
            .stderr(Stdio::piped())
            .spawn();
        let output = child.and_then(Child::wait_with_output);
        output.unwrap_or_else(|error| panic!("{}: {error}", self.program.display()))
    }

    /// What a command of it printed.
    ///
    /// # Panics
    /// When the command failed.
    pub fn prints(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{arguments:?}\n{said}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("USER", "rosa")
            .env("SILEX_LOG", "info")
            .envs(self.environment.iter().cloned());
        command.args(arguments);
        command
    }

    fn log(&self) -> PathBuf {
        self.path(&format!("log-{}", self.starts))
    }

    /// Writes a file into its folder.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Puts a mail into the watched folder, whole at once as a mail server does.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn drop_mail(&self, name: &str, mail: &str) {
        self.put("unfinished", mail.as_bytes());
        let (from, to) = (
            self.path("unfinished"),
            self.path(&format!("in/{name}.eml")),
        );
        fs::rename(&from, &to).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
    }

    /// The mails in the outbox, by file name.
    #[must_use]
    pub fn outbox(&self) -> Vec<String> {
        let Ok(listed) = fs::read_dir(self.path("out")) else {
            return Vec::new();
        };
        let mut paths: Vec<_> = listed.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        paths.sort();
        paths
            .iter()
            .filter_map(|path| fs::read_to_string(path).ok())
            .collect()
    }

    /// Opens its store beside it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn store(&self) -> Result<Store, StoreError> {
        let database = self.database.parse().map_err(StoreError::Database)?;
        Store::open(&database, Access::Shared, 0).await
    }
}

/// The settings that keep everything in its folder, but for a database on a server; with others on
/// top. JSON is YAML.
#[must_use]
pub fn configuration(folder: &Path, settings: &Value) -> Value {
    let database = postgres::migrated().map_or_else(|| json!(folder.join("silex.db")), Value::from);
    // Those of a database file have their place without being told.
    let answers = database.as_str().filter(|it| it.contains("://"));
    let answers = answers.map(|_| folder.join("answers"));
    let mut config = json!({
        "bundle": folder.join("bundle.json"),
        "database": database,
        "secret": "known to all nodes of a test",
        "listen": "127.0.0.1:0",
        "inbound": { "folder": folder.join("in"), "token": TOKEN, "authserv_id": MAIL_SERVER },
        "outbound": { "outbox": folder.join("out") },
        "queue": { "node": "one" },
        "models": { "answers": answers },
    });
    merge(&mut config, settings);
    config
}

/// Puts settings on top of others.
pub fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

//! The commands of `silexd`, a file for each, and what they share.

pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod by;
pub(crate) mod campaigns;
pub(crate) mod config;
pub(crate) mod contacts;
pub(crate) mod costs;
pub(crate) mod deliveries;
pub(crate) mod drafts;
pub(crate) mod ingest;
pub(crate) mod jobs;
pub(crate) mod mails;
pub(crate) mod questions;
pub(crate) mod ready;
pub(crate) mod reconcile;
pub(crate) mod relays;
pub(crate) mod replay;
pub(crate) mod reviewers;
pub(crate) mod serve;
pub(crate) mod suppressed;
pub(crate) mod threads;

use std::fmt;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, anyhow};
use silex_runtime::agent::Deployment;
use silex_runtime::bundle::Loaded;
pub(crate) use silex_runtime::clock::rfc3339 as at;
use silex_runtime::config::{Config, Variables};
use silex_runtime::mail::clean;
use silex_runtime::store::Access;
use silex_runtime::tools::Natives;
use silex_runtime::{swap, telemetry};

/// Characters of what others wrote in a listing.
const LISTED: usize = 200;

/// Why a command was not even tried: its answer would mean nothing. The exit status is then 2.
#[derive(Debug)]
pub(crate) struct Untried(pub(crate) anyhow::Error);

impl fmt::Display for Untried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for Untried {}

/// The configuration in a file.
pub(crate) fn configured(path: &Path) -> anyhow::Result<Config> {
    let read = || {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{} (--config names another file)", path.display()))?;
        Config::parse(&text, &Variables::of_process()).with_context(|| path.display().to_string())
    };
    Ok(read().map_err(Untried)?)
}

/// The configuration in a file and its bundle. From here on, what happens is told.
pub(crate) fn prepared(path: &Path) -> anyhow::Result<(Config, Arc<Loaded>)> {
    let config = configured(path)?;
    let prepare = || {
        let collector = config.telemetry.otlp.as_deref();
        telemetry::init(config.json_logs, &log_filter(), collector)?;
        Ok(swap::read(&config.bundle)?)
    };
    let loaded = prepare().map_err(Untried)?;
    Ok((config, loaded))
}

/// Runs a command beside a `silexd` that may be running.
pub(crate) fn beside<T>(
    path: &Path,
    command: impl AsyncFnOnce(&Deployment) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let (config, loaded) = prepared(path)?;
    on_a_thread(async {
        let natives = Natives::standard();
        let opened = silex_runtime::open(config, loaded, natives, Access::Shared, None);
        let deployment = opened.await.map_err(|error| Untried(error.into()))?;
        let done = command(&deployment).await;
        deployment.store().close().await;
        done
    })?
}

/// What of the events is written.
pub(crate) fn log_filter() -> String {
    std::env::var("SILEX_LOG").unwrap_or_else(|_| "info".to_owned())
}

/// Waits for a future on this thread.
pub(crate) fn on_a_thread<F: Future>(future: F) -> std::io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(future))
}

/// The name of a state as the store writes it.
pub(crate) fn word<T: serde::Serialize>(state: &T) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// The text in a file; `-` is standard input.
pub(crate) fn told(file: &Path) -> anyhow::Result<String> {
    let (read, name) = match file.to_str() {
        Some("-") => (io::read_to_string(io::stdin()), "standard input".to_owned()),
        _ => (std::fs::read_to_string(file), file.display().to_string()),
    };
    read.map_err(|error| match error.kind() == ErrorKind::InvalidData {
        true => anyhow!("{name} is no text in UTF-8"),
        false => anyhow!("{name}: {error}"),
    })
}

/// What others wrote, in a listing: one line, and no more of it than can be looked over.
pub(crate) fn listed(text: &str) -> String {
    clean::line(text, LISTED)
}

/// Why results could not be printed, if they could not.
static UNPRINTED: OnceLock<io::Error> = OnceLock::new();

/// A line of the result. Whoever reads may have read enough, as `head` has: what a command does is done
/// all the same.
pub(crate) fn print(text: &str) {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            // The first says why.
            let _ = UNPRINTED.set(error);
        }
        Ok(()) | Err(_) => {}
    }
}

/// Says so if results could not be printed, on a full disk for one.
pub(crate) fn printed() -> anyhow::Result<()> {
    match UNPRINTED.get() {
        None => Ok(()),
        Some(error) => Err(Untried(anyhow!("standard output: {error}")).into()),
    }
}

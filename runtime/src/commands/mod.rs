//! The commands of `silexd`, a file for each, and what they share.

pub(crate) mod audit;
pub(crate) mod campaigns;
pub(crate) mod contacts;
pub(crate) mod costs;
pub(crate) mod deliveries;
pub(crate) mod drafts;
pub(crate) mod ingest;
pub(crate) mod jobs;
pub(crate) mod mails;
pub(crate) mod questions;
pub(crate) mod reconcile;
pub(crate) mod relays;
pub(crate) mod replay;
pub(crate) mod reviewers;
pub(crate) mod serve;
pub(crate) mod suppressed;
pub(crate) mod threads;

use std::sync::Arc;

use silex_runtime::agent::Deployment;
use silex_runtime::bundle::Loaded;
pub(crate) use silex_runtime::clock::rfc3339 as at;
use silex_runtime::config::Config;
use silex_runtime::store::Access;
use silex_runtime::tools::Natives;

/// Runs a command beside a `silexd` that may be running.
pub(crate) fn beside<T>(
    config: Config,
    loaded: Arc<Loaded>,
    command: impl AsyncFnOnce(&Deployment) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let deployment =
            silex_runtime::open(config, loaded, Natives::standard(), Access::Shared).await?;
        let done = command(&deployment).await;
        deployment.store().close().await;
        done
    })
}

/// The name of a state as the store writes it.
pub(crate) fn word<T: serde::Serialize>(state: &T) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "the results of commands")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}

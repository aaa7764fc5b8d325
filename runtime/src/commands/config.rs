//! `silexd config`: whether a configuration can be used, before it is.

use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use silex_bundle::Bundle;
use silex_runtime::config::{self, Variables};
use silex_runtime::store::{self, Found};
use silex_runtime::tools::Natives;
use silex_runtime::{check, telemetry};

use super::{Untried, log_filter, on_a_thread, print};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  silexd config check                    is what silexd.yaml says usable?
  silexd config check --connect          and is the database there?

Exit status: 0 it is usable, 1 it is not, 2 there is no such file.")]
pub(crate) enum Config {
    /// Check the file, the environment and the bundle: print each mistake with its place.
    #[command(after_help = "Example:\n  silexd config check --connect")]
    Check {
        /// Also reach the database, the outbox and the servers of tools. Nothing is created or changed.
        #[arg(long)]
        connect: bool,
    },
}

pub(crate) fn run(path: &Path, Config::Check { connect }: &Config) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path);
    let text = text
        .with_context(|| path.display().to_string())
        .map_err(Untried)?;
    let found = match config::Config::read(&text, &Variables::of_process()) {
        Ok(config) => problems(&config, *connect)?,
        Err(mistakes) => mistakes
            .iter()
            .map(|mistake| match mistake.line {
                Some(line) => format!("{}:{line}: {}", path.display(), mistake.error),
                None => format!("{}: {}", path.display(), mistake.error),
            })
            .collect(),
    };
    for problem in &found {
        print(problem);
    }
    match found.len() {
        0 => Ok(()),
        1 => bail!("{} cannot be used as it is: one mistake", path.display()),
        many => bail!(
            "{} cannot be used as it is: {many} mistakes",
            path.display()
        ),
    }
}

/// What is wrong with a configuration that can be read.
fn problems(config: &config::Config, connect: bool) -> anyhow::Result<Vec<String>> {
    let place = config.bundle.display();
    let read = std::fs::read(&config.bundle)
        .map_err(|error| error.to_string())
        .and_then(|bytes| Bundle::read(&bytes).map_err(|error| error.to_string()));
    let mut found = Vec::new();
    found.extend(
        telemetry::filter(&log_filter())
            .err()
            .map(|error| error.to_string()),
    );
    let bundle = match read {
        Ok((bundle, digest)) => {
            let problems = check::problems(config, &bundle, &Natives::standard());
            found.extend(problems.into_iter().map(|it| format!("{place}: {it}")));
            print(&format!("the bundle is {digest}"));
            Some(bundle)
        }
        Err(error) => {
            found.push(format!("the bundle {place}: {error}"));
            None
        }
    };
    if connect {
        let connected = on_a_thread(connected(config, bundle.as_ref()))?;
        found.extend(connected?);
    }
    Ok(found)
}

/// What is not reached of the database, the outbox and the servers of tools.
async fn connected(
    config: &config::Config,
    bundle: Option<&Bundle>,
) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    match store::look(&config.database).await {
        Ok(Found::Nothing) => print("the database is made at the first start"),
        Ok(Found::Older) => print("the database is there, and is migrated at the next start"),
        Ok(Found::Current) => print("the database is there"),
        Err(error) => found.push(format!("the database {}: {error}", config.database)),
    }
    found.extend(check::outbox(config));
    if let Some(bundle) = bundle {
        found.extend(check::servers(config, bundle).await?);
    }
    Ok(found)
}

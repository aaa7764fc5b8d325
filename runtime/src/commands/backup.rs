//! `silexd backup` and `silexd restore`: a copy of the database as of one moment, and the way back.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use silex_runtime::backup::{self, Contents};
use silex_runtime::clock::Clock;
use silex_runtime::config::Config;

use super::{by, on_a_thread, print};

/// What is asked.
#[derive(Debug, Args)]
#[command(after_help = "Example, beside a silexd that runs:
  silexd backup /backups/silex-monday

Exit status: 0 it is there and whole, 1 it is not, 2 the configuration cannot be read.")]
pub(crate) struct Backup {
    /// The folder to make.
    folder: PathBuf,
}

/// What is asked.
#[derive(Debug, Args)]
#[command(after_help = "Examples, while no silexd runs:
  silexd restore /backups/silex-monday
  pg_restore … && silexd restore --only-note     the database came back by other means

What may have been sent since the back-up waits for a person, with the reason.
Exit status: 0 done, 1 refused, 2 the configuration cannot be read.")]
pub(crate) struct Restore {
    /// The folder that `backup` made.
    #[arg(required_unless_present = "only_note")]
    folder: Option<PathBuf>,
    /// Only note in the database that it was restored.
    #[arg(long, conflicts_with = "folder")]
    only_note: bool,
    /// Who says it.
    #[arg(long, default_value_t = by::user(), value_parser = by::name)]
    by: String,
}

pub(crate) fn make(config: &Config, asked: &Backup) -> anyhow::Result<()> {
    let now = Clock::system().now_ms();
    let contents = on_a_thread(backup::make(config, &asked.folder, now))??;
    for (name, digest) in &contents.files {
        print(&format!("{digest}  {}", asked.folder.join(name).display()));
    }
    Ok(())
}

pub(crate) fn restore(config: &Config, asked: &Restore) -> anyhow::Result<()> {
    let now = Clock::system().now_ms();
    let by = &asked.by;
    match &asked.folder {
        None => on_a_thread(backup::note(&config.database, by, now))??,
        Some(folder) => {
            let contents = on_a_thread(backup::restore(config, folder, by, now))??;
            print(&format!(
                "{} is that of {}",
                config.database,
                time(&contents)
            ));
        }
    }
    if asked.folder.is_some() && !config.bundle.exists() {
        bail!(
            "{} is missing: the back-up has one",
            config.bundle.display()
        );
    }
    print("what may have been sent since then waits for a person");
    Ok(())
}

fn time(contents: &Contents) -> String {
    let made = jiff::Timestamp::from_millisecond(contents.made_at);
    made.map_or_else(|_| contents.made_at.to_string(), |made| made.to_string())
}

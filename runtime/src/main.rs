//! The `silexd` program: what production runs. It loads a bundle and cannot compile one.

mod commands;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use silex_runtime::bundle::Loaded;
use silex_runtime::config::{Config, Variables};
use silex_runtime::{fault, swap, telemetry};

use commands::{
    audit, beside, campaigns, contacts, costs, deliveries, drafts, ingest, jobs, mails, print,
    questions, reconcile, relays, replay, reviewers, serve, suppressed, threads,
};

/// Carries out the agents of a bundle.
#[derive(Debug, Parser)]
#[command(name = "silexd", version)]
#[command(after_help = "Examples:
  silexd serve                        run the bundle that silexd.yaml names
  silexd ingest mail/*.eml            take in mail from files
  silexd drafts list                  what waits for a person
  silexd drafts approve 3 --revision 1

Exit status: 0 done, 1 failed.")]
struct Arguments {
    /// The configuration file.
    #[arg(long, short, global = true, default_value = "silexd.yaml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run until SIGTERM or SIGINT.
    Serve,
    /// Check the configuration and the bundle.
    Check,
    /// Take in mail from files.
    Ingest {
        /// Files with one mail each (RFC 5322).
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Drafts that wait for a person.
    #[command(subcommand)]
    Drafts(drafts::Drafts),
    /// Who decides drafts, and who is away.
    #[command(subcommand)]
    Reviewers(reviewers::Reviewers),
    /// What agents ask people.
    #[command(subcommand)]
    Questions(questions::Questions),
    /// Mail that was put aside.
    #[command(subcommand)]
    Mails(mails::Mails),
    /// What was sent, and what nobody knows the end of.
    #[command(subcommand)]
    Deliveries(deliveries::Deliveries),
    /// Mail that nobody asked for: to whom it goes, and to whom not.
    #[command(subcommand)]
    Campaigns(campaigns::Campaigns),
    /// Take in the mail of the bucket that no notice told of.
    #[command(after_help = "Example:
  silexd reconcile --grace 0")]
    Reconcile(reconcile::Reconcile),
    /// Addresses that nothing is sent to.
    #[command(subcommand)]
    Suppressed(suppressed::Suppressed),
    /// Jobs and their states.
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// What calls of models cost.
    Costs(costs::Costs),
    /// What is kept about contacts, and where it came from.
    #[command(subcommand)]
    Contacts(contacts::Contacts),
    /// Who else is told what happens, what waits to be told, and what was given up.
    #[command(after_help = "Examples:
  silexd relays
  silexd jobs retry --dead --kind relay   tell again whatever was given up")]
    Relays,
    /// What would another bundle have answered?
    Replay(replay::Replay),
    /// The threads in which something happened last, and whose they are.
    Threads(threads::Threads),
    /// Whether what happened is what the log says.
    #[command(subcommand)]
    Audit(audit::Audit),
}

fn main() -> ExitCode {
    fault::init();
    match run(Arguments::parse()) {
        Ok(status) => status,
        Err(error) => {
            complain(&format!("silexd: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = read(&arguments.config)?;
    let filter = std::env::var("SILEX_LOG").unwrap_or_else(|_| "info".to_owned());
    telemetry::init(config.json_logs, &filter, config.telemetry.otlp.as_deref())?;
    let loaded = load(&config.bundle)?;
    let done = match arguments.command {
        Command::Serve => serve::run(config, loaded),
        Command::Check => {
            print(&format!(
                "the configuration and the bundle ({}) are usable",
                loaded.digest()
            ));
            Ok(())
        }
        Command::Ingest { files } => beside(config, loaded, async |deployment| {
            ingest::run(deployment, &files).await
        }),
        Command::Drafts(command) => beside(config, loaded, async |deployment| {
            drafts::run(deployment, command).await
        }),
        Command::Mails(command) => beside(config, loaded, async |deployment| {
            mails::run(deployment, command).await
        }),
        Command::Deliveries(command) => beside(config, loaded, async |deployment| {
            deliveries::run(deployment, command).await
        }),
        Command::Campaigns(command) => beside(config, loaded, async |deployment| {
            campaigns::run(deployment, command).await
        }),
        Command::Reconcile(asked) => beside(config, loaded, async |deployment| {
            reconcile::run(deployment, &asked).await
        }),
        Command::Suppressed(command) => beside(config, loaded, async |deployment| {
            suppressed::run(deployment, command).await
        }),
        Command::Jobs(command) => beside(config, loaded, async |deployment| {
            jobs::run(deployment, command).await
        }),
        Command::Costs(asked) => beside(config, loaded, async |deployment| {
            costs::run(deployment, asked).await
        }),
        Command::Reviewers(command) => beside(config, loaded, async |deployment| {
            reviewers::run(deployment, command).await
        }),
        Command::Questions(command) => beside(config, loaded, async |deployment| {
            questions::run(deployment, command).await
        }),
        Command::Threads(command) => beside(config, loaded, async |deployment| {
            threads::run(deployment, command).await
        }),
        Command::Audit(command) => beside(config, loaded, async |deployment| {
            audit::run(deployment, command).await
        }),
        Command::Contacts(command) => beside(config, loaded, async |deployment| {
            contacts::run(deployment, command).await
        }),
        Command::Relays => beside(config, loaded, relays::run),
        Command::Replay(asked) => {
            return beside(config, loaded, async |deployment| {
                replay::run(deployment, asked).await
            });
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn read(path: &Path) -> anyhow::Result<Config> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => bail!("{}: {error} (--config names another file)", path.display()),
    };
    Config::parse(&text, &Variables::of_process()).with_context(|| path.display().to_string())
}

fn load(path: &Path) -> anyhow::Result<Arc<Loaded>> {
    Ok(swap::read(path)?)
}

#[expect(clippy::print_stderr, reason = "why a command failed")]
fn complain(text: &str) {
    eprintln!("{text}");
}

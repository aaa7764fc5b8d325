//! `silexd threads`: the threads in which something happened last, and whose they are.

use clap::Subcommand;
use silex_runtime::agent::Deployment;
use silex_runtime::agent::review::take;
use silex_runtime::store::inbox::{self, Asked};

use super::{by, listed, print, word};

/// Threads that are listed.
const NEWEST: u32 = 100;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silexd threads               the newest threads
  silexd threads take 7        a person has thread 7; its agent answers nothing in it
  silexd threads give-back 7")]
pub(crate) struct Threads {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the threads in which something happened last.
    #[command(after_help = "Example:\n  silexd threads list --limit 500")]
    List {
        /// How many at most.
        #[arg(long, default_value_t = NEWEST)]
        limit: u32,
    },
    /// Take a thread over: new mail in it is held for a person.
    #[command(after_help = "Example:\n  silexd threads take 7")]
    Take {
        /// Its number.
        id: i64,
        /// Who takes it.
        #[arg(long, default_value_t = by::user(), value_parser = by::name)]
        by: String,
    },
    /// Give a thread back to its agent.
    #[command(after_help = "Example:\n  silexd threads give-back 7")]
    GiveBack {
        /// Its number.
        id: i64,
        /// Who gives it.
        #[arg(long, default_value_t = by::user(), value_parser = by::name)]
        by: String,
    },
}

pub(crate) async fn run(deployment: &Deployment, command: Threads) -> anyhow::Result<()> {
    match command.command.unwrap_or(Command::List { limit: NEWEST }) {
        Command::List { limit } => list(deployment, limit).await?,
        Command::Take { id, by } => {
            take::take(deployment, id, by).await?;
            print(&format!("thread {id} is a person's"));
        }
        Command::GiveBack { id, by } => {
            take::give_back(deployment, id, by).await?;
            print(&format!("thread {id} is its agent's again"));
        }
    }
    Ok(())
}

async fn list(deployment: &Deployment, limit: u32) -> anyhow::Result<()> {
    let mut reader = deployment.store().read().await?;
    // One more says whether there are more.
    let found = inbox::page(&mut reader, &Asked::default(), i64::from(limit) + 1).await?;
    let most = usize::try_from(limit)?;
    for summary in found.iter().take(most) {
        let thread = &summary.thread;
        let taken = thread.taken_at.map_or("", |_| "  (a person has it)");
        print(&format!(
            "{:>5}  {:<8}  {:<30}  {}{taken}",
            thread.id,
            word(&summary.state),
            thread.contact_key,
            listed(&thread.subject)
        ));
    }
    if found.len() > most {
        print(&format!(
            "there are more than {limit}: `--limit` shows them"
        ));
    }
    Ok(())
}

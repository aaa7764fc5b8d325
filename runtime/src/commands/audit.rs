//! `silexd audit`: whether what happened is what must be, and what the log says.

use anyhow::bail;
use clap::{Args, Subcommand};
use silex_runtime::agent::{Deployment, doubts, duties};
use silex_runtime::store::audit;
use silex_runtime::store::invariants::{self, Asked, Checked};

use super::print;

/// What is asked.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  silexd audit                         does everything hold that must? Also beside a running silexd
  silexd audit --json
  silexd audit head                    keep what it prints where nobody can change it
  silexd audit verify --head 5f1d…     later: is the log that one, gone on?

Exit status: 0 all holds, 1 something is broken, 2 the database cannot be read.")]
pub(crate) struct Audit {
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    of_the_log: Option<Log>,
}

#[derive(Debug, Subcommand)]
enum Log {
    /// Print the newest seal of the log: everything up to it is in its digest.
    #[command(
        after_help = "Example, to keep where nobody who can write the database can:
  silexd audit head >> /mnt/elsewhere/seals"
    )]
    Head,
    /// Compare the log with its seals: name each event that was changed, removed or put in.
    #[command(after_help = "Example:
  silexd audit verify --head 5f1d…")]
    Verify {
        /// A digest that `head` printed earlier and that the log must still hold.
        #[arg(long)]
        head: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(deployment: &Deployment, asked: Audit) -> anyhow::Result<()> {
    let Some(of_the_log) = asked.of_the_log else {
        return check(deployment, asked.json).await;
    };
    // What happened since the last seal is part of the answer.
    duties::seal(deployment).await?;
    match of_the_log {
        Log::Head => {
            let mut reader = deployment.store().read().await?;
            match audit::head(&mut reader).await? {
                Some(seal) => print(&format!(
                    "{}  seal {}, up to event {}",
                    seal.digest, seal.number, seal.last_id
                )),
                None => print("nothing is sealed yet"),
            }
            Ok(())
        }
        Log::Verify { head, json } => verify(deployment, head.as_deref(), json).await,
    }
}

async fn check(deployment: &Deployment, json: bool) -> anyhow::Result<()> {
    let asked = Asked::alive(deployment.clock().now_ms());
    let checked = invariants::check(deployment.store(), asked).await?;
    if json {
        print(&serde_json::to_string_pretty(&checked)?);
    } else {
        checked.iter().for_each(tell);
        for doubt in doubts::all(deployment).await? {
            print(&format!("look: {doubt}"));
        }
        print("I10 is of time, not of the database: `tests/load web` measures it");
    }
    let broken = checked.iter().filter(|checked| checked.broken > 0).count();
    match broken {
        0 => Ok(()),
        1 => bail!("one invariant is broken"),
        many => bail!("{many} invariants are broken"),
    }
}

fn tell(checked: &Checked) {
    let Checked {
        invariant,
        says,
        about,
        broken,
        breaches,
    } = checked;
    let state = match broken {
        0 => "holds".to_owned(),
        1 => "BROKEN once".to_owned(),
        many => format!("BROKEN {many} times"),
    };
    print(&format!(
        "{invariant:?}  {state}: {says} ({about} looked at)"
    ));
    for breach in breaches {
        print(&format!("    {breach}"));
    }
    if *broken > breaches.len() {
        print(&format!("    and {} more", broken - breaches.len()));
    }
}

async fn verify(deployment: &Deployment, head: Option<&str>, json: bool) -> anyhow::Result<()> {
    let mut reader = deployment.store().read().await?;
    let mut told = audit::verify(&mut reader).await?;
    if let Some(head) = head
        && audit::by_digest(&mut reader, head.trim()).await?.is_none()
    {
        told.wrong.push(format!(
            "no seal has the digest {head}: the log is another one"
        ));
    }
    if json {
        print(&serde_json::to_string_pretty(&told)?);
    } else {
        for wrong in &told.wrong {
            print(wrong);
        }
        print(&format!(
            "{} events under {} seals, {} not sealed yet; head {}",
            told.sealed,
            told.seals,
            told.unsealed,
            told.head.as_deref().unwrap_or("none")
        ));
    }
    if told.wrong.is_empty() {
        Ok(())
    } else {
        bail!("the log is not what it was ({} findings)", told.wrong.len());
    }
}

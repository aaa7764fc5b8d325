//! `silexd audit`: whether what happened is what the log says.

use anyhow::bail;
use clap::Subcommand;
use silex_runtime::agent::{Deployment, duties};
use silex_runtime::store::audit;

use super::print;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  silexd audit head                    keep what it prints where nobody can change it
  silexd audit verify --head 5f1d…     later: is the log that one, gone on?")]
pub(crate) enum Audit {
    /// Print the newest seal of the log: everything up to it is in its digest.
    Head,
    /// Compare the log with its seals: name each event that was changed, removed or put in.
    Verify {
        /// A digest that `head` printed earlier and that the log must still hold.
        #[arg(long)]
        head: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(deployment: &Deployment, command: Audit) -> anyhow::Result<()> {
    // What happened since the last seal is part of the answer.
    duties::seal(deployment).await?;
    match command {
        Audit::Head => {
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
        Audit::Verify { head, json } => verify(deployment, head.as_deref(), json).await,
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

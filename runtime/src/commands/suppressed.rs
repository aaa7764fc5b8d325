//! `silexd suppressed`: the addresses that nothing is sent to.

use anyhow::bail;
use clap::Subcommand;
use serde_json::json;
use silex_runtime::agent::{Deployment, feedback};
use silex_runtime::mail::Mailbox;
use silex_runtime::store::suppression;

use super::by::By;
use super::{print, word};

#[derive(Debug, Subcommand)]
pub(crate) enum Suppressed {
    /// List the addresses, newest first, and why nothing is sent to them.
    #[command(after_help = "Example:
  silexd suppressed list --json")]
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Put an address on the list.
    #[command(after_help = "Example:
  silexd suppressed add ada@example.org --note \"she asked by telephone\"")]
    Add {
        /// The address.
        address: String,
        /// Why.
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        by: By,
    },
    /// Take an address off the list: mail is sent to it again.
    #[command(after_help = "Example:
  silexd suppressed remove ada@example.org")]
    Remove {
        /// The address.
        address: String,
        #[command(flatten)]
        by: By,
    },
}

pub(crate) async fn run(deployment: &Deployment, command: Suppressed) -> anyhow::Result<()> {
    match command {
        Suppressed::List { json } => list(deployment, json).await,
        Suppressed::Add {
            address,
            note,
            by: By { by },
        } => {
            let address = parsed(&address)?;
            let added = feedback::suppress(deployment, &address, &note, &by).await?;
            print(&match added {
                true => format!("nothing is sent to {address} any more"),
                false => format!("{address} was on the list already"),
            });
            Ok(())
        }
        Suppressed::Remove {
            address,
            by: By { by },
        } => {
            let address = parsed(&address)?;
            if !feedback::allow(deployment, &address, &by).await? {
                bail!("{address} is not on the list");
            }
            print(&format!("mail is sent to {address} again"));
            Ok(())
        }
    }
}

fn parsed(text: &str) -> anyhow::Result<String> {
    match Mailbox::of_text(text) {
        Some(mailbox) => Ok(mailbox.address),
        None => bail!("`{text}` is not an address"),
    }
}

async fn list(deployment: &Deployment, as_json: bool) -> anyhow::Result<()> {
    let mut reader = deployment.store().read().await?;
    let listed = suppression::list(&mut reader, 0, i64::MAX).await?;
    if listed.is_empty() && !as_json {
        print("no address is on the list");
    }
    for one in listed {
        if as_json {
            print(&json!(one).to_string());
        } else {
            let reason = word(&one.reason);
            print(&format!(
                "{:<40}  {reason:<9}  by {:<10}  {}",
                one.address, one.added_by, one.detail
            ));
        }
    }
    Ok(())
}

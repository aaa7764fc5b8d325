//! `silexd contacts`: what is kept about somebody, where it came from, and how it is taken back.

use anyhow::bail;
use clap::Subcommand;
use silex_runtime::agent::Deployment;
use silex_runtime::agent::contacts::{self, Change};
use silex_runtime::store::entities::{self, Entity, Evidence, Version};

use super::by::By;
use super::{at, print};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  silexd contacts show ada@example.org
  silexd contacts history ada@example.org
  silexd contacts revert ada@example.org --version 2 --note \"she was joking\"")]
pub(crate) enum Contacts {
    /// Show what is kept about a contact.
    #[command(after_help = "Example:\n  silexd contacts show ada@example.org")]
    Show {
        /// Their address.
        address: String,
    },
    /// Show every version, what changed in it, and which mail, turn and model it rests on.
    #[command(after_help = "Example:\n  silexd contacts history ada@example.org")]
    History {
        /// Their address.
        address: String,
    },
    /// Make an older version the newest again.
    #[command(
        after_help = "Example:\n  silexd contacts revert ada@example.org --version 2 --note 'she was joking'"
    )]
    Revert {
        /// Their address.
        address: String,
        /// The version that `history` shows.
        #[arg(long)]
        version: i64,
        /// Which kind of document, if several agents keep one.
        #[arg(long)]
        entity: Option<String>,
        #[command(flatten)]
        by: By,
        /// A word about it.
        #[arg(long)]
        note: Option<String>,
    },
}

pub(crate) async fn run(deployment: &Deployment, command: Contacts) -> anyhow::Result<()> {
    match command {
        Contacts::Show { address } => {
            for found in known(deployment, &address).await? {
                print(&format!("{} version {}", found.kind, found.version));
                print(&serde_json::to_string_pretty(&found.value)?);
            }
            Ok(())
        }
        Contacts::History { address } => {
            for found in known(deployment, &address).await? {
                let mut reader = deployment.store().read().await?;
                let versions = entities::history(&mut reader, found.id).await?;
                history(&found.kind, &versions);
            }
            Ok(())
        }
        Contacts::Revert {
            address,
            version,
            entity,
            by: By { by },
            note,
        } => {
            let mut found = known(deployment, &address).await?;
            let kinds: Vec<_> = found.iter().map(|one| one.kind.clone()).collect();
            let kinds = kinds.join(", ");
            found.retain(|one| entity.as_ref().is_none_or(|entity| *entity == one.kind));
            let [one] = found.as_slice() else {
                match entity {
                    Some(entity) => bail!("no {entity} is kept of {address}, but {kinds}"),
                    None => bail!("say which with --entity: {kinds}"),
                }
            };
            let evidence = Evidence {
                note,
                ..Evidence::of(&by)
            };
            let newest = contacts::revert(deployment, one, version, evidence).await?;
            print(&format!(
                "{address} is as in version {version}, which is now version {newest}"
            ));
            Ok(())
        }
    }
}

async fn known(deployment: &Deployment, address: &str) -> anyhow::Result<Vec<Entity>> {
    let mut reader = deployment.store().read().await?;
    let address = address.to_lowercase();
    let found = contacts::of_address(&mut reader, deployment, &address).await?;
    if found.is_empty() {
        bail!("nobody wrote from {address}");
    }
    Ok(found)
}

fn history(kind: &str, versions: &[Version]) {
    print(kind);
    for one in contacts::told(versions) {
        print(&format!(
            "  version {}  {}  by {}{}",
            one.version,
            at(one.written_at),
            one.evidence.by,
            rests_on(&one.evidence)
        ));
        for Change { field, was, is } in one.changes {
            print(&format!("    {field}: {was} -> {is}"));
        }
    }
}

/// What a version rests on, in words.
fn rests_on(evidence: &Evidence) -> String {
    let parts = [
        evidence.mail.map(|mail| format!("mail {mail}")),
        evidence.turn.map(|turn| format!("turn {turn}")),
        evidence.event.map(|event| format!("event {event}")),
        evidence.model.clone(),
        evidence.note.clone(),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!("  ({})", parts.join(", ")),
    }
}

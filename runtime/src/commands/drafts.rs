//! `silexd drafts`: what waits for a person, and their decisions.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use silex_runtime::agent::{Deployment, review};
use silex_runtime::store::drafts::{self, Decision, DraftState};
use silex_runtime::store::mails;

use super::by::By;
use super::{listed, print, told, word};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  silexd drafts list
  silexd drafts approve 3 --revision 1
  silexd drafts redo 3 --revision 1 --note 'Say from which day on.'
  silexd drafts undo 3 --revision 1
  silexd drafts reassign 3 --revision 1 --to rosa")]
pub(crate) enum Drafts {
    /// List drafts, held ones unless `--all`.
    #[command(after_help = "Example:\n  silexd drafts list --all")]
    List {
        /// Decided ones too.
        #[arg(long)]
        all: bool,
    },
    /// Show a draft with the mail it answers.
    #[command(after_help = "Example:\n  silexd drafts show 3")]
    Show {
        /// Its number.
        id: i64,
    },
    /// Send a draft as it was read.
    #[command(after_help = "Example:\n  silexd drafts approve 3 --revision 1")]
    Approve(Decided),
    /// Do not send a draft.
    #[command(
        after_help = "Example:\n  silexd drafts reject 3 --revision 1 --note 'He has called.'"
    )]
    Reject(Decided),
    /// Have the model write a draft again, with `--note` before it.
    #[command(
        after_help = "Example:\n  silexd drafts redo 3 --revision 1 --note 'Say from which day on.'"
    )]
    Redo(Decided),
    /// Take the last decision back, while nothing has come of it.
    #[command(after_help = "Example:\n  silexd drafts undo 3 --revision 1")]
    Undo(Decided),
    /// Give a draft to another reviewer: to whose turn it is, or to `--to`.
    #[command(after_help = "Example:\n  silexd drafts reassign 3 --revision 1 --to rosa")]
    Reassign {
        #[command(flatten)]
        decided: Decided,
        /// Their name.
        #[arg(long)]
        to: Option<String>,
    },
    /// Give a draft another text, from a file or standard input.
    #[command(
        after_help = "Examples:\n  silexd drafts edit 3 --revision 1 --body letter.txt\n  silexd drafts edit 3 --revision 1 --subject 'Your visit' < letter.txt"
    )]
    Edit {
        #[command(flatten)]
        decided: Decided,
        /// The new text; `-` for standard input.
        #[arg(long, default_value = "-")]
        body: PathBuf,
        /// Another subject.
        #[arg(long)]
        subject: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Decided {
    /// The draft's number.
    id: i64,
    /// The revision that was read; what `show` says.
    #[arg(long)]
    revision: i64,
    #[command(flatten)]
    by: By,
    /// A word about it.
    #[arg(long)]
    note: Option<String>,
}

pub(crate) async fn run(deployment: &Deployment, command: Drafts) -> anyhow::Result<()> {
    match command {
        Drafts::List { all } => {
            let mut reader = deployment.store().read().await?;
            let state = (!all).then_some(DraftState::Held);
            for draft in drafts::list(&mut reader, state, 1000).await? {
                let whose = draft.reviewer.as_deref().unwrap_or("nobody yet");
                print(&format!(
                    "{:>5}  {:<9}  revision {}  {whose:<12}  {}",
                    draft.id,
                    word(&draft.state),
                    draft.revision,
                    listed(&draft.subject)
                ));
            }
            Ok(())
        }
        Drafts::Show { id } => show(deployment, id).await,
        Drafts::Approve(decided) => act(deployment, decided, review::Act::Approve).await,
        Drafts::Reject(decided) => act(deployment, decided, review::Act::Reject).await,
        Drafts::Redo(decided) => act(deployment, decided, review::Act::Redo).await,
        Drafts::Undo(decided) => act(deployment, decided, review::Act::Undo).await,
        Drafts::Reassign { decided, to } => {
            act(deployment, decided, review::Act::Reassign(to)).await
        }
        Drafts::Edit {
            decided,
            body,
            subject,
        } => {
            let body = told(&body)?;
            let subject = match subject {
                Some(subject) => subject,
                None => draft(deployment, decided.id).await?.subject,
            };
            act(deployment, decided, review::Act::Edit { subject, body }).await
        }
    }
}

async fn act(deployment: &Deployment, decided: Decided, act: review::Act) -> anyhow::Result<()> {
    let Decided {
        id,
        revision,
        by: By { by },
        note,
    } = decided;
    let revision = review::act(
        deployment,
        Decision {
            draft_id: id,
            revision,
            by,
            note,
        },
        act,
    )
    .await?;
    print(&format!(
        "draft {id} is {} at revision {revision}",
        word(&draft(deployment, id).await?.state)
    ));
    Ok(())
}

async fn draft(deployment: &Deployment, id: i64) -> anyhow::Result<drafts::Draft> {
    let mut reader = deployment.store().read().await?;
    drafts::find(&mut reader, id)
        .await?
        .with_context(|| format!("there is no draft {id}"))
}

async fn show(deployment: &Deployment, id: i64) -> anyhow::Result<()> {
    let draft = draft(deployment, id).await?;
    let mut reader = deployment.store().read().await?;
    let mail = match draft.mail_id {
        Some(mail) => mails::find(&mut reader, mail).await?,
        None => None,
    };
    print(&format!(
        "draft {id}, revision {}, {}",
        draft.revision,
        word(&draft.state)
    ));
    for reason in draft
        .hold_reasons
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|reason| reason.as_str())
    {
        print(&format!("held because {reason}"));
    }
    if let Some(mail) = mail {
        print(&format!(
            "\n--- {} <{}> wrote: {}\n{}",
            mail.from_name, mail.from_address, mail.subject, mail.body
        ));
    }
    print(&format!(
        "\n--- the draft: {}\n{}",
        draft.subject, draft.body
    ));
    Ok(())
}

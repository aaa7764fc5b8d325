//! `silexd mails`: mail that was put aside.

use clap::Subcommand;
use silex_runtime::agent::{Deployment, guard};
use silex_runtime::store::mails::{self, MailState};

use super::print;

#[derive(Debug, Subcommand)]
pub(crate) enum Mails {
    /// List mail that was put aside, and why.
    List,
    /// Let a mail go on that a guard put aside.
    Release {
        /// Its number.
        id: i64,
        /// Who decides.
        #[arg(long, env = "USER", default_value = "operator")]
        by: String,
    },
}

pub(crate) async fn run(deployment: &Deployment, command: Mails) -> anyhow::Result<()> {
    match command {
        Mails::List => {
            let mut reader = deployment.store().read().await?;
            for mail in mails::in_state(&mut reader, MailState::Quarantined, 1000).await? {
                let reason = mail.reason.unwrap_or_default();
                print(&format!(
                    "{:>5}  {:<30}  {}\n       {reason}",
                    mail.id, mail.from_address, mail.subject
                ));
            }
        }
        Mails::Release { id, by } => {
            guard::release(deployment, id, &by).await?;
            print(&format!("mail {id} goes on"));
        }
    }
    Ok(())
}

//! `silexd mails`: mail that was put aside, by the cause, and its ways back.

use clap::Subcommand;
use silex_runtime::agent::{Deployment, guard, redrive};
use silex_runtime::store::jobs::{self, Job};
use silex_runtime::store::quarantine::{self, Cause};

use super::by::By;
use super::{listed, print};

/// Mails of one cause that are listed; the rest are counted.
const LISTED: i64 = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Mails {
    /// List mail that was put aside, by the cause.
    #[command(after_help = "Example:
  silexd mails list --cause no_agent")]
    List {
        /// This cause alone.
        #[arg(long, value_parser = Cause::NAMES)]
        cause: Option<String>,
    },
    /// Try mail again after what stood in its way was set right; the guard judges it again.
    #[command(after_help = "Examples:
  silexd mails redrive 17 18
  silexd mails redrive --cause guard_failed")]
    Redrive {
        /// Their numbers.
        #[arg(required_unless_present = "cause")]
        ids: Vec<i64>,
        /// All mail that is aside for this cause.
        #[arg(long, conflicts_with = "ids", value_parser = Cause::NAMES)]
        cause: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Let a mail go on that a guard put aside, unjudged.
    #[command(after_help = "Example:
  silexd mails release 17 --by rosa")]
    Release {
        /// Its number.
        id: i64,
        #[command(flatten)]
        by: By,
    },
}

pub(crate) async fn run(deployment: &Deployment, command: Mails) -> anyhow::Result<()> {
    match command {
        Mails::List { cause } => list(deployment, cause.as_deref()).await,
        Mails::Redrive {
            ids,
            cause,
            by: By { by },
        } => {
            let many = match cause {
                Some(cause) => redrive::all_of(deployment, &cause, &by).await?,
                None => {
                    for id in &ids {
                        redrive::redrive(deployment, *id, &by).await?;
                    }
                    ids.len()
                }
            };
            print(&match many {
                0 => "no mail is aside for this cause".to_owned(),
                1 => "1 mail is tried again".to_owned(),
                many => format!("{many} mails are tried again"),
            });
            Ok(())
        }
        Mails::Release { id, by: By { by } } => {
            guard::release(deployment, id, &by).await?;
            print(&format!("mail {id} goes on"));
            Ok(())
        }
    }
}

async fn list(deployment: &Deployment, only: Option<&str>) -> anyhow::Result<()> {
    let mut reader = deployment.store().read().await?;
    let causes = quarantine::causes(&mut reader).await?;
    for (cause, count) in causes
        .iter()
        .filter(|(cause, _)| only.is_none_or(|only| only == cause))
    {
        let mails = if *count == 1 { "mail" } else { "mails" };
        print(&format!("{cause}: {count} {mails}"));
        for mail in quarantine::of_cause(&mut reader, cause, i64::MAX, LISTED).await? {
            let reason = mail.reason.unwrap_or_default();
            print(&format!(
                "{:>7}  {:<30}  {}\n         {reason}",
                mail.id,
                mail.from_address,
                listed(&mail.subject)
            ));
        }
    }
    if only.is_none() {
        let stuck = jobs::stuck(&mut reader, LISTED).await?;
        let outside: Vec<&Job> = stuck
            .iter()
            .filter(|job| matches!(job.kind.as_str(), "fetch" | "receive"))
            .collect();
        if !outside.is_empty() {
            print(&format!(
                "not come in: {} (`silexd jobs retry` tries again)",
                outside.len()
            ));
        }
        for job in outside {
            let why = job.error.as_deref().unwrap_or_default();
            print(&format!(
                "  job {:>4}  {:<8}\n         {why}",
                job.id, job.kind
            ));
        }
    }
    Ok(())
}

//! `silexd campaigns`: what is sent that nobody asked for, to whom, and to whom not.

use anyhow::bail;
use clap::Subcommand;
use silex_runtime::agent::{Deployment, campaign};
use silex_runtime::store::campaigns::{self, SendState};

use super::{print, word};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  silexd campaigns list
  silexd campaigns show workshop.workshop tips
  silexd campaigns run workshop.workshop tips --dry-run")]
pub(crate) enum Campaigns {
    /// List the campaigns of the bundle, with what came of their sendings.
    #[command(after_help = "Example:\n  silexd campaigns list")]
    List,
    /// Show each sending of a campaign, or why there was none.
    #[command(after_help = "Example:\n  silexd campaigns show workshop.workshop tips")]
    Show {
        /// The agent, `module.name`.
        agent: String,
        /// The campaign.
        campaign: String,
    },
    /// Show who would get a campaign if it were due now, and who not.
    #[command(after_help = "Example:\n  silexd campaigns run workshop.workshop tips --dry-run")]
    Run {
        /// The agent, `module.name`.
        agent: String,
        /// The campaign.
        campaign: String,
        /// Send nothing. Only a clock sends campaigns, so this is needed.
        #[arg(long, required = true)]
        dry_run: bool,
    },
}

pub(crate) async fn run(deployment: &Deployment, command: Campaigns) -> anyhow::Result<()> {
    match command {
        Campaigns::List => list(deployment).await,
        Campaigns::Show { agent, campaign } => show(deployment, &agent, &campaign).await,
        Campaigns::Run {
            agent,
            campaign,
            dry_run: _,
        } => {
            for (contact, obstacle) in campaign::rehearse(deployment, &agent, &campaign).await? {
                match obstacle {
                    None => print(&format!("sent     {contact}")),
                    Some(why) => print(&format!("skipped  {contact:<30}  {why}")),
                }
            }
            Ok(())
        }
    }
}

async fn list(deployment: &Deployment) -> anyhow::Result<()> {
    let bundle = deployment.bundles().current();
    let mut reader = deployment.store().read().await?;
    for (agent, declared) in &bundle.bundle().agents {
        for (name, campaign) in &declared.campaigns {
            let counts = campaigns::counts(&mut reader, agent, name).await?;
            let counts: Vec<_> = counts
                .iter()
                .map(|(state, many)| format!("{many} {}", word(state)))
                .collect();
            let next = campaign::next(&campaign.schedule, deployment.clock().now_ms());
            let next = next.map_or_else(
                || "by the clock of each contact".to_owned(),
                |next| next.strftime("next %Y-%m-%d %H:%M %Z").to_string(),
            );
            print(&format!("{agent}  {name}  {next}  {}", counts.join(", ")));
        }
    }
    Ok(())
}

async fn show(deployment: &Deployment, agent: &str, campaign: &str) -> anyhow::Result<()> {
    let mut reader = deployment.store().read().await?;
    let sends = campaigns::list(&mut reader, agent, campaign, i64::MAX, 1000).await?;
    if sends.is_empty() {
        let bundle = deployment.bundles().current();
        let declared = bundle.bundle().agents.get(agent);
        if !declared.is_some_and(|declared| declared.campaigns.contains_key(campaign)) {
            bail!(
                "there is no campaign `{campaign}` of `{agent}`: `silexd campaigns list` has them"
            );
        }
        bail!("nothing was due yet of a campaign `{campaign}` of `{agent}`");
    }
    for send in sends {
        let more = match (send.state, send.draft_id, send.reason) {
            (_, _, Some(reason)) => reason,
            (SendState::Drafted | SendState::Sent, Some(draft), None) => format!("draft {draft}"),
            (_, _, None) => String::new(),
        };
        print(&format!(
            "{:>5}  {}  {:<8}  {:<30}  {more}",
            send.id,
            send.period,
            word(&send.state),
            send.contact_key
        ));
    }
    Ok(())
}

//! `silexd deliveries`: what was sent, and what nobody knows the end of.

use clap::{Subcommand, ValueEnum};
use silex_runtime::agent::{Deployment, sending, settle};
use silex_runtime::mail::inbound::ses::Outcome;
use silex_runtime::store::deliveries::{self, DeliveryState};
use silex_runtime::store::senders;

use super::by::By;
use super::{by, print, word};

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  silexd deliveries list --state unknown     what a person has to look up
  silexd deliveries list --told bounced      what came back
  silexd deliveries settle 7 --arrived yes   it was found where it should be
  silexd deliveries resume desk@shop.example")]
pub(crate) enum Deliveries {
    /// List the newest deliveries, and the senders that rest.
    #[command(after_help = "Example:\n  silexd deliveries list --state unknown")]
    List {
        /// Only those in this state.
        #[arg(long)]
        state: Option<State>,
        /// Only those of which this was told since.
        #[arg(long, value_parser = Outcome::TOLD)]
        told: Option<String>,
    },
    /// Say what became of a delivery that nobody knew about.
    #[command(after_help = "Example:\n  silexd deliveries settle 7 --arrived yes")]
    Settle {
        /// Its number.
        id: i64,
        /// Whether it arrived. What did not goes back to people.
        #[arg(long, value_name = "yes|no")]
        arrived: Answer,
        /// Who says it.
        #[arg(long, default_value_t = by::user(), value_parser = by::name)]
        by: String,
    },
    /// Let mail leave again in the name of a sender that rests.
    #[command(after_help = "Example:\n  silexd deliveries resume desk@shop.example")]
    Resume {
        /// Its address.
        sender: String,
        #[command(flatten)]
        by: By,
    },
}

/// A state to ask for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum State {
    Queued,
    Sending,
    Accepted,
    Failed,
    Unknown,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answer {
    Yes,
    No,
}

impl From<State> for DeliveryState {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Sending => Self::Sending,
            State::Accepted => Self::Accepted,
            State::Failed => Self::Failed,
            State::Unknown => Self::Unknown,
        }
    }
}

pub(crate) async fn run(deployment: &Deployment, command: Deliveries) -> anyhow::Result<()> {
    match command {
        Deliveries::List { state, told } => {
            let state = state.map(DeliveryState::from);
            list(deployment, state, told.as_deref()).await
        }
        Deliveries::Settle { id, arrived, by } => {
            settle::look_up(deployment, id, arrived == Answer::Yes, &by).await?;
            let mut reader = deployment.store().read().await?;
            let settled = deliveries::find(&mut reader, id).await?;
            let state = settled.map_or_else(String::new, |settled| word(&settled.state));
            print(&format!("delivery {id} is {state}"));
            Ok(())
        }
        Deliveries::Resume {
            sender,
            by: By { by },
        } => {
            let address = sender.to_lowercase();
            match sending::resume(deployment, &address, &by).await? {
                true => print(&format!("mail leaves again as {sender}")),
                false => anyhow::bail!("{sender} does not rest"),
            }
            Ok(())
        }
    }
}

async fn list(
    deployment: &Deployment,
    state: Option<DeliveryState>,
    told: Option<&str>,
) -> anyhow::Result<()> {
    let mut reader = deployment.store().read().await?;
    for sender in senders::paused(&mut reader, deployment.clock().now_ms()).await? {
        let until = deployment.shown(sender.until);
        print(&format!(
            "{} rests until {until}: {}",
            sender.address, sender.reason
        ));
    }
    for delivery in deliveries::list(&mut reader, state, told, 1000).await? {
        let about = match (delivery.sends(), delivery.draft_id) {
            (Some((draft, revision)), _) => format!("draft {draft} revision {revision}"),
            (None, Some(draft)) => format!("about draft {draft}"),
            (None, None) => String::new(),
        };
        let error = delivery.error.unwrap_or_default();
        let state = match &delivery.became {
            Some(became) => format!("{}, {became}", word(&delivery.state)),
            None => word(&delivery.state),
        };
        print(&format!(
            "{:>5}  {state:<21}  {:<8}  {:<30}  {about}  {error}",
            delivery.id,
            delivery.purpose.word(),
            delivery.recipient,
        ));
    }
    Ok(())
}

//! `silexd reconcile`: takes in the mail of the bucket that no notice told of.

use std::time::Duration;

use silex_runtime::agent::Deployment;
use silex_runtime::agent::reconcile;

use super::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Reconcile {
    /// Leave mail alone that is younger, seconds: its notice may still come, and says more.
    #[arg(long, default_value_t = reconcile::GRACE.as_secs())]
    grace: u64,
}

pub(crate) async fn run(deployment: &Deployment, asked: &Reconcile) -> anyhow::Result<()> {
    let found = reconcile::look(deployment, Duration::from_secs(asked.grace)).await?;
    print(&format!(
        "{} missed and taken in, {} known, {} too young to tell",
        found.missed, found.known, found.young
    ));
    Ok(())
}

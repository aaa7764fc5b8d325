//! `silexd relays`: who is told what, what waits, and what was given up.

use silex_bundle::relay::Destination;
use silex_runtime::agent::Deployment;
use silex_runtime::store::jobs::{self, Filter, Job, JobState};

use super::{print, word};

/// How many jobs are looked at.
const NEWEST: i64 = 10_000;

pub(crate) async fn run(deployment: &Deployment) -> anyhow::Result<()> {
    let mut reader = deployment.store().read().await?;
    let filter = Filter {
        kind: Some("relay".to_owned()),
        ..Filter::default()
    };
    let jobs = jobs::list(&mut reader, &filter, NEWEST).await?;
    drop(reader);
    let bundle = deployment.bundles().current();
    for (agent, declared) in &bundle.bundle().agents {
        for (name, relay) in &declared.relays {
            let to = match &relay.to {
                Destination::Webhook(webhook) => format!("webhook {webhook}"),
                Destination::Mail(address) => format!("mail {address}"),
            };
            let ours = |job: &&Job| job.args["name"].as_str() == Some(name.as_str());
            let ours: Vec<_> = jobs.iter().filter(ours).collect();
            let told = ours.iter().filter(|job| job.state == JobState::Done);
            print(&format!("{agent} {name} to {to}: {} told", told.count()));
            for job in ours {
                unfinished(job);
            }
        }
    }
    Ok(())
}

fn unfinished(job: &Job) {
    if matches!(job.state, JobState::Done | JobState::Cancelled) {
        return;
    }
    print(&format!(
        "{:>7}  {:<9}  attempt {} of {}  event {}  {}",
        job.id,
        word(&job.state),
        job.attempt,
        job.max_attempts,
        job.args["event"],
        job.error.as_deref().unwrap_or_default()
    ));
}

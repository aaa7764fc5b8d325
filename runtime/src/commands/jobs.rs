//! `silexd jobs`: jobs and their states.

use clap::Subcommand;
use silex_runtime::agent::Deployment;
use silex_runtime::store::jobs::{self, Filter};

use super::{print, word};

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// List the newest jobs.
    List {
        /// Only those that gave up or wait for a person.
        #[arg(long)]
        stuck: bool,
    },
    /// Run a job again that gave up or waits.
    Retry {
        /// Its number.
        id: i64,
    },
}

pub(crate) async fn run(deployment: &Deployment, command: Jobs) -> anyhow::Result<()> {
    match command {
        Jobs::List { stuck } => {
            let mut reader = deployment.store().read().await?;
            let listed = match stuck {
                true => jobs::stuck(&mut reader, 1000).await?,
                false => jobs::list(&mut reader, &Filter::default(), 1000).await?,
            };
            for job in listed {
                let error = job.error.unwrap_or_default();
                print(&format!(
                    "{:>5}  {:<8}  {:<9}  attempt {}  {}  {error}",
                    job.id,
                    job.kind,
                    word(&job.state),
                    job.attempt,
                    job.args
                ));
            }
        }
        Jobs::Retry { id } => {
            let now = deployment.clock().now_ms();
            deployment
                .store()
                .write("", move |tx| {
                    Box::pin(async move { jobs::rerun(tx, id, now).await })
                })
                .await?;
            print(&format!("job {id} runs again"));
        }
    }
    Ok(())
}

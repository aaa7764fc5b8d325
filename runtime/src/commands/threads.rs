//! `silexd threads`: the threads in which something happened last.

use silex_runtime::agent::Deployment;
use silex_runtime::store::threads;

use super::{print, word};

pub(crate) async fn run(deployment: &Deployment) -> anyhow::Result<()> {
    let mut reader = deployment.store().read().await?;
    for summary in threads::list(&mut reader, 100).await? {
        let thread = &summary.thread;
        print(&format!(
            "{:>5}  {:<8}  {:<30}  {}",
            thread.id,
            word(&summary.state),
            thread.contact_key,
            thread.subject
        ));
    }
    Ok(())
}

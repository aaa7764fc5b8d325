//! Every conversation, the latest first.

use minijinja::context;

use super::visit::{Page, Visit, values};
use crate::store::threads;

/// Rows of a list.
const ROWS: i64 = 200;

pub(super) async fn list(mut visit: Visit) -> Page {
    let threads = threads::list(&mut visit.reader, ROWS).await?;
    let folder = visit.deployment.config.inbound.folder.as_ref();
    let folder = folder.map(|folder| folder.display().to_string());
    let content = context! { threads => values(&threads), folder };
    visit.show("threads.html", "Threads", content).await
}

//! What waits for a person to decide, and what they decided.

use minijinja::context;

use super::visit::{Page, Visit, values};
use crate::store::drafts::{self, Draft, DraftState};

/// Rows of a list.
const ROWS: i64 = 200;

pub(super) async fn list(mut visit: Visit) -> Page {
    let reader = &mut visit.reader;
    let mut drafts = drafts::list(reader, Some(DraftState::Held), ROWS).await?;
    let newest = drafts::newest(reader, ROWS).await?;
    let decided = |draft: &Draft| draft.state != DraftState::Held;
    drafts.extend(newest.into_iter().filter(decided));
    let content = context! { drafts => values(&drafts) };
    visit.show("drafts.html", "Review", content).await
}

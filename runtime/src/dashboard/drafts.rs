//! The review queue: what waits for a person, what is due first before all else, and what was decided.

use axum::extract::Query;
use minijinja::context;
use serde::{Deserialize, Serialize};

use super::visit::{Page, Visit, values};
use crate::store::review_queue::{self, NEVER};
use crate::store::reviewers;

/// Rows of a page.
const ROWS: usize = 50;

/// Whose drafts are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Whose {
    /// Those that whoever looks has to decide.
    Mine,
    /// Everybody's.
    All,
    /// Those that were decided.
    Decided,
}

/// What the address asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    whose: Option<Whose>,
    /// Behind which draft the page begins: when that is due, and its number.
    due: Option<i64>,
    id: Option<i64>,
}

pub(super) async fn list(mut visit: Visit, Query(asked): Query<Asked>) -> Page {
    let (now, me) = (visit.now(), visit.person.name.clone());
    let reader = &mut visit.reader;
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mine = review_queue::count_of(reader, &me).await?;
    let is_reviewer = reviewers::list(reader, now)
        .await?
        .iter()
        .any(|it| it.name == me);
    // Who has nothing of their own sees what the others have.
    let whose = asked
        .whose
        .unwrap_or(if mine > 0 { Whose::Mine } else { Whose::All });
    let behind = asked.due.zip(asked.id);
    let mut drafts = match whose {
        Whose::Mine => review_queue::held(reader, Some(&me), behind, limit).await?,
        Whose::All => review_queue::held(reader, None, behind, limit).await?,
        Whose::Decided => review_queue::decided(reader, asked.id, limit).await?,
    };
    let has_more = drafts.len() > ROWS;
    drafts.truncate(ROWS);
    let more = drafts.last().filter(|_| has_more);
    let more = more.map(|last| context! { due => last.due_at.unwrap_or(NEVER), id => last.id });
    let content = context! {
        drafts => values(&drafts), whose => values(&whose), is_reviewer, mine, more, me,
    };
    visit.show("drafts.html", "Review", content).await
}

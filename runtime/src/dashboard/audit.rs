//! What happened, in order, and whether it is still what happened.

use axum::extract::Query;
use minijinja::context;
use serde::Deserialize;

use super::paging::{self, LOOK};
use super::visit::{Caller, Page, Visit, values};
use crate::agent::duties;
use crate::store::invariants::{self, Asked};
use crate::store::{audit, events};

/// Events that are looked through for those of a kind or of somebody.
const READ: i64 = 10_000;

/// Seals that are shown.
const SEALS: i64 = 5;

/// Which events are looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Sought {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    actor: String,
    #[serde(default)]
    thread: String,
    before: Option<i64>,
}

pub(super) async fn list(mut visit: Visit, Query(sought): Query<Sought>) -> Page {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let reader = &mut visit.reader;
    let newest = events::newest(reader).await?;
    let before = sought.before.unwrap_or(i64::MAX).min(newest + 1);
    let thread_id = sought.thread.trim().parse().ok();
    let (kind, actor) = (some(&sought.kind), some(&sought.actor));
    // A thread finds its events by an index.
    let has_index = thread_id.is_some() || kind.is_none() && actor.is_none();
    let from = if has_index { 1 } else { (before - READ).max(1) };
    let filter = events::Filter {
        from,
        kind,
        actor,
        thread_id,
        before: Some(before),
    };
    let mut found = events::list(reader, &filter, LOOK).await?;
    let last = paging::cut(&mut found, |event| event.id);
    let older = last.or(Some(from).filter(|from| *from > 1)).map(|last| {
        let last = last.to_string();
        let asked = [
            ("kind", sought.kind.as_str()),
            ("actor", &sought.actor),
            ("thread", &sought.thread),
            ("before", &last),
        ];
        paging::address("/audit", &asked)
    });
    let seals = audit::newest(reader, SEALS).await?;
    let content = context! {
        events => values(&found), seals => values(&seals), older, read => READ,
        kind => sought.kind, actor => sought.actor, thread => sought.thread,
    };
    visit.show("audit.html", "Audit", content).await
}

/// Compares the whole log with its seals, and asks every invariant: what `silexd audit` does.
pub(super) async fn verify(caller: Caller) -> Page {
    // What happened since the last seal is part of the answer.
    duties::seal(&caller.deployment).await?;
    let asked = Asked::alive(caller.now());
    let checked = invariants::check(caller.deployment.store(), asked).await?;
    let mut visit = caller.visit().await?;
    let told = audit::verify(&mut visit.reader).await?;
    let content = context! { told => values(&told), checked => values(&checked) };
    visit.show("verified.html", "Audit", content).await
}

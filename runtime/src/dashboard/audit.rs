//! What happened, in order, and whether it is still what happened.

use axum::extract::Query;
use minijinja::context;
use serde::Deserialize;

use super::paging::{self, LOOK};
use super::visit::{Caller, Page, Visit, values};
use crate::agent::duties;
use crate::store::invariants::{self, Asked};
use crate::store::{audit, events};

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
    let filter = events::Filter {
        kind: some(&sought.kind),
        actor: some(&sought.actor),
        thread_id: sought.thread.trim().parse().ok(),
        before: sought.before,
    };
    let reader = &mut visit.reader;
    let mut found = events::list(reader, &filter, LOOK).await?;
    let older = paging::cut(&mut found, |event| event.id).map(|last| {
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
        events => values(&found), seals => values(&seals), older,
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

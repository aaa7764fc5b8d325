//! Every conversation, the latest first: what people look through all day.

use axum::extract::Query;
use minijinja::context;
use serde::{Deserialize, Serialize};

use super::visit::{Page, Visit, values};
use crate::store::inbox::{self, Asked, Place, ThreadState};
use crate::store::reviewers;

/// Rows of a page.
const ROWS: usize = 50;

/// What the address asks for. An empty field asks for nothing.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Filter {
    state: String,
    agent: String,
    reviewer: String,
    q: String,
    /// Behind which thread the page begins.
    #[serde(skip_serializing)]
    at: Option<i64>,
    #[serde(skip_serializing)]
    id: Option<i64>,
}

impl Filter {
    fn asked(&self) -> Asked {
        let named = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Asked {
            state: match self.state.as_str() {
                "held" => Some(ThreadState::Held),
                "working" => Some(ThreadState::Working),
                "stuck" => Some(ThreadState::Stuck),
                "quiet" => Some(ThreadState::Quiet),
                _ => None,
            },
            agent: named(&self.agent),
            reviewer: named(&self.reviewer),
            search: named(&self.q),
            after: self.at.zip(self.id).map(|(at, id)| Place { at, id }),
        }
    }
}

pub(super) async fn list(mut visit: Visit, Query(filter): Query<Filter>) -> Page {
    let now = visit.now();
    let asked = filter.asked();
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut threads = inbox::page(&mut visit.reader, &asked, limit).await?;
    let has_more = threads.len() > ROWS;
    threads.truncate(ROWS);
    let more = threads.last().filter(|_| has_more);
    let more = more.map(|last| Place {
        at: last.thread.updated_at,
        id: last.thread.id,
    });
    let reviewers = reviewers::list(&mut visit.reader, now).await?;
    let bundle = visit.deployment.bundles().current();
    let agents: Vec<_> = bundle.bundle().agents.keys().cloned().collect();
    let folder = visit.deployment.config.inbound.folder.as_ref();
    let folder = folder.map(|folder| folder.display().to_string());
    let content = context! {
        is_filtered => asked != Asked::default(),
        threads => values(&threads), more => values(&more), filter => values(&filter),
        reviewers => values(&reviewers), agents, folder,
    };
    visit.show("threads.html", "Threads", content).await
}

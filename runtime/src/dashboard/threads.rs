//! Every conversation, the latest first: what people look through all day.

use axum::extract::Query;
use minijinja::context;
use serde::{Deserialize, Serialize};

use super::visit::{Page, Visit, values};
use crate::store::inbox::{self, Asked, Place, ThreadState};
use crate::store::{reviewers, texts};

/// Rows of a page.
const ROWS: usize = 50;

/// Mails that are shown because of their text.
const SAID: i64 = 20;

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
    /// Before which mail its text is looked for.
    #[serde(skip_serializing)]
    mail: Option<i64>,
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
    let said = match &asked.search {
        Some(words) => Some(texts::find(&mut visit.reader, words, filter.mail, SAID).await?),
        None => None,
    };
    let bundle = visit.deployment.bundles().current();
    let agents: Vec<_> = bundle.bundle().agents.keys().cloned().collect();
    let folder = visit.deployment.config.inbound.folder.as_ref();
    let folder = folder.map(|folder| folder.display().to_string());
    let content = context! {
        is_filtered => asked != Asked::default(),
        threads => values(&threads), more => values(&more), filter => values(&filter),
        reviewers => values(&reviewers), agents, folder,
        said => said.as_ref().map(|said| values(&said.hits)),
        further => said.as_ref().and_then(|said| said.further),
    };
    visit.show("threads.html", "Threads", content).await
}

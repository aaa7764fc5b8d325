//! Mail that nobody asked for: when it is due, to whom it went, and to whom not and why.

use axum::extract::Query;
use minijinja::{Value, context};
use serde::Deserialize;
use silex_bundle::campaign::Campaign;
use silex_bundle::site;

use super::paging::{self, LOOK};
use super::visit::{Caller, Page, PageError, Path, Visit, values};
use crate::agent::campaign;
use crate::store::campaigns;

pub(super) async fn list(mut visit: Visit) -> Page {
    let (bundle, now) = (visit.deployment.bundles().current(), visit.now());
    let mut rows = Vec::new();
    for (agent, declared) in &bundle.bundle().agents {
        for (name, campaign) in &declared.campaigns {
            let counts = campaigns::counts(&mut visit.reader, agent, name).await?;
            let looked = campaigns::last_round(&mut visit.reader, agent, name).await?;
            let (at, due) = (at(agent, name), when(campaign, now));
            rows.push(context! { agent, name, due, counts => values(&counts), looked, at });
        }
    }
    visit
        .show("campaigns.html", "Campaigns", context! { rows })
        .await
}

/// A page of the sendings.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    before: Option<i64>,
}

pub(super) async fn show(
    mut visit: Visit,
    Path((agent, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let before = asked.before.unwrap_or(i64::MAX);
    let mut sends = campaigns::list(&mut visit.reader, &agent, &name, before, LOOK).await?;
    let due = due(&visit, &agent, &name)?;
    let at = at(&agent, &name);
    let older = paging::cut(&mut sends, |send| send.id)
        .map(|last| paging::address(&at, &[("before", &last.to_string())]));
    let counts = campaigns::counts(&mut visit.reader, &agent, &name).await?;
    let title = name.clone();
    let content = context! {
        agent, name, at, due, sends => values(&sends), counts => values(&counts), older,
    };
    visit.show("campaign.html", &title, content).await
}

/// Who would get it now, and who not: nothing is sent by it.
pub(super) async fn rehearse(caller: Caller, Path((agent, name)): Path<(String, String)>) -> Page {
    let all = campaign::rehearse(&caller.deployment, &agent, &name).await?;
    let visit = caller.visit().await?;
    let due = due(&visit, &agent, &name)?;
    let (skipped, sent): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, why)| why.is_some());
    let (sent_count, skipped_count) = (sent.len(), skipped.len());
    let most = usize::try_from(paging::ROWS * 10).unwrap_or_default();
    let rehearsed: Vec<_> = sent.into_iter().chain(skipped).take(most).collect();
    let at = at(&agent, &name);
    let title = name.clone();
    let content = context! { agent, name, at, due, rehearsed, sent_count, skipped_count };
    visit.show("campaign.html", &title, content).await
}

/// When a campaign of the bundle is due.
fn due(visit: &Visit, agent: &str, name: &str) -> Result<Value, PageError> {
    let bundle = visit.deployment.bundles().current();
    let agent = bundle.bundle().agents.get(agent);
    let campaign = agent.and_then(|agent| agent.campaigns.get(name));
    let campaign = campaign.ok_or(PageError::Missing)?;
    Ok(when(campaign, visit.now()))
}

/// Its schedule in words, and when that is next; none where it goes by the clock of each contact.
fn when(campaign: &Campaign, now: i64) -> Value {
    let next = campaign::next(&campaign.schedule, now);
    let next = next.map(|next| next.timestamp().as_millisecond());
    context! { schedule => site::schedule(&campaign.schedule), next }
}

fn at(agent: &str, name: &str) -> String {
    format!("/campaigns/{}/{}", paging::part(agent), paging::part(name))
}

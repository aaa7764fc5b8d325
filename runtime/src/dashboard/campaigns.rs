//! Mail that nobody asked for: when it is due, to whom it went, and to whom not and why.

use axum::extract::{Path, Query};
use minijinja::context;
use serde::Deserialize;

use super::paging::{self, LOOK};
use super::visit::{Caller, Page, PageError, Visit, values};
use crate::agent::campaign;
use crate::store::campaigns;

pub(super) async fn list(mut visit: Visit) -> Page {
    let (bundle, now) = (visit.deployment.bundles().current(), visit.now());
    let mut rows = Vec::new();
    for (agent, declared) in &bundle.bundle().agents {
        for (name, campaign) in &declared.campaigns {
            let counts = campaigns::counts(&mut visit.reader, agent, name).await?;
            let looked = campaigns::last_round(&mut visit.reader, agent, name).await?;
            let next = campaign::next(&campaign.schedule, now);
            let next = next.map(|next| next.timestamp().as_millisecond());
            let at = format!("/campaigns/{}/{}", paging::part(agent), paging::part(name));
            rows.push(context! { agent, name, counts => values(&counts), next, looked, at });
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
    let next = next(&visit, &agent, &name)?;
    let at = format!(
        "/campaigns/{}/{}",
        paging::part(&agent),
        paging::part(&name)
    );
    let older = paging::cut(&mut sends, |send| send.id)
        .map(|last| paging::address(&at, &[("before", &last.to_string())]));
    let counts = campaigns::counts(&mut visit.reader, &agent, &name).await?;
    let title = name.clone();
    let content = context! {
        agent, name, at, next, sends => values(&sends), counts => values(&counts), older,
    };
    visit.show("campaign.html", &title, content).await
}

/// Who would get it now, and who not: nothing is sent by it.
pub(super) async fn rehearse(caller: Caller, Path((agent, name)): Path<(String, String)>) -> Page {
    let all = campaign::rehearse(&caller.deployment, &agent, &name).await?;
    let visit = caller.visit().await?;
    let next = next(&visit, &agent, &name)?;
    let (skipped, sent): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, why)| why.is_some());
    let (sent_count, skipped_count) = (sent.len(), skipped.len());
    let most = usize::try_from(paging::ROWS * 10).unwrap_or_default();
    let rehearsed: Vec<_> = sent.into_iter().chain(skipped).take(most).collect();
    let at = format!(
        "/campaigns/{}/{}",
        paging::part(&agent),
        paging::part(&name)
    );
    let title = name.clone();
    let content = context! { agent, name, at, next, rehearsed, sent_count, skipped_count };
    visit.show("campaign.html", &title, content).await
}

/// When a campaign of the bundle is due next; none where that is by the clock of each contact.
fn next(visit: &Visit, agent: &str, name: &str) -> Result<Option<i64>, PageError> {
    let bundle = visit.deployment.bundles().current();
    let agent = bundle.bundle().agents.get(agent);
    let campaign = agent.and_then(|agent| agent.campaigns.get(name));
    let campaign = campaign.ok_or(PageError::Missing)?;
    let next = campaign::next(&campaign.schedule, visit.now());
    Ok(next.map(|next| next.timestamp().as_millisecond()))
}

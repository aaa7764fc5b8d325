//! The duty of campaigns: whoever of an audience is due gets a sending of their own, once.
//!
//! A stretch of time is looked through from where the last one ended. What was due while no process
//! ran is found that way too: the newest is made up for within the limit of the settings, the rest
//! is skipped with that reason.

use futures_util::FutureExt;
use serde_json::json;
use silex_bundle::campaign::Campaign;
use silex_bundle::expr::Scope;

use super::schedule::{self, Occurrence};
use crate::agent::{Deployment, event};
use crate::store::campaigns::{self, NewSend};
use crate::store::entities::{self, Entity};
use crate::store::jobs::{self, NewJob};
use crate::store::{Connection, StoreError, events, transaction};
use crate::turn;

/// How many of an audience are read, and planned in one transaction.
const PAGE: i64 = 200;

/// Plans what became due of every campaign since it was last looked at.
///
/// # Errors
/// When the store fails; what was planned stays so.
pub async fn tick(deployment: &Deployment) -> Result<(), StoreError> {
    let bundle = deployment.bundles().current();
    for (agent, declared) in &bundle.bundle().agents {
        for (name, campaign) in &declared.campaigns {
            look(deployment, agent, name, campaign).await?;
        }
    }
    Ok(())
}

async fn look(
    deployment: &Deployment,
    agent: &str,
    name: &str,
    campaign: &Campaign,
) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let chance = match schedule::last_chance(&campaign.schedule, now) {
        Ok(Some(chance)) => chance,
        Ok(None) => return Ok(()),
        Err(problem) => return Err(StoreError::Corrupt(format!("campaign `{name}`: {problem}"))),
    };
    let mut reader = deployment.store().read().await?;
    let last = campaigns::last_round(&mut reader, agent, name).await?;
    drop(reader);
    match last {
        Some(last) if last >= chance => Ok(()),
        Some(last) => {
            let stretch = Stretch {
                deployment,
                agent,
                name,
                campaign,
                after: last,
                until: chance,
                now,
            };
            stretch.plan().await
        }
        // What was due before it was known is nobody's omission.
        None => end(deployment, agent, name, now).await,
    }
}

/// Notes that a campaign was looked through up to a time.
async fn end(
    deployment: &Deployment,
    agent: &str,
    name: &str,
    until: i64,
) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let (agent, name) = (agent.to_owned(), name.to_owned());
    let work = transaction(move |tx| {
        async move { campaigns::keep_round(tx, &agent, &name, until, now).await }.boxed()
    });
    deployment.store().write("campaign.round", work).await?;
    Ok(())
}

/// A stretch of time that is looked through for a campaign.
struct Stretch<'a> {
    deployment: &'a Deployment,
    agent: &'a str,
    name: &'a str,
    campaign: &'a Campaign,
    after: i64,
    until: i64,
    now: i64,
}

impl Stretch<'_> {
    /// Plans all that is due in it, and then notes that it was looked through. A crash in between
    /// looks through it again, and finds the plans there.
    async fn plan(&self) -> Result<(), StoreError> {
        let mut from = 0;
        loop {
            let mut reader = self.deployment.store().read().await?;
            let kind = &self.campaign.to.entity;
            let page = entities::page(&mut reader, kind, from, PAGE).await?;
            drop(reader);
            let Some(last) = page.last() else { break };
            from = last.id;
            let plans: Vec<_> = page.iter().flat_map(|entity| self.due(entity)).collect();
            if !plans.is_empty() {
                self.keep(plans).await?;
            }
        }
        end(self.deployment, self.agent, self.name, self.until).await
    }

    /// What is due for one of the kind: nothing for those who are not of the audience.
    fn due(&self, entity: &Entity) -> Vec<Plan> {
        let now = self.deployment.now();
        let (instant, today) = turn::instant(&now);
        let scope = Scope::new()
            .with("now", &instant)
            .with("today", &today)
            .with(&self.campaign.to.name, &entity.value);
        let belongs = match &self.campaign.to.filter {
            None => Ok(true),
            Some(filter) => filter.holds(&scope).map_err(|error| error.to_string()),
        };
        let found = match belongs {
            Ok(false) => return Vec::new(),
            Ok(true) => {
                schedule::occurrences(&self.campaign.schedule, &scope, self.after, self.until)
            }
            Err(problem) => Err(problem),
        };
        match found {
            Ok(found) => self.plans(entity, found),
            Err(problem) => {
                tracing::warn!(campaign = self.name, %problem, "one of an audience cannot be asked");
                Vec::new()
            }
        }
    }

    fn plans(&self, entity: &Entity, found: Vec<Occurrence>) -> Vec<Plan> {
        let late = self.deployment.config.outbound.late_ms();
        let newest = found.last().map(|newest| newest.at);
        let plan = |one: Occurrence| {
            let missed = Some(one.at) != newest || self.now - one.at > late;
            Plan {
                send: NewSend {
                    agent: self.agent.to_owned(),
                    campaign: self.name.to_owned(),
                    contact_key: entity.key.clone(),
                    period: one.period,
                    due_at: one.at,
                },
                missed,
            }
        };
        found.into_iter().map(plan).collect()
    }

    async fn keep(&self, plans: Vec<Plan>) -> Result<(), StoreError> {
        let now = self.now;
        let work = transaction(move |tx| {
            async move {
                for plan in &plans {
                    keep(tx, plan, now).await?;
                }
                Ok(())
            }
            .boxed()
        });
        self.deployment
            .store()
            .write("campaign.planned", work)
            .await
    }
}

/// What is due for one of the audience.
struct Plan {
    send: NewSend,
    /// It was due so long ago that it is not sent any more.
    missed: bool,
}

async fn keep(tx: &mut Connection, plan: &Plan, now: i64) -> Result<(), StoreError> {
    let send = &plan.send;
    let Some(id) = campaigns::plan(tx, send, now).await? else {
        return Ok(());
    };
    if plan.missed {
        let reason = "it was due when no process ran, too long ago to be made up for";
        return super::skip(tx, id, &send.agent, reason, now).await;
    }
    let job = NewJob {
        unique_key: Some(format!("campaign {id}")),
        tenant: send.contact_key.clone(),
        ..NewJob::new("campaign", json!({ "send": id }))
    };
    jobs::enqueue(tx, &job, now).await?;
    let data = json!({ "send": id, "campaign": send.campaign, "period": send.period });
    events::append(
        tx,
        &event("campaign.planned", &send.agent, None, None, data),
        now,
    )
    .await?;
    Ok(())
}

/// Who would get a campaign if it were due now, and who not for which reason: for a dry run.
///
/// # Errors
/// When the store fails.
pub async fn rehearse(
    deployment: &Deployment,
    agent: &str,
    campaign: &str,
) -> Result<Vec<(String, Option<String>)>, StoreError> {
    let bundle = deployment.bundles().current();
    let declared = super::declared(&bundle, agent, campaign).map_err(StoreError::Conflict)?;
    let now = deployment.clock().now_ms();
    let mut rehearsed = Vec::new();
    let mut from = 0;
    let mut reader = deployment.store().read().await?;
    loop {
        let page = entities::page(&mut reader, &declared.campaign.to.entity, from, PAGE).await?;
        let Some(last) = page.last() else { break };
        from = last.id;
        for entity in page {
            let why = super::obstacle(&mut reader, deployment, declared, &entity.key, now).await?;
            rehearsed.push((entity.key, why));
        }
    }
    Ok(rehearsed)
}

//! Relays: who else is told what happens, each by a job of its own.
//!
//! A relay that fails is tried again by itself, and holds up neither the conversation nor another
//! relay. Whoever is told gets the same id in every try.

mod mail;
mod payload;
mod place;
pub mod webhook;

use serde_json::json;
use silex_bundle::Bundle;
use silex_bundle::relay::{Destination, Relay};

use super::subject::{About, name};
use super::{Deployment, StageError, agent, end, event};
use crate::config::Config;
use crate::queue::{Attempt, Backoff};
use crate::store::events::NewEvent;
use crate::store::jobs::Over;

/// How a relay that does not say so is tried again.
const BACKOFF: Backoff = Backoff {
    base: std::time::Duration::from_secs(5),
    cap: std::time::Duration::from_secs(3600),
};

/// Tells the relay of a job what happened.
///
/// # Errors
/// When it was not told: now, or for good.
pub async fn relay(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    let about = About::of(deployment, attempt).await?;
    let bundle = deployment.bundle_of(&about.thread).await?;
    let agent = agent(&bundle, &about.thread.agent)?;
    let name = name(attempt)?;
    let Some(relay) = agent.relays.get(name) else {
        let why = format!("`{}` has no relay `{name}`", about.thread.agent);
        return Err(StageError::Unusable(why));
    };
    let message = payload::message(deployment, &about, name)?;
    crate::fault::point("relay.before_call");
    match &relay.to {
        Destination::Webhook(webhook) => {
            let told = webhook::tell(deployment, webhook, &message).await;
            told.map_err(|refused| refused.into_error(relay, attempt))?;
        }
        Destination::Mail(address) => {
            let to = (agent, name, address.as_str());
            return mail::tell(deployment, attempt, &about, to, &message).await;
        }
    }
    crate::fault::point("relay.after_call");
    let told = told(&about, name);
    end(deployment, attempt, "relay.told", Some(told)).await
}

/// The webhooks that a bundle's relays name and the configuration lacks, in words.
#[must_use]
pub fn missing(bundle: &Bundle, config: &Config) -> Vec<String> {
    let mut missing = Vec::new();
    for (agent, declared) in &bundle.agents {
        for (name, relay) in &declared.relays {
            if let Destination::Webhook(webhook) = &relay.to
                && !config.stand_ins
                && !config.webhooks.contains_key(webhook)
            {
                missing.push(format!(
                    "the relay `{name}` of `{agent}` needs the webhook `{webhook}`: add it under `webhooks`"
                ));
            }
        }
    }
    missing
}

/// Why a relay was not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// It may be later.
    Now(String),
    /// It will not be, unless a person sets something right.
    ForGood(String),
}

impl Refused {
    /// The next try is as far away as the relay says.
    fn into_error(self, relay: &Relay, attempt: &Attempt) -> StageError {
        match self {
            Self::ForGood(why) => StageError::Unusable(why),
            Self::Now(why) => {
                let backoff = relay.retry.map_or(BACKOFF, |retry| Backoff {
                    base: std::time::Duration::from_millis(retry.from_ms),
                    cap: std::time::Duration::from_millis(retry.to_ms),
                });
                StageError::LaterIn {
                    why,
                    wait_ms: backoff.wait_ms(attempt.job.attempt, fastrand::f64()),
                }
            }
        }
    }
}

/// The fact that a relay was told of an event.
fn told(about: &About, name: &str) -> NewEvent {
    let data = json!({ "relay": name, "event": about.event.id });
    let (thread, mail) = (Some(about.thread.id), about.event.mail_id);
    NewEvent {
        draft_id: about.event.draft_id,
        ..event("relay.told", &about.thread.agent, thread, mail, data)
    }
}

//! What keeps a bundle from being carried out with a configuration: all of it, before anything is
//! started.

use silex_bundle::Bundle;

use crate::agent::relay;
use crate::clock::Clock;
use crate::config::Config;
use crate::mail::address;
use crate::tools::mcp::Servers;
use crate::tools::{self, Natives};
use crate::{StartError, http_client, models, spending};

/// What a bundle needs that the configuration does not give, in words.
#[must_use]
pub fn missing(config: &Config, natives: &Natives, bundle: &Bundle) -> Vec<String> {
    let mut found = tools::missing(config, natives, bundle);
    found.extend(relay::missing(bundle, config));
    found.extend(circles(config, bundle));
    found.extend(way_out(config, bundle));
    found
}

/// Mail that nobody asked for must say how to have no more of it, when it leaves for its recipient.
fn way_out(config: &Config, bundle: &Bundle) -> Option<String> {
    let leaves = config.outbound.smtp.is_some() || config.outbound.ses.is_some();
    if config.public_url.is_some() || !leaves {
        return None;
    }
    let mut agents = bundle.agents.iter();
    let (agent, _) = agents.find(|(_, agent)| !agent.campaigns.is_empty())?;
    Some(format!(
        "`public_url`: the campaigns of `{agent}` are ended by a link to it, with one click"
    ))
}

/// Everything that keeps a bundle from being carried out with the configuration, in words.
#[must_use]
pub fn problems(config: &Config, bundle: &Bundle, natives: &Natives) -> Vec<String> {
    let mut found = missing(config, natives, bundle);
    found.extend(
        models(config, &Clock::system())
            .err()
            .map(|error| error.to_string()),
    );
    let spending = spending(config, bundle).err();
    found.extend(spending.map(|error| error.to_string()));
    found
}

/// An agent that is its own reviewer would be asked by its own mails.
fn circles(config: &Config, bundle: &Bundle) -> impl Iterator<Item = String> {
    let reviewers = config.reviewers.iter().flat_map(|reviewer| {
        let address = address::without_tag(&reviewer.address);
        let agents = bundle.agents.iter();
        let own = agents.filter(move |(_, agent)| agent.inbox.contains(&address));
        own.map(|(agent, _)| (&reviewer.name, agent))
    });
    reviewers
        .map(|(name, agent)| format!("`reviewers`: `{name}` has an address of the agent `{agent}`"))
}

/// Why mails could not be written into the outbox, if that is where they go.
#[must_use]
pub fn outbox(config: &Config) -> Option<String> {
    let outbound = &config.outbound;
    if outbound.smtp.is_some() || outbound.ses.is_some() {
        return None;
    }
    // It is made with the first mail, in the nearest folder that there is.
    let outbox = std::path::absolute(&outbound.outbox).ok()?;
    let mut above = outbox.ancestors();
    let (place, found) = above.find_map(|place| Some((place, place.metadata().ok()?)))?;
    let why = match (found.is_dir(), found.permissions().readonly()) {
        (false, _) => "is no folder",
        (true, true) => "cannot be written",
        (true, false) => return None,
    };
    Some(format!(
        "the outbox {}: {} {why}",
        outbox.display(),
        place.display()
    ))
}

/// Which servers of tools are not reached, and how the tools of a bundle differ from what the
/// others offer, in words.
///
/// # Errors
/// The system has no usable TLS.
pub async fn servers(config: &Config, bundle: &Bundle) -> Result<Vec<String>, StartError> {
    let servers = Servers::new(&config.mcp, &http_client()?);
    let mut found = servers.unreached().await;
    if found.is_empty() {
        found = servers.differences(bundle).await;
    }
    servers.close().await;
    Ok(found)
}

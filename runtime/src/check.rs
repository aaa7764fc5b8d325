//! What keeps a bundle from being carried out with a configuration: all of it, before anything is
//! started.

use silex_bundle::Bundle;

use crate::agent::relay;
use crate::config::Config;
use crate::tools::mcp::Servers;
use crate::tools::{self, Natives};
use crate::{StartError, http_client, model, models, spending};

/// What a bundle needs that the configuration does not give, in words.
#[must_use]
pub fn missing(config: &Config, natives: &Natives, bundle: &Bundle) -> Vec<String> {
    let mut found = tools::missing(config, natives, bundle);
    found.extend(relay::missing(bundle, config));
    found
}

/// Everything that keeps a bundle from being carried out with the configuration, in words.
#[must_use]
pub fn problems(config: &Config, bundle: &Bundle, natives: &Natives) -> Vec<String> {
    let mut found = missing(config, natives, bundle);
    model::tls();
    found.extend(models(config).err().map(|error| error.to_string()));
    let spending = spending(config, bundle).err();
    found.extend(spending.map(|error| error.to_string()));
    found
}

/// Which servers of tools are not reached, and how the tools of a bundle differ from what the
/// others offer, in words.
///
/// # Errors
/// The system has no usable TLS.
pub async fn servers(config: &Config, bundle: &Bundle) -> Result<Vec<String>, StartError> {
    model::tls();
    let servers = Servers::new(&config.mcp, &http_client()?);
    let mut found = servers.unreached().await;
    if found.is_empty() {
        found = servers.differences(bundle).await;
    }
    servers.close().await;
    Ok(found)
}

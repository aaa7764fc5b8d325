//! How many calls may be made at once of an endpoint or of a server of tools. Who waits for a place does not
//! work meanwhile: one that hangs holds up those that need it, and nobody else.

use std::collections::BTreeMap;
use std::sync::Arc;

use silex_bundle::Tool;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Outside;
use crate::config::Config;

/// Calls at a time where the settings do not say.
const PLACES: usize = 16;

/// The places of all endpoints and servers. Clones are the same places.
#[derive(Debug, Clone, Default)]
pub struct Places(Arc<Named>);

#[derive(Debug, Default)]
struct Named {
    endpoints: BTreeMap<String, Semaphore>,
    servers: BTreeMap<String, Semaphore>,
}

impl Places {
    /// Those of a configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let places = |set: Option<usize>| Semaphore::new(set.unwrap_or(PLACES));
        let endpoints = config.endpoints.iter();
        let servers = config.mcp.iter();
        Self(Arc::new(Named {
            endpoints: endpoints
                .map(|(name, endpoint)| (name.clone(), places(endpoint.concurrency)))
                .collect(),
            servers: servers
                .map(|(name, server)| (name.clone(), places(server.concurrency)))
                .collect(),
        }))
    }

    /// Waits for a place where a tool is carried out; none where they are not counted.
    pub(super) async fn take(&self, tool: &Tool) -> Option<SemaphorePermit<'_>> {
        let places = match Outside::of(tool)? {
            Outside::Endpoint(name) => self.0.endpoints.get(name),
            Outside::Server(name) => self.0.servers.get(name),
            Outside::Native(_) => None,
        };
        // They are never closed.
        places?.acquire().await.ok()
    }
}

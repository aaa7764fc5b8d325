//! Tools: what carries out an admitted call. One file per kind of handler.
//!
//! A handler that changes our own store does not write: it returns the write, which is committed
//! together with the step that says so. One that reaches outside gets the step's idempotency key.
//! `via behaviour` is not here: it is a turn, and `turn::run` runs it. Neither is what asks people.

mod http;
pub mod mcp;
pub mod native;
mod places;
mod save;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Duration;

use ::metrics::counter;
use serde_json::{Map, Value};
use silex_bundle::schema::{Declaration, Shape};
use silex_bundle::tool::{Handler, Retry};
use silex_bundle::{Bundle, Tool};

use crate::bundle::example_answer;
use crate::config::{Config, Endpoint};
use crate::queue::Backoff;
use crate::store::Store;
use crate::telemetry::metrics;
pub use native::Natives;
pub use places::Places;
pub use save::Write;

/// How often it is told that a call waits.
const TELLING: Duration = Duration::from_secs(60);

/// What handlers work with.
#[derive(Debug, Clone)]
pub struct Tools {
    store: Store,
    endpoints: BTreeMap<String, Endpoint>,
    natives: Natives,
    servers: mcp::Servers,
    client: reqwest::Client,
    places: Places,
    stand_ins: bool,
}

/// A call that was admitted.
#[derive(Debug)]
pub struct Call<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// The tool.
    pub tool: &'a Tool,
    /// Its parameters and its `for` name.
    pub names: &'a Map<String, Value>,
    /// The entity that its `for` stands for.
    pub owner: Option<&'a Value>,
    /// The same for every try of the same step.
    pub idempotency_key: &'a str,
}

/// What a handler gave.
#[derive(Debug)]
pub struct Done {
    /// The result, not yet checked.
    pub value: Value,
    /// What is to be stored with the step.
    pub write: Option<Write>,
}

/// No result. The model is told, and the turn goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// The same call may succeed later.
    #[error("{0}")]
    Passing(String),
    /// It will not.
    #[error("{0}")]
    Failed(String),
    /// It was sent, and nobody can say whether it was carried out.
    #[error("{0}")]
    Unsure(String),
    /// It was carried out, and nobody can read what was answered.
    #[error("{0}")]
    Unread(String),
}

/// What carries a tool out and is no part of the runtime.
enum Outside<'t> {
    Endpoint(&'t str),
    Native(&'t str),
    Server(&'t str),
}

impl<'t> Outside<'t> {
    fn of(tool: &'t Tool) -> Option<Self> {
        match &tool.handler {
            Handler::Http { endpoint, .. } => Some(Self::Endpoint(endpoint)),
            Handler::Native { name } => Some(Self::Native(name)),
            Handler::Mcp { server, .. } => Some(Self::Server(server)),
            Handler::Search { .. }
            | Handler::Get { .. }
            | Handler::Save { .. }
            | Handler::Behaviour(_)
            | Handler::AskReviewer { .. }
            | Handler::HandOver { .. } => None,
        }
    }
}

/// What the tools of a bundle need and the configuration lacks, in words.
#[must_use]
pub fn missing(config: &Config, natives: &Natives, bundle: &Bundle) -> Vec<String> {
    let needs = |tool: &Tool| match Outside::of(tool)? {
        Outside::Endpoint(name) => (!config.endpoints.contains_key(name))
            .then(|| format!("the endpoint `{name}`: add it under `endpoints`")),
        Outside::Native(name) => (!natives.has(name))
            .then(|| format!("the native function `{name}`: link it into the runtime")),
        Outside::Server(name) => (!config.mcp.contains_key(name))
            .then(|| format!("the server `{name}`: add it under `mcp`")),
    };
    let tools = bundle.tools.iter().filter(|_| !config.stand_ins);
    tools
        .filter_map(|(name, tool)| Some(format!("the tool `{name}` needs {}", needs(tool)?)))
        .collect()
}

impl Tools {
    /// What handlers work with, from the configuration.
    #[must_use]
    pub fn new(
        store: Store,
        endpoints: BTreeMap<String, Endpoint>,
        natives: Natives,
        servers: mcp::Servers,
        client: reqwest::Client,
    ) -> Self {
        Self {
            store,
            endpoints,
            natives,
            servers,
            client,
            places: Places::default(),
            stand_ins: false,
        }
    }

    /// Makes no more calls at once than there are places.
    #[must_use]
    pub fn with_places(self, places: Places) -> Self {
        Self { places, ..self }
    }

    /// Lets the package's own examples answer for endpoints and native functions that are not
    /// there: for trying a package out, never for production.
    #[must_use]
    pub fn with_stand_ins(self, stand_ins: bool) -> Self {
        Self { stand_ins, ..self }
    }

    /// The functions that it was linked with.
    #[must_use]
    pub fn natives(&self) -> &Natives {
        &self.natives
    }

    /// The servers of `mcp` tools.
    #[must_use]
    pub fn servers(&self) -> &mcp::Servers {
        &self.servers
    }

    fn lacks(&self, tool: &Tool) -> bool {
        Outside::of(tool).is_some_and(|outside| match outside {
            Outside::Endpoint(name) => !self.endpoints.contains_key(name),
            Outside::Native(name) => !self.natives.has(name),
            Outside::Server(name) => !self.servers.has(name),
        })
    }

    /// Carries out a call within its time limit, trying again as the tool says. What others carry out waits
    /// for its place there, and tells `waits` so from time to time.
    ///
    /// # Errors
    /// When the handler fails, with words for the model. That it is unsure or unread is said only of a
    /// tool that acts.
    pub async fn call(&self, call: &Call<'_>, waits: impl Fn() + Sync) -> Result<Done, ToolError> {
        let mut taking = pin!(self.places.take(call.tool));
        let _place = loop {
            match tokio::time::timeout(TELLING, &mut taking).await {
                Ok(place) => break place,
                Err(_) => waits(),
            }
        };
        let ended = self.carry_out(call).await;
        let outcome = match &ended {
            Ok(_) => "done",
            Err(ToolError::Failed(_) | ToolError::Passing(_)) => "failed",
            Err(ToolError::Unsure(_) | ToolError::Unread(_)) => "unsure",
        };
        let tool = call.tool.name.clone();
        counter!(metrics::TOOL_CALLS, "tool" => tool, "outcome" => outcome).increment(1);
        ended
    }

    async fn carry_out(&self, call: &Call<'_>) -> Result<Done, ToolError> {
        let once = Retry {
            attempts: 1,
            from_ms: 0,
            to_ms: 0,
        };
        let retry = call.tool.retry.unwrap_or(once);
        let mut tried = 0;
        loop {
            tried += 1;
            let result = self.call_in_time(call).await;
            let again = match &result {
                Err(ToolError::Passing(_)) => true,
                Err(ToolError::Unsure(_)) => repeats(call.tool),
                Err(ToolError::Failed(_) | ToolError::Unread(_)) | Ok(_) => false,
            };
            match result {
                Err(_) if again && tried < retry.attempts => {
                    let backoff = Backoff {
                        base: Duration::from_millis(retry.from_ms),
                        cap: Duration::from_millis(retry.to_ms),
                    };
                    let wait = backoff.wait_ms(i64::from(tried), fastrand::f64());
                    tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
                        .await;
                }
                // What does nothing has simply failed.
                Err(ToolError::Unsure(words)) if !acts(call.tool) => {
                    return Err(ToolError::Passing(words));
                }
                Err(ToolError::Unread(words)) if !acts(call.tool) => {
                    return Err(ToolError::Failed(words));
                }
                Err(error) => return Err(error),
                Ok(done) => return Ok(done),
            }
        }
    }

    async fn call_in_time(&self, call: &Call<'_>) -> Result<Done, ToolError> {
        if self.stand_ins && self.lacks(call.tool) {
            return stand_in(call);
        }
        if let Handler::Mcp { server, .. } = &call.tool.handler {
            // A server takes its own time to begin, and nothing is asked of it before.
            self.servers.begin(server).await?;
        }
        let limit = Duration::from_millis(call.tool.timeout_ms);
        match tokio::time::timeout(limit, self.try_call(call)).await {
            Ok(result) => result,
            Err(_) => {
                if let Handler::Mcp { server, .. } = &call.tool.handler {
                    self.servers.was_silent(server).await;
                }
                let words = format!("no answer within {} ms", limit.as_millis());
                Err(ToolError::Unsure(words))
            }
        }
    }

    async fn try_call(&self, call: &Call<'_>) -> Result<Done, ToolError> {
        match &call.tool.handler {
            Handler::Search { entity } => search::search(&self.store, call, entity).await,
            Handler::Get { entity } => search::get(&self.store, call, entity).await,
            Handler::Save { path, value } => save::save(&self.store, call, path, value).await,
            Handler::Http { method, endpoint } => match self.endpoints.get(endpoint) {
                Some(known) => http::request(&self.client, call, method, known).await,
                None => Err(ToolError::Failed(format!(
                    "the endpoint `{endpoint}` is not configured"
                ))),
            },
            Handler::Native { name } => self.natives.call(name, call.names.clone()).await,
            // The turn itself carries these out.
            Handler::Behaviour(_) | Handler::AskReviewer { .. } | Handler::HandOver { .. } => {
                Err(ToolError::Failed("it is not carried out here".to_owned()))
            }
            Handler::Mcp { server, tool } => self.servers.call(call, server, tool).await,
        }
    }
}

/// Whether others carry a tool out, elsewhere.
pub(crate) fn is_elsewhere(tool: &Tool) -> bool {
    matches!(tool.handler, Handler::Http { .. } | Handler::Mcp { .. })
}

/// Whether a tool does something beyond our own store.
pub(crate) fn acts(tool: &Tool) -> bool {
    let effects = &tool.effects;
    let changes = !effects.writes.is_empty() || effects.sends.is_some() || effects.spends.is_some();
    let outside = matches!(
        tool.handler,
        Handler::Http { .. } | Handler::Mcp { .. } | Handler::Native { .. }
    );
    changes && outside
}

/// Whether a behaviour can do something beyond our own store: by a tool of its own, or of a behaviour that
/// one of them runs.
pub(crate) fn may_act(bundle: &Bundle, behaviour: &str) -> bool {
    let (mut behaviours, mut seen) = (vec![behaviour], BTreeSet::new());
    while let Some(name) = behaviours.pop() {
        let found = bundle.behaviours.get(name).filter(|_| seen.insert(name));
        let offers = found.into_iter().flat_map(|found| &found.tools);
        for tool in offers.filter_map(|offer| bundle.tools.get(&offer.tool)) {
            if acts(tool) {
                return true;
            }
            if let Handler::Behaviour(inner) = &tool.handler {
                behaviours.push(&inner.behaviour);
            }
        }
    }
    false
}

/// Whether a call that may have been carried out can be made again: it does nothing, or the other
/// side knows it by its key.
pub(crate) fn repeats(tool: &Tool) -> bool {
    !acts(tool) || matches!(tool.handler, Handler::Http { .. })
}

fn stand_in(call: &Call<'_>) -> Result<Done, ToolError> {
    let name = &call.tool.name;
    let answer = example_answer(call.bundle, call.tool).ok_or_else(|| {
        ToolError::Failed(format!(
            "`{name}` has no handler here, and no example that says what it answers"
        ))
    })?;
    tracing::info!(
        tool = name,
        "answered by an example of the package: the tool has no handler here"
    );
    Ok(Done {
        value: answer.clone(),
        write: None,
    })
}

/// The key field of an entity, and the value of its key.
pub(crate) fn key_of<'a>(
    bundle: &'a Bundle,
    entity: &str,
    value: &'a Value,
) -> Option<(&'a str, &'a str)> {
    let Declaration {
        shape: Shape::Entity { key, .. },
        ..
    } = bundle.declarations.get(entity)?
    else {
        return None;
    };
    Some((key, value.get(key)?.as_str()?))
}

#[cfg(test)]
mod tests;

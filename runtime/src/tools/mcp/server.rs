//! One server: reached when it is needed, and again when it is gone.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rmcp::Peer;
use rmcp::model::JsonObject;
use rmcp::service::{RoleClient, RunningService, ServiceExt};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{StreamableHttpClientTransport, TokioChildProcess};
use secrecy::ExposeSecret;
use serde_json::Value;
use silex_bundle::{Bundle, Tool};
use tokio::process::Command;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::{MAX_ANSWER, ToolError, drift};
use crate::config::McpServer;
use crate::queue::Backoff;

/// How long a server may take until it says which tools it has.
const TO_REACH: Duration = Duration::from_secs(20);
/// How long it may take to end.
const TO_END: Duration = Duration::from_secs(8);
/// Calls without an answer, one after another, after which it is begun anew.
const SILENT: u32 = 3;
/// The wait before it is reached again.
const AGAIN: Backoff = Backoff {
    base: Duration::from_millis(500),
    cap: Duration::from_secs(30),
};
/// What every program may see of our environment.
const ENVIRONMENT: [&str; 3] = ["PATH", "HOME", "LANG"];

/// A server and the connection to it.
pub(super) struct Server {
    name: String,
    config: McpServer,
    client: reqwest::Client,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<(RunningService<RoleClient, ()>, Reached)>,
    failures: i64,
    not_before: Option<Instant>,
    silent: u32,
}

/// A server that was reached, and what it offers.
#[derive(Debug, Clone)]
pub(super) struct Reached {
    pub(super) peer: Peer<RoleClient>,
    /// The arguments of its tools, as JSON Schema.
    tools: Arc<BTreeMap<String, Arc<JsonObject>>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("name", &self.name)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Reached {
    /// How a tool of a bundle differs from the server's.
    pub(super) fn differences(&self, bundle: &Bundle, tool: &Tool, theirs: &str) -> Vec<String> {
        match self.tools.get(theirs) {
            Some(schema) => drift::differences(bundle, tool, schema),
            None => {
                let names: Vec<_> = self.tools.keys().map(String::as_str).collect();
                let there = format!("there are: {}", names.join(", "));
                vec![format!("the server has no tool \"{theirs}\"; {there}")]
            }
        }
    }

    /// The type of an argument that a tool of the server takes, if it takes it.
    pub(super) fn wants(&self, tool: &str, argument: &str) -> Option<String> {
        let property = self.tools.get(tool)?.get("properties")?.get(argument)?;
        let of = property.get("type").and_then(Value::as_str);
        Some(of.unwrap_or_default().to_owned())
    }
}

impl Server {
    pub(super) fn new(name: &str, config: McpServer, client: reqwest::Client) -> Self {
        Self {
            name: name.to_owned(),
            config,
            client,
            state: Mutex::default(),
        }
    }

    /// The connection, made anew if it is gone.
    ///
    /// # Errors
    /// It cannot be reached now. Nothing was asked of it.
    pub(super) async fn reach(&self) -> Result<Reached, ToolError> {
        let mut state = self.state.lock().await;
        if let Some((connection, reached)) = &state.connection {
            if !connection.is_transport_closed() {
                return Ok(reached.clone());
            }
            tracing::warn!(server = self.name, "a server of tools has ended");
            state.connection = None;
            self.failed(&mut state);
        }
        if state.not_before.is_some_and(|then| then > Instant::now()) {
            return Err(self.passing("it is begun anew in a moment"));
        }
        let reached = timeout(TO_REACH, self.connect()).await;
        let reached = reached.unwrap_or_else(|_| {
            let limit = TO_REACH.as_secs();
            Err(format!(
                "it did not say within {limit} s which tools it has"
            ))
        });
        match reached {
            Ok((connection, reached)) => {
                state.connection = Some((connection, reached.clone()));
                state.silent = 0;
                Ok(reached)
            }
            Err(why) => {
                self.failed(&mut state);
                Err(self.passing(&why))
            }
        }
    }

    fn passing(&self, why: &str) -> ToolError {
        ToolError::Passing(format!("the server `{}` is not there: {why}", self.name))
    }

    fn failed(&self, state: &mut State) {
        state.failures += 1;
        let wait = AGAIN.wait_ms(state.failures, 0.5 + 0.5 * fastrand::f64());
        let wait = Duration::from_millis(u64::try_from(wait).unwrap_or_default());
        state.not_before = Some(Instant::now() + wait);
    }

    /// It answered a call: whatever was wrong with it is over.
    pub(super) async fn answered(&self) {
        let mut state = self.state.lock().await;
        (state.failures, state.silent, state.not_before) = (0, 0, None);
    }

    /// A call was given up. One that never answers is begun anew.
    pub(super) async fn was_silent(&self) {
        let mut state = self.state.lock().await;
        state.silent += 1;
        if state.silent >= SILENT
            && let Some((mut connection, _)) = state.connection.take()
        {
            tracing::warn!(
                server = self.name,
                "a server of tools is silent: it is begun anew"
            );
            self.failed(&mut state);
            drop(state);
            end(&mut connection).await;
        }
    }

    pub(super) async fn close(&self) {
        let connection = self.state.lock().await.connection.take();
        if let Some((mut connection, _)) = connection {
            end(&mut connection).await;
        }
    }

    async fn connect(&self) -> Result<(RunningService<RoleClient, ()>, Reached), String> {
        let connection = match &self.config.url {
            Some(url) => ().serve(self.by_http(url)).await,
            None => ().serve(self.start()?).await,
        };
        let connection = connection.map_err(|error| error.to_string())?;
        let tools = connection.peer().list_all_tools().await;
        let tools = tools.map_err(|error| error.to_string())?;
        let tools = tools
            .into_iter()
            .map(|tool| (tool.name.into_owned(), tool.input_schema));
        let reached = Reached {
            peer: connection.peer().clone(),
            tools: Arc::new(tools.collect()),
        };
        Ok((connection, reached))
    }

    fn by_http(&self, url: &str) -> StreamableHttpClientTransport<reqwest::Client> {
        let mut config = StreamableHttpClientTransportConfig::with_uri(url)
            .max_json_response_size(2 * MAX_ANSWER)
            .max_sse_event_size(2 * MAX_ANSWER);
        if let Some(token) = &self.config.token {
            config = config.auth_header(token.expose_secret());
        }
        StreamableHttpClientTransport::with_client(self.client.clone(), config)
    }

    /// Starts the program. It is killed with its connection, and sees what it may of our
    /// environment. What it says beside the protocol may hold anything, and is not kept.
    fn start(&self) -> Result<TokioChildProcess, String> {
        let (program, arguments) = self
            .config
            .command
            .split_first()
            .ok_or("it has no command")?;
        let mut command = Command::new(program);
        let seen = ENVIRONMENT.iter().copied();
        let seen = seen.chain(self.config.env.iter().map(String::as_str));
        command
            .args(arguments)
            .env_clear()
            .envs(seen.filter_map(|name| Some((name, std::env::var_os(name)?))))
            .kill_on_drop(true);
        let started = TokioChildProcess::builder(command)
            .stderr(Stdio::null())
            .spawn();
        let (process, _) = started.map_err(|error| format!("`{program}`: {error}"))?;
        Ok(process)
    }
}

async fn end(connection: &mut RunningService<RoleClient, ()>) {
    // What does not end in time is killed when the connection is dropped.
    let _ended = connection.close_with_timeout(TO_END).await;
}

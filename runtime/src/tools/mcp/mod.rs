//! `via mcp`: a tool of a server that speaks the Model Context Protocol.
//!
//! A server is a program that is started when it is first needed, and again when it has ended, with
//! a growing wait between; or an address. Each time it is reached it says which tools it has, and a
//! tool that is no longer as the bundle declares it is not called. Every try of a step carries the
//! same key, `silex/idempotency-key` in its `_meta`, beside the entity that the call is for.

mod drift;
mod server;

use std::collections::BTreeMap;
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, MetaObject,
    RequestMetaObject,
};
use rmcp::service::ServiceError;
use serde_json::{Map, Value, json};
use silex_bundle::Bundle;
use silex_bundle::tool::Handler;

use super::{Call, Done, ToolError, key_of};
use crate::config::McpServer;
use server::{Reached, Server};

/// The greatest answer, bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// The servers of the configuration, by name. Clones are the same servers.
#[derive(Debug, Clone, Default)]
pub struct Servers(Arc<BTreeMap<String, Server>>);

impl Servers {
    /// The servers of a configuration. None is started or asked yet.
    #[must_use]
    pub fn new(configured: &BTreeMap<String, McpServer>, client: &reqwest::Client) -> Self {
        let servers = configured.iter().map(|(name, config)| {
            let server = Server::new(name, config.clone(), client.clone());
            (name.clone(), server)
        });
        Self(Arc::new(servers.collect()))
    }

    /// Whether there is a server of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// How the tools of a bundle differ from what its servers offer, in words. A server that cannot
    /// be reached is not among them: its tools are looked at when it can be.
    pub async fn differences(&self, bundle: &Bundle) -> Vec<String> {
        let mut found = Vec::new();
        for (name, tool) in &bundle.tools {
            let Handler::Mcp {
                server,
                tool: theirs,
            } = &tool.handler
            else {
                continue;
            };
            let Some(known) = self.0.get(server) else {
                continue;
            };
            match known.reach().await {
                Ok(reached) => {
                    let differences = reached.differences(bundle, tool, theirs);
                    let of = differences
                        .into_iter()
                        .map(|it| format!("the tool `{name}`: {it}"));
                    found.extend(of);
                }
                Err(error) => {
                    tracing::warn!(server, %error, "a server of tools is not reached yet");
                }
            }
        }
        found
    }

    /// The servers that cannot be reached now, with the reasons, in words.
    pub async fn unreached(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, server) in self.0.iter() {
            let error = server.reach().await.err();
            found.extend(error.map(|error| format!("the server `{name}` of tools: {error}")));
        }
        found
    }

    /// Sees to it that a server is there, for the calls that follow.
    ///
    /// # Errors
    /// It cannot be reached now. Nothing was asked of it.
    pub(super) async fn begin(&self, name: &str) -> Result<(), ToolError> {
        if let Some(server) = self.0.get(name) {
            server.reach().await?;
        }
        Ok(())
    }

    /// A call of a tool took longer than it may.
    pub(super) async fn was_silent(&self, name: &str) {
        if let Some(server) = self.0.get(name) {
            server.was_silent().await;
        }
    }

    /// Ends the programs and closes the connections.
    pub async fn close(&self) {
        for server in self.0.values() {
            server.close().await;
        }
    }

    pub(super) async fn call(
        &self,
        call: &Call<'_>,
        server: &str,
        tool: &str,
    ) -> Result<Done, ToolError> {
        let known = self
            .0
            .get(server)
            .ok_or_else(|| ToolError::Failed(format!("the server `{server}` is not configured")))?;
        let reached = known.reach().await?;
        if let Some(difference) = reached.differences(call.bundle, call.tool, tool).first() {
            tracing::error!(
                server,
                tool,
                difference,
                "a server's tool is not as declared"
            );
            return Err(ToolError::Failed(format!(
                "it cannot be called: {difference}"
            )));
        }
        let mut params = CallToolRequestParams::new(tool.to_owned());
        params.arguments = Some(arguments(call, &reached, tool));
        params.meta = Some(meta(call));
        match reached.peer.call_tool_once(params).await {
            Ok(CallToolResponse::Complete(result)) => {
                known.answered().await;
                value(call, result)
            }
            Ok(_) => Err(ToolError::Failed(
                "the server asks something back, which nobody answers".to_owned(),
            )),
            Err(ServiceError::McpError(error)) => Err(ToolError::Failed(error.message.to_string())),
            // The request may have arrived before the connection broke.
            Err(error) => Err(ToolError::Unsure(format!("the server `{server}`: {error}"))),
        }
    }
}

/// What the model filled in; and where the server's tool takes an argument of the tool's `for` name,
/// whom it is for: the entity, or its key where the server wants a text.
fn arguments(call: &Call<'_>, reached: &Reached, tool: &str) -> Map<String, Value> {
    let mut arguments = call.names.clone();
    let Some(bound) = &call.tool.owner else {
        return arguments;
    };
    let entity = arguments.remove(&bound.name).unwrap_or(Value::Null);
    let key = key_of(call.bundle, &bound.entity, &entity).map(|(_, key)| key.to_owned());
    match reached.wants(tool, &bound.name).as_deref() {
        None => {}
        Some("string") => {
            arguments.insert(bound.name.clone(), key.into());
        }
        Some(_) => {
            arguments.insert(bound.name.clone(), entity);
        }
    }
    arguments
}

fn meta(call: &Call<'_>) -> RequestMetaObject {
    let mut meta = Map::new();
    meta.insert(
        "silex/idempotency-key".to_owned(),
        json!(call.idempotency_key),
    );
    if let Some(owner) = call.owner {
        meta.insert("silex/for".to_owned(), owner.clone());
    }
    RequestMetaObject(MetaObject(meta))
}

/// A result as a value of the tool's type: the structured one, alone or as the field `result` that
/// stands for what is no object, else the text as JSON, or as it is.
fn value(call: &Call<'_>, result: CallToolResult) -> Result<Done, ToolError> {
    let mut texts = Vec::new();
    for block in &result.content {
        if let ContentBlock::Text(text) = block {
            texts.push(text.text.as_str());
        }
    }
    let text = texts.join("\n");
    let structured = result.structured_content;
    let size = text.len()
        + structured
            .as_ref()
            .map_or(0, |value| value.to_string().len());
    if size > MAX_ANSWER {
        return Err(ToolError::Unread(format!(
            "the server answered more than {MAX_ANSWER} bytes"
        )));
    }
    if result.is_error == Some(true) {
        return Err(ToolError::Failed(text));
    }
    let alone = structured.as_ref().and_then(Value::as_object);
    let alone = alone.filter(|fields| fields.len() == 1);
    let inner = alone.and_then(|fields| fields.get("result")).cloned();
    let mut readings: Vec<Value> = structured.into_iter().chain(inner).collect();
    if readings.is_empty() {
        readings.extend(serde_json::from_str(&text).ok());
        readings.push(Value::String(text));
    }
    let declarations = &call.bundle.declarations;
    let fits = |value: &&Value| call.tool.returns.check(value, declarations).is_ok();
    let fitting = readings.iter().find(fits).or_else(|| readings.first());
    Ok(Done {
        value: fitting.cloned().unwrap_or_default(),
        write: None,
    })
}

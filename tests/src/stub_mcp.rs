//! A server of the Model Context Protocol on this machine, as a program or over HTTP, with the
//! faults that real ones have. It speaks the wire itself.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::served::Served;

/// The token that the server wants over HTTP.
pub const TOKEN: &str = "mcp-token";

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Reaction {
    /// This is answered.
    Answer(Value),
    /// Nothing is, as the protocol wants it, or by a fault.
    Nothing,
    /// The program ends.
    Die,
}

/// Reacts to a message as a calendar with two tools would, and with a fault for each of some others.
#[must_use]
pub fn react(message: &Value) -> Reaction {
    let Some(id) = message.get("id") else {
        return Reaction::Nothing;
    };
    let params = &message["params"];
    let result = match message["method"].as_str().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": params["protocolVersion"], "capabilities": { "tools": {} },
            "serverInfo": { "name": "calendar", "version": "1" },
        }),
        "ping" => json!({}),
        "tools/list" => json!({ "tools": tools() }),
        "tools/call" => match params["name"].as_str().unwrap_or_default() {
            "slots.find" => json!({ "content": [], "structuredContent": { "result": [
                { "id": format!("{}-9", params["arguments"]["from"].as_str().unwrap_or_default()) } ] } }),
            "slots.book" => json!({ "content": [{ "type": "text", "text": "\"booked\"" }] }),
            "says" => json!({ "content": [{ "type": "text", "text": "plain words" }] }),
            "fails" => {
                json!({ "content": [{ "type": "text", "text": "no such hour" }], "isError": true })
            }
            "huge" => {
                json!({ "content": [{ "type": "text", "text": "a".repeat(2_000_000) }] })
            }
            "hangs" => return Reaction::Nothing,
            "dies" => return Reaction::Die,
            name => {
                let error = json!({ "code": -32602, "message": format!("unknown tool: {name}") });
                return Reaction::Answer(json!({ "jsonrpc": "2.0", "id": id, "error": error }));
            }
        },
        method => {
            let error = json!({ "code": -32601, "message": format!("unknown method: {method}") });
            return Reaction::Answer(json!({ "jsonrpc": "2.0", "id": id, "error": error }));
        }
    };
    Reaction::Answer(json!({ "jsonrpc": "2.0", "id": id, "result": result }))
}

fn tools() -> Value {
    let text = json!({ "type": "string" });
    let tool = |name: &str, properties: Value, required: Value| {
        json!({ "name": name, "inputSchema": {
            "type": "object", "properties": properties, "required": required } })
    };
    json!([
        tool("slots.find", json!({ "from": text }), json!(["from"])),
        tool(
            "slots.book",
            json!({ "id": text, "customer": text }),
            json!(["id", "customer"])
        ),
        tool("says", json!({}), json!([])),
        tool("fails", json!({}), json!([])),
        tool("huge", json!({}), json!([])),
        tool("hangs", json!({}), json!([])),
        tool("dies", json!({}), json!([])),
    ])
}

/// The server over HTTP, until it is dropped.
#[derive(Debug)]
pub struct HttpServer {
    calls: Arc<Mutex<Vec<Value>>>,
    url: String,
    _server: Served,
}

impl HttpServer {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start() -> io::Result<Self> {
        let calls = Arc::new(Mutex::default());
        let app = Router::new()
            .route("/mcp", post(posted))
            .with_state(Arc::clone(&calls));
        let server = Served::http(app).await?;
        Ok(Self {
            calls,
            url: format!("http://{}/mcp", server.address()),
            _server: server,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The parameters of the calls of tools so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Value> {
        let calls = self.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn posted(
    State(calls): State<Arc<Mutex<Vec<Value>>>>,
    headers: HeaderMap,
    Json(message): Json<Value>,
) -> Response {
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    if token != Some(&format!("Bearer {TOKEN}")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if message["method"] == "tools/call" {
        let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(message["params"].clone());
    }
    match react(&message) {
        Reaction::Answer(answer) => Json(answer).into_response(),
        Reaction::Nothing if message.get("id").is_none() => StatusCode::ACCEPTED.into_response(),
        Reaction::Nothing => std::future::pending().await,
        Reaction::Die => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

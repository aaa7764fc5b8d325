//! A model provider on this machine: the wire formats of Anthropic and OpenAI, streamed and not,
//! with the faults that real ones have.
//!
//! Answers come from a queue; when it is empty, from a function of the request. Requests are
//! judged as strictly as the real providers judge them: what they answer with 400 is answered
//! with 400 here, so that a test cannot pass with a request that nobody would take.

mod asked;
mod judge;
mod traffic;
mod write;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use futures_util::StreamExt;
use serde_json::{Value, json};

pub use traffic::Traffic;

use crate::served::Served;

/// Whose protocol a request spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI chat completions.
    OpenAi,
}

/// What the model says in one answer.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Its words.
    pub text: String,
    /// Its calls: tool, and the arguments as the text that the model wrote.
    pub calls: Vec<(String, String)>,
    /// The reason to stop, in the provider's own word; the usual one when absent.
    pub stop: Option<&'static str>,
    /// Declines: `refusal` at Anthropic, the field of that name at OpenAI.
    pub refuses: bool,
}

impl Said {
    /// Words alone.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Calls in parallel.
    #[must_use]
    pub fn calls(calls: &[(&str, Value)]) -> Self {
        let calls = calls
            .iter()
            .map(|(name, input)| ((*name).to_owned(), input.to_string()))
            .collect();
        Self {
            calls,
            ..Self::default()
        }
    }

    /// One call whose arguments are just this text.
    #[must_use]
    pub fn malformed(tool: &str, arguments: &str) -> Self {
        Self {
            calls: vec![(tool.to_owned(), arguments.to_owned())],
            ..Self::default()
        }
    }
}

/// How one request is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Well.
    Say(Said),
    /// Well, with headers besides.
    Counted {
        /// What is said.
        said: Said,
        /// Headers besides the content type.
        headers: Vec<(&'static str, String)>,
    },
    /// With a status, headers and a body instead.
    Status {
        /// HTTP status.
        code: u16,
        /// Headers besides the content type.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: Value,
    },
    /// Well, but the connection breaks after so many bytes of the body.
    Cut {
        /// What would have been said.
        said: Said,
        /// Bytes that arrive.
        after_bytes: usize,
    },
    /// Well, in pieces of one byte with this between them.
    Drip {
        /// What is said.
        said: Said,
        /// The wait before each byte.
        every: Duration,
    },
    /// Status 200, a beginning, and then an error event of this type.
    ErrorAfterStart {
        /// The provider's name of the error.
        kind: &'static str,
    },
    /// Status 200 with a page of HTML.
    WrongContentType,
    /// Nothing at all.
    Hang,
    /// A head, and then nothing.
    HangAfterHead,
    /// Status 200 and a body that says it is gzip.
    Bomb,
    /// An answer of about so many bytes.
    Huge {
        /// Bytes of text.
        bytes: usize,
    },
}

impl Reply {
    /// Words alone.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Say(Said::text(text))
    }

    /// Calls in parallel.
    #[must_use]
    pub fn calls(calls: &[(&str, Value)]) -> Self {
        Self::Say(Said::calls(calls))
    }

    /// An error as the provider of `wire` writes it.
    #[must_use]
    pub fn error(
        wire: Wire,
        code: u16,
        kind: &str,
        message: &str,
        headers: &[(&'static str, &str)],
    ) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        Self::Status {
            code,
            headers,
            body: error_body(wire, kind, message),
        }
    }
}

/// A request that came in.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Whose protocol it spoke.
    pub wire: Wire,
    /// Its body.
    pub body: Value,
    /// What a real provider would refuse in it.
    pub refused: Option<String>,
}

type Brain = Box<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// A provider that runs until it is dropped.
pub struct StubModel {
    state: Arc<Stub>,
    address: String,
    _server: Served,
}

struct Stub {
    queue: Mutex<VecDeque<Reply>>,
    seen: Mutex<Vec<Seen>>,
    brain: Mutex<Brain>,
    traffic: traffic::Counter,
    /// Only counts what comes, and answers after this: for many thousands of calls.
    pace: Mutex<Option<Duration>>,
}

impl std::fmt::Debug for StubModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StubModel")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// The key that the stub takes.
pub const KEY: &str = "sk-stub-0123456789";

impl StubModel {
    /// Starts a provider on a free port, with these answers.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(replies: Vec<Reply>) -> std::io::Result<Self> {
        let brain: Brain = Box::new(|_| Reply::text("The stub has nothing to say."));
        let state = Arc::new(Stub {
            queue: Mutex::new(replies.into()),
            seen: Mutex::default(),
            brain: Mutex::new(brain),
            traffic: traffic::Counter::default(),
            pace: Mutex::default(),
        });
        let app = Router::new()
            .route("/v1/messages", post(anthropic))
            .route("/v1/chat/completions", post(openai))
            .layer(DefaultBodyLimit::max(32 * 1024 * 1024))
            .with_state(Arc::clone(&state));
        let server = Served::http(app).await?;
        Ok(Self {
            state,
            address: format!("http://{}/v1", server.address()),
            _server: server,
        })
    }

    /// Answers what the queue does not with a function of the request.
    #[must_use]
    pub fn with_brain(self, brain: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        *lock(&self.state.brain) = Box::new(brain);
        self
    }

    /// Answers each call after so long, and neither judges nor keeps requests: for so many calls
    /// that the stub's own work would be measured.
    #[must_use]
    pub fn paced(self, pace: Duration) -> Self {
        *lock(&self.state.pace) = Some(pace);
        self
    }

    /// What came so far, counted.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.state.traffic.traffic()
    }

    /// The base URL of both protocols.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.address
    }

    /// Adds an answer at the end of the queue.
    pub fn push(&self, reply: Reply) {
        lock(&self.state.queue).push_back(reply);
    }

    /// Every request so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    /// What was refused so far, as a real provider would: empty when all requests were right.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        self.seen()
            .into_iter()
            .filter_map(|seen| seen.refused)
            .collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn anthropic(
    State(stub): State<Arc<Stub>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    answer(&stub, Wire::Anthropic, &headers, body).await
}

async fn openai(
    State(stub): State<Arc<Stub>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    answer(&stub, Wire::OpenAi, &headers, body).await
}

async fn answer(stub: &Stub, wire: Wire, headers: &HeaderMap, body: Value) -> Response {
    let call = stub.traffic.begins(&body);
    call.until(said(stub, wire, headers, body).await)
}

async fn said(stub: &Stub, wire: Wire, headers: &HeaderMap, body: Value) -> Response {
    let pace = *lock(&stub.pace);
    if let Some(pace) = pace {
        let seen = Seen {
            wire,
            body,
            refused: None,
        };
        let reply = (*lock(&stub.brain))(&seen);
        tokio::time::sleep(pace).await;
        return carry_out(wire, &seen.body, reply).await;
    }
    let key = judge::key(wire, headers);
    let refused = judge::request(wire, headers, &body).err();
    let seen = Seen {
        wire,
        body,
        refused: refused.clone(),
    };
    lock(&stub.seen).push(seen.clone());
    if key.as_deref() != Some(KEY) {
        let message = format!("Incorrect API key provided: {}", key.unwrap_or_default());
        return failed(
            StatusCode::UNAUTHORIZED,
            &[],
            &error_body(wire, "authentication_error", &message),
        );
    }
    if let Some(problem) = refused {
        return failed(
            StatusCode::BAD_REQUEST,
            &[],
            &error_body(wire, "invalid_request_error", &problem),
        );
    }
    let next = lock(&stub.queue).pop_front();
    let reply = next.unwrap_or_else(|| (*lock(&stub.brain))(&seen));
    carry_out(wire, &seen.body, reply).await
}

async fn carry_out(wire: Wire, body: &Value, reply: Reply) -> Response {
    let streams = body.get("stream").and_then(Value::as_bool).unwrap_or(false);
    let text = |said: &Said| write::answer(wire, body, said, streams);
    match reply {
        Reply::Say(said) => ok(streams, Body::from(text(&said))),
        Reply::Counted { said, headers } => respond(
            StatusCode::OK,
            kind(streams),
            &headers,
            Body::from(text(&said)),
        ),
        Reply::Bomb => respond(
            StatusCode::OK,
            kind(streams),
            &[("content-encoding", "gzip".to_owned())],
            Body::from(text(&Said::text("a"))),
        ),
        Reply::Status {
            code,
            headers,
            body,
        } => failed(
            StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            &headers,
            &body,
        ),
        Reply::Cut { said, after_bytes } => {
            let mut bytes = text(&said).into_bytes();
            bytes.truncate(after_bytes);
            let pieces = [Ok(Bytes::from(bytes)), Err(std::io::Error::other("cut"))];
            ok(
                streams,
                Body::from_stream(futures_util::stream::iter(pieces)),
            )
        }
        Reply::Drip { said, every } => {
            let bytes = futures_util::stream::iter(text(&said).into_bytes());
            let drip = bytes.then(move |byte| async move {
                tokio::time::sleep(every).await;
                Ok::<_, Infallible>(Bytes::from(vec![byte]))
            });
            ok(streams, Body::from_stream(drip))
        }
        Reply::ErrorAfterStart { kind } => ok(streams, Body::from(write::broken_off(wire, kind))),
        Reply::WrongContentType => respond(
            StatusCode::OK,
            "text/html",
            &[],
            Body::from("<html>Welcome</html>"),
        ),
        Reply::Hang => std::future::pending().await,
        Reply::HangAfterHead => ok(
            streams,
            Body::from_stream(futures_util::stream::pending::<Result<Bytes, Infallible>>()),
        ),
        Reply::Huge { bytes } => ok(streams, Body::from(text(&Said::text("a".repeat(bytes))))),
    }
}

fn error_body(wire: Wire, kind: &str, message: &str) -> Value {
    match wire {
        Wire::Anthropic => json!({
            "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_stub",
        }),
        Wire::OpenAi => json!({
            "error": { "message": message, "type": kind, "param": null, "code": kind },
        }),
    }
}

fn ok(streams: bool, body: Body) -> Response {
    respond(StatusCode::OK, kind(streams), &[], body)
}

fn kind(streams: bool) -> &'static str {
    if streams {
        "text/event-stream; charset=utf-8"
    } else {
        "application/json"
    }
}

fn failed(status: StatusCode, headers: &[(&'static str, String)], body: &Value) -> Response {
    respond(
        status,
        "application/json",
        headers,
        Body::from(body.to_string()),
    )
}

fn respond(
    status: StatusCode,
    kind: &str,
    headers: &[(&'static str, String)],
    body: Body,
) -> Response {
    let mut response = Response::builder()
        .status(status)
        .header("content-type", kind)
        .header("request-id", "req_stub")
        .header("x-request-id", "req_stub");
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    response.body(body).unwrap_or_default()
}

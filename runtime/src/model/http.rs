//! One exchange with a provider over HTTP: send, keep the time limits, read within bounds.
//!
//! An error says whether the provider may charge for the call: it had the request and did not
//! refuse it. Trying again is not done here.

use std::pin::pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use reqwest::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::Value;
use sse_stream::SseByteStream;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;
use tokio::time::timeout;

use super::protocol::{Accumulator, judge};
use super::providers::{KeyHeader, Provider};
use super::retry_after::{retry_after, used_up};
use super::{Cause, Completion, Delta, ModelError, Request};
use crate::tls;

/// An error's body is read so far.
const MAX_ERROR: usize = 64 * 1024;
/// A longer text takes so long to be understood that others are heard meanwhile, bytes.
const LONG: usize = 256 * 1024;
/// A provider's words are kept so far, in characters.
const MAX_WORDS: usize = 500;

/// How long each part of a call may take, and how large its answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// To connect.
    pub connect: Duration,
    /// From sending to the head of a streamed answer. One that is not streamed may take the
    /// total, for its head comes when it is whole.
    pub first_byte: Duration,
    /// Between two pieces of an answer.
    pub between_bytes: Duration,
    /// From first to last. A model's own `timeout` counts where it is shorter.
    pub total: Duration,
    /// Most bytes of an answer.
    pub max_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(60),
            between_bytes: Duration::from_secs(30),
            total: Duration::from_secs(300),
            max_bytes: 16 * 1024 * 1024,
        }
    }
}

/// A client that follows no redirect and keeps no total limit of its own.
pub(super) fn client(limits: &Limits) -> Result<Client, ModelError> {
    tls::client()
        .user_agent(concat!("silex/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(limits.connect)
        .retry(reqwest::retry::never())
        .build()
        .map_err(|error| {
            ModelError::give_up(
                Cause::Config,
                None,
                format!("no HTTP client: {}", words(error)),
            )
        })
}

/// An answer, and what came with it.
pub(super) struct Heard {
    pub(super) completion: Completion,
    /// The provider's own count is at nothing for so long.
    pub(super) used_up: Option<Duration>,
}

/// Asks a provider, within `total`. The error names the provider and holds no key.
pub(super) async fn exchange(
    client: &Client,
    provider: &Provider,
    total: Duration,
    request: &Request,
    on_delta: &mut (dyn FnMut(Delta) + Send),
) -> Result<Heard, ModelError> {
    let answer = timeout(total, answer(client, provider, request, on_delta)).await;
    let answer = answer.unwrap_or_else(|_| {
        Err(charged(ModelError::retry(
            None,
            format!("no whole answer within {} s", total.as_secs_f64()),
        )))
    });
    answer.map_err(|mut error| {
        let fault = error.fault_mut();
        fault.provider.clone_from(&provider.name);
        fault.message = without_key(&fault.message, provider);
        error
    })
}

async fn answer(
    client: &Client,
    provider: &Provider,
    request: &Request,
    on_delta: &mut (dyn FnMut(Delta) + Send),
) -> Result<Heard, ModelError> {
    let (protocol, limits) = (provider.known.protocol, &provider.limits);
    let sent = send(post(client, provider, request)?);
    let response = if request.stream {
        timeout(limits.first_byte, sent).await.unwrap_or_else(|_| {
            let limit = limits.first_byte.as_secs_f64();
            let message = format!("no answer began within {limit} s");
            Err(charged(ModelError::retry(None, message)))
        })?
    } else {
        sent.await?
    };
    let status = response.status();
    let request_id = request_id(response.headers());
    let used_up = used_up(response.headers());
    let named = |mut error: ModelError| {
        let fault = error.fault_mut();
        fault.status = fault.status.or(Some(status.as_u16()));
        fault.request_id.clone_from(&request_id);
        error
    };
    if !status.is_success() {
        return Err(named(failed(response, provider, status).await));
    }
    let kind = content_type(response.headers());
    let completion = match kind.as_str() {
        // Nothing was asked for in a compressed form, whose size is not known before it is read.
        _ if response.headers().contains_key(CONTENT_ENCODING) => Err(ModelError::retry(
            None,
            "the answer is compressed, which was not asked for",
        )),
        "text/event-stream" if request.stream => {
            streamed(response, limits, protocol.stream(), on_delta).await
        }
        // Some servers that follow the protocol do not stream what they are asked to.
        "application/json" => whole(response, limits).await.and_then(|text| {
            let completion = beside_others(text.len(), || {
                let body = serde_json::from_slice(&text).map_err(|error| {
                    ModelError::retry(None, format!("the answer is not JSON: {error}"))
                })?;
                protocol.response(&body)
            })?;
            if !completion.text.is_empty() {
                on_delta(Delta::Text(completion.text.clone()));
            }
            Ok(completion)
        }),
        _ => Err(ModelError::retry(
            None,
            format!("the answer is `{kind}`, not of the protocol"),
        )),
    };
    let mut completion = completion.map_err(|error| charged(named(error)))?;
    completion.request_id = request_id;
    completion.provider.clone_from(&provider.name);
    Ok(Heard {
        completion,
        used_up,
    })
}

/// The provider has worked on it, whatever came of it.
fn charged(mut error: ModelError) -> ModelError {
    error.fault_mut().charged = true;
    error
}

fn post(
    client: &Client,
    provider: &Provider,
    request: &Request,
) -> Result<RequestBuilder, ModelError> {
    let known = provider.known;
    let mut post = client
        .post(format!("{}{}", provider.base_url, known.protocol.path()))
        .header(
            ACCEPT,
            if request.stream {
                "text/event-stream"
            } else {
                "application/json"
            },
        )
        .json(&known.protocol.request(request));
    for (name, value) in known.headers {
        post = post.header(*name, *value);
    }
    match &provider.key {
        Some(key) => Ok(match known.key_header {
            KeyHeader::Bearer => post.bearer_auth(key.expose_secret()),
            KeyHeader::Named(name) => post.header(name, key.expose_secret()),
        }),
        None if known.open => Ok(post),
        None => Err(ModelError::give_up(
            Cause::Key,
            None,
            format!(
                "no key is set; it is usually in the variable {}",
                known.key_variable
            ),
        )),
    }
}

async fn send(post: RequestBuilder) -> Result<Response, ModelError> {
    post.send().await.map_err(|error| {
        let (unsent, unusable) = (error.is_connect(), error.is_builder());
        let words = words(error);
        match (unsent, unusable) {
            (_, true) => ModelError::give_up(Cause::Config, None, words),
            (true, _) => ModelError::retry(None, words),
            (false, false) => charged(ModelError::retry(None, words)),
        }
    })
}

async fn failed(response: Response, provider: &Provider, status: StatusCode) -> ModelError {
    let wait = retry_after(response.headers()).or_else(|| used_up(response.headers()));
    let mut text = Vec::new();
    let silence = provider.limits.between_bytes;
    let mut chunks = pin!(chunks(response, silence, MAX_ERROR));
    while let Some(Ok(chunk)) = chunks.next().await {
        text.extend_from_slice(&chunk);
    }
    let body: Value = serde_json::from_slice(&text).unwrap_or(Value::Null);
    let mut complaint = provider.known.protocol.failure(&body);
    if complaint.message.is_empty() && !body.is_object() {
        complaint.message = String::from_utf8_lossy(&text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
    }
    complaint.message = complaint.message.chars().take(MAX_WORDS).collect();
    judge(status.as_u16(), complaint, wait)
}

async fn whole(response: Response, limits: &Limits) -> Result<Vec<u8>, ModelError> {
    let mut text = Vec::new();
    let mut chunks = pin!(chunks(response, limits.between_bytes, limits.max_bytes));
    while let Some(chunk) = chunks.next().await {
        text.extend_from_slice(&chunk.map_err(|cause| broken(&cause))?);
    }
    Ok(text)
}

/// Understands so many bytes. What is long has this thread to itself, and another hears the other calls.
fn beside_others<T>(bytes: usize, understand: impl FnOnce() -> T) -> T {
    let has_others = Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
    if bytes > LONG && has_others {
        block_in_place(understand)
    } else {
        understand()
    }
}

async fn streamed(
    response: Response,
    limits: &Limits,
    mut accumulator: Box<dyn Accumulator>,
    on_delta: &mut (dyn FnMut(Delta) + Send),
) -> Result<Completion, ModelError> {
    let chunks = chunks(response, limits.between_bytes, limits.max_bytes);
    let mut events = pin!(SseByteStream::new(Box::pin(chunks)));
    while let Some(event) = events.next().await {
        let event = event.map_err(|error| {
            if let sse_stream::Error::Body(source) = &error
                && let Some(cause) = source.downcast_ref::<Broken>()
            {
                return broken(cause);
            }
            ModelError::retry(None, error.to_string())
        })?;
        let Some(data) = event.data else { continue };
        let kind = event.event.as_deref().unwrap_or_default();
        if let Some(delta) = beside_others(data.len(), || accumulator.event(kind, &data))? {
            on_delta(delta);
        }
        if accumulator.is_done() {
            break;
        }
    }
    accumulator.finish()
}

/// Why a body could not be read to its end.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the answer stopped for {} s", .0.as_secs_f64())]
    Silent(Duration),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the connection broke: {0}")]
    Cut(String),
}

fn broken(cause: &Broken) -> ModelError {
    match cause {
        Broken::TooLarge(_) => ModelError::give_up(Cause::Answer, None, cause.to_string()),
        Broken::Silent(_) | Broken::Cut(_) => ModelError::retry(None, cause.to_string()),
    }
}

/// The body in pieces, each within `silence` of the one before, `max` bytes in all.
fn chunks(
    response: Response,
    silence: Duration,
    max: usize,
) -> impl Stream<Item = Result<axum::body::Bytes, Broken>> {
    futures_util::stream::unfold(Some((response, max)), move |state| async move {
        let (mut response, left) = state?;
        match timeout(silence, response.chunk()).await {
            Err(_) => Some((Err(Broken::Silent(silence)), None)),
            Ok(Err(error)) => Some((Err(Broken::Cut(words(error))), None)),
            Ok(Ok(None)) => None,
            Ok(Ok(Some(chunk))) => match left.checked_sub(chunk.len()) {
                Some(left) => Some((Ok(chunk), Some((response, left)))),
                None => Some((Err(Broken::TooLarge(max)), None)),
            },
        }
    })
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase()
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let value = headers
        .get("request-id")
        .or_else(|| headers.get("x-request-id"))?;
    value.to_str().ok().map(|id| id.chars().take(100).collect())
}

/// An error and its causes in one line, without the address: a base URL can hold a secret.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    words
}

/// A provider may repeat the key, whole or in part, in its complaint about it.
fn without_key(message: &str, provider: &Provider) -> String {
    let message = match &provider.key {
        Some(key) if !key.expose_secret().is_empty() => {
            message.replace(key.expose_secret(), "[key]")
        }
        Some(_) | None => message.to_owned(),
    };
    message
        .split(' ')
        .map(|word| {
            if word.starts_with("sk-") {
                "[key]"
            } else {
                word
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

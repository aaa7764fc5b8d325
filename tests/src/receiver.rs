//! A receiver of webhooks on this machine: it remembers what it was told, and whether it was signed.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::served::Served;

/// What the receiver knows of its sender.
pub const SECRET: &str = "whsec_c2hhcmVkIGJldHdlZW4gdGhlIHR3bw==";
const KEY: &[u8] = b"shared between the two";

/// A post that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// `webhook-id`
    pub id: String,
    /// Whether the signature is that of id, timestamp and body.
    pub signed: bool,
    /// The JSON of the body.
    pub body: Value,
    /// What was answered.
    pub status: u16,
}

/// A receiver that runs until it is dropped.
#[derive(Debug)]
pub struct Receiver {
    state: Arc<Inner>,
    address: String,
    _server: Served,
}

#[derive(Debug, Default)]
struct Inner {
    told: Mutex<Vec<Told>>,
    answers: Mutex<VecDeque<u16>>,
}

impl Receiver {
    /// Starts a receiver that gives these answers in turn, and then 204.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(answers: &[u16]) -> io::Result<Self> {
        let state = Arc::new(Inner {
            answers: Mutex::new(answers.iter().copied().collect()),
            ..Inner::default()
        });
        let app = Router::new()
            .fallback(any(received))
            .with_state(Arc::clone(&state));
        let server = Served::http(app).await?;
        Ok(Self {
            state,
            address: format!("http://{}/hook", server.address()),
            _server: server,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.address
    }

    /// Everything that it was told.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        let told = self.state.told.lock();
        told.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn received(
    State(receiver): State<Arc<Inner>>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let answers = receiver.answers.lock();
    let next = answers.unwrap_or_else(PoisonError::into_inner).pop_front();
    let status = next.unwrap_or(204);
    let id = header("webhook-id");
    let content = format!("{id}.{}.{body}", header("webhook-timestamp"));
    let told = Told {
        signed: is_signed(&header("webhook-signature"), &content),
        body: serde_json::from_str(&body).unwrap_or_default(),
        id,
        status,
    };
    let all = receiver.told.lock();
    all.unwrap_or_else(PoisonError::into_inner).push(told);
    StatusCode::from_u16(status).unwrap_or(StatusCode::NO_CONTENT)
}

/// Whether one of the signatures is ours, compared in constant time.
fn is_signed(signatures: &str, content: &str) -> bool {
    let mut signatures = signatures.split(' ');
    signatures.any(|signature| {
        let tag = signature
            .strip_prefix("v1,")
            .and_then(|tag| STANDARD.decode(tag).ok());
        let mac = Hmac::<Sha256>::new_from_slice(KEY);
        match (tag, mac) {
            (Some(tag), Ok(mac)) => mac.chain_update(content).verify_slice(&tag).is_ok(),
            _ => false,
        }
    })
}

//! The endpoint of `http` tools on this machine: it counts what it was asked to do.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::any;
use axum::{Json, Router};
use serde_json::Value;

use crate::served::Served;

type Answer = Box<dyn Fn(&Value) -> Value + Send + Sync>;

/// An endpoint that runs until it is dropped.
pub struct Endpoint {
    state: Arc<Inner>,
    address: String,
    _server: Served,
}

struct Inner {
    calls: Mutex<BTreeMap<String, u32>>,
    answer: Answer,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Starts an endpoint on a free port that answers a request's body with `answer`.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(
        answer: impl Fn(&Value) -> Value + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let state = Arc::new(Inner {
            calls: Mutex::default(),
            answer: Box::new(answer),
        });
        let app = Router::new()
            .fallback(any(called))
            .with_state(Arc::clone(&state));
        let server = Served::http(app).await?;
        Ok(Self {
            state,
            address: format!("http://{}/", server.address()),
            _server: server,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.address
    }

    /// How often each `Idempotency-Key` was seen. A call without one is counted under no name.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u32> {
        self.state
            .calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn called(
    State(endpoint): State<Arc<Inner>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Json<Value> {
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .unwrap_or_default();
    *endpoint
        .calls
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(key.to_owned())
        .or_default() += 1;
    Json((endpoint.answer)(&body))
}

//! Amazon SES on this machine: it speaks the wire format of `SendEmail` (version 2), keeps what it
//! is given and fails as it is told.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::served::Served;

/// What SES does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Takes the mail.
    None,
    /// Refuses it, with a status and the name of an exception.
    Refuse(u16, &'static str),
    /// Takes it, and never answers.
    TakeAndHang,
    /// Takes it, and says so when it is told to.
    TakeAndWait,
    /// Takes it, and says that it failed within.
    TakeAndGarble,
}

/// A stub that runs until it is dropped.
#[derive(Debug)]
pub struct Ses {
    state: Arc<Mutex<Inner>>,
    said: Arc<Semaphore>,
    url: String,
    _server: Served,
}

#[derive(Debug, Default)]
struct Inner {
    script: VecDeque<Fault>,
    taken: Vec<Value>,
    calls: usize,
}

impl Ses {
    /// Starts a stub on a free port. What the script does not say, it takes.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(script: &[Fault]) -> io::Result<Self> {
        Self::behind(TcpListener::bind("127.0.0.1:0").await?, script)
    }

    /// Starts a stub behind this listener.
    ///
    /// # Errors
    /// It has no address.
    pub fn behind(listener: TcpListener, script: &[Fault]) -> io::Result<Self> {
        let state = Arc::new(Mutex::new(Inner {
            script: script.iter().copied().collect(),
            ..Inner::default()
        }));
        let said = Arc::new(Semaphore::new(0));
        let app = Router::new()
            .route("/v2/email/outbound-emails", post(send))
            .with_state((Arc::clone(&state), Arc::clone(&said)));
        let server = Served::behind(listener, |listener| async move {
            // Ends with the test; an error then has nobody to hear it.
            let _ended = axum::serve(listener, app).await;
        })?;
        Ok(Self {
            state,
            said,
            url: format!("http://{}", server.address()),
            _server: server,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The calls whose mail it took, as they came: `FromEmailAddress`, `Content`, `EmailTags` …
    #[must_use]
    pub fn taken(&self) -> Vec<Value> {
        lock(&self.state).taken.clone()
    }

    /// Lets it say of one mail that it took it.
    pub fn say(&self) {
        self.said.add_permits(1);
    }

    /// How often it was called.
    #[must_use]
    pub fn calls(&self) -> usize {
        lock(&self.state).calls
    }
}

/// The id that it gives the mail of this number, from 1.
#[must_use]
pub fn id(number: usize) -> String {
    format!("0100-stub-{number:04}-000000")
}

fn lock(state: &Mutex<Inner>) -> std::sync::MutexGuard<'_, Inner> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

type Shared = (Arc<Mutex<Inner>>, Arc<Semaphore>);

async fn send(State((state, said)): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let signed = headers
        .get("authorization")
        .is_some_and(|it| it.as_bytes().starts_with(b"AWS4-HMAC-SHA256 Credential="));
    let Ok(call) = serde_json::from_slice::<Value>(&body) else {
        return refuse(400, "BadRequestException");
    };
    if !signed {
        return refuse(403, "MissingAuthenticationTokenException");
    }
    let (fault, number) = {
        let mut state = lock(&state);
        state.calls += 1;
        let fault = state.script.pop_front().unwrap_or(Fault::None);
        if !matches!(fault, Fault::Refuse(..)) {
            state.taken.push(call);
        }
        (fault, state.taken.len())
    };
    if fault == Fault::TakeAndWait {
        // It is never closed.
        said.acquire().await.into_iter().for_each(|it| it.forget());
    }
    match fault {
        Fault::None | Fault::TakeAndWait => {
            Json(json!({ "MessageId": id(number) })).into_response()
        }
        Fault::Refuse(status, exception) => refuse(status, exception),
        Fault::TakeAndHang => std::future::pending().await,
        Fault::TakeAndGarble => (StatusCode::OK, "<html>").into_response(),
    }
}

fn refuse(status: u16, exception: &'static str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let body = Json(json!({ "message": format!("stub says {exception}") }));
    (status, [("x-amzn-errortype", exception)], body).into_response()
}

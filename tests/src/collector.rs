//! A collector of OpenTelemetry traces that speaks OTLP over HTTP with protocol buffers, and keeps the
//! spans that it is sent.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use prost::Message as _;

use crate::served::Served;

/// A span as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What took so long.
    pub name: String,
    /// Its id, and that of the span it is part of.
    pub id: Vec<u8>,
    /// Empty when it is part of none.
    pub parent: Vec<u8>,
    /// Its attributes, in words.
    pub attributes: BTreeMap<String, String>,
    /// Everything that it says, attributes and events included, as one text.
    pub whole: String,
}

type Kept = Arc<Mutex<Vec<Span>>>;

/// A collector that runs until it is dropped.
#[derive(Debug)]
pub struct Collector {
    kept: Kept,
    url: String,
    _server: Served,
}

impl Collector {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start() -> io::Result<Self> {
        let kept = Kept::default();
        let app = Router::new()
            .route("/v1/traces", post(take))
            .with_state(Arc::clone(&kept));
        let server = Served::http(app).await?;
        Ok(Self {
            kept,
            url: format!("http://{}/v1/traces", server.address()),
            _server: server,
        })
    }

    /// Where spans are sent.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was sent so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }
}

async fn take(State(kept): State<Kept>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let kind = headers.get("content-type").map(|kind| kind.as_bytes());
    if kind != Some(b"application/x-protobuf") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE;
    }
    let Ok(request) = ExportTraceServiceRequest::decode(body) else {
        return StatusCode::BAD_REQUEST;
    };
    let scopes = request
        .resource_spans
        .into_iter()
        .flat_map(|it| it.scope_spans);
    let spans = scopes.flat_map(|scope| scope.spans).map(|span| Span {
        whole: format!("{span:?}"),
        attributes: span.attributes.iter().map(attribute).collect(),
        name: span.name,
        id: span.span_id,
        parent: span.parent_span_id,
    });
    kept.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .extend(spans);
    StatusCode::OK
}

fn attribute(pair: &KeyValue) -> (String, String) {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    let value = pair.value.as_ref().and_then(|value| value.value.as_ref());
    let words = match value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    (pair.key.clone(), words)
}

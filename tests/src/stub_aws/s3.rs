//! A service that speaks S3, path style, with faults: objects that are missing, refused, cut, late.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{StreamExt as _, stream};

use crate::served::Served;

/// The bucket.
pub const BUCKET: &str = "mails";

/// Objects on one page of a listing.
const PAGE: usize = 2;

/// What is wrong with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nobody may read it.
    Denied,
    /// It is not there yet for so many requests.
    Late(u32),
    /// The connection ends in the middle of it.
    Cut,
    /// The service is out of order.
    Broken,
}

#[derive(Debug)]
struct Object {
    bytes: Vec<u8>,
    fault: Option<Fault>,
}

#[derive(Debug, Default)]
struct Kept {
    objects: Mutex<BTreeMap<String, Object>>,
    asked: Mutex<Vec<String>>,
}

/// The service, until it is dropped.
#[derive(Debug)]
pub struct S3 {
    kept: Arc<Kept>,
    address: String,
    _server: Served,
}

impl S3 {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start() -> io::Result<Self> {
        let kept = Arc::new(Kept::default());
        let app = Router::new()
            .route("/{bucket}", get(list))
            .route("/{bucket}/", get(list))
            .route("/{bucket}/{*key}", get(object))
            .with_state(Arc::clone(&kept));
        let server = Served::http(app).await?;
        Ok(Self {
            kept,
            address: format!("http://{}", server.address()),
            _server: server,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.address
    }

    /// Leaves an object, which may have a fault.
    pub fn put(&self, key: &str, bytes: &[u8], fault: Option<Fault>) {
        let mut objects = self
            .kept
            .objects
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let bytes = bytes.to_vec();
        objects.insert(key.to_owned(), Object { bytes, fault });
    }

    /// The objects that were asked for, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.kept
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn failed(status: StatusCode, code: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>as the test wants it</Message></Error>"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

async fn object(State(kept): State<Arc<Kept>>, Path((_, key)): Path<(String, String)>) -> Response {
    kept.asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(key.clone());
    let mut objects = kept.objects.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(Object { bytes, fault }) = objects.get_mut(&key) else {
        return failed(StatusCode::NOT_FOUND, "NoSuchKey");
    };
    match fault {
        Some(Fault::Denied) => failed(StatusCode::FORBIDDEN, "AccessDenied"),
        Some(Fault::Broken) => failed(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
        Some(Fault::Late(left)) if *left > 0 => {
            *left -= 1;
            failed(StatusCode::NOT_FOUND, "NoSuchKey")
        }
        Some(Fault::Cut) => {
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default().to_vec();
            // The first half is on its way before the end comes.
            let end = async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(io::Error::other("cut"))
            };
            let ended = stream::iter([Ok(half)]).chain(stream::once(end));
            let length = [(header::CONTENT_LENGTH, bytes.len())];
            (length, Body::from_stream(ended)).into_response()
        }
        Some(Fault::Late(_)) | None => bytes.clone().into_response(),
    }
}

async fn list(
    State(kept): State<Arc<Kept>>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let prefix = asked.get("prefix").map_or("", String::as_str);
    let after = asked.get("continuation-token").map_or("", String::as_str);
    let objects = kept.objects.lock().unwrap_or_else(PoisonError::into_inner);
    let mut keys = objects
        .keys()
        .filter(|key| key.starts_with(prefix) && key.as_str() > after);
    let page: Vec<_> = keys.by_ref().take(PAGE).collect();
    let more = keys.next().is_some();
    let mut body = format!(
        "<?xml version=\"1.0\"?><ListBucketResult><Name>{BUCKET}</Name><Prefix>{prefix}</Prefix><KeyCount>{}</KeyCount><IsTruncated>{more}</IsTruncated>",
        page.len()
    );
    for key in &page {
        let _ = write!(
            body,
            "<Contents><Key>{key}</Key><LastModified>2026-03-01T09:00:00.000Z</LastModified><Size>1</Size></Contents>"
        );
    }
    if let (true, Some(last)) = (more, page.last()) {
        let _ = write!(
            body,
            "<NextContinuationToken>{last}</NextContinuationToken>"
        );
    }
    body.push_str("</ListBucketResult>");
    ([(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

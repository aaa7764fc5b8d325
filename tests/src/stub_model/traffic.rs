//! What passed through a stub: counted, so that nothing has to be kept.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use serde_json::Value;

/// The calls of a stub so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Calls that came.
    pub calls: usize,
    /// Calls whose request had come before, to the byte: they were paid for twice.
    pub repeated: usize,
    /// Calls that are being answered: to the last byte that was given to the connection.
    pub in_flight: usize,
    /// The most that were answered at once.
    pub most_in_flight: usize,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Counter(Arc<Mutex<Counted>>);

#[derive(Debug, Default)]
struct Counted {
    traffic: Traffic,
    asked: HashMap<u64, u32>,
}

/// A call that is being answered; dropped when it is, or when its caller went away.
pub(super) struct InFlight(Counter);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.with(|counted| counted.traffic.in_flight -= 1);
    }
}

impl InFlight {
    /// The answer, until which the call is in flight.
    pub(super) fn until(self, answer: Response) -> Response {
        answer.map(|body| Body::new(Counting { body, _call: self }))
    }
}

/// The body of an answer; dropped when all of it was taken, or nobody takes it any more.
struct Counting {
    body: Body,
    _call: InFlight,
}

impl HttpBody for Counting {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Counter {
    pub(super) fn begins(&self, body: &Value) -> InFlight {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        self.with(|counted| {
            let times = counted.asked.entry(hasher.finish()).or_default();
            *times += 1;
            let traffic = &mut counted.traffic;
            traffic.repeated += usize::from(*times > 1);
            traffic.calls += 1;
            traffic.in_flight += 1;
            traffic.most_in_flight = traffic.most_in_flight.max(traffic.in_flight);
        });
        InFlight(self.clone())
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.with(|counted| counted.traffic)
    }

    fn with<T>(&self, look: impl FnOnce(&mut Counted) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

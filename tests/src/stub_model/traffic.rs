//! What passed through a stub: counted, so that nothing has to be kept.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// The calls of a stub so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Calls that came.
    pub calls: usize,
    /// Calls whose request had come before, to the byte: they were paid for twice.
    pub repeated: usize,
    /// Calls that are being answered.
    pub in_flight: usize,
    /// The most that were answered at once.
    pub most_in_flight: usize,
}

#[derive(Debug, Default)]
pub(super) struct Counter(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    traffic: Traffic,
    asked: HashMap<u64, u32>,
}

/// A call that is being answered; dropped when it is, or when its caller went away.
pub(super) struct InFlight<'a>(&'a Counter);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.with(|counted| counted.traffic.in_flight -= 1);
    }
}

impl Counter {
    pub(super) fn begins(&self, body: &Value) -> InFlight<'_> {
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
        InFlight(self)
    }

    pub(super) fn traffic(&self) -> Traffic {
        self.with(|counted| counted.traffic)
    }

    fn with<T>(&self, look: impl FnOnce(&mut Counted) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

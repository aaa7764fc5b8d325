//! Doors: how many attempts are at one place outside at a time. A mail server that hangs has so many of them,
//! and the rest wait before it without a slot, so that it holds up nobody who has nothing to do with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

/// Behind one door.
pub(super) const AT_ONCE: usize = 64;

/// The doors of a worker, by place. Clones are the same doors.
#[derive(Debug, Clone, Default)]
pub(super) struct Doors(Arc<Mutex<BTreeMap<String, Arc<Semaphore>>>>);

impl Doors {
    /// The door of a place.
    pub(super) fn to(&self, place: &str) -> Arc<Semaphore> {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(door) = doors.get(place) {
            return door.clone();
        }
        let door = Arc::new(Semaphore::new(AT_ONCE));
        doors.insert(place.to_owned(), door.clone());
        door
    }
}

//! Waiting for something to become true, with a deadline and no sleep that a test depends on.

use std::time::{Duration, Instant};

/// How long anything may take here. It bounds a broken test; a good one never gets near it.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Looks every few milliseconds until `look` gives something.
///
/// # Panics
/// When the deadline passes; the message says what was waited for.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(4));
    }
}

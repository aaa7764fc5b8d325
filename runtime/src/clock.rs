//! What time it is. Tests move it; nothing else in the runtime asks the system.
//!
//! Times are milliseconds since 1970 in UTC, as an `i64`, everywhere: in the store, in bundles and
//! in memory. Zones and calendars belong to whoever shows a time to a person.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that is cheap to clone; the clones of one clock agree.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `ms` until it is advanced.
    pub fn fixed(ms: i64) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(ms))))
    }

    /// The time now, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::System => system_ms(),
            Source::Fixed(ms) => ms.load(Ordering::SeqCst),
        }
    }

    /// Whether it stands still, and is the only time there is.
    pub fn is_fixed(&self) -> bool {
        matches!(self.0, Source::Fixed(_))
    }

    /// Moves a fixed clock on by `ms`. The system's clock does not move for us.
    pub fn advance(&self, ms: i64) {
        match &self.0 {
            Source::System => {}
            Source::Fixed(now) => {
                now.fetch_add(ms, Ordering::SeqCst);
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the system"
)]
fn system_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// An instant in RFC 3339, UTC.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn clones_of_a_fixed_clock_move_together() {
        let clock = Clock::fixed(1_000);
        let other = clock.clone();
        clock.advance(500);
        assert_eq!(other.now_ms(), 1_500);
    }

    #[test]
    fn the_system_clock_is_in_this_century_and_does_not_move_for_us() {
        let clock = Clock::system();
        clock.advance(i64::MAX / 2);
        let year_2020 = 1_577_836_800_000;
        let year_2100 = 4_102_444_800_000;
        assert!((year_2020..year_2100).contains(&clock.now_ms()));
    }
}

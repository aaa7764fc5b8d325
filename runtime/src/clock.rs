//! What time it is. Tests move it; nothing else in the runtime asks the system.
//!
//! Times are milliseconds since 1970 in UTC, as an `i64`, everywhere: in the store, in bundles and
//! in memory. Zones and calendars belong to whoever shows a time to a person.
//!
//! Nodes of one server take its time for theirs, so that what one writes is neither old nor to come for
//! another. How long something takes does not go by the time of day, which may be set meanwhile.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

/// A clock that is cheap to clone; the clones of one clock agree.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    /// The system's, and by how much that of the others is ahead of it.
    System(Arc<AtomicI64>),
    Fixed(Arc<AtomicI64>),
}

/// What takes a while: when it began, and how long it has taken.
#[derive(Debug, Clone)]
pub struct Begun {
    /// When it began.
    pub at: i64,
    clock: Clock,
    passed_ms: i64,
}

impl Begun {
    /// How long it has taken, in milliseconds.
    #[must_use]
    pub fn took_ms(&self) -> i64 {
        self.clock.passed_ms() - self.passed_ms
    }

    /// When it ends, if that is now.
    #[must_use]
    pub fn ends_at(&self) -> i64 {
        self.at + self.took_ms()
    }
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Source::System(Arc::default()))
    }

    /// A clock that stands still at `ms` until it is advanced.
    pub fn fixed(ms: i64) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(ms))))
    }

    /// The time now, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::System(ahead) => system_ms() + ahead.load(Ordering::Relaxed),
            Source::Fixed(ms) => ms.load(Ordering::SeqCst),
        }
    }

    /// Takes `now` for the time, as a server says it that others go by too. A fixed clock does not.
    pub fn agree(&self, now: i64) {
        if let Source::System(ahead) = &self.0 {
            ahead.store(now - system_ms(), Ordering::Relaxed);
        }
    }

    /// Milliseconds that pass whatever the time of day is set to: only their differences mean something.
    pub fn passed_ms(&self) -> i64 {
        match &self.0 {
            Source::System(_) => passed_ms(),
            Source::Fixed(ms) => ms.load(Ordering::SeqCst),
        }
    }

    /// Begins to measure what takes a while.
    pub fn begin(&self) -> Begun {
        Begun {
            at: self.now_ms(),
            clock: self.clone(),
            passed_ms: self.passed_ms(),
        }
    }

    /// Whether it stands still, and is the only time there is.
    pub fn is_fixed(&self) -> bool {
        matches!(self.0, Source::Fixed(_))
    }

    /// Moves a fixed clock on by `ms`. The system's clock does not move for us.
    pub fn advance(&self, ms: i64) {
        match &self.0 {
            Source::System(_) => {}
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
    jiff::Timestamp::now().as_millisecond() + crate::fault::clock_ms()
}

fn passed_ms() -> i64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    i64::try_from(START.elapsed().as_millis()).unwrap_or(i64::MAX)
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
    #[test]
    fn the_system_clock_agrees_with_others_and_what_takes_a_while_takes_no_longer_for_it() {
        let (clock, hour) = (Clock::system(), 3_600_000);
        let begun = clock.begin();
        let other = clock.clone();
        clock.agree(begun.at + hour);
        assert!(other.now_ms() >= begun.at + hour);
        assert!((0..hour / 2).contains(&begun.took_ms()));
        assert!(begun.ends_at() < begun.at + hour / 2);
    }
}

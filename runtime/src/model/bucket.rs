//! A token bucket: so many a minute, and no more than a minute's worth at once.

use std::time::Duration;

/// A bucket that fills by the minute. Times are milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    most: f64,
    left: f64,
    at: i64,
}

impl Bucket {
    /// A full bucket of `most`, which is also what comes in a minute.
    #[expect(clippy::cast_precision_loss, reason = "no limit is so large")]
    pub(super) fn per_minute(most: u64) -> Self {
        let most = most.max(1) as f64;
        Self {
            most,
            left: most,
            at: i64::MIN,
        }
    }

    /// How long to wait until `amount` is there. What is more than the bucket holds is there when
    /// it is full, and owed afterwards: it would never be.
    #[expect(clippy::cast_precision_loss, reason = "no limit is so large")]
    pub(super) fn wait_for(&mut self, amount: u64, now: i64) -> Option<Duration> {
        if self.at != i64::MIN {
            let passed = now.saturating_sub(self.at).max(0) as f64;
            self.left = (self.left + self.most * passed / 60_000.0).min(self.most);
        }
        self.at = now;
        let lacking = (amount as f64).min(self.most) - self.left;
        let wait = (lacking * 60_000.0 / self.most).ceil();
        (lacking > 0.0).then(|| Duration::from_secs_f64(wait / 1000.0))
    }

    /// Takes `amount`, which is there.
    #[expect(clippy::cast_precision_loss, reason = "no limit is so large")]
    pub(super) fn take(&mut self, amount: u64) {
        self.left -= amount as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_take(bucket: &mut Bucket, amount: u64, now: i64, wait: Option<u64>) {
        let found = bucket.wait_for(amount, now);
        assert_eq!(found, wait.map(Duration::from_secs));
        if found.is_none() {
            bucket.take(amount);
        }
    }

    #[test]
    fn it_gives_a_minutes_worth_and_then_says_how_long_to_wait() {
        let mut bucket = Bucket::per_minute(60);
        check_take(&mut bucket, 60, 0, None);
        check_take(&mut bucket, 1, 0, Some(1));
        check_take(&mut bucket, 1, 1_000, None);
        check_take(&mut bucket, 2, 1_000, Some(2));
    }

    #[test]
    fn what_it_never_holds_waits_for_a_full_one_and_is_owed() {
        let mut bucket = Bucket::per_minute(60);
        check_take(&mut bucket, 180, 0, None);
        check_take(&mut bucket, 60, 60_000, Some(120));
        check_take(&mut bucket, 60, 180_000, None);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_and_takes_nothing() {
        let mut bucket = Bucket::per_minute(60);
        check_take(&mut bucket, 30, 10_000, None);
        check_take(&mut bucket, 30, 0, None);
        check_take(&mut bucket, 1, 0, Some(1));
    }
}

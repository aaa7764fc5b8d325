//! How long to wait after a failed attempt.

use std::time::Duration;

use super::millis;

/// Doubles from `base` up to `cap`. The wait is drawn between nothing and that (full jitter), so
/// that jobs which failed together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait after the first attempt.
    pub base: Duration,
    /// The longest wait after any.
    pub cap: Duration,
}

impl Backoff {
    /// The wait after `attempt` (from 1), in milliseconds; `draw` is in 0..1.
    pub fn wait_ms(self, attempt: i64, draw: f64) -> i64 {
        let doublings = u32::try_from(attempt.clamp(1, 32) - 1).unwrap_or(0);
        let longest = self.base.saturating_mul(1 << doublings).min(self.cap);
        millis(longest.mul_f64(draw.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        base: Duration::from_secs(2),
        cap: Duration::from_secs(60),
    };

    #[test]
    fn the_longest_wait_doubles_up_to_the_cap() {
        let longest: Vec<i64> = (1..8)
            .map(|attempt| BACKOFF.wait_ms(attempt, 1.0))
            .collect();
        assert_eq!(
            longest,
            [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]
        );
    }

    #[test]
    fn the_draw_chooses_between_nothing_and_the_longest() {
        assert_eq!(BACKOFF.wait_ms(3, 0.0), 0);
        assert_eq!(BACKOFF.wait_ms(3, 0.5), 4_000);
    }

    #[test]
    fn absurd_attempts_wait_for_the_cap() {
        assert_eq!(BACKOFF.wait_ms(i64::MAX, 1.0), 60_000);
        assert_eq!(BACKOFF.wait_ms(-1, 1.0), 2_000);
    }
}

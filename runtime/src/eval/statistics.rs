//! How sure a rate is that was seen in a few runs.
//!
//! The interval is Wilson's score interval (E. B. Wilson, 1927), in the form that R. G. Newcombe
//! compares in "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
//! (1998). It keeps inside 0 and 1, and says something about 0 of 10 and 10 of 10 as well. Near the ends
//! it is a little too narrow in few runs, so whether a bound is surely missed is decided exactly, by the
//! tail of the binomial distribution, as C. J. Clopper and E. S. Pearson (1934) bound a rate.

/// The quantile of the normal distribution for 95 in 100.
const Z: f64 = 1.959_963_984_540_054;

/// How seldom a rate at its bound may look as bad for it to be surely missed: one side of 95 in 100.
const TAIL: f64 = 0.025;

/// How often something held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// Runs in which it held.
    pub held: u32,
    /// Runs in which it could.
    pub of: u32,
}

/// What a rate says about the bound that it is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// What was seen is at the bound or above.
    Held,
    /// Below, but a rate at the bound would often look like this: more runs would tell.
    Unsure,
    /// A rate at the bound looks like this in one of forty cases at most.
    Below,
}

impl Rate {
    /// Counts one more run.
    pub fn count(&mut self, held: bool) {
        self.held += u32::from(held);
        self.of += 1;
    }

    /// The share that was seen; 0 of 0 is none.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| f64::from(self.held) / f64::from(self.of))
    }

    /// Between what bounds the true share lies, at a confidence of 95 in 100.
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        let Some(share) = self.share() else {
            return (0.0, 1.0);
        };
        let n = f64::from(self.of);
        let z2 = Z * Z;
        let middle = share + z2 / (2.0 * n);
        let spread = Z * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
        let whole = 1.0 + z2 / n;
        // Where nothing or all was seen the bound is exact, and rounding would miss it.
        let low = if self.held == 0 {
            0.0
        } else {
            (middle - spread) / whole
        };
        let high = if self.held == self.of {
            1.0
        } else {
            (middle + spread) / whole
        };
        (low.max(0.0), high.min(1.0))
    }

    /// What it says about a bound between 0 and 1.
    #[must_use]
    pub fn against(self, bound: f64) -> Against {
        match self.share() {
            Some(share) if share >= bound => Against::Held,
            Some(_) if self.tail(bound) <= TAIL => Against::Below,
            Some(_) | None => Against::Unsure,
        }
    }

    /// How often so few or fewer hold when the true share is this one.
    fn tail(self, share: f64) -> f64 {
        if share >= 1.0 {
            return if self.held < self.of { 0.0 } else { 1.0 };
        }
        // In logarithms: the first weights of many runs are too small for a number.
        let odds = (share / (1.0 - share)).ln();
        let mut weight = f64::from(self.of) * (1.0 - share).ln();
        let mut sum = weight.exp();
        for held in 0..self.held {
            weight += (f64::from(self.of - held) / f64::from(held + 1)).ln() + odds;
            sum += weight.exp();
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(held: u32, of: u32, low: f64, high: f64) {
        let (is_low, is_high) = Rate { held, of }.interval();
        assert!((is_low - low).abs() < 0.000_05, "{held}/{of}: {is_low}");
        assert!((is_high - high).abs() < 0.000_05, "{held}/{of}: {is_high}");
    }

    #[test]
    fn intervals_are_those_of_newcombe_s_table() {
        check(81, 263, 0.2553, 0.3662);
        check(15, 148, 0.0624, 0.1605);
        check(0, 20, 0.0, 0.1611);
        check(1, 29, 0.0061, 0.1718);
    }

    #[test]
    fn all_and_nothing_are_bounds_themselves() {
        check(10, 10, 0.7225, 1.0);
        check(0, 0, 0.0, 1.0);
        check(1, 1, 0.2065, 1.0);
    }

    #[test]
    fn the_true_share_is_inside_as_often_as_promised() {
        // Exact coverage: the weight of all outcomes whose interval holds the true share.
        for (n, share) in [(20_u32, 0.5), (40, 0.9), (30, 0.95)] {
            let mut weight = (1.0_f64 - share).powi(i32::try_from(n).unwrap());
            let mut covered = 0.0;
            for held in 0..=n {
                let (low, high) = Rate { held, of: n }.interval();
                if low <= share && share <= high {
                    covered += weight;
                }
                weight *= f64::from(n - held) / f64::from(held + 1) * share / (1.0 - share);
            }
            assert!(covered > 0.92, "{n} {share}: {covered}");
        }
    }

    #[test]
    fn a_bound_is_surely_missed_only_when_chance_is_no_excuse() {
        let against = |held, of| Rate { held, of }.against(0.95);
        assert_eq!(against(20, 20), Against::Held);
        assert_eq!(against(19, 20), Against::Held);
        assert_eq!(against(18, 20), Against::Unsure);
        assert_eq!(against(14, 20), Against::Below);
        assert_eq!(against(0, 0), Against::Unsure);
        // Of three runs nothing sure can be said about 95 in 100 but the worst.
        assert_eq!(against(2, 3), Against::Unsure);
        assert_eq!(against(0, 3), Against::Below);
        assert_eq!(against(9_465, 10_000), Against::Unsure);
        assert_eq!(against(9_400, 10_000), Against::Below);
        // Always is missed by one.
        assert_eq!(Rate { held: 9, of: 10 }.against(1.0), Against::Below);
    }

    #[test]
    fn the_tail_is_that_of_the_binomial_distribution() {
        let tail = |held, of, share| Rate { held, of }.tail(share);
        assert!((tail(0, 4, 0.6) - 0.0256).abs() < 1e-12);
        assert!((tail(1, 3, 0.5) - 0.5).abs() < 1e-12);
        assert!((tail(18, 20, 0.95) - 0.264_160_5).abs() < 1e-6);
        assert!((tail(20, 20, 0.3) - 1.0).abs() < 1e-12);
    }
}

//! Whether a provider, or one model of it, is asked at present: a circuit that a failure opens and
//! a success closes.
//!
//! A circuit is *paused* while its provider asked to be left alone, and *open* while it cannot
//! answer: its account is refused, or it failed several times in a row. When an open circuit is
//! due, one call goes through as a probe; the others wait for what comes of it. Pure: whoever asks
//! says what time it is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Cause;

/// Failures in a row that open a circuit.
const FAILURES: u32 = 5;
/// How soon the others come again while one call probes.
const PROBING: Duration = Duration::from_secs(10);
/// The longest pause that is believed.
const LONGEST_PAUSE_MS: i64 = 60 * 60 * 1000;

/// The state of a circuit, as nodes tell it each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Circuit {
    /// Not asked before this, by the provider's own wish. Milliseconds since 1970, like all times.
    pub paused_until: i64,
    /// Why it is open, if it is.
    pub open: Option<Open>,
    /// When it changed last: of two nodes the later is right.
    pub changed_at: i64,
    /// Failures since the last success.
    #[serde(skip)]
    failures: u32,
}

/// Why a circuit is open, and when it is tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// What must change.
    pub cause: Cause,
    /// The provider's words.
    pub reason: String,
    /// Since when.
    pub since: i64,
    /// When the next call goes through.
    pub probe_at: i64,
    /// Probes that failed.
    pub probes: u32,
    /// Whether a probe is on its way: the others come again soon.
    #[serde(skip)]
    probing: bool,
}

/// Whether a call may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// It may.
    Free,
    /// Not before this has passed: the provider asked for a pause.
    Paused(Duration),
    /// Not before this has passed, for this reason.
    Shut(Duration, Cause, String),
}

impl Circuit {
    /// Whether a call may be made now. Of an open circuit that is due the one who asks becomes the
    /// probe, and has `patience` to come back with an answer.
    pub fn pass(&mut self, now: i64, patience: Duration) -> Passage {
        if self.paused_until > now {
            return Passage::Paused(between(now, self.paused_until));
        }
        match &mut self.open {
            None => Passage::Free,
            Some(open) if open.probe_at <= now => {
                (open.probe_at, open.probing) = (now + millis(patience), true);
                Passage::Free
            }
            Some(open) => {
                let longest = if open.probing { PROBING } else { Duration::MAX };
                let wait = between(now, open.probe_at).min(longest);
                Passage::Shut(wait, open.cause, open.reason.clone())
            }
        }
    }

    /// The provider asks to be left alone. Whether that is news.
    pub fn pause(&mut self, now: i64, wait: Duration) -> bool {
        let until = now + millis(wait).min(LONGEST_PAUSE_MS);
        if until <= self.paused_until {
            return false;
        }
        (self.paused_until, self.changed_at) = (until, now);
        true
    }

    /// A call was answered. Whether that closes the circuit.
    pub fn succeeded(&mut self, now: i64) -> bool {
        self.failures = 0;
        let closes = self.open.take().is_some();
        if closes {
            self.changed_at = now;
        }
        closes
    }

    /// A call failed in a way that may pass. Whether that opens the circuit, or keeps it open.
    pub fn failed(&mut self, now: i64, reason: &str) -> bool {
        self.failures += 1;
        let opens = self.open.is_some() || self.failures >= FAILURES;
        if opens {
            self.break_open(now, Cause::Down, reason);
        }
        opens
    }

    /// A call failed in a way that a person has to mend, or once too often.
    pub fn break_open(&mut self, now: i64, cause: Cause, reason: &str) {
        let (since, probes) = match &self.open {
            Some(open) => (open.since, open.probes + 1),
            None => (now, 0),
        };
        // A provider that is down may be back soon; an account is mended by a person.
        let (first, most) = if cause == Cause::Down {
            (10_000, 120_000)
        } else {
            (30_000, 300_000)
        };
        let wait = (first << probes.min(8)).min(most);
        self.open = Some(Open {
            cause,
            reason: reason.to_owned(),
            since,
            probe_at: now + wait,
            probes,
            probing: false,
        });
        self.changed_at = now;
    }

    /// Takes over what another node found out, if that is newer. Whether it was.
    pub fn learn(&mut self, other: &Self) -> bool {
        if other.changed_at <= self.changed_at {
            return false;
        }
        self.paused_until = other.paused_until;
        self.open.clone_from(&other.open);
        self.changed_at = other.changed_at;
        self.failures = 0;
        true
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

fn between(now: i64, then: i64) -> Duration {
    Duration::from_millis(u64::try_from(then - now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn shut(circuit: &mut Circuit, now: i64) -> bool {
        matches!(circuit.pass(now, PATIENCE), Passage::Shut(..))
    }

    #[test]
    fn some_failures_in_a_row_open_it_and_a_success_between_starts_anew() {
        let mut circuit = Circuit::default();
        for _ in 0..4 {
            assert!(!circuit.failed(0, "busy"));
        }
        assert!(!circuit.succeeded(0));
        for _ in 0..4 {
            assert!(!circuit.failed(0, "busy"));
        }
        assert!(circuit.failed(0, "busy"));
        assert!(shut(&mut circuit, 9_999));
    }

    #[test]
    fn one_call_probes_an_open_circuit_and_its_end_decides() {
        let mut circuit = Circuit::default();
        circuit.break_open(0, Cause::Quota, "no credit");
        assert!(shut(&mut circuit, 29_999));
        assert_eq!(circuit.pass(30_000, PATIENCE), Passage::Free);
        assert!(shut(&mut circuit, 30_000), "only one probes");
        circuit.break_open(31_000, Cause::Quota, "no credit");
        assert!(shut(&mut circuit, 90_999), "the next probe comes later");
        assert_eq!(circuit.pass(91_000, PATIENCE), Passage::Free);
        assert!(circuit.succeeded(92_000));
        assert_eq!(circuit.pass(92_000, PATIENCE), Passage::Free);
        assert_eq!(circuit.pass(92_000, PATIENCE), Passage::Free);
    }

    #[test]
    fn a_probe_that_never_comes_back_does_not_keep_it_shut() {
        let mut circuit = Circuit::default();
        circuit.break_open(0, Cause::Down, "busy");
        assert_eq!(circuit.pass(10_000, PATIENCE), Passage::Free);
        assert!(shut(&mut circuit, 69_999));
        assert_eq!(circuit.pass(70_000, PATIENCE), Passage::Free);
    }

    #[test]
    fn the_longer_of_two_pauses_counts_and_none_is_longer_than_an_hour() {
        let mut circuit = Circuit::default();
        assert!(circuit.pause(0, Duration::from_secs(30)));
        assert!(!circuit.pause(0, Duration::from_secs(10)));
        assert_eq!(
            circuit.pass(10_000, PATIENCE),
            Passage::Paused(Duration::from_secs(20))
        );
        assert!(circuit.pause(0, Duration::MAX));
        assert_eq!(circuit.pass(LONGEST_PAUSE_MS, PATIENCE), Passage::Free);
    }

    #[test]
    fn of_two_nodes_the_later_is_right() {
        let (mut one, mut other) = (Circuit::default(), Circuit::default());
        one.break_open(5, Cause::Key, "wrong key");
        assert!(other.learn(&one));
        assert!(shut(&mut other, 6));
        assert!(!other.learn(&one), "that is known");
        other.succeeded(40_000);
        assert!(one.learn(&other));
        assert_eq!(one.pass(40_000, PATIENCE), Passage::Free);
    }
}

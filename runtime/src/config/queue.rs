//! How jobs are worked.

use serde::Deserialize;

use super::{ConfigError, bounds};

/// How jobs are worked.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// The name of this process among those that share a database; the machine's and the port when
    /// absent.
    pub node: Option<String>,
    /// Jobs that work at a time; one that waits for a model does not work.
    pub workers: usize,
    /// Jobs at a time, those that wait for a model included.
    pub most: usize,
    /// Seconds that a stop waits for running jobs.
    pub drain_s: u64,
    /// Threads of the job runtime.
    pub threads: usize,
    /// How far these threads, and those on which pages calculate, give way to all others of the machine: 0,
    /// not at all, to 19.
    pub nice: u8,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            node: None,
            workers: 64,
            most: 10_000,
            drain_s: 20,
            threads: 2,
            // The least priority would stop all jobs while another program is busy for long.
            nice: 10,
        }
    }
}

impl Queue {
    /// What cannot be meant.
    pub(super) fn problems(&self) -> impl Iterator<Item = ConfigError> {
        let node = self.node.as_ref();
        let found = [
            node.and_then(|node| bounds::filled("queue.node", node)),
            bounds::number("queue.workers", self.workers, 1..=100_000),
            bounds::number("queue.most", self.most, 1..=1_000_000),
            bounds::number("queue.drain_s", self.drain_s, 0..=3_600),
            bounds::number("queue.threads", self.threads, 1..=1_024),
            bounds::number("queue.nice", self.nice, 0..=19),
        ];
        found.into_iter().flatten()
    }
}

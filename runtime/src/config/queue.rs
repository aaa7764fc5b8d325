//! How jobs are worked.

use serde::Deserialize;

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

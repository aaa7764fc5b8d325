//! How jobs are worked.

use serde::Deserialize;

/// How jobs are worked.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// Jobs at a time.
    pub workers: usize,
    /// Seconds that a stop waits for running jobs.
    pub drain_s: u64,
    /// Threads of the job runtime.
    pub threads: usize,
    /// How far these threads give way to all others of the machine: 0, not at all, to 19.
    pub nice: u8,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            workers: 64,
            drain_s: 20,
            threads: 2,
            // The least priority would stop all jobs while another program is busy for long.
            nice: 5,
        }
    }
}

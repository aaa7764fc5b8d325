//! A process that is stopped by SIGSTOP, as by a pause of its whole machine, until it is woken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// A process that sleeps. Dropping it wakes the process.
#[derive(Debug)]
pub struct Asleep {
    pid: Pid,
    woken: Arc<AtomicBool>,
    keeper: Option<JoinHandle<()>>,
}

impl Asleep {
    /// Stops a process, and again whenever something else continues it, as what schedules jobs may do
    /// with all that belong to one.
    #[must_use]
    pub fn now(pid: Pid) -> Self {
        let woken = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&woken);
        let keeper = thread::spawn(move || {
            while !told.load(Ordering::SeqCst) {
                // One that has ended sleeps well.
                let _ = kill_process(pid, Signal::STOP);
                thread::sleep(Duration::from_millis(10));
            }
        });
        Self {
            pid,
            woken,
            keeper: Some(keeper),
        }
    }
}

impl Drop for Asleep {
    fn drop(&mut self) {
        self.woken.store(true, Ordering::SeqCst);
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
        let _ = kill_process(self.pid, Signal::CONT);
    }
}

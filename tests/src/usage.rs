//! What a process has used so far, as the system counts it.

use std::fs;
use std::io;
use std::time::Duration;

/// The system counts processor time in hundredths of a second, whatever its own clock.
const TICK: Duration = Duration::from_millis(10);

/// What a process has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, its own and the system's for it.
    pub cpu: Duration,
    /// Memory that is in use now, KiB.
    pub memory_kib: u64,
    /// The most that ever was, KiB.
    pub most_kib: u64,
}

impl Usage {
    /// Reads it for a process of this machine.
    ///
    /// # Errors
    /// There is no such process, or the system does not tell in the way of Linux.
    pub fn of(pid: u32) -> io::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        let ticks = ticks(&stat).ok_or_else(|| io::Error::other("`stat` is not understood"))?;
        Ok(Self {
            cpu: TICK * ticks,
            memory_kib: kib("VmRSS:").unwrap_or_default(),
            most_kib: kib("VmHWM:").unwrap_or_default(),
        })
    }
}

/// User and system time: fields 14 and 15. The name before them may hold anything but its closing
/// parenthesis is the last.
fn ticks(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_counted_whatever_the_process_is_called() {
        let fields = "S 1 2 3 4 5 6 7 8 9 10 250 50 0 0";
        assert_eq!(ticks(&format!("7 (a) b) c) {fields}")), Some(300));
        assert_eq!(ticks("7 (short) S 1 2"), None);
    }

    #[test]
    fn this_process_uses_something() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.memory_kib > 0 && usage.most_kib >= usage.memory_kib);
    }
}

//! How late the timers of a runtime fire: what tells that something keeps its threads.
//!
//! Code that computes or blocks where it should wait makes every timer of its runtime late, and
//! every request and job with it. The lateness is a metric; much of it is told in the log.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::telemetry::{event, metrics};

/// How often it is looked.
const EVERY: Duration = Duration::from_millis(250);

/// So late nobody overlooks it.
const MUCH: Duration = Duration::from_secs(1);

/// Watches the runtime that it runs on until `stop`.
pub async fn watch(runtime: &'static str, stop: CancellationToken) {
    let lateness = ::metrics::histogram!(metrics::LATENESS, "runtime" => runtime);
    loop {
        let due = Instant::now() + EVERY;
        if stop.run_until_cancelled(sleep(EVERY)).await.is_none() {
            return;
        }
        let late = due.elapsed();
        lateness.record(late);
        if late > MUCH {
            tracing::warn!(
                runtime,
                late_ms = late.as_millis(),
                "{}",
                event::TIMERS_LATE
            );
        }
    }
}

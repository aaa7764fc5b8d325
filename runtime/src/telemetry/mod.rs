//! Every span, event and metric name, and where they go.
//!
//! Spans are things with a duration; events are facts. Both carry fields, ids always, and never a
//! mail's text or a secret. `error` means that a person must act; `warn` that we recovered.

pub mod metrics;
#[cfg(feature = "otel")]
mod traces;

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Names of spans.
pub mod span {
    /// One request of the web edge.
    pub const REQUEST: &str = "request";
    /// One attempt at a job.
    pub const JOB: &str = "job";
    /// One turn of a behaviour.
    pub const TURN: &str = "turn";
    /// One call of a model.
    pub const MODEL_CALL: &str = "model call";
    /// One call of a tool.
    pub const TOOL_CALL: &str = "tool call";
    /// One mail being sent.
    pub const DELIVERY: &str = "delivery";
}

/// Names of events.
pub mod event {
    /// The program has opened its parts and takes work.
    pub const STARTED: &str = "started";
    /// The program was asked to stop and takes no new work.
    pub const DRAINING: &str = "draining";
    /// An attempt ended; the field `outcome` says how.
    pub const JOB_ENDED: &str = "job ended";
    /// Jobs that an earlier process or a lost lease left running were freed.
    pub const JOBS_RESCUED: &str = "jobs rescued";
    /// A worker could not reach the store and will ask again.
    pub const STORE_UNREACHABLE: &str = "store unreachable";
    /// An answer of a model was not written down before it was journaled.
    pub const ANSWER_UNKEPT: &str = "an answer was not written down";
    /// The system has no connection left for the web edge, which will ask again.
    pub const NO_CONNECTION: &str = "no connection accepted";
    /// Something keeps the threads of a runtime: its timers fire late.
    pub const TIMERS_LATE: &str = "timers late";
    /// The way out takes no mail of a sender for now; the fields say until when, its row says why.
    pub const SENDER_PAUSED: &str = "sender paused";
    /// What a clock starts could not be looked after, and will be again.
    pub const DUTY_FAILED: &str = "duty failed";
    /// There is what somebody should look at: `silexd audit` names it.
    pub const DOUBTS: &str = "there are doubts";
    /// Another bundle was taken into use.
    pub const BUNDLE_TAKEN: &str = "bundle taken into use";
    /// Another bundle was refused; the one in use stays.
    pub const BUNDLE_REFUSED: &str = "bundle refused";
    /// Finished jobs were deleted.
    pub const JOBS_PRUNED: &str = "jobs pruned";
}

/// What a filter may look like was not understood, or telemetry was already started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not one.
    #[error("the log filter `{filter}` is not understood: {reason}")]
    Filter {
        /// What was given.
        filter: String,
        /// Why it is not a filter.
        reason: String,
    },
    /// Spans cannot be sent there.
    #[error("`telemetry.otlp`: no spans can be sent to {url}: {reason}")]
    Collector {
        /// Where.
        url: String,
        /// Why not.
        reason: String,
    },
    /// Something in this process already collects events.
    #[error("events are already collected in this process")]
    Started,
}

/// What others tell in detail may hold what they carry: mail, arguments of tools, answers of models.
/// Whoever names them in a filter gets that.
const CARRIERS: &str = "rmcp=info,sqlx=info,hyper=info,hyper_util=info,h2=info,reqwest=info,lettre=info,\
     aws_config=info,aws_smithy_runtime=info,aws_smithy_runtime_api=info,aws_runtime=info,aws_sigv4=info,\
     html2text=info,html5ever=info";

/// A filter of events: `info`, or `warn,silex_runtime::queue=debug`.
///
/// # Errors
/// When it is none.
pub fn filter(text: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::try_new(format!("{CARRIERS},{text}")).map_err(|error| TelemetryError::Filter {
        filter: text.to_owned(),
        reason: error.to_string(),
    })
}

/// Writes events to the standard error stream, as text or as one JSON object a line, sends spans to
/// the collector, if there is one, and begins to count.
///
/// # Errors
/// When the filter is not one, the collector's address is none, or events are collected already.
pub fn init(json: bool, filter: &str, collector: Option<&str>) -> Result<(), TelemetryError> {
    let filter = self::filter(filter)?;
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let lines = if json {
        lines.json().boxed()
    } else {
        lines.boxed()
    };
    let registry = tracing_subscriber::registry().with(filter).with(lines);
    #[cfg(feature = "otel")]
    let registry = {
        let tracer = collector.map(traces::tracer).transpose()?;
        registry.with(tracer.map(|tracer| tracing_opentelemetry::layer().with_tracer(tracer)))
    };
    #[cfg(not(feature = "otel"))]
    if let Some(url) = collector {
        return Err(TelemetryError::Collector {
            url: url.to_owned(),
            reason: "this program was built without `otel`".to_owned(),
        });
    }
    registry.try_init().map_err(|_| TelemetryError::Started)?;
    metrics::install();
    Ok(())
}

/// Sends the spans that are left. The last thing a process does.
pub fn end() {
    #[cfg(feature = "otel")]
    traces::end();
}

#[cfg(test)]
mod tests {
    use super::{TelemetryError, filter};

    #[test]
    fn a_filter_that_is_not_one_is_refused_with_its_text() {
        let error = filter("silex=loudly").unwrap_err();
        assert!(
            matches!(&error, TelemetryError::Filter { filter, .. } if filter == "silex=loudly")
        );
    }
}

//! What is counted and measured, by its name in Prometheus, and where it is read.
//!
//! Labels are closed sets: kinds, outcomes, providers, models. Never an address or an id.

use std::sync::OnceLock;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Attempts that ended, by `kind` and `outcome`.
pub const JOBS_ENDED: &str = "silex_jobs_ended_total";
/// How long attempts took, seconds, by `kind`.
pub const JOB_SECONDS: &str = "silex_job_seconds";
/// How long the oldest ready job has been due, seconds.
pub const JOB_AGE: &str = "silex_job_oldest_seconds";
/// Unfinished and dead jobs, by `state`.
pub const JOBS: &str = "silex_jobs";
/// Calls of models, by `provider`, `model` and `outcome` (`answered`, `retry`, `snoozed`, `out`, `failed`).
pub const MODEL_CALLS: &str = "silex_model_calls_total";
/// How long calls of models took, seconds, by `provider` and `model`.
pub const MODEL_SECONDS: &str = "silex_model_seconds";
/// Tokens, by `provider`, `model` and `kind` (`input`, `output`, `cache_read`, `cache_write`).
pub const MODEL_TOKENS: &str = "silex_model_tokens_total";
/// Calls of tools, by `tool` and `outcome` (`done`, `failed`, `unsure`).
pub const TOOL_CALLS: &str = "silex_tool_calls_total";
/// Mails that were taken in, by `source`.
pub const MAILS: &str = "silex_mails_total";
/// Mails that were put aside and wait for a person.
pub const QUARANTINED: &str = "silex_mails_quarantined";
/// Drafts that wait for a person.
pub const DRAFTS_HELD: &str = "silex_drafts_held";
/// How long the oldest held draft has waited, seconds.
pub const DRAFT_AGE: &str = "silex_draft_oldest_seconds";
/// Tries to send, by `outcome` (`accepted`, `refused`, `unknown`, `retry`, `paused`).
pub const DELIVERIES: &str = "silex_deliveries_total";
/// Sendings of which nobody knows whether they arrived.
pub const UNKNOWN: &str = "silex_deliveries_unknown";
/// How late a timer fired, seconds, by `runtime`.
pub const LATENESS: &str = "silex_timer_lateness_seconds";

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to collect. A process that collects already, or elsewhere, goes on as it is.
pub fn install() {
    HANDLE.get_or_init(|| {
        let recorder = builder().ok()?.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        describe();
        Some(handle)
    });
}

fn builder() -> Result<PrometheusBuilder, metrics_exporter_prometheus::BuildError> {
    const SECONDS: [f64; 12] = [
        0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0,
    ];
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
}

fn describe() {
    describe_counter!(JOBS_ENDED, "Attempts that ended");
    describe_histogram!(JOB_SECONDS, Unit::Seconds, "How long attempts took");
    describe_gauge!(
        JOB_AGE,
        Unit::Seconds,
        "How long the oldest ready job has been due"
    );
    describe_gauge!(JOBS, "Unfinished and dead jobs");
    describe_counter!(MODEL_CALLS, "Calls of models");
    describe_histogram!(
        MODEL_SECONDS,
        Unit::Seconds,
        "How long calls of models took"
    );
    describe_counter!(MODEL_TOKENS, "Tokens read and written by models");
    describe_counter!(TOOL_CALLS, "Calls of tools");
    describe_counter!(MAILS, "Mails that were taken in");
    describe_gauge!(QUARANTINED, "Mails that were put aside and wait");
    describe_gauge!(DRAFTS_HELD, "Drafts that wait for a person");
    describe_gauge!(
        DRAFT_AGE,
        Unit::Seconds,
        "How long the oldest held draft has waited"
    );
    describe_counter!(DELIVERIES, "Tries to send");
    describe_gauge!(UNKNOWN, "Sendings of which nobody knows what became");
    describe_histogram!(LATENESS, Unit::Seconds, "How late a timer fired");
}

/// Everything collected, in the text format of Prometheus; nothing when nobody collects.
#[must_use]
pub fn page() -> String {
    HANDLE
        .get()
        .and_then(Option::as_ref)
        .map_or_else(String::new, |handle| {
            handle.run_upkeep();
            handle.render()
        })
}

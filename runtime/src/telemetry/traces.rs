//! Traces by OTLP: every span of the runtime, with its ids and durations and no text of a mail.

use std::sync::OnceLock;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};

use super::TelemetryError;
use crate::tls;

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// What makes spans that are sent to the collector at `url`, in batches from a thread of its own.
/// A collector that is away costs the spans that it would have got, and nothing else.
pub(super) fn tracer(url: &str) -> Result<Tracer, TelemetryError> {
    // The exporter makes a client of its own, before anything else here does.
    tls::provide();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(url)
        .build()
        .map_err(|error| TelemetryError::Collector {
            url: url.to_owned(),
            reason: error.to_string(),
        })?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name("silexd").build())
        .build();
    let tracer = provider.tracer("silexd");
    // A second provider in one process is refused with the second subscriber.
    let _ = PROVIDER.set(provider);
    Ok(tracer)
}

/// Sends what is left. Called when the process ends.
pub(super) fn end() {
    if let Some(provider) = PROVIDER.get() {
        // Whoever stops the process does not wait for a collector that is away.
        let _ = provider.shutdown_with_timeout(std::time::Duration::from_secs(2));
    }
}

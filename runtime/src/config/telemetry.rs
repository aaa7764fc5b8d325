//! Who watches.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, bounds};

/// Who watches.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// The bearer token of `GET /metrics`. Without one it is served when only this machine can ask.
    pub metrics_token: Option<SecretString>,
    /// Where spans go: the traces endpoint of a collector that speaks OTLP over HTTP.
    pub otlp: Option<String>,
}

impl Telemetry {
    /// What cannot be meant.
    pub(super) fn problems(&self) -> impl Iterator<Item = ConfigError> {
        let token = self
            .metrics_token
            .as_ref()
            .map(|token| token.expose_secret());
        let otlp = self.otlp.as_deref();
        let found = [
            token.and_then(|token| bounds::filled("telemetry.metrics_token", token)),
            otlp.and_then(|otlp| bounds::web("telemetry.otlp", otlp)),
        ];
        found.into_iter().flatten()
    }
}

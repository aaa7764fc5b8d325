//! Who watches.

use secrecy::SecretString;
use serde::Deserialize;

/// Who watches.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// The bearer token of `GET /metrics`. Without one it is served when only this machine can ask.
    pub metrics_token: Option<SecretString>,
    /// Where spans go: the traces endpoint of a collector that speaks OTLP over HTTP.
    pub otlp: Option<String>,
}

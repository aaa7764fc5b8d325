//! Where `http` tools call.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, bounds};

/// An endpoint of `http` tools.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Where.
    pub url: String,
    /// What requests are signed with (HMAC-SHA256 over the body).
    pub secret: SecretString,
    /// Calls at a time.
    pub concurrency: Option<usize>,
}

impl Endpoint {
    /// What cannot be meant.
    pub(super) fn problems(&self, name: &str) -> impl Iterator<Item = ConfigError> {
        let key = |key: &str| format!("endpoints.{name}.{key}");
        let found = [
            bounds::web(key("url"), &self.url),
            bounds::filled(key("secret"), self.secret.expose_secret()),
            self.concurrency
                .and_then(|calls| bounds::number(key("concurrency"), calls, 1..=100_000)),
        ];
        found.into_iter().flatten()
    }
}

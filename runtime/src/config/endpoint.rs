//! Where `http` tools call.

use secrecy::SecretString;
use serde::Deserialize;

/// An endpoint of `http` tools.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Where.
    pub url: String,
    /// What requests are signed with (HMAC-SHA256 over the body).
    pub secret: SecretString,
}

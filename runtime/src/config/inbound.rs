//! Ways in.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

/// Ways in.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Inbound {
    /// A folder whose `.eml` files are taken in and moved to `taken/`.
    pub folder: Option<PathBuf>,
    /// The bearer token of `POST /mail`; no token, no posting.
    pub token: Option<SecretString>,
    /// The name that our own mail server writes into `Authentication-Results`; no other is believed.
    pub authserv_id: Option<String>,
    /// Takes every sender for verified: for trying things out on one's own machine.
    pub trust_unverified: bool,
    /// The greatest mail, bytes.
    pub max_bytes: usize,
}

impl Default for Inbound {
    fn default() -> Self {
        Self {
            folder: None,
            token: None,
            authserv_id: None,
            trust_unverified: false,
            max_bytes: 40 * 1024 * 1024,
        }
    }
}

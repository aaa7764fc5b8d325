//! The way out.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

/// The way out.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// Where `.eml` files are written when there is no `smtp`.
    pub outbox: PathBuf,
    /// An SMTP server.
    pub smtp: Option<Smtp>,
    /// Seconds between an approval and the sending.
    pub delay_s: u64,
}

/// An SMTP server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: Tls,
    /// User name.
    #[serde(default)]
    pub user: Option<String>,
    /// Password.
    #[serde(default)]
    pub password: Option<SecretString>,
}

/// How the connection to an SMTP server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// From the first byte, as on port 465.
    Implicit,
    /// From `STARTTLS` on, as on port 587; without it nothing is sent.
    #[default]
    Starttls,
    /// Not at all: for a server on the same machine.
    None,
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            outbox: "outbox".into(),
            smtp: None,
            delay_s: 0,
        }
    }
}

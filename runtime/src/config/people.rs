//! Who decides, and where.

use secrecy::SecretString;
use serde::Deserialize;

/// Who reviews drafts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewer {
    /// A short name, for commands.
    pub name: String,
    /// An address.
    pub address: String,
    /// Drafts are not assigned while true.
    #[serde(default)]
    pub absent: bool,
}

/// The page where people decide.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dashboard {
    /// The password of the page. Without one it is served to this machine alone.
    pub password: Option<SecretString>,
}

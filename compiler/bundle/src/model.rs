//! Language models as a spec names them. Keys, base URLs and prices are the runtime's.

use serde::{Deserialize, Serialize};

use crate::tool::Retry;

/// A language model and how it is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Whose protocol and account, a name of [`PROVIDERS`] or of the runtime's configuration.
    pub provider: String,
    /// The provider's name for the model.
    pub name: String,
    /// Sampling temperature; the provider's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Most tokens of one answer.
    #[serde(default = "default_max_tokens")]
    pub max_tokens: u32,
    /// Time for one call, milliseconds.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// How failed calls are tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Qualified name of the model to use when this one cannot answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
}

/// Providers that every runtime knows without configuration, with the protocol that each speaks.
pub const PROVIDERS: [&str; 9] = [
    "anthropic",
    "openai",
    "azure",
    "moonshot",
    "mistral",
    "groq",
    "ollama",
    "vllm",
    "scripted",
];

/// The default of `max_tokens`.
#[must_use]
pub fn default_max_tokens() -> u32 {
    4096
}

/// The default of `timeout`, milliseconds.
#[must_use]
pub fn default_timeout_ms() -> u64 {
    90_000
}

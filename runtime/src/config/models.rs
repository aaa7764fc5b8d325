//! Language models: accounts and prices.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;

/// Language models.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Models {
    /// Plays the script in place of every model, so that nothing is called.
    pub scripted: bool,
    /// Keys and base URLs by provider.
    pub providers: BTreeMap<String, Provider>,
    /// What models cost, by the provider's name for each: for reports alone.
    pub prices: BTreeMap<String, Price>,
}

/// What a model costs for a million tokens, in any currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Price {
    /// Read at full price.
    pub input: f64,
    /// Written.
    pub output: f64,
    /// Read from the provider's cache.
    pub cache_read: f64,
    /// Written to the provider's cache.
    pub cache_write: f64,
}

impl Price {
    /// What these tokens cost.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no run has so many tokens")]
    pub fn of(&self, usage: &crate::model::Usage) -> f64 {
        (self.input * usage.input as f64
            + self.output * usage.output as f64
            + self.cache_read * usage.cache_read as f64
            + self.cache_write * usage.cache_write as f64)
            / 1e6
    }
}

/// An account at a provider.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Provider {
    /// Its key; the provider's own environment variable when absent.
    pub key: Option<SecretString>,
    /// Its base URL when it is not the provider's own.
    pub base_url: Option<String>,
    /// Calls at a time.
    pub concurrency: Option<usize>,
}

//! Language models: accounts, limits of calls, prices, and what may be spent.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, bounds};
use crate::model::{Limits, Pace, Price};

/// Language models.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Models {
    /// Plays the script in place of every model, so that nothing is called.
    pub scripted: bool,
    /// Accounts by provider.
    pub providers: BTreeMap<String, Provider>,
    /// What models cost, by the name with which they are asked: over the table of list prices.
    pub prices: BTreeMap<String, Price>,
    /// What one turn may use before a person takes over.
    pub turn: TurnCaps,
    /// What may be spent.
    pub budget: Budget,
    /// A file for answers until they are in the database, so that none is paid for twice. Beside a database
    /// file when absent; with a server none is then kept.
    pub answers: Option<PathBuf>,
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
    /// Calls a minute, of each `silexd`.
    pub requests_per_minute: Option<u64>,
    /// Tokens a minute, read and written, of each `silexd`.
    pub tokens_per_minute: Option<u64>,
    /// Seconds to connect.
    pub connect_s: Option<u64>,
    /// Seconds from sending to the beginning of an answer.
    pub first_byte_s: Option<u64>,
    /// Seconds between two pieces of an answer.
    pub between_bytes_s: Option<u64>,
    /// Seconds from first to last; a model's own `timeout` counts where it is shorter.
    pub total_s: Option<u64>,
    /// The greatest answer, bytes.
    pub max_bytes: Option<usize>,
}

impl Models {
    /// What cannot be meant.
    pub(super) fn problems(&self) -> Vec<ConfigError> {
        let accounts = self.providers.iter();
        let mut found: Vec<_> = accounts
            .flat_map(|(name, account)| account.problems(name))
            .collect();
        for (name, price) in &self.prices {
            let parts = [
                ("input", price.input),
                ("output", price.output),
                ("cache_read", price.cache_read),
                ("cache_write", price.cache_write),
            ];
            found.extend(parts.into_iter().filter_map(|(part, money)| {
                bounds::number(format!("models.prices.{name}.{part}"), money, bounds::MONEY)
            }));
        }
        let spent = |key: &str, money: Option<f64>| bounds::number(key, money?, bounds::MONEY);
        found.extend(bounds::number(
            "models.turn.tokens",
            self.turn.tokens,
            1..=1_000_000_000,
        ));
        found.extend(bounds::number(
            "models.turn.time_s",
            self.turn.time_s,
            1..=bounds::A_DAY,
        ));
        found.extend(spent("models.turn.money", self.turn.money));
        found.extend(spent("models.budget.day", self.budget.day));
        for (agent, money) in &self.budget.agents {
            found.extend(spent(
                &format!("models.budget.agents.{agent}"),
                Some(*money),
            ));
        }
        found
    }
}

impl Provider {
    /// What cannot be meant of the account at a provider.
    fn problems(&self, name: &str) -> impl Iterator<Item = ConfigError> {
        let key = |key: &str| format!("models.providers.{name}.{key}");
        let secret = self.key.as_ref().map(|secret| secret.expose_secret());
        let url = self.base_url.as_deref();
        let seconds =
            |name: &str, set: Option<u64>| bounds::number(key(name), set?, 1..=bounds::A_DAY);
        let pace =
            |name: &str, set: Option<u64>| bounds::number(key(name), set?, 1..=1_000_000_000_000);
        let found = [
            secret.and_then(|secret| bounds::filled(key("key"), secret)),
            url.and_then(|url| bounds::web(key("base_url"), url)),
            self.concurrency
                .and_then(|calls| bounds::number(key("concurrency"), calls, 1..=1_000_000)),
            pace("requests_per_minute", self.requests_per_minute),
            pace("tokens_per_minute", self.tokens_per_minute),
            seconds("connect_s", self.connect_s),
            seconds("first_byte_s", self.first_byte_s),
            seconds("between_bytes_s", self.between_bytes_s),
            seconds("total_s", self.total_s),
            self.max_bytes
                .and_then(|bytes| bounds::number(key("max_bytes"), bytes, bounds::BYTES)),
        ];
        found.into_iter().flatten()
    }

    /// How long a call may take, and how large its answer may be.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let usual = Limits::default();
        let seconds = |set: Option<u64>, usual| set.map_or(usual, Duration::from_secs);
        Limits {
            connect: seconds(self.connect_s, usual.connect),
            first_byte: seconds(self.first_byte_s, usual.first_byte),
            between_bytes: seconds(self.between_bytes_s, usual.between_bytes),
            total: seconds(self.total_s, usual.total),
            max_bytes: self.max_bytes.unwrap_or(usual.max_bytes),
        }
    }

    /// How fast calls may come.
    #[must_use]
    pub fn pace(&self) -> Pace {
        Pace {
            requests: self.requests_per_minute,
            tokens: self.tokens_per_minute,
        }
    }
}

/// What one turn may use before a person takes over.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnCaps {
    /// Tokens read and written.
    pub tokens: u64,
    /// What its calls cost.
    pub money: Option<f64>,
    /// Seconds that its calls of models and tools took together.
    pub time_s: u64,
}

impl Default for TurnCaps {
    fn default() -> Self {
        Self {
            tokens: 1_000_000,
            money: None,
            time_s: 900,
        }
    }
}

/// What may be spent in a day, in the currency of the prices.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// By all agents together.
    pub day: Option<f64>,
    /// By an agent, by its name.
    pub agents: BTreeMap<String, f64>,
}

//! What models cost: a table of list prices, with the settings over it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Usage;

/// When the table was read from the providers' price lists. Prices change: the settings win.
pub const AS_OF: &str = "2025-11";

/// List prices in US dollars for a million tokens: read, written, read from the cache, written to
/// the cache. A name stands for its dated versions too, and for no other: `gpt-5-pro` is no `gpt-5`.
const TABLE: [(&str, [f64; 4]); 26] = [
    ("claude-opus-4-5", [5.0, 25.0, 0.5, 6.25]),
    ("claude-opus-4-1", [15.0, 75.0, 1.5, 18.75]),
    ("claude-opus-4", [15.0, 75.0, 1.5, 18.75]),
    ("claude-sonnet-4-5", [3.0, 15.0, 0.3, 3.75]),
    ("claude-sonnet-4", [3.0, 15.0, 0.3, 3.75]),
    ("claude-3-7-sonnet", [3.0, 15.0, 0.3, 3.75]),
    ("claude-3-5-sonnet", [3.0, 15.0, 0.3, 3.75]),
    ("claude-haiku-4-5", [1.0, 5.0, 0.1, 1.25]),
    ("claude-3-5-haiku", [0.8, 4.0, 0.08, 1.0]),
    ("gpt-5-nano", [0.05, 0.4, 0.005, 0.05]),
    ("gpt-5-mini", [0.25, 2.0, 0.025, 0.25]),
    ("gpt-5", [1.25, 10.0, 0.125, 1.25]),
    ("gpt-5.1", [1.25, 10.0, 0.125, 1.25]),
    ("gpt-4.1-nano", [0.1, 0.4, 0.025, 0.1]),
    ("gpt-4.1-mini", [0.4, 1.6, 0.1, 0.4]),
    ("gpt-4.1", [2.0, 8.0, 0.5, 2.0]),
    ("gpt-4o-mini", [0.15, 0.6, 0.075, 0.15]),
    ("gpt-4o", [2.5, 10.0, 1.25, 2.5]),
    ("o3", [2.0, 8.0, 0.5, 2.0]),
    ("o4-mini", [1.1, 4.4, 0.275, 1.1]),
    ("kimi-k2", [0.6, 2.5, 0.15, 0.6]),
    ("mistral-large", [2.0, 6.0, 2.0, 2.0]),
    ("mistral-medium", [0.4, 2.0, 0.4, 0.4]),
    ("mistral-small", [0.1, 0.3, 0.1, 0.1]),
    ("llama-3.3-70b-versatile", [0.59, 0.79, 0.59, 0.59]),
    ("llama-3.1-8b-instant", [0.05, 0.08, 0.05, 0.05]),
];

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
    pub fn of(&self, usage: &Usage) -> f64 {
        self.micros(usage) / 1e6
    }

    /// A price for a million tokens is that of one token in millionths.
    #[expect(clippy::cast_precision_loss, reason = "no run has so many tokens")]
    fn micros(&self, usage: &Usage) -> f64 {
        self.input * usage.input as f64
            + self.output * usage.output as f64
            + self.cache_read * usage.cache_read as f64
            + self.cache_write * usage.cache_write as f64
    }
}

/// Prices by the name of a model.
#[derive(Debug, Clone, Default)]
pub struct Prices(BTreeMap<String, Price>);

impl Prices {
    /// The table, with prices of the settings over it.
    #[must_use]
    pub fn with(settings: BTreeMap<String, Price>) -> Self {
        Self(settings)
    }

    /// The price of a model: that of the settings, or the list price of the longest name with which
    /// its own begins. None for a model that neither knows.
    #[must_use]
    pub fn of(&self, model: &str) -> Option<Price> {
        if let Some(set) = self.0.get(model) {
            return Some(*set);
        }
        let stands_for = |name: &str| model.strip_prefix(name).is_some_and(is_version);
        let rows = TABLE.iter().filter(|(name, _)| stands_for(name));
        let row = rows.max_by_key(|(name, _)| name.len())?;
        let [input, output, cache_read, cache_write] = row.1;
        Some(Price {
            input,
            output,
            cache_read,
            cache_write,
        })
    }

    /// What these tokens of a model cost, in millionths, rounded up; nothing if its price is not
    /// known.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float becomes the nearest"
    )]
    pub fn cost(&self, model: &str, usage: &Usage) -> i64 {
        let micros = self.of(model).map_or(0.0, |price| price.micros(usage));
        micros.ceil() as i64
    }
}

/// Whether what follows a name says which version of the model it is: nothing, a date, or that it is the newest.
fn is_version(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix(['-', '@', ':']) else {
        return rest.is_empty();
    };
    let mut parts = rest.split('-');
    let year_or_date = |part: &str| part.len() >= 4 && is_number(part);
    let first = parts
        .next()
        .is_some_and(|part| year_or_date(part) || matches!(part, "latest" | "preview"));
    first && parts.all(|part| is_number(part) || part == "preview")
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_input(model: &str, expected: Option<f64>) {
        let price = Prices::default().of(model);
        assert_eq!(price.map(|price| price.input), expected, "{model}");
    }

    #[test]
    fn a_version_costs_what_the_longest_name_that_it_begins_with_does() {
        check_input("claude-haiku-4-5-20251001", Some(1.0));
        check_input("gpt-5-mini-2025-08-07", Some(0.25));
        check_input("gpt-5", Some(1.25));
        check_input("claude-sonnet-4@20250514", Some(3.0));
        check_input("kimi-k2-0905-preview", Some(0.6));
        check_input("mistral-large-latest", Some(2.0));
        check_input("gpt-50", None);
        check_input("gpt-5-pro", None);
        check_input("gpt-5-pro-2025-10-06", None);
        check_input("o3-pro", None);
        check_input("claude-opus-4-6", None);
        check_input("my-own", None);
    }

    #[test]
    fn the_settings_win() {
        let set = Price {
            input: 7.0,
            ..Price::default()
        };
        let prices = Prices::with(BTreeMap::from([("gpt-5".to_owned(), set)]));
        assert_eq!(prices.of("gpt-5"), Some(set));
    }

    #[test]
    fn a_cost_is_rounded_up_to_a_millionth() {
        let usage = Usage {
            input: 1_000,
            output: 100,
            cache_read: 1,
            cache_write: 0,
        };
        let prices = Prices::default();
        // 1000 × 1 + 100 × 5 + 0.1 millionths of a dollar.
        assert_eq!(prices.cost("claude-haiku-4-5", &usage), 1_501);
        assert_eq!(prices.cost("my-own", &usage), 0);
    }
}

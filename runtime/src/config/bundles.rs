//! The bundles of conversations.

use serde::Deserialize;

use super::{ConfigError, bounds};

/// Which bundle a conversation goes on with when another is taken into use.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bundles {
    /// What it keeps its bundle for.
    pub pin: Pin,
    /// Days after which a conversation in which nothing happened goes on with the bundle in use.
    pub pin_days: u32,
    /// Whether the bundle file is watched, and taken into use when it changes.
    pub watch: bool,
}

/// What a bundle is kept for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pin {
    /// The whole conversation.
    #[default]
    Thread,
    /// One mail and what comes of it.
    Mail,
}

impl Default for Bundles {
    fn default() -> Self {
        Self {
            pin: Pin::default(),
            pin_days: 30,
            watch: false,
        }
    }
}

impl Bundles {
    /// What cannot be meant.
    pub(super) fn problem(&self) -> Option<ConfigError> {
        bounds::number("bundles.pin_days", self.pin_days, 0..=36_500)
    }
}

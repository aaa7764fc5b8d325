//! Where relays go that a spec names.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, bounds};

/// Where the relays to a webhook go: to a URL, into a file or into a folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhook {
    /// A URL that is posted to.
    pub url: Option<String>,
    /// What the posts are signed with; `whsec_` and base64, or any text.
    pub secret: Option<SecretString>,
    /// Seconds that an answer may take.
    pub timeout_s: u64,
    /// Whether the URL may lead to an address of a private network.
    pub private: bool,
    /// A file that gets a line of JSON for each event.
    pub file: Option<PathBuf>,
    /// A folder that gets a file for each event.
    pub folder: Option<PathBuf>,
}

impl Default for Webhook {
    fn default() -> Self {
        Self {
            url: None,
            secret: None,
            timeout_s: 15,
            private: false,
            file: None,
            folder: None,
        }
    }
}

impl Webhook {
    /// What cannot be meant.
    pub(super) fn problems(&self, name: &str) -> impl Iterator<Item = ConfigError> {
        let key = |key: &str| format!("webhooks.{name}.{key}");
        let (file, folder) = (self.file.as_ref(), self.folder.as_ref());
        let found = [
            self.place()
                .map(|problem| ConfigError::wrong(format!("webhooks.{name}"), problem)),
            self.url
                .as_deref()
                .and_then(|url| bounds::web(key("url"), url)),
            file.and_then(|file| bounds::filled(key("file"), file)),
            folder.and_then(|folder| bounds::filled(key("folder"), folder)),
            bounds::number(key("timeout_s"), self.timeout_s, 1..=bounds::A_DAY),
            self.secret()
                .map(|problem| ConfigError::wrong(key("secret"), problem)),
        ];
        found.into_iter().flatten()
    }

    /// What keeps it from being one place.
    fn place(&self) -> Option<&'static str> {
        let places = [
            self.url.is_some(),
            self.file.is_some(),
            self.folder.is_some(),
        ];
        if places.into_iter().filter(|place| *place).count() != 1 {
            return Some("needs one of `url`, `file` and `folder`");
        }
        let is_unsigned = self.url.is_some() && self.secret.is_none();
        is_unsigned.then_some("needs a `secret`, with which its posts are signed")
    }

    /// What keeps posts from being signed.
    fn secret(&self) -> Option<&'static str> {
        let secret = self.secret.as_ref()?.expose_secret();
        match secret.strip_prefix("whsec_") {
            None if secret.is_empty() => Some("is empty: anybody could sign"),
            Some(key) if STANDARD.decode(key).map_or(true, |key| key.is_empty()) => {
                Some("has no base64 behind `whsec_`")
            }
            None | Some(_) => None,
        }
    }
}

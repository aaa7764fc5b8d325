//! Where relays go that a spec names.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

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
    /// What is wrong with it, if something is.
    pub(super) fn problem(&self) -> Option<String> {
        let places = [
            self.url.is_some(),
            self.file.is_some(),
            self.folder.is_some(),
        ];
        if places.into_iter().filter(|place| *place).count() != 1 {
            return Some("needs one of `url`, `file` and `folder`".to_owned());
        }
        if self.url.is_some() && self.secret.is_none() {
            return Some("needs a `secret`, with which its posts are signed".to_owned());
        }
        let url = self.url.as_deref()?;
        match url.parse::<reqwest::Url>() {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => None,
            Ok(_) => Some("its `url` has to be one of http or https".to_owned()),
            Err(error) => Some(format!("its `url` is none: {error}")),
        }
    }
}

//! Where `mcp` tools are: servers of the Model Context Protocol.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, bounds};

/// A server of `mcp` tools: a program that is started, or an address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct McpServer {
    /// The program and its arguments. It speaks on its standard streams.
    pub command: Vec<String>,
    /// Variables of the environment that the program sees, besides `PATH`, `HOME` and `LANG`.
    pub env: Vec<String>,
    /// Its address, if it is reached by HTTP.
    pub url: Option<String>,
    /// The bearer token that is sent there.
    pub token: Option<SecretString>,
    /// Calls at a time.
    pub concurrency: Option<usize>,
}

impl McpServer {
    /// What cannot be meant.
    pub(super) fn problems(&self, name: &str) -> impl Iterator<Item = ConfigError> {
        let key = |key: &str| format!("mcp.{name}.{key}");
        let (url, token) = (self.url.as_deref(), self.token.as_ref());
        let program = self.command.first();
        let found = [
            self.kind()
                .map(|problem| ConfigError::wrong(format!("mcp.{name}"), problem)),
            program.and_then(|program| bounds::filled(key("command"), program)),
            url.and_then(|url| bounds::web(key("url"), url)),
            token.and_then(|token| bounds::filled(key("token"), token.expose_secret())),
            self.concurrency
                .and_then(|calls| bounds::number(key("concurrency"), calls, 1..=100_000)),
        ];
        found.into_iter().flatten()
    }

    /// What keeps it from being either a program or an address.
    fn kind(&self) -> Option<&'static str> {
        match (self.command.is_empty(), &self.url) {
            (true, None) => Some("needs a `command` or a `url`"),
            (false, Some(_)) => Some("has a `command` and a `url`; it can have one of them"),
            (false, None) if self.token.is_some() => Some("has a `token`, which goes with a `url`"),
            (true, Some(_)) if !self.env.is_empty() => {
                Some("has `env`, which goes with a `command`")
            }
            (true, Some(_)) | (false, None) => None,
        }
    }
}

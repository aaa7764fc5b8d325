//! Where `mcp` tools are: servers of the Model Context Protocol.

use secrecy::SecretString;
use serde::Deserialize;

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
}

impl McpServer {
    /// What is wrong with it, if anything is.
    pub(super) fn problem(&self) -> Option<&'static str> {
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

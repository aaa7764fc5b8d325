//! Every setting of the runtime: one struct, read once, unknown keys refused.
//!
//! A value may be an environment variable, `${NAME}`: that is where secrets come from.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// The settings of `silexd`, as `silexd.yaml` holds them.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The bundle file.
    pub bundle: PathBuf,
    /// The SQLite database file.
    pub database: PathBuf,
    /// Where the web edge listens.
    pub listen: SocketAddr,
    /// The zone of `now` and `today`, by its IANA name.
    pub timezone: String,
    /// What reply tokens and fences are drawn from. Made and kept beside the database when empty.
    pub secret: SecretString,
    /// Ways in.
    pub inbound: Inbound,
    /// The way out.
    pub outbound: Outbound,
    /// Language models.
    pub models: Models,
    /// Who reviews drafts.
    pub reviewers: Vec<Reviewer>,
    /// Endpoints of `http` tools, by name.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// How jobs are worked.
    pub queue: Queue,
    /// The page where people decide.
    pub dashboard: Dashboard,
    /// Whether logs are JSON lines.
    pub json_logs: bool,
    /// Lets a package's examples answer for tools that have no handler: `silex dev`, no setting.
    #[serde(skip)]
    pub stand_ins: bool,
}

/// Ways in.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Inbound {
    /// A folder whose `.eml` files are taken in and moved to `taken/`.
    pub folder: Option<PathBuf>,
    /// The bearer token of `POST /mail`; no token, no posting.
    pub token: Option<SecretString>,
    /// The name that our own mail server writes into `Authentication-Results`; no other is believed.
    pub authserv_id: Option<String>,
    /// Takes every sender for verified: for trying things out on one's own machine.
    pub trust_unverified: bool,
    /// The greatest mail, bytes.
    pub max_bytes: usize,
}

/// The way out.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// Where `.eml` files are written when there is no `smtp`.
    pub outbox: PathBuf,
    /// An SMTP server.
    pub smtp: Option<Smtp>,
    /// Seconds between an approval and the sending.
    pub delay_s: u64,
}

/// An SMTP server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: Tls,
    /// User name.
    #[serde(default)]
    pub user: Option<String>,
    /// Password.
    #[serde(default)]
    pub password: Option<SecretString>,
}

/// How the connection to an SMTP server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// From the first byte, as on port 465.
    Implicit,
    /// From `STARTTLS` on, as on port 587; without it nothing is sent.
    #[default]
    Starttls,
    /// Not at all: for a server on the same machine.
    None,
}

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

/// An endpoint of `http` tools.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Where.
    pub url: String,
    /// What requests are signed with (HMAC-SHA256 over the body).
    pub secret: SecretString,
}

/// How jobs are worked.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// Jobs at a time.
    pub workers: usize,
    /// Seconds that a stop waits for running jobs.
    pub drain_s: u64,
    /// Threads of the job runtime.
    pub threads: usize,
    /// How far these threads give way to all others of the machine: 0, not at all, to 19.
    pub nice: u8,
}

/// The page where people decide.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dashboard {
    /// The password of the page. Without one it is served to this machine alone.
    pub password: Option<SecretString>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bundle: "bundle.json".into(),
            database: "silex.db".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8025)),
            timezone: "UTC".to_owned(),
            secret: SecretString::default(),
            inbound: Inbound::default(),
            outbound: Outbound::default(),
            models: Models::default(),
            reviewers: Vec::new(),
            endpoints: BTreeMap::new(),
            queue: Queue::default(),
            dashboard: Dashboard::default(),
            json_logs: false,
            stand_ins: false,
        }
    }
}

impl Default for Inbound {
    fn default() -> Self {
        Self {
            folder: None,
            token: None,
            authserv_id: None,
            trust_unverified: false,
            max_bytes: 40 * 1024 * 1024,
        }
    }
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            outbox: "outbox".into(),
            smtp: None,
            delay_s: 0,
        }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            workers: 64,
            drain_s: 20,
            threads: 2,
            // The least priority would stop all jobs while another program is busy for long.
            nice: 5,
        }
    }
}

/// Why a configuration was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The text is not a configuration; the message has line and column.
    #[error("{0}")]
    Unreadable(String),
    /// A variable that the text names is not set.
    #[error("the environment variable `{name}` is not set (line {line})")]
    Unset {
        /// Its name.
        name: String,
        /// The line that names it.
        line: usize,
    },
    /// A variable that is only a part of a value.
    #[error("`${{{name}}}` has to be a whole value, without quotes or anything else (line {line})")]
    Part {
        /// Its name.
        name: String,
        /// The line that names it.
        line: usize,
    },
    /// A value that cannot be.
    #[error("`{key}`: {problem}")]
    Wrong {
        /// Which setting.
        key: &'static str,
        /// Why.
        problem: String,
    },
}

impl Config {
    /// Reads the text of a `silexd.yaml`. `variable` looks up the environment.
    ///
    /// # Errors
    /// When it is not YAML, has an unknown key, names an unset variable or holds a value that
    /// cannot be.
    ///
    /// ```
    /// use silex_runtime::config::Config;
    /// let config = Config::parse("listen: 127.0.0.1:9000\n", |_| None)?;
    /// assert_eq!(config.listen.port(), 9000);
    /// # Ok::<(), silex_runtime::config::ConfigError>(())
    /// ```
    pub fn parse(
        text: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let text = expand(text, &variable)?;
        let mut config: Self = if text.trim().is_empty() {
            Self::default()
        } else {
            serde_yaml::from_str(&text)
                .map_err(|error| ConfigError::Unreadable(error.to_string()))?
        };
        config.keys_from(variable);
        config.checked()
    }

    /// A provider's key is where its own tools look for it, unless the text gives one.
    fn keys_from(&mut self, variable: impl Fn(&str) -> Option<String>) {
        for known in &crate::model::providers::KNOWN {
            let given = self
                .models
                .providers
                .get(known.name)
                .is_some_and(|account| account.key.is_some());
            if let (false, Some(key)) = (
                given,
                variable(known.key_variable).filter(|key| !key.is_empty()),
            ) {
                self.models
                    .providers
                    .entry(known.name.to_owned())
                    .or_default()
                    .key = Some(key.into());
            }
        }
    }

    fn checked(self) -> Result<Self, ConfigError> {
        if let Err(error) = jiff::tz::TimeZone::get(&self.timezone) {
            return Err(ConfigError::Wrong {
                key: "timezone",
                problem: error.to_string(),
            });
        }
        if self.queue.workers == 0 || self.queue.threads == 0 {
            return Err(ConfigError::Wrong {
                key: "queue",
                problem: "needs a worker and a thread at least".to_owned(),
            });
        }
        let empty = |secret: &Option<SecretString>| {
            secret
                .as_ref()
                .is_some_and(|secret| secret.expose_secret().is_empty())
        };
        // An unset variable of the environment is often an empty one.
        let secrets = [
            ("inbound.token", &self.inbound.token),
            ("dashboard.password", &self.dashboard.password),
        ];
        if let Some((key, _)) = secrets.into_iter().find(|(_, secret)| empty(secret)) {
            let problem = "is empty: anybody could say it".to_owned();
            return Err(ConfigError::Wrong { key, problem });
        }
        if self.dashboard.password.is_none() && !self.listen.ip().is_loopback() {
            let problem = "is needed when the page listens beyond this machine".to_owned();
            return Err(ConfigError::Wrong {
                key: "dashboard.password",
                problem,
            });
        }
        Ok(self)
    }
}

/// Replaces `${NAME}` by the variable's value as a quoted scalar, so that nothing in it is YAML. It
/// has to be a whole value: inside of a longer one the quotes would be part of it.
fn expand(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, ConfigError> {
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        let comment = line.trim_start().starts_with('#');
        let mut rest = line;
        while let Some(start) = rest.find("${").filter(|_| !comment) {
            let Some(length) = rest[start..].find('}') else {
                break;
            };
            let name = &rest[start + 2..start + length];
            let (before, after) = (&rest[..start], &rest[start + length + 1..]);
            let begins = before.ends_with([' ', '\t', '[', '{', ',']) || before.is_empty();
            let ends = after.starts_with([' ', '\t', ']', '}', ',']) || after.is_empty();
            if !begins || !ends {
                return Err(ConfigError::Part {
                    name: name.to_owned(),
                    line: index + 1,
                });
            }
            let value = variable(name).ok_or_else(|| ConfigError::Unset {
                name: name.to_owned(),
                line: index + 1,
            })?;
            out.push_str(before);
            out.push_str(&serde_json::Value::String(value).to_string());
            rest = after;
        }
        out.push_str(rest);
        out.push('\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Config::parse(text, |_| None).unwrap_err().to_string()
    }

    #[test]
    fn nothing_said_is_a_configuration_for_this_machine_alone() {
        let config = Config::parse("", |_| None).unwrap();
        assert!(config.listen.ip().is_loopback());
        assert!(config.inbound.token.is_none());
    }

    #[test]
    fn an_unknown_key_is_refused_by_its_name() {
        assert!(refused("listn: 127.0.0.1:1\n").contains("listn"));
        assert!(refused("queue:\n  wrokers: 3\n").contains("wrokers"));
    }

    #[test]
    fn secrets_come_from_the_environment_and_do_not_print() {
        let config = Config::parse("inbound:\n  token: ${TOKEN}\n", |name| {
            (name == "TOKEN").then(|| "a: \"b\" #c".to_owned())
        })
        .unwrap();
        assert_eq!(
            config.inbound.token.as_ref().unwrap().expose_secret(),
            "a: \"b\" #c"
        );
        assert!(!format!("{config:?}").contains("#c"));
    }

    #[test]
    fn an_unset_variable_is_named_with_its_line() {
        assert_eq!(
            refused("\nsecret: ${NOPE}\n"),
            "the environment variable `NOPE` is not set (line 2)"
        );
    }

    #[test]
    fn a_variable_is_a_whole_value() {
        assert_eq!(
            refused("secret: \"x-${A}\"\n"),
            "`${A}` has to be a whole value, without quotes or anything else (line 1)"
        );
        let text = "# token: ${NOPE}\nmodels:\n  providers: { openai: {key: ${A}} }\n";
        let config = Config::parse(text, |name| (name == "A").then(|| "k".to_owned())).unwrap();
        let key = config.models.providers["openai"].key.as_ref().unwrap();
        assert_eq!(key.expose_secret(), "k");
    }

    #[test]
    fn a_secret_that_is_empty_is_refused() {
        assert!(refused("inbound:\n  token: ''\n").contains("inbound.token"));
        assert!(refused("dashboard:\n  password: ''\n").contains("dashboard.password"));
    }

    #[test]
    fn a_page_beyond_this_machine_needs_a_password() {
        assert!(refused("listen: 0.0.0.0:80\n").contains("dashboard.password"));
    }

    #[test]
    fn a_zone_that_does_not_exist_is_refused() {
        assert!(refused("timezone: Europe/Bonn\n").contains("timezone"));
    }
}

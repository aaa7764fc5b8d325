//! Every setting of the runtime: a struct for each section, read once, unknown keys refused.
//!
//! A value may be an environment variable, `${NAME}`: that is where secrets come from. A variable
//! `SILEXD_SECTION__KEY` goes over what the file says.

mod bounds;
mod bundles;
mod endpoint;
mod inbound;
mod mcp;
mod mistakes;
mod models;
mod outbound;
mod people;
mod queue;
mod telemetry;
mod variables;
mod webhooks;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::store::Database;

pub use bundles::{Bundles, Pin};
pub use endpoint::Endpoint;
pub use inbound::{Inbound, Pace, S3, Sns};
pub use mcp::McpServer;
pub use mistakes::Mistake;
pub use models::{Budget, Models, Provider, TurnCaps};
pub use outbound::{Outbound, Ses, Smtp, Tls};
pub use people::{Dashboard, Review, Reviewer};
pub use queue::Queue;
pub use telemetry::Telemetry;
pub use variables::Variables;
pub use webhooks::Webhook;

/// The settings of `silexd`, as `silexd.yaml` holds them.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The bundle file.
    pub bundle: PathBuf,
    /// Which bundle a conversation goes on with.
    pub bundles: Bundles,
    /// A file of SQLite, or the URL of a PostgreSQL server.
    pub database: Database,
    /// How many connections of this process read it at once; what suits the database when absent.
    pub readers: Option<NonZeroU32>,
    /// Where the web edge listens.
    pub listen: SocketAddr,
    /// The address under which others reach the web edge, `https://mail.example.org`.
    pub public_url: Option<String>,
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
    /// How drafts are reviewed.
    pub review: Review,
    /// Endpoints of `http` tools, by name.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Servers of `mcp` tools, by name.
    pub mcp: BTreeMap<String, McpServer>,
    /// Where relays go that a spec names, by name.
    pub webhooks: BTreeMap<String, Webhook>,
    /// How jobs are worked.
    pub queue: Queue,
    /// The page where people decide.
    pub dashboard: Dashboard,
    /// Who watches.
    pub telemetry: Telemetry,
    /// Whether logs are JSON lines.
    pub json_logs: bool,
    /// Lets a package's examples answer for tools that have no handler: `silex dev`, no setting.
    #[serde(skip)]
    pub stand_ins: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bundle: "bundle.json".into(),
            bundles: Bundles::default(),
            database: PathBuf::from("silex.db").into(),
            readers: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8025)),
            public_url: None,
            timezone: "UTC".to_owned(),
            secret: SecretString::default(),
            inbound: Inbound::default(),
            outbound: Outbound::default(),
            models: Models::default(),
            reviewers: Vec::new(),
            review: Review::default(),
            endpoints: BTreeMap::new(),
            mcp: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            queue: Queue::default(),
            dashboard: Dashboard::default(),
            telemetry: Telemetry::default(),
            json_logs: false,
            stand_ins: false,
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
    /// A variable of the environment that sets what there is not, or sets it wrongly.
    #[error("the environment variable `{name}`: {problem}")]
    Variable {
        /// Its name.
        name: String,
        /// Why.
        problem: String,
    },
    /// A value that cannot be.
    #[error("`{key}`: {problem}")]
    Wrong {
        /// Which setting.
        key: String,
        /// Why.
        problem: String,
    },
}

impl ConfigError {
    fn wrong(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Wrong {
            key: key.into(),
            problem: problem.into(),
        }
    }
}

impl Config {
    /// Reads the text of a `silexd.yaml`, with the variables of the environment.
    ///
    /// # Errors
    /// When it is not YAML, has an unknown key, names an unset variable or holds a value that
    /// cannot be; or when a variable sets what there is not.
    ///
    /// ```
    /// use silex_runtime::config::{Config, Variables};
    /// let workers = ("SILEXD_QUEUE__WORKERS".to_owned(), "8".to_owned());
    /// let config = Config::parse("listen: 127.0.0.1:9000", &Variables::from_iter([workers]))?;
    /// assert_eq!((config.listen.port(), config.queue.workers), (9000, 8));
    /// # Ok::<(), silex_runtime::config::ConfigError>(())
    /// ```
    pub fn parse(text: &str, variables: &Variables) -> Result<Self, ConfigError> {
        Self::read(text, variables).map_err(|mistakes| {
            let first = mistakes.into_iter().next();
            first.map_or_else(
                || ConfigError::Unreadable(String::new()),
                |mistake| mistake.error,
            )
        })
    }

    /// Reads it as [`Config::parse`] does.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(text: &str, variables: &Variables) -> Result<Self, Vec<Mistake>> {
        mistakes::read(text, variables)
    }

    /// A provider's key is where its own tools look for it, unless the text gives one.
    fn keys_from(&mut self, variables: &Variables) {
        for known in &crate::model::providers::KNOWN {
            let given = self
                .models
                .providers
                .get(known.name)
                .is_some_and(|account| account.key.is_some());
            if let (false, Some(key)) = (
                given,
                variables
                    .get(known.key_variable)
                    .filter(|key| !key.is_empty()),
            ) {
                self.models
                    .providers
                    .entry(known.name.to_owned())
                    .or_default()
                    .key = Some(key.into());
            }
        }
    }

    /// The address of the page for whoever is not on this machine, without a `/` at its end.
    #[must_use]
    pub fn page_url(&self) -> Option<&str> {
        let url = self.review.url.as_deref().or(self.public_url.as_deref());
        url.map(|url| url.trim_end_matches('/'))
    }

    /// Whether this machine alone can reach the pages: an address for others means that a proxy brings them.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.listen.ip().is_loopback() && self.page_url().is_none()
    }

    /// Whether people have to sign in. Where this machine alone can reach the pages, whoever sits at it
    /// is their operator.
    #[must_use]
    pub fn asks_to_sign_in(&self) -> bool {
        self.dashboard.sign_in.unwrap_or(!self.is_private())
    }

    /// Every secret, with what it is: what must never stand in a mail.
    #[must_use]
    pub fn secrets(&self) -> Vec<(&'static str, &str)> {
        let smtp = self.outbound.smtp.iter();
        let ses = self.outbound.ses.iter();
        let accounts = self.models.providers.values();
        let canaries = self.outbound.canaries.iter();
        let named = [
            ("the secret of the installation", Some(&self.secret)),
            ("the token of the way in", self.inbound.token.as_ref()),
            (
                "the token of the metrics",
                self.telemetry.metrics_token.as_ref(),
            ),
        ];
        let all = named
            .into_iter()
            .filter_map(|(kind, secret)| Some((kind, secret?)))
            .chain(smtp.filter_map(|smtp| Some(("a password", smtp.password.as_ref()?))))
            .chain(
                ses.filter_map(|ses| Some(("a key of a mail service", ses.secret_key.as_ref()?))),
            )
            .chain(accounts.filter_map(|account| Some(("a key of a model", account.key.as_ref()?))))
            .chain(
                self.endpoints
                    .values()
                    .map(|it| ("a secret of an endpoint", &it.secret)),
            )
            .chain(
                self.webhooks
                    .values()
                    .filter_map(|it| Some(("a secret of a webhook", it.secret.as_ref()?))),
            )
            .chain(
                self.inbound
                    .s3
                    .iter()
                    .filter_map(|s3| Some(("a key of a bucket", s3.secret_key.as_ref()?))),
            )
            .chain(
                self.mcp
                    .values()
                    .filter_map(|it| Some(("a token of an MCP server", it.token.as_ref()?))),
            )
            .chain(canaries.map(|canary| ("a text that must not leave", canary)));
        all.map(|(kind, secret)| (kind, secret.expose_secret()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Config::parse(text, &Variables::default())
            .unwrap_err()
            .to_string()
    }

    fn with(text: &str, variable: &str, value: &str) -> Result<Config, ConfigError> {
        let variables = [(variable.to_owned(), value.to_owned())];
        Config::parse(text, &variables.into_iter().collect())
    }

    #[test]
    fn a_variable_goes_over_the_file() {
        let config = with(
            "queue: { workers: 3, nice: 1 }\n",
            "SILEXD_QUEUE__WORKERS",
            "8",
        )
        .unwrap();
        assert_eq!((config.queue.workers, config.queue.nice), (8, 1));
        let config = with("", "SILEXD_INBOUND__TOKEN", "12345").unwrap();
        assert_eq!(config.inbound.token.unwrap().expose_secret(), "12345");
        let list = "[{ name: rosa, address: rosa@a.example }]";
        assert_eq!(
            with("", "SILEXD_REVIEWERS", list).unwrap().reviewers[0].name,
            "rosa"
        );
    }

    #[test]
    fn a_variable_that_sets_what_there_is_not_is_refused_by_its_name() {
        let unknown = with("", "SILEXD_QUEUE__WROKERS", "8")
            .unwrap_err()
            .to_string();
        assert!(
            unknown.contains("`SILEXD_QUEUE__WROKERS`") && unknown.contains("wrokers"),
            "{unknown}"
        );
        let wrong = with("", "SILEXD_QUEUE__WORKERS", "many")
            .unwrap_err()
            .to_string();
        assert!(wrong.contains("`SILEXD_QUEUE__WORKERS`"), "{wrong}");
    }

    #[test]
    fn nothing_said_is_a_configuration_for_this_machine_alone() {
        let config = Config::parse("", &Variables::default()).unwrap();
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
        let config = with("inbound:\n  token: ${TOKEN}\n", "TOKEN", "a: \"b\" #c").unwrap();
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
        let config = with(text, "A", "k").unwrap();
        let key = config.models.providers["openai"].key.as_ref().unwrap();
        assert_eq!(key.expose_secret(), "k");
    }

    #[test]
    fn reviewers_are_told_apart_and_can_be_mailed() {
        for (reviewers, problem) in [
            (
                "[{ name: a b, address: a@x.example }]",
                "`a b` is no short name",
            ),
            (
                "[{ name: policy, address: a@x.example }]",
                "no person's name",
            ),
            (
                "[{ name: ada, address: Ada@x.example }]",
                "no address in lower case",
            ),
            (
                "[{ name: ada, address: a@x.example, weight: 0 }]",
                "weight of `ada` is 0",
            ),
            (
                "[{ name: ada, address: a@x.example, escalates_to: bob }]",
                "`bob`, who is no reviewer",
            ),
            (
                "[{ name: ada, address: a@x.example, hours: always }]",
                "`always` are no hours",
            ),
            (
                "[{ name: ada, address: a@x.example }, { name: ada, address: b@x.example }]",
                "two reviewers `ada`",
            ),
        ] {
            let said = refused(&format!("reviewers: {reviewers}\n"));
            assert!(said.contains(problem), "{said}");
        }
    }

    #[test]
    fn a_secret_that_is_empty_is_refused() {
        assert!(refused("inbound:\n  token: ''\n").contains("inbound.token"));
        assert!(refused("telemetry:\n  metrics_token: ''\n").contains("telemetry.metrics_token"));
    }

    #[test]
    fn a_server_needs_a_secret_that_its_nodes_share() {
        let server = "database: postgres://silex@db.example/mail\n";
        assert!(refused(server).contains("secret"));
        let config = with(server, "SILEXD_SECRET", "that of all its nodes").unwrap();
        assert_eq!(config.database.file(), None);
    }

    #[test]
    fn beyond_this_machine_people_sign_in_by_links_that_lead_somewhere() {
        let asks = |text: &str| {
            let config = Config::parse(text, &Variables::default()).unwrap();
            config.asks_to_sign_in()
        };
        assert!(!asks(""));
        assert!(asks("public_url: https://mail.example.org\n"));
        assert!(asks("dashboard: { sign_in: true }\n"));
        assert!(!asks(
            "public_url: https://mail.example.org\ndashboard: { sign_in: false }\n"
        ));
        let open = "listen: 0.0.0.0:80\npublic_url: https://a.example\n";
        assert!(asks(open));
        assert!(refused("listen: 0.0.0.0:80\n").contains("public_url"));
        let open = format!("{open}dashboard: {{ sign_in: false }}\n");
        assert!(refused(&open).contains("dashboard.sign_in"));
        assert!(refused("dashboard: { idle_hours: 0 }\n").contains("dashboard.idle_hours"));
    }

    #[test]
    fn a_server_of_tools_is_a_program_or_an_address() {
        let says = |server: &str| refused(&format!("mcp: {{ crm: {server} }}\n"));
        assert_eq!(says("{}"), "`mcp.crm`: needs a `command` or a `url`");
        assert!(says("{ command: [a], url: b }").contains("one of them"));
        assert!(says("{ url: b, env: [C] }").contains("goes with a `command`"));
    }

    #[test]
    fn a_zone_that_does_not_exist_is_refused() {
        assert!(refused("timezone: Europe/Bonn\n").contains("timezone"));
    }
}

//! The way out.

use std::net::IpAddr;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, bounds};

/// The way out.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// Where `.eml` files are written when there is neither `smtp` nor `ses`.
    pub outbox: PathBuf,
    /// An SMTP server.
    pub smtp: Option<Smtp>,
    /// Amazon SES.
    pub ses: Option<Ses>,
    /// Seconds between an approval and the sending.
    pub delay_s: u64,
    /// Mails a second in the name of each sender; as many as there are when absent.
    pub per_second: Option<u32>,
    /// Minutes that a report of a sending is waited for of which nobody knows the end.
    pub unknown_minutes: u64,
    /// Hours after which a campaign that could not be sent in time is skipped.
    pub late_hours: u64,
    /// Hosts that mails may link to, with all below them.
    pub links: Vec<String>,
    /// The greatest text of a mail.
    pub max_bytes: usize,
    /// Texts that must never leave: what stands in prompts to be found if one leaks.
    pub canaries: Vec<SecretString>,
}

/// An account of Amazon SES.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ses {
    /// Its region; what the environment of the AWS clients says when absent.
    pub region: Option<String>,
    /// The key of an account; what the AWS clients find by themselves when absent.
    pub access_key: Option<String>,
    /// The secret that goes with the key.
    pub secret_key: Option<SecretString>,
    /// The configuration set whose events come back by SNS.
    pub configuration_set: Option<String>,
    /// The address of a service that is not Amazon's.
    pub endpoint: Option<String>,
}

impl Outbound {
    /// Milliseconds between two mails in the name of a sender; 0 when nothing limits them.
    pub(crate) fn interval_ms(&self) -> i64 {
        self.per_second
            .map_or(0, |rate| 1000 / i64::from(rate.max(1)))
    }

    /// How late a campaign may still be sent, milliseconds.
    pub(crate) fn late_ms(&self) -> i64 {
        i64::try_from(self.late_hours)
            .unwrap_or(i64::MAX / 3_600_000)
            .saturating_mul(3_600_000)
    }

    /// What cannot be meant.
    pub(super) fn problems(&self) -> Vec<ConfigError> {
        let both = self.smtp.is_some() && self.ses.is_some();
        let both = both.then(|| {
            let why = "has both `smtp` and `ses`: mail leaves by one way";
            ConfigError::wrong("outbound", why)
        });
        let is_blank = |canary: &SecretString| canary.expose_secret().trim().is_empty();
        let canaries = self.canaries.iter().any(is_blank).then(|| {
            let why = "has an empty one, for which nothing can be looked";
            ConfigError::wrong("outbound.canaries", why)
        });
        let rate = self.per_second;
        let found = [
            both,
            bounds::filled("outbound.outbox", &self.outbox),
            bounds::number("outbound.delay_s", self.delay_s, 0..=7 * bounds::A_DAY),
            rate.and_then(|rate| bounds::number("outbound.per_second", rate, 1..=1000)),
            bounds::number("outbound.unknown_minutes", self.unknown_minutes, 0..=10_080),
            bounds::number("outbound.late_hours", self.late_hours, 0..=8_760),
            bounds::number("outbound.max_bytes", self.max_bytes, bounds::BYTES),
            canaries,
        ];
        let found = found.into_iter().flatten();
        let found = found.chain(self.links.iter().filter_map(|link| linked(link)));
        let found = found.chain(self.smtp.iter().flat_map(Smtp::problems));
        found
            .chain(self.ses.iter().flat_map(Ses::problems))
            .collect()
    }
}

/// A host that mails may link to. A name without a dot is that of many: all that end so.
fn linked(link: &str) -> Option<ConfigError> {
    let host = link.trim_start_matches('.');
    let is_many = !host.contains(['.', ':']) && host != "localhost";
    let why = format!("`{link}` is no host of somebody, such as `shop.example`");
    let many = is_many.then(|| ConfigError::wrong("outbound.links", why));
    many.or_else(|| bounds::host("outbound.links", host))
}

impl Ses {
    fn problems(&self) -> impl Iterator<Item = ConfigError> {
        let keys = (&self.access_key, &self.secret_key);
        let without = !cfg!(feature = "aws");
        let without =
            without.then_some("needs a program with the feature `aws`, as `silexd` has it");
        let endpoint = self.endpoint.as_deref();
        let found = [
            bounds::pair("outbound.ses", ("access_key", "secret_key"), keys),
            without.map(|why| ConfigError::wrong("outbound.ses", why)),
            endpoint.and_then(|endpoint| bounds::web("outbound.ses.endpoint", endpoint)),
        ];
        found.into_iter().flatten()
    }
}

impl Smtp {
    fn problems(&self) -> impl Iterator<Item = ConfigError> {
        let account = (&self.user, &self.password);
        let address = self.host.parse::<IpAddr>();
        let is_near = self.host == "localhost" || address.is_ok_and(|it| it.is_loopback());
        let is_open = self.tls == Tls::None && self.password.is_some() && !is_near;
        let is_open = is_open.then_some(
            "is `none`: the password would cross the network for all to read; `starttls` or `implicit`",
        );
        let found = [
            bounds::host("outbound.smtp.host", &self.host),
            bounds::number("outbound.smtp.port", self.port, 1..=u16::MAX),
            bounds::pair("outbound.smtp", ("user", "password"), account),
            is_open.map(|why| ConfigError::wrong("outbound.smtp.tls", why)),
        ];
        found.into_iter().flatten()
    }
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

impl Default for Outbound {
    fn default() -> Self {
        Self {
            outbox: "outbox".into(),
            smtp: None,
            ses: None,
            delay_s: 0,
            per_second: None,
            unknown_minutes: 15,
            late_hours: 12,
            links: Vec::new(),
            max_bytes: 256 * 1024,
            canaries: Vec::new(),
        }
    }
}

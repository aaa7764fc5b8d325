//! The way out.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use super::ConfigError;

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

    /// Refuses what cannot be meant.
    pub(super) fn checked(&self) -> Result<(), ConfigError> {
        let wrong = |key, problem: &str| {
            Err(ConfigError::Wrong {
                key,
                problem: problem.to_owned(),
            })
        };
        if self.smtp.is_some() && self.ses.is_some() {
            return wrong(
                "outbound",
                "has both `smtp` and `ses`: mail leaves by one way",
            );
        }
        if self.per_second.is_some_and(|rate| rate == 0 || rate > 1000) {
            return wrong("outbound.per_second", "is from 1 to 1000");
        }
        match &self.ses {
            Some(ses) if ses.access_key.is_some() != ses.secret_key.is_some() => {
                wrong("outbound.ses", "has one of `access_key` and `secret_key`")
            }
            Some(_) if !cfg!(feature = "aws") => wrong(
                "outbound.ses",
                "needs a program with the feature `aws`, as `silexd` has it",
            ),
            Some(_) | None => Ok(()),
        }
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

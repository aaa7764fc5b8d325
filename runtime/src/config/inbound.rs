//! Ways in.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{ConfigError, bounds};

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
    /// Notices of Amazon SES that come by SNS, to `POST /sns`.
    pub sns: Sns,
    /// The bucket where SES leaves mail.
    pub s3: Option<S3>,
    /// What is too much of one thread or one sender, so that a person looks.
    pub pace: Pace,
}

/// What is too much of one thread or one sender, so that a person looks: what ends the loops that
/// no header tells of.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pace {
    /// Answers in a thread within an hour.
    pub thread_per_hour: u32,
    /// Answers to a sender within a day.
    pub sender_per_day: u32,
    /// Mails of a sender within an hour.
    pub sender_mails_per_hour: u32,
    /// Mails in a thread.
    pub thread_mails: u32,
}

/// Notices that come by Amazon SNS.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sns {
    /// The ARNs of the topics whose notices are taken; without one, none is.
    pub topics: Vec<String>,
    /// Refuses notices with version 1 of the signature, which rests on SHA-1.
    pub refuse_sha1: bool,
}

/// A bucket where SES leaves mail: at Amazon, or at any service that speaks S3.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// Its name.
    pub bucket: String,
    /// What the keys of mail begin with, as the rule of SES says it: `mail/`.
    #[serde(default)]
    pub prefix: String,
    /// Its region; what the environment of the AWS clients says when absent.
    #[serde(default)]
    pub region: Option<String>,
    /// The address of a service that is not Amazon's; the bucket then stands in the path.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The key of an account; what the AWS clients find by themselves when absent.
    #[serde(default)]
    pub access_key: Option<String>,
    /// The secret that goes with the key.
    #[serde(default)]
    pub secret_key: Option<SecretString>,
    /// Minutes between two looks for mail that no notice told of; 0 for none.
    #[serde(default = "an_hour")]
    pub reconcile_minutes: u64,
}

fn an_hour() -> u64 {
    60
}

impl Default for Inbound {
    fn default() -> Self {
        Self {
            folder: None,
            token: None,
            authserv_id: None,
            trust_unverified: false,
            max_bytes: 40 * 1024 * 1024,
            sns: Sns::default(),
            s3: None,
            pace: Pace::default(),
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            thread_per_hour: 10,
            sender_per_day: 40,
            sender_mails_per_hour: 200,
            thread_mails: 100,
        }
    }
}

impl Inbound {
    /// What cannot be meant.
    pub(super) fn problems(&self) -> Vec<ConfigError> {
        let is_wrong = self.sns.topics.iter().any(|topic| !is_topic(topic));
        let topics = is_wrong.then(|| {
            let why = "has what is no ARN of a topic, `arn:aws:sns:REGION:ACCOUNT:NAME`";
            ConfigError::wrong("inbound.sns.topics", why)
        });
        let (folder, token) = (self.folder.as_ref(), self.token.as_ref());
        let server = self.authserv_id.as_ref();
        let found = [
            folder.and_then(|folder| bounds::filled("inbound.folder", folder)),
            // An unset variable of the environment is often an empty one.
            token.and_then(|token| bounds::filled("inbound.token", token.expose_secret())),
            server.and_then(|server| bounds::filled("inbound.authserv_id", server)),
            bounds::number("inbound.max_bytes", self.max_bytes, bounds::BYTES),
            topics,
        ];
        let found = found.into_iter().flatten();
        found.chain(self.s3.iter().flat_map(S3::problems)).collect()
    }
}

impl S3 {
    fn problems(&self) -> impl Iterator<Item = ConfigError> {
        let keys = (&self.access_key, &self.secret_key);
        let endpoint = self.endpoint.as_deref();
        let minutes = self.reconcile_minutes;
        let found = [
            bounds::pair("inbound.s3", ("access_key", "secret_key"), keys),
            bounds::filled("inbound.s3.bucket", &self.bucket),
            endpoint.and_then(|endpoint| bounds::web("inbound.s3.endpoint", endpoint)),
            bounds::number("inbound.s3.reconcile_minutes", minutes, 0..=10_080),
        ];
        found.into_iter().flatten()
    }
}

fn is_topic(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    matches!(parts.as_slice(), ["arn", partition, "sns", region, account, name]
        if partition.starts_with("aws") && ![region, account, name].iter().any(|part| part.is_empty()))
}

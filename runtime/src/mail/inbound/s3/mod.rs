//! The bucket where a service leaves mail. Whether a program can reach one at all is decided when
//! it is built, by the feature `aws`.

#[cfg_attr(feature = "aws", path = "client.rs")]
#[cfg_attr(not(feature = "aws"), path = "without.rs")]
mod client;

use secrecy::SecretString;

pub use client::Bucket;

/// Where a bucket is, and how to get into it.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Its name.
    pub bucket: String,
    /// What the keys of mail begin with.
    pub prefix: String,
    /// Its region.
    pub region: Option<String>,
    /// The address of a service that is not Amazon's.
    pub endpoint: Option<String>,
    /// The key of an account and its secret.
    pub keys: Option<(String, SecretString)>,
}

/// An object of the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// When it was written, milliseconds.
    pub written_at: i64,
}

/// Some objects of a prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The objects, in the order of their keys.
    pub objects: Vec<Object>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// Why something could not be had from a bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum S3Error {
    /// There is no such object, or not yet.
    #[error("there is no object `{0}` in the bucket")]
    Missing(String),
    /// We may not.
    #[error("the bucket refuses us: {0}")]
    Denied(String),
    /// The object is larger than a mail may be.
    #[error("the object has {bytes} bytes, and a mail may have {most}")]
    TooLarge {
        /// How large it is.
        bytes: u64,
        /// How large a mail may be.
        most: usize,
    },
    /// It ended early, or is not what the bucket says it is.
    #[error("the object came with {came} of its {bytes} bytes")]
    Cut {
        /// Bytes that came.
        came: usize,
        /// Bytes that it has.
        bytes: u64,
    },
    /// The service did not answer, or not sensibly.
    #[error("the bucket cannot be reached: {0}")]
    Unreachable(String),
    /// This program was built without it.
    #[error("this program was built without S3 (feature `aws`)")]
    NotBuilt,
}

impl Place {
    /// The id of a mail by the key of its object.
    #[must_use]
    pub fn id_of<'k>(&self, key: &'k str) -> Option<&'k str> {
        let id = key
            .strip_prefix(self.prefix.as_str())?
            .trim_start_matches('/');
        // SES leaves a greeting when a rule is made.
        let is_mail = !id.is_empty() && !id.contains('/') && id != "AMAZON_SES_SETUP_NOTIFICATION";
        is_mail.then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_mail_ends_with_its_id() {
        let place = Place {
            prefix: "in/".to_owned(),
            ..Place::default()
        };
        assert_eq!(place.id_of("in/o3vr"), Some("o3vr"));
        for key in [
            "in/",
            "out/o3vr",
            "in/AMAZON_SES_SETUP_NOTIFICATION",
            "in/archive/o3vr",
        ] {
            assert_eq!(place.id_of(key), None, "{key}");
        }
        let bare = Place {
            prefix: "in".to_owned(),
            ..Place::default()
        };
        assert_eq!(bare.id_of("in/o3vr"), Some("o3vr"));
    }
}

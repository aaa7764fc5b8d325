//! Messages of Amazon SNS, as it posts them to a web address.
//!
//! Nothing in a message is believed before its signature is checked, and nothing is fetched for a
//! message whose topic is not ours. The order is that of [`Message::read`], [`Message::certificate_url`],
//! [`Certificates::get`] and [`Message::check`]; all but the third are pure.

mod certificate;
mod certificates;
mod host;
mod signature;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Url;
use serde::Deserialize;

pub use certificate::{Certificate, Unusable};
pub use certificates::{Certificates, Unfetched};

/// The greatest message that is read: SNS carries 256 KiB, and a mail in it is escaped once more.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Why a message is not taken. Sending it again would not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Raw delivery takes the envelope away, and the signature with it.
    #[error(
        "raw message delivery is on for this subscription: it strips the signature, turn it off"
    )]
    RawDelivery,
    /// It is no message of SNS.
    #[error("not a message of SNS: {0}")]
    Unreadable(String),
    /// Nobody asked for it.
    #[error("the topic `{0}` is not in `inbound.sns.topics`")]
    Topic(String),
    /// The address of a certificate or a confirmation is not one of SNS.
    #[error("`{0}` is not an address of SNS")]
    Address(String),
    /// Version 1 rests on SHA-1, which the settings refuse.
    #[error("version 1 of the signature is refused: set the topic's SignatureVersion to 2")]
    Version1,
    /// The signature is not that of the certificate over this message.
    #[error("the signature is wrong")]
    Signature,
}

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// It carries what somebody published.
    Notification,
    /// The topic asks whether it may post here.
    SubscriptionConfirmation {
        /// What is signed with it.
        token: String,
        /// The address whose visit says yes.
        subscribe_url: String,
    },
    /// Somebody ended the subscription.
    UnsubscribeConfirmation {
        /// What is signed with it.
        token: String,
        /// The address whose visit would take it back.
        subscribe_url: String,
    },
}

/// Which algorithm the signature is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Sha1,
    Sha256,
}

/// A message, not believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is.
    pub kind: Kind,
    /// Its id, the same in every repetition.
    pub id: String,
    /// The topic that it came by.
    pub topic: String,
    /// What was published.
    pub text: String,
    /// When, in the words of SNS: RFC 3339.
    pub timestamp: String,
    subject: Option<String>,
    version: Version,
    signature: Vec<u8>,
    certificate_url: String,
}

/// The fields as they are named on the wire. A repeated field is an error: two readers could
/// disagree about which of them was signed.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    r#type: String,
    message_id: String,
    topic_arn: String,
    message: String,
    timestamp: String,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    certificate_url: String,
    subject: Option<String>,
    token: Option<String>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
}

impl Message {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// It is no message of SNS.
    pub fn read(body: &[u8]) -> Result<Self, Refused> {
        let unreadable = |what: &str| Refused::Unreadable(what.to_owned());
        // What serde says may quote the body, which holds mail.
        let wire: Wire = serde_json::from_slice(body).map_err(|error| {
            Refused::Unreadable(format!("line {}, column {}", error.line(), error.column()))
        })?;
        let confirmation = wire.token.zip(wire.subscribe_url);
        let kind = match (wire.r#type.as_str(), confirmation) {
            ("Notification", _) => Kind::Notification,
            ("SubscriptionConfirmation", Some((token, subscribe_url))) => {
                Kind::SubscriptionConfirmation {
                    token,
                    subscribe_url,
                }
            }
            ("UnsubscribeConfirmation", Some((token, subscribe_url))) => {
                Kind::UnsubscribeConfirmation {
                    token,
                    subscribe_url,
                }
            }
            (_, _) => return Err(unreadable("its type is unknown, or fields are missing")),
        };
        let version = match wire.signature_version.as_str() {
            "1" => Version::Sha1,
            "2" => Version::Sha256,
            _ => return Err(unreadable("its signature version is neither 1 nor 2")),
        };
        let signature = BASE64.decode(&wire.signature);
        Ok(Self {
            kind,
            id: wire.message_id,
            topic: wire.topic_arn,
            text: wire.message,
            timestamp: wire.timestamp,
            subject: wire.subject,
            version,
            signature: signature.map_err(|_| unreadable("its signature is not Base64"))?,
            certificate_url: wire.certificate_url,
        })
    }

    /// Where its certificate is, if it is of one of our topics and the address is one of SNS.
    ///
    /// # Errors
    /// The topic is not ours, the address is not one of SNS, or version 1 is refused.
    pub fn certificate_url(&self, topics: &[String], refuse_sha1: bool) -> Result<Url, Refused> {
        if !topics.contains(&self.topic) {
            return Err(Refused::Topic(self.topic.clone()));
        }
        if refuse_sha1 && self.version == Version::Sha1 {
            return Err(Refused::Version1);
        }
        host::certificate(&self.certificate_url)
            .ok_or_else(|| Refused::Address(self.certificate_url.clone()))
    }

    /// Checks that the owner of the certificate made the signature.
    ///
    /// # Errors
    /// They did not.
    pub fn check(&self, certificate: &Certificate) -> Result<(), Refused> {
        let signed = signature::signed_text(self);
        let hash = match self.version {
            Version::Sha1 => certificate::Hash::Sha1,
            Version::Sha256 => certificate::Hash::Sha256,
        };
        if certificate.verifies(hash, signed.as_bytes(), &self.signature) {
            Ok(())
        } else {
            Err(Refused::Signature)
        }
    }

    /// The address whose visit confirms the subscription, if it is one of SNS for this topic.
    ///
    /// # Errors
    /// It is not.
    pub fn confirmation(&self, subscribe_url: &str) -> Result<Url, Refused> {
        host::confirmation(subscribe_url, &self.topic)
            .ok_or_else(|| Refused::Address(subscribe_url.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-west-2:123456789012:MyTopic";

    fn body(extra: &str) -> String {
        format!(
            r#"{{"Type": "Notification", "MessageId": "22b80b92", "TopicArn": "{TOPIC}", "Message": "Hello\nworld!",
                "Timestamp": "2012-05-02T00:54:06.655Z", "SignatureVersion": "1", "Signature": "AAAA",
                "SigningCertURL": "https://sns.us-west-2.amazonaws.com/a.pem", "UnsubscribeURL": "https://x"{extra}}}"#
        )
    }

    fn read(body: &str) -> Result<Message, Refused> {
        Message::read(body.as_bytes())
    }

    #[test]
    fn the_signed_text_is_that_of_the_manual() {
        let message = read(&body(r#", "Subject": "My First Message""#)).unwrap();
        assert_eq!(
            signature::signed_text(&message),
            format!(
                "Message\nHello\nworld!\nMessageId\n22b80b92\nSubject\nMy First Message\n\
                 Timestamp\n2012-05-02T00:54:06.655Z\nTopicArn\n{TOPIC}\nType\nNotification\n"
            )
        );
        let without = signature::signed_text(&read(&body(r#", "Subject": null"#)).unwrap());
        assert!(!without.contains("Subject"), "{without}");
    }

    #[test]
    fn a_confirmation_signs_its_address_and_its_token() {
        let text =
            body(r#", "Token": "2336", "SubscribeURL": "https://sns.us-west-2.amazonaws.com/""#)
                .replace("\"Notification", "\"SubscriptionConfirmation");
        let signed = signature::signed_text(&read(&text).unwrap());
        let lines: Vec<_> = signed.lines().step_by(2).skip(1).collect();
        assert!(
            signed.contains("SubscribeURL\nhttps://sns.us-west-2.amazonaws.com/\nTimestamp\n2012"),
            "{lines:?}"
        );
        assert!(signed.contains("Token\n2336\nTopicArn\n"), "{signed}");
    }

    #[test]
    fn what_is_no_message_is_refused_without_repeating_it() {
        for text in [
            "",
            "{}",
            "a mail's text",
            &body("").replace("\"1\"", "\"3\""),
            &body("").replace("AAAA", "!"),
            &body("").replace("\"Notification", "\"SubscriptionConfirmation"),
            &body(r#", "Message": "another""#),
        ] {
            let refused = read(text).unwrap_err();
            assert!(matches!(refused, Refused::Unreadable(_)), "{text}");
            assert!(!refused.to_string().contains("mail's"), "{refused}");
        }
    }

    #[test]
    fn nothing_is_fetched_for_another_topic_or_another_host() {
        let message = read(&body("")).unwrap();
        let ours = [TOPIC.to_owned()];
        assert!(message.certificate_url(&ours, false).is_ok());
        assert_eq!(
            message.certificate_url(&[], false),
            Err(Refused::Topic(TOPIC.to_owned()))
        );
        assert_eq!(message.certificate_url(&ours, true), Err(Refused::Version1));
        let elsewhere =
            read(&body("").replace("amazonaws.com", "amazonaws.com.evil.example")).unwrap();
        assert!(matches!(
            elsewhere.certificate_url(&ours, false),
            Err(Refused::Address(_))
        ));
    }
}

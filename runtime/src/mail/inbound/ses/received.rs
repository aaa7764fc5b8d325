//! A mail came: who it is for by its envelope, what SES found out about it, and where it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;

use crate::mail::inbound::Verdicts;

/// What SES says about a mail that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The id that SES gave it; not that of its header.
    pub id: String,
    /// The sender of the envelope; empty for a bounce.
    pub envelope_from: Option<String>,
    /// The recipients of the envelope among ours.
    pub envelope_to: Vec<String>,
    /// What SES found out.
    pub verdicts: Verdicts,
    /// Where the mail is.
    pub content: Content,
}

/// Where a mail is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// In the notice.
    Here(Vec<u8>),
    /// In a bucket.
    S3 {
        /// The bucket.
        bucket: String,
        /// The key of the object.
        key: String,
    },
    /// Nowhere: the rule of SES has neither an S3 action nor content in its notice.
    Nowhere,
}

#[derive(Deserialize)]
struct Wire {
    mail: Mail,
    receipt: WireReceipt,
    content: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireReceipt {
    recipients: Vec<String>,
    #[serde(default)]
    spam_verdict: Status,
    #[serde(default)]
    virus_verdict: Status,
    #[serde(default)]
    spf_verdict: Status,
    #[serde(default)]
    dkim_verdict: Status,
    #[serde(default)]
    dmarc_verdict: Status,
    dmarc_policy: Option<String>,
    action: Option<Action>,
}

#[derive(Default, Deserialize)]
struct Status {
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    bucket_name: Option<String>,
    object_key: Option<String>,
    encoding: Option<String>,
}

pub(super) fn read(text: &str) -> Result<Receipt, serde_json::Error> {
    let Wire {
        mail,
        receipt,
        content,
    } = serde_json::from_str(text)?;
    let action = receipt.action.as_ref();
    let encoding = action.and_then(|action| action.encoding.as_deref());
    let place = action.and_then(|action| action.bucket_name.clone().zip(action.object_key.clone()));
    let content = match (content, place) {
        (Some(content), _) => Content::Here(decoded(content, encoding)),
        (None, Some((bucket, key))) => Content::S3 { bucket, key },
        (None, None) => Content::Nowhere,
    };
    Ok(Receipt {
        id: mail.message_id,
        envelope_from: mail.source,
        envelope_to: receipt.recipients,
        verdicts: Verdicts {
            spam: receipt.spam_verdict.status,
            virus: receipt.virus_verdict.status,
            spf: receipt.spf_verdict.status,
            dkim: receipt.dkim_verdict.status,
            dmarc: receipt.dmarc_verdict.status,
            dmarc_policy: receipt
                .dmarc_policy
                .map(|policy| policy.to_ascii_lowercase()),
        },
        content,
    })
}

/// The bytes of the mail. A notice of an older rule does not say how they are written; the header
/// of a mail has `:` in its first line, which Base64 has not.
fn decoded(content: String, encoding: Option<&str>) -> Vec<u8> {
    let is_base64 = match encoding {
        Some(encoding) => encoding.eq_ignore_ascii_case("base64"),
        None => !content.contains(':'),
    };
    if is_base64 {
        let flat: String = content.split_ascii_whitespace().collect();
        if let Ok(bytes) = BASE64.decode(flat) {
            return bytes;
        }
    }
    content.into_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mail::inbound::ses::Notice;

    fn receipt(action: &serde_json::Value, content: Option<&str>) -> Receipt {
        let mut notice = json!({
            "notificationType": "Received",
            "receipt": {
                "timestamp": "2026-03-01T09:00:00.000Z", "processingTimeMillis": 574,
                "recipients": ["write@aleik.example"],
                "spamVerdict": { "status": "PASS" }, "virusVerdict": { "status": "DISABLED" }, "spfVerdict": { "status": "PASS" },
                "dkimVerdict": { "status": "GRAY" }, "dmarcVerdict": { "status": "FAIL" }, "dmarcPolicy": "REJECT",
                "action": action,
            },
            "mail": {
                "timestamp": "2026-03-01T09:00:00.000Z", "source": "anna@b.example", "messageId": "o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1",
                "destination": ["other@aleik.example"], "headersTruncated": true, "headers": [], "commonHeaders": {},
            },
        });
        if let Some(content) = content {
            notice["content"] = content.into();
        }
        match Notice::read(&notice.to_string()).unwrap() {
            Notice::Received(receipt) => *receipt,
            other @ (Notice::Event(_) | Notice::Other(_)) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_mail_in_a_bucket_is_found_by_its_place() {
        let action = json!({ "type": "S3", "topicArn": "arn:x", "bucketName": "mails", "objectKeyPrefix": "in/", "objectKey": "in/o3vr" });
        let receipt = receipt(&action, None);
        assert_eq!(
            receipt.content,
            Content::S3 {
                bucket: "mails".into(),
                key: "in/o3vr".into()
            }
        );
        assert_eq!(
            receipt.envelope_to,
            ["write@aleik.example"],
            "not whom its header names"
        );
        assert_eq!(receipt.envelope_from.as_deref(), Some("anna@b.example"));
        assert_eq!(
            (
                receipt.verdicts.dkim.as_str(),
                receipt.verdicts.dmarc_policy.as_deref()
            ),
            ("GRAY", Some("reject"))
        );
    }

    #[test]
    fn a_mail_in_the_notice_has_its_bytes_back() {
        let base64 = json!({ "type": "SNS", "encoding": "BASE64" });
        assert_eq!(
            receipt(&base64, Some("U3ViamVjdDogw6kNCg==")).content,
            Content::Here("Subject: é\r\n".into())
        );
        let utf8 = json!({ "type": "SNS", "encoding": "UTF8" });
        assert_eq!(
            receipt(&utf8, Some("Subject: é\r\n")).content,
            Content::Here("Subject: é\r\n".into())
        );
        let silent = json!({ "type": "SNS" });
        assert_eq!(
            receipt(&silent, Some("U3ViamVjdDogeA0K")).content,
            Content::Here("Subject: x\r\n".into())
        );
        assert_eq!(
            receipt(&silent, Some("Subject: x\r\n")).content,
            Content::Here("Subject: x\r\n".into())
        );
    }

    #[test]
    fn a_notice_without_a_mail_says_so() {
        assert_eq!(
            receipt(&json!({ "type": "Stop" }), None).content,
            Content::Nowhere
        );
        assert_eq!(
            receipt(&serde_json::Value::Null, None).content,
            Content::Nowhere
        );
    }

    #[test]
    fn what_is_no_notice_of_mail_is_told_from_one_that_is_broken() {
        let other = |text: &str| Notice::read(text).unwrap();
        assert_eq!(
            other("Successfully validated SNS topic"),
            Notice::Other("plain text".into())
        );
        assert_eq!(
            other(r#"{"a": 1}"#),
            Notice::Other("JSON without a type".into())
        );
        assert_eq!(
            other(r#"{"notificationType": "AmazonSnsSubscriptionSucceeded"}"#),
            Notice::Other("AmazonSnsSubscriptionSucceeded".into())
        );
        assert!(Notice::read(r#"{"notificationType": "Received", "mail": {}}"#).is_err());
    }
}

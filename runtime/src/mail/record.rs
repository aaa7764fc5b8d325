//! A mail as a value of the language: the standard record `silex.Mail`.
//!
//! The bounds are those that the language declares for the record; parsing keeps to them, and the
//! conversion does so again, so that no value of a stranger's making breaks a type.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{AttachmentInfo, Incoming, Mailbox, clean};

/// Characters of a body, of quoted text and of an attachment's text.
pub const BODY: usize = 50_000;
/// Characters of a subject.
pub const SUBJECT: usize = 500;
/// Characters of a person's name.
pub const NAME: usize = 120;
/// Characters of an id.
pub const ID: usize = 200;
/// Addressees.
pub const TO: usize = 50;
/// Attachments.
pub const ATTACHMENTS: usize = 20;
/// Characters of an attachment's name.
pub const ATTACHMENT_NAME: usize = 200;
/// Characters of an attachment's media type.
pub const KIND: usize = 100;

/// The mail as a `silex.Mail`. `received` is when it reached us, in milliseconds.
#[must_use]
pub fn mail(incoming: &Incoming, id: &str, received: i64) -> Value {
    json!({
        "id": clean::line(id, ID),
        "from": incoming.from.as_ref().map(address),
        "to": incoming.to.iter().take(TO).map(address).collect::<Vec<_>>(),
        "subject": clean::line(&incoming.subject, SUBJECT),
        "body": clean::cut(&incoming.text, BODY),
        "quoted": clean::cut(&incoming.quoted, BODY),
        "attachments": incoming.attachments.iter().take(ATTACHMENTS).map(attachment).collect::<Vec<_>>(),
        "verified": incoming.verified(),
        "received": datetime(received),
    })
}

fn address(mailbox: &Mailbox) -> Value {
    json!({ "address": mailbox.address, "name": clean::line(&mailbox.name, NAME) })
}

fn attachment(attachment: &AttachmentInfo) -> Value {
    json!({
        "name": clean::line(&attachment.name, ATTACHMENT_NAME),
        "kind": attachment.kind,
        "bytes": attachment.bytes,
        "text": attachment.text.as_ref().map(|text| clean::cut(text, BODY)),
    })
}

/// A time in milliseconds as the language writes it; none if it is beyond the calendar.
fn datetime(ms: i64) -> Option<String> {
    Timestamp::from_second(ms.div_euclid(1000))
        .ok()
        .map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_becomes_the_standard_record_within_its_bounds() {
        let incoming = Incoming {
            from: Mailbox::read("a@b.example", "A"),
            to: vec![
                Mailbox {
                    address: "w@c.example".into(),
                    name: String::new()
                };
                60
            ],
            subject: "s".repeat(600),
            text: "t".repeat(60_000),
            attachments: vec![
                AttachmentInfo {
                    kind: "text/plain".into(),
                    bytes: 3,
                    text: Some("abc".into()),
                    ..AttachmentInfo::default()
                };
                30
            ],
            ..Incoming::default()
        };
        let value = mail(&incoming, "m1", 1_772_355_600_999);
        assert_eq!(
            value["from"],
            json!({ "address": "a@b.example", "name": "A" })
        );
        assert_eq!(value["to"].as_array().map(Vec::len), Some(50));
        assert_eq!(value["attachments"].as_array().map(Vec::len), Some(20));
        assert_eq!(
            value["attachments"][0],
            json!({ "name": "", "kind": "text/plain", "bytes": 3, "text": "abc" })
        );
        let length = |field: &str| value[field].as_str().map(|text| text.chars().count());
        assert_eq!(
            (length("subject"), length("body")),
            (Some(500), Some(50_000))
        );
        assert_eq!(value["received"], "2026-03-01T09:00:00Z");
        assert_eq!(value["verified"], false);
    }

    #[test]
    fn a_mail_without_a_sender_has_none() {
        assert_eq!(mail(&Incoming::default(), "", 0)["from"], Value::Null);
        assert_eq!(
            mail(&Incoming::default(), "", i64::MAX)["received"],
            Value::Null
        );
    }
}

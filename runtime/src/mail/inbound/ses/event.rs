//! What became of a mail that we sent.

use serde::Deserialize;
use serde_json::Value;

use crate::mail::Mailbox;
use crate::mail::compose::INTENT;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The service took it, and will try.
    Sent,
    /// The recipient's server took it.
    Delivered,
    /// The recipient's server refused it for good.
    Bounced,
    /// It bounced for now, or nobody knows why.
    BouncedForNow,
    /// The recipient called it spam.
    Complained,
    /// The service took it and did not send it on: a virus was found in it.
    Rejected,
    /// It takes long, and is still tried.
    Delayed,
    /// Read, clicked, and other things that change nothing.
    Noted,
}

impl Outcome {
    /// What may be told of a mail beyond that it was taken, as the store names it.
    pub const TOLD: [&'static str; 6] = [
        Self::Delivered.word(),
        Self::Bounced.word(),
        Self::BouncedForNow.word(),
        Self::Complained.word(),
        Self::Rejected.word(),
        Self::Delayed.word(),
    ];

    /// What a kind of SES's events means. None for what is no event of a sending.
    pub(super) fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "Send" => Self::Sent,
            "Delivery" => Self::Delivered,
            "Bounce" => Self::BouncedForNow,
            "Complaint" => Self::Complained,
            "Reject" | "Rendering Failure" => Self::Rejected,
            "DeliveryDelay" => Self::Delayed,
            "Open" | "Click" | "Subscription" => Self::Noted,
            _ => return None,
        })
    }

    /// How the store names it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::BouncedForNow => "bounced_for_now",
            Self::Complained => "complained",
            Self::Rejected => "rejected",
            Self::Delayed => "delayed",
            Self::Noted => "noted",
        }
    }

    /// Whether the service certainly took the mail: it has gone on its way.
    #[must_use]
    pub fn proves_acceptance(self) -> bool {
        match self {
            Self::Sent
            | Self::Delivered
            | Self::Bounced
            | Self::BouncedForNow
            | Self::Complained
            | Self::Delayed => true,
            Self::Rejected | Self::Noted => false,
        }
    }
}

/// An event about a mail that we sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What became of it.
    pub outcome: Outcome,
    /// The id that SES gave it.
    pub ses_id: String,
    /// Its intent, in the form that stands in its header and its tags.
    pub intent: Option<String>,
    /// Whom it concerns.
    pub recipients: Vec<String>,
    /// More about it, for people.
    pub detail: String,
    /// When, in the words of SES: RFC 3339.
    pub at: String,
}

#[derive(Deserialize)]
struct Wire {
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    delivery: Option<Delivery>,
    reject: Option<Reject>,
    #[serde(rename = "deliveryDelay")]
    delay: Option<Delay>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    timestamp: String,
    #[serde(default)]
    destination: Vec<String>,
    #[serde(default)]
    tags: Value,
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounce_sub_type: String,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
    complaint_feedback_type: Option<String>,
    complaint_sub_type: Option<String>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Delivery {
    #[serde(default)]
    recipients: Vec<String>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Reject {
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delay {
    #[serde(default)]
    delay_type: String,
    #[serde(default)]
    delayed_recipients: Vec<Recipient>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
    diagnostic_code: Option<String>,
}

pub(super) fn read(text: &str, outcome: Outcome) -> Result<Event, serde_json::Error> {
    let wire: Wire = serde_json::from_str(text)?;
    let mut event = Event {
        outcome,
        intent: intent(&wire.mail),
        recipients: wire.mail.destination,
        detail: String::new(),
        at: wire.mail.timestamp,
        ses_id: wire.mail.message_id,
    };
    let mut at = None;
    if let Some(bounce) = wire.bounce {
        if bounce.bounce_type == "Permanent" {
            event.outcome = Outcome::Bounced;
        }
        let codes: Vec<_> = bounce
            .bounced_recipients
            .iter()
            .filter_map(|of| of.diagnostic_code.clone())
            .collect();
        event.detail = format!(
            "{} {} {}",
            bounce.bounce_type,
            bounce.bounce_sub_type,
            codes.join("; ")
        );
        event.recipients = addresses(bounce.bounced_recipients);
        at = bounce.timestamp;
    } else if let Some(complaint) = wire.complaint {
        // The recipient says the opposite, of mail that a filter took for spam (RFC 6430).
        if complaint.complaint_feedback_type.as_deref() == Some("not-spam") {
            event.outcome = Outcome::Noted;
        }
        let kinds = [
            complaint.complaint_feedback_type,
            complaint.complaint_sub_type,
        ];
        event.detail = kinds.into_iter().flatten().collect::<Vec<_>>().join(" ");
        event.recipients = addresses(complaint.complained_recipients);
        at = complaint.timestamp;
    } else if let Some(delay) = wire.delay {
        event.detail = delay.delay_type;
        event.recipients = addresses(delay.delayed_recipients);
        at = delay.timestamp;
    } else if let Some(delivery) = wire.delivery {
        event.recipients = delivery.recipients;
        at = delivery.timestamp;
    } else if let Some(reject) = wire.reject {
        event.detail = reject.reason;
    }
    event.at = at.unwrap_or(event.at);
    event.detail = crate::mail::clean::line(&event.detail, 500);
    event.recipients = event
        .recipients
        .iter()
        .filter_map(|to| Some(Mailbox::of_text(to)?.address))
        .collect();
    Ok(event)
}

fn addresses(recipients: Vec<Recipient>) -> Vec<String> {
    recipients
        .into_iter()
        .map(|recipient| recipient.email_address)
        .collect()
}

/// The intent: of its tag, else of its header. A tag may hold fewer characters than a header.
fn intent(mail: &Mail) -> Option<String> {
    let tag = mail
        .tags
        .get(INTENT_TAG)
        .and_then(|values| values.get(0))
        .and_then(Value::as_str);
    let header = mail
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(INTENT));
    tag.map(str::to_owned)
        .or_else(|| header.map(|header| header.value.clone()))
}

/// The tag that carries the intent of a sending.
pub const INTENT_TAG: &str = "silex-intent";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mail::inbound::ses::Notice;

    fn event(kind: &str, key: &str, about: &Value) -> Event {
        let notice = json!({
            "eventType": kind,
            "mail": {
                "timestamp": "2026-03-01T09:00:00.000Z", "messageId": "0102-ses", "destination": ["Anna <Anna@b.example>"],
                "tags": { "ses:from-domain": ["aleik.example"], "silex-intent": ["reply-1"] },
            },
            key: about,
        });
        match Notice::read(&notice.to_string()).unwrap() {
            Notice::Event(event) => *event,
            other @ (Notice::Received(_) | Notice::Other(_)) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_sending_is_known_by_its_tag() {
        let sent = event("Send", "send", &json!({}));
        assert_eq!(
            (sent.outcome, sent.intent.as_deref()),
            (Outcome::Sent, Some("reply-1"))
        );
        assert_eq!(sent.recipients, ["anna@b.example"]);
        assert!(sent.outcome.proves_acceptance());
    }

    #[test]
    fn only_a_permanent_bounce_is_for_good() {
        let bounce = |kind: &str| {
            event(
                "Bounce",
                "bounce",
                &json!({
                    "bounceType": kind, "bounceSubType": "General", "timestamp": "2026-03-01T09:05:00.000Z",
                    "bouncedRecipients": [{ "emailAddress": "anna@b.example", "diagnosticCode": "smtp; 550 5.1.1 nobody" }],
                }),
            )
        };
        let hard = bounce("Permanent");
        assert_eq!(
            (hard.outcome, hard.at.as_str()),
            (Outcome::Bounced, "2026-03-01T09:05:00.000Z")
        );
        assert!(hard.detail.contains("550 5.1.1"), "{}", hard.detail);
        assert_eq!(bounce("Transient").outcome, Outcome::BouncedForNow);
        assert_eq!(bounce("Undetermined").outcome, Outcome::BouncedForNow);
    }

    #[test]
    fn a_complaint_names_those_who_complained() {
        let about = json!({ "complainedRecipients": [{ "emailAddress": "carl@b.example" }], "complaintFeedbackType": "abuse" });
        let complaint = event("Complaint", "complaint", &about);
        assert_eq!(
            (complaint.recipients.as_slice(), complaint.detail.as_str()),
            (&["carl@b.example".to_owned()][..], "abuse")
        );
        assert_eq!(complaint.outcome, Outcome::Complained);
        let rescued = json!({ "complainedRecipients": [], "complaintFeedbackType": "not-spam" });
        let rescued = event("Complaint", "complaint", &rescued);
        assert_eq!(rescued.outcome, Outcome::Noted);
    }

    #[test]
    fn a_rejection_proves_that_it_was_not_sent() {
        let rejected = event("Reject", "reject", &json!({ "reason": "Bad content" }));
        assert!(!rejected.outcome.proves_acceptance());
        assert_eq!(rejected.detail, "Bad content");
    }
}

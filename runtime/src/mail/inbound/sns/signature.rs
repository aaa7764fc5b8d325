//! What of a message is signed: names and values, each on a line, in the order of the names.

use super::{Kind, Message};

/// The text that the signature is made over.
pub(super) fn signed_text(message: &Message) -> String {
    let mut fields = vec![
        ("Message", message.text.as_str()),
        ("MessageId", &message.id),
    ];
    let kind = match &message.kind {
        Kind::Notification => {
            fields.extend(
                message
                    .subject
                    .as_deref()
                    .map(|subject| ("Subject", subject)),
            );
            fields.push(("Timestamp", &message.timestamp));
            "Notification"
        }
        Kind::SubscriptionConfirmation {
            token,
            subscribe_url,
        } => {
            fields.extend(confirmation(message, token, subscribe_url));
            "SubscriptionConfirmation"
        }
        Kind::UnsubscribeConfirmation {
            token,
            subscribe_url,
        } => {
            fields.extend(confirmation(message, token, subscribe_url));
            "UnsubscribeConfirmation"
        }
    };
    fields.extend([("TopicArn", message.topic.as_str()), ("Type", kind)]);
    fields
        .iter()
        .map(|(name, value)| format!("{name}\n{value}\n"))
        .collect()
}

fn confirmation<'m>(
    message: &'m Message,
    token: &'m str,
    subscribe_url: &'m str,
) -> [(&'static str, &'m str); 3] {
    [
        ("SubscribeURL", subscribe_url),
        ("Timestamp", &message.timestamp),
        ("Token", token),
    ]
}

//! Reads one mail: a stranger's bytes in, plain owned data out.
//!
//! Every field is bounded, decoded, and free of characters that a reader would not see. What was
//! wrong with the mail but could be lived with is in `problems`; what could not is [`Unreadable`].
//! The HTML part is kept as it came and must never be shown without a sandbox.

use std::panic;

use mail_parser::{Address, HeaderName, HeaderValue, Message, MessageParser};
use serde::{Deserialize, Serialize};

use super::{
    Authentication, Automatic, Limits, Mailbox, Site, authentication, automatic, clean, record,
    reply_text, scan,
};

mod content;

/// Ids that are looked at in `References`; the newest stand last.
const REFERENCES: usize = 100;
/// Characters of one message id.
const ID: usize = 250;
/// Header fields that may occur once.
const ONCE: [&str; 8] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
];

/// Header fields of which every mail has one. The parser takes any bytes for a header.
const MARKS: [&str; 8] = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "received",
    "mime-version",
    "content-type",
];

/// A mail as the rest of the runtime sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// The sender's id for this mail, without brackets. Chosen by the sender: not unique, not proof.
    pub message_id: Option<String>,
    /// The mails that this one says it answers.
    pub in_reply_to: Vec<String>,
    /// The mails that went before, oldest first.
    pub references: Vec<String>,
    /// Who it says it is from. [`Incoming::verified`] says whether that is proven.
    pub from: Option<Mailbox>,
    /// Where an answer is wanted, when that is not `from`.
    pub reply_to: Option<Mailbox>,
    /// Whom it is addressed to.
    pub to: Vec<Mailbox>,
    /// Who gets a copy.
    pub cc: Vec<Mailbox>,
    /// The subject in one line.
    pub subject: String,
    /// When the sender says it was written, in milliseconds.
    pub date: Option<i64>,
    /// What was newly written: without quoted history and signature.
    pub text: String,
    /// What was quoted from earlier mails.
    pub quoted: String,
    /// The signature below the new text.
    pub signature: String,
    /// The HTML part, untouched but for its length.
    pub html: Option<String>,
    /// What hangs on it.
    pub attachments: Vec<AttachmentInfo>,
    /// Why it must not be answered automatically, if so.
    pub automatic: Option<Automatic>,
    /// What was found out about its sender.
    pub authentication: Authentication,
    /// Whether it names more than one author: then none of them is proven.
    #[serde(skip)]
    pub has_several_authors: bool,
    /// What was wrong with it, for people.
    pub problems: Vec<String>,
}

/// An attachment, without its bytes: those stay in the raw mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentInfo {
    /// A file name without folders; empty when there was none.
    pub name: String,
    /// Its media type, such as `image/png`, as the sender states it.
    pub kind: String,
    /// How long it is when decoded.
    pub bytes: u64,
    /// What it says, if it is text.
    pub text: Option<String>,
}

/// A mail that is kept and shown to a person, but not worked on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is over a limit.
    #[error("more than {limit} {what}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// There is no mail's header in it.
    #[error("not a mail: it has none of a mail's header fields")]
    NotMail,
    /// The parsing library gave up in an unplanned way.
    #[error("the mail broke the parser")]
    Broken,
}

impl Incoming {
    /// Whether the sender's address is proven.
    #[must_use]
    pub fn verified(&self) -> bool {
        self.from.is_some() && self.authentication.verified()
    }
}

/// Reads a mail within the limits of the site.
///
/// It may take some seconds of processor time for the worst that the limits allow, so an asynchronous
/// caller runs it on the blocking pool.
///
/// # Errors
/// The mail is over a limit or is no mail at all.
pub fn parse(raw: &[u8], site: &Site) -> Result<Incoming, Unreadable> {
    scan::scan(raw, &site.limits)?;
    // The parser promises not to panic, but strangers choose its input and its own assertions are
    // live in debug builds; one mail must never take a worker down.
    panic::catch_unwind(|| {
        let message = MessageParser::default()
            .parse(raw)
            .ok_or(Unreadable::NotMail)?;
        read(raw, &message, site)
    })
    .unwrap_or(Err(Unreadable::Broken))
}

/// What hangs on a mail at a place of its list of attachments, decoded.
///
/// # Errors
/// As of [`parse`].
pub fn attachment(
    raw: &[u8],
    limits: &Limits,
    place: usize,
) -> Result<Option<Vec<u8>>, Unreadable> {
    scan::scan(raw, limits)?;
    panic::catch_unwind(|| {
        let message = MessageParser::default()
            .parse(raw)
            .ok_or(Unreadable::NotMail)?;
        let written = content::body(&message, limits, &mut Vec::new());
        let part = content::hanging(&message, &written)
            .take(record::ATTACHMENTS)
            .nth(place);
        Ok(part.map(|part| part.contents().to_vec()))
    })
    .unwrap_or(Err(Unreadable::Broken))
}

fn read(raw: &[u8], message: &Message<'_>, site: &Site) -> Result<Incoming, Unreadable> {
    if message.parts.len() > site.limits.parts {
        return Err(Unreadable::TooMuch {
            what: "parts",
            limit: site.limits.parts,
        });
    }
    let fields = fields(raw, message);
    if !fields
        .iter()
        .any(|(name, _)| MARKS.contains(&name.as_str()))
    {
        return Err(Unreadable::NotMail);
    }
    let mut problems = Vec::new();
    for name in ONCE {
        if fields.iter().filter(|(field, _)| field == name).count() > 1 {
            problems.push(format!("more than one `{name}` field; the first counts"));
        }
    }
    let senders = mailboxes(message, &HeaderName::From, &mut problems);
    let written = content::body(message, &site.limits, &mut problems);
    let parts = reply_text::separate(&written.text);
    for (what, text) in [("body", &parts.new), ("quoted text", &parts.quoted)] {
        if text.chars().count() > record::BODY {
            problems.push(format!("{what} cut to {} characters", record::BODY));
        }
    }
    let mut incoming = Incoming {
        message_id: ids(first(message, &HeaderName::MessageId))
            .into_iter()
            .next(),
        in_reply_to: ids(first(message, &HeaderName::InReplyTo)),
        references: ids(first(message, &HeaderName::References)),
        from: senders.first().cloned(),
        reply_to: mailboxes(message, &HeaderName::ReplyTo, &mut problems)
            .into_iter()
            .next(),
        to: mailboxes(message, &HeaderName::To, &mut problems),
        cc: mailboxes(message, &HeaderName::Cc, &mut problems),
        subject: subject(message),
        date: date(message),
        text: clean::cut(&parts.new, record::BODY),
        quoted: clean::cut(&parts.quoted, record::BODY),
        signature: clean::cut(&parts.signature, record::BODY),
        attachments: content::attachments(message, &written, &mut problems),
        html: written.html,
        problems,
        ..Incoming::default()
    };
    if incoming.reply_to.as_ref().map(|to| &to.address)
        == incoming.from.as_ref().map(|from| &from.address)
    {
        incoming.reply_to = None;
    }
    for (missing, what) in [
        (incoming.from.is_none(), "no readable `from` field"),
        (incoming.date.is_none(), "no readable `date` field"),
        (
            incoming.message_id.is_none(),
            "no readable `message-id` field",
        ),
    ] {
        if missing {
            incoming.problems.push(what.to_owned());
        }
    }
    incoming.authentication = authentication::from_fields(&fields, incoming.from.as_ref(), site);
    // With several authors, what was proven is the domain of one that is unknown to us.
    if senders.len() > 1 || fields.iter().filter(|(name, _)| name == "from").count() > 1 {
        incoming
            .problems
            .push("more than one author: the sender is not proven".to_owned());
        incoming.authentication = Authentication::default();
        incoming.has_several_authors = true;
    }
    incoming.automatic = automatic::of_fields(&fields, &incoming, site);
    Ok(incoming)
}

/// The header fields of the mail itself: lower-case name and unfolded value, in their order.
fn fields(raw: &[u8], message: &Message<'_>) -> Vec<(String, String)> {
    let Some(root) = message.parts.first() else {
        return Vec::new();
    };
    root.headers
        .iter()
        .map(|header| {
            let value = raw
                .get(header.offset_start as usize..header.offset_end as usize)
                .unwrap_or_default();
            let value = clean::text(&String::from_utf8_lossy(value)).replace('\n', " ");
            (
                header.name.as_str().to_ascii_lowercase(),
                value.trim().to_owned(),
            )
        })
        .collect()
}

/// The first field of a name: of several, a reader of the raw mail sees that one.
fn first<'m, 'x>(message: &'m Message<'x>, name: &HeaderName<'_>) -> Option<&'m HeaderValue<'x>> {
    let root = message.parts.first()?;
    root.headers
        .iter()
        .find(|header| header.name.as_str().eq_ignore_ascii_case(name.as_str()))
        .map(|header| &header.value)
}

fn mailboxes(
    message: &Message<'_>,
    name: &HeaderName<'_>,
    problems: &mut Vec<String>,
) -> Vec<Mailbox> {
    let Some(addresses) = first(message, name).and_then(HeaderValue::as_address) else {
        return Vec::new();
    };
    let (mut read, mut seen) = (Vec::new(), 0_usize);
    for entry in Address::iter(addresses) {
        seen += 1;
        if read.len() >= record::TO {
            continue;
        }
        let address = entry.address.as_deref().unwrap_or_default();
        read.extend(Mailbox::read(
            address,
            entry.name.as_deref().unwrap_or_default(),
        ));
    }
    if read.len() < seen {
        let field = name.as_str().to_ascii_lowercase();
        problems.push(format!(
            "{} of {seen} addresses in `{field}` left out",
            seen - read.len()
        ));
    }
    read
}

fn ids(value: Option<&HeaderValue<'_>>) -> Vec<String> {
    let listed: Vec<&str> = match value {
        Some(HeaderValue::Text(text)) => text.split_whitespace().collect(),
        Some(HeaderValue::TextList(texts)) => texts.iter().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    };
    let mut ids: Vec<String> = Vec::new();
    // From the right: when there are too many, the nearest count.
    for id in listed
        .into_iter()
        .rev()
        .map(|id| id.trim_matches(['<', '>']))
    {
        if ids.len() == REFERENCES {
            break;
        }
        if is_id(id) && !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids.reverse();
    ids
}

/// Whether a message id can be stored, compared and written into a header again.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= ID
        && id
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | ',' | '(' | ')' | '"'))
}

fn subject(message: &Message<'_>) -> String {
    let text = first(message, &HeaderName::Subject)
        .and_then(HeaderValue::as_text)
        .unwrap_or_default();
    clean::line(text, record::SUBJECT)
}

/// When a mail says that it was written, in milliseconds. Nothing else of it is read.
#[must_use]
pub fn written_at(raw: &[u8]) -> Option<i64> {
    panic::catch_unwind(|| date(&MessageParser::default().parse_headers(raw)?)).unwrap_or(None)
}

fn date(message: &Message<'_>) -> Option<i64> {
    let date = first(message, &HeaderName::Date).and_then(HeaderValue::as_datetime)?;
    // A year outside of these is a broken clock, and would not fit where dates are printed.
    (date.is_valid() && (1980..=9000).contains(&date.year))
        .then(|| date.to_timestamp().saturating_mul(1000))
}

#[cfg(test)]
mod tests;

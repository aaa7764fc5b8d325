//! Writes the mails that we send.
//!
//! Every value that goes into a header is checked or flattened first, so that a mail has exactly
//! the headers that are written here, whatever a model, a stranger or a setting put into a value.

use mail_builder::{
    MessageBuilder,
    headers::{address::Address, date::Date, message_id::MessageId, raw::Raw},
};

use super::{Mailbox, address, automatic, clean, parse::is_id, record};

/// The header that carries the intent of a send, to find it again in what a service reports.
pub const INTENT: &str = "X-Silex-Intent";
/// Ids in `References`: the first, which began the thread, and the newest.
const REFERENCES: usize = 20;
/// Characters of a further header field.
const HEADER: usize = 900;

/// Who decided that a mail be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Decided {
    /// A person approved it: an ordinary mail.
    ByPerson,
    /// Nobody looked at it: an automatic answer, marked as one.
    #[default]
    Automatically,
    /// It answers nothing: marked as what a program sends by itself.
    Unasked,
}

/// A mail to be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Who sends it.
    pub from: Mailbox,
    /// Who gets it.
    pub to: Vec<Mailbox>,
    /// Where the answer should go, if not to `from`; carries the thread's token.
    pub reply_to: Option<String>,
    /// The subject.
    pub subject: String,
    /// Its id, without brackets; [`automatic::message_id`] makes one.
    pub message_id: String,
    /// The mail that it answers.
    pub in_reply_to: Option<String>,
    /// The mails before that one, oldest first.
    pub references: Vec<String>,
    /// When it is written, in milliseconds.
    pub date: i64,
    /// What it says. An HTML form of the same is made from it.
    pub text: String,
    /// Who decided that it be sent.
    pub decided: Decided,
    /// The intent of the send.
    pub intent: String,
    /// Further header fields; nothing in a value leaves its field.
    pub headers: Vec<(&'static str, String)>,
}

/// A mail that must not be written. The request is wrong; trying again will not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// An address is none.
    #[error("`{0}` is not an address")]
    Address(String),
    /// There is nobody to send it to.
    #[error("the mail has no recipient")]
    NoRecipient,
    /// The message id cannot stand in a header.
    #[error("`{0}` is not a message id")]
    MessageId(String),
    /// The library could not write it.
    #[error("the mail could not be written: {0}")]
    Write(String),
}

/// The bytes of a mail.
///
/// # Errors
/// An address or the message id cannot stand in a header.
pub fn compose(outgoing: &Outgoing) -> Result<Vec<u8>, ComposeError> {
    if outgoing.to.is_empty() {
        return Err(ComposeError::NoRecipient);
    }
    if !is_id(&outgoing.message_id) || !outgoing.message_id.contains('@') {
        return Err(ComposeError::MessageId(outgoing.message_id.clone()));
    }
    let to = outgoing
        .to
        .iter()
        .map(written)
        .collect::<Result<Vec<_>, _>>()?;
    let mut mail = MessageBuilder::new()
        .from(written(&outgoing.from)?)
        .to(Address::new_list(to))
        .subject(literal(&outgoing.subject, record::SUBJECT))
        .message_id(outgoing.message_id.as_str())
        .date(Date::new(outgoing.date.div_euclid(1000)));
    if let Some(reply_to) = &outgoing.reply_to {
        mail = mail.reply_to(written(&Mailbox {
            address: reply_to.clone(),
            name: outgoing.from.name.clone(),
        })?);
    }
    if let Some(answered) = outgoing.in_reply_to.as_deref().filter(|id| is_id(id)) {
        mail = mail.in_reply_to(answered);
    }
    let references = trimmed(&outgoing.references);
    if !references.is_empty() {
        mail = mail.references(MessageId::new_list(references.into_iter()));
    }
    let submitted = match outgoing.decided {
        Decided::ByPerson => None,
        Decided::Automatically => Some("auto-replied"),
        Decided::Unasked => Some("auto-generated"),
    };
    if let Some(submitted) = submitted {
        mail = mail.header("Auto-Submitted", Raw::new(submitted));
    }
    for (field, value) in &outgoing.headers {
        mail = mail.header(*field, Raw::new(literal(value, HEADER)));
    }
    let text = clean::text(&outgoing.text);
    let intent: String = outgoing
        .intent
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))
        .take(200)
        .collect();
    if !intent.is_empty() {
        mail = mail.header(INTENT, Raw::new(intent));
    }
    mail.header(automatic::HOP, Raw::new("1"))
        .html_body(html(&text))
        .text_body(text)
        .write_to_vec()
        .map_err(|error| ComposeError::Write(error.to_string()))
}

/// A line that stands in a header as it is: nothing in it decodes to something else.
fn literal(text: &str, max: usize) -> String {
    clean::line(text, max).replace("=?", "= ?")
}

fn written(mailbox: &Mailbox) -> Result<Address<'static>, ComposeError> {
    let address = address::parse(&mailbox.address)
        .ok_or_else(|| ComposeError::Address(mailbox.address.clone()))?;
    let name = Mailbox::read(&address, &mailbox.name)
        .map(|read| literal(&read.name, record::NAME))
        .filter(|name| !name.is_empty());
    Ok(Address::new_address(name, address))
}

/// The ids that can stand in a header; when there are many, the first and the newest.
fn trimmed(references: &[String]) -> Vec<&str> {
    let ids: Vec<&str> = references
        .iter()
        .map(String::as_str)
        .filter(|id| is_id(id))
        .collect();
    match ids.split_first() {
        Some((first, rest)) if ids.len() > REFERENCES => {
            let newest = rest.iter().skip(rest.len() - (REFERENCES - 1));
            std::iter::once(*first).chain(newest.copied()).collect()
        }
        _ => ids,
    }
}

/// The text as HTML: escaped, a paragraph for each paragraph, nothing else.
fn html(text: &str) -> String {
    let mut html = String::from("<!DOCTYPE html>\n<html><body>\n");
    for paragraph in text
        .split("\n\n")
        .filter(|paragraph| !paragraph.trim().is_empty())
    {
        html.push_str("<p>");
        for (number, line) in paragraph.trim_matches('\n').split('\n').enumerate() {
            if number > 0 {
                html.push_str("<br>\n");
            }
            for c in line.chars() {
                match c {
                    '&' => html.push_str("&amp;"),
                    '<' => html.push_str("&lt;"),
                    '>' => html.push_str("&gt;"),
                    '"' => html.push_str("&quot;"),
                    '\'' => html.push_str("&#39;"),
                    _ => html.push(c),
                }
            }
        }
        html.push_str("</p>\n");
    }
    html.push_str("</body></html>\n");
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Site, parse};
    use proptest::prelude::*;

    fn outgoing() -> Outgoing {
        Outgoing {
            from: Mailbox {
                address: "write@aleik.example".into(),
                name: "Aleik".into(),
            },
            to: vec![Mailbox {
                address: "anna@b.example".into(),
                name: "Anna Müller".into(),
            }],
            reply_to: Some("write+t1.abcdefghijklmnop@aleik.example".into()),
            subject: "Re: Rede für Ruth".into(),
            message_id: "k1.silex@aleik.example".into(),
            in_reply_to: Some("m2@b.example".into()),
            references: vec!["m1@b.example".into(), "m2@b.example".into()],
            date: 1_772_532_720_000,
            text: "Liebe Anna,\n\nhier <ist> die \"Rede\".\nViel Freude!\n\nAleik".into(),
            decided: Decided::ByPerson,
            intent: "i-1".into(),
            headers: Vec::new(),
        }
    }

    /// The names of the header fields, as the bytes say and no parser.
    fn names(raw: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(raw);
        let (header, _) = text.split_once("\r\n\r\n").expect("a header and a body");
        let lines = header
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']));
        lines
            .map(|line| line.split(':').next().unwrap_or_default().to_owned())
            .collect()
    }

    const NAMES: [&str; 11] = [
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Date",
        "Reply-To",
        "In-Reply-To",
        "References",
        INTENT,
        automatic::HOP,
        "MIME-Version",
    ];

    #[test]
    fn a_mail_reads_as_it_was_meant() {
        let raw = compose(&outgoing()).unwrap();
        insta::assert_snapshot!(boundaries_named(&raw));
    }

    /// The bytes as text, with the random boundary replaced.
    fn boundaries_named(raw: &[u8]) -> String {
        let text = String::from_utf8(raw.to_vec())
            .unwrap()
            .replace("\r\n", "\n");
        let boundary = text
            .split("boundary=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("a boundary")
            .to_owned();
        text.replace(&boundary, "BOUNDARY")
    }

    #[test]
    fn an_answer_that_nobody_looked_at_says_so() {
        let raw = compose(&Outgoing {
            decided: Decided::Automatically,
            ..outgoing()
        })
        .unwrap();
        assert!(String::from_utf8_lossy(&raw).contains("\r\nAuto-Submitted: auto-replied\r\n"));
        assert!(
            !String::from_utf8_lossy(&compose(&outgoing()).unwrap()).contains("Auto-Submitted")
        );
    }

    #[test]
    fn our_own_mail_is_never_answered_by_us() {
        let site = Site {
            addresses: vec!["anna@b.example".into()],
            ..Site::default()
        };
        let back = parse(&compose(&outgoing()).unwrap(), &site).unwrap();
        assert_eq!(
            back.automatic.map(|automatic| automatic.rule),
            Some(automatic::Rule::OwnHop)
        );
    }

    #[test]
    fn long_references_are_trimmed_in_the_middle() {
        let references = (0..50).map(|n| format!("m{n}@b.example")).collect();
        let read = parse(
            &compose(&Outgoing {
                references,
                ..outgoing()
            })
            .unwrap(),
            &Site::default(),
        )
        .unwrap();
        assert_eq!(read.references.len(), REFERENCES);
        assert_eq!(
            read.references.first().map(String::as_str),
            Some("m0@b.example")
        );
        assert_eq!(
            read.references.get(1).map(String::as_str),
            Some("m31@b.example")
        );
        assert_eq!(
            read.references.last().map(String::as_str),
            Some("m49@b.example")
        );
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused() {
        let check = |change: fn(&mut Outgoing), expected: &str| {
            let mut outgoing = outgoing();
            change(&mut outgoing);
            assert_eq!(compose(&outgoing).unwrap_err().to_string(), expected);
        };
        check(|o| o.to.clear(), "the mail has no recipient");
        check(
            |o| o.from.address = "write".into(),
            "`write` is not an address",
        );
        check(
            |o| o.to[0].address = "a@b.example\r\nBcc: c@d.example".into(),
            "`a@b.example\r\nBcc: c@d.example` is not an address",
        );
        check(
            |o| o.reply_to = Some("a b@c".into()),
            "`a b@c` is not an address",
        );
        check(
            |o| o.message_id = "a@b>\r\nX: <y".into(),
            "`a@b>\r\nX: <y` is not a message id",
        );
    }

    /// Text that tries to leave its header.
    fn hostile() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ -~]{0,40}(\r\n|\n|\r|\u{2028}|\u{85}|\0)(Bcc: x@y.example|\r\n\r\n| [ -~]{0,10})[ -~]{0,200}",
            "\\PC{0,200}",
            "(=\\?utf-8\\?q\\?[ -~]{0,20}\\?=){0,5}[\",;:<>@()\\\\]{0,10}",
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn a_mail_has_exactly_our_headers(subject in hostile(), name in hostile(), intent in hostile(), id in hostile(), text in hostile()) {
            let mut mail = outgoing();
            mail.from.name.clone_from(&name);
            mail.to[0].name = name;
            mail.subject.clone_from(&subject);
            mail.intent = format!("i{intent}");
            mail.in_reply_to = Some("m2@b.example".into());
            mail.references.push(id);
            mail.text = text;
            let raw = compose(&mail).unwrap();
            let mut expected: Vec<String> = NAMES.iter().map(ToString::to_string).collect();
            expected.push("Content-Type".into());
            let mut found = names(&raw);
            found.sort();
            expected.sort();
            prop_assert_eq!(found, expected);
            prop_assert!(!raw.contains(&0));
            let read = parse(&raw, &Site::default()).unwrap();
            prop_assert_eq!(read.subject, clean::line(&literal(&subject, record::SUBJECT), record::SUBJECT));
            prop_assert_eq!(read.to.len(), 1);
            prop_assert_eq!(&read.to[0].address, "anna@b.example");
            prop_assert_eq!(&read.from.unwrap().address, "write@aleik.example");
        }

        #[test]
        fn a_composed_mail_parses_to_what_was_given(
            subject in "[a-zA-ZäöüßéЖ日本 .,!?]{0,120}", name in "[A-Za-zÄÖé日本 .,]{0,40}",
            paragraphs in proptest::collection::vec("[a-zA-Zäöü日本 .,!?<&'\"=]{1,300}", 1..6), date in 315_532_800i64..4_000_000_000,
        ) {
            let text = paragraphs.iter().map(|p| format!("x{}x", p.trim())).collect::<Vec<_>>().join("\n\n");
            let mut mail = outgoing();
            mail.to[0].name.clone_from(&name);
            mail.subject.clone_from(&subject);
            mail.text.clone_from(&text);
            mail.date = date * 1000;
            let read = parse(&compose(&mail).unwrap(), &Site::default()).unwrap();
            prop_assert_eq!(read.text, text);
            prop_assert_eq!(read.subject, clean::line(&subject, 500));
            prop_assert_eq!(&read.to[0].name, &clean::line(&name, 120));
            prop_assert_eq!(read.date, Some(mail.date));
            prop_assert_eq!(read.message_id, Some(mail.message_id));
            prop_assert_eq!(read.in_reply_to, mail.in_reply_to.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(read.references, mail.references);
            prop_assert_eq!(read.reply_to.map(|to| to.address), mail.reply_to);
        }
    }
}

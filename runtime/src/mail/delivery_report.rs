//! Reports of mail servers about mails that we sent (RFC 3464), for those who send without a
//! service that tells.
//!
//! Anybody can write such a report. It counts for nothing unless the mail that it names is one of
//! ours to that very recipient: the caller checks that, by the id of the returned header.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

use super::address;

/// What a server did with a mail for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For whom it was.
    pub recipient: String,
    /// Whether it is for good: an action of `failed` and a status of class 5.
    pub permanent: bool,
    /// The status and what the other server said, for people.
    pub detail: String,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The `Message-ID` of the mail that it is about, without brackets.
    pub message_id: Option<String>,
    /// Recipients whom it did not reach.
    pub failures: Vec<Failure>,
}

/// Recipients in one report.
const RECIPIENTS: usize = 50;

/// Reads a report out of a mail that was already scanned. None if the mail is none.
#[must_use]
pub fn read(raw: &[u8]) -> Option<DeliveryReport> {
    let message = MessageParser::default().parse(raw)?;
    let root = message.parts.first()?.content_type()?;
    let is_report = root.ctype().eq_ignore_ascii_case("multipart")
        && root
            .subtype()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("report"))
        && root
            .attribute("report-type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("delivery-status"));
    if !is_report {
        return None;
    }
    let status = text_of(&message, &["delivery-status", "global-delivery-status"])?;
    let mut groups = groups(&status).into_iter();
    // The first group is about the mail as a whole.
    groups.next();
    let failures = groups
        .take(RECIPIENTS)
        .filter_map(|group| failure(&group))
        .collect();
    Some(DeliveryReport {
        message_id: returned_id(&message),
        failures,
    })
}

/// The text of the first part of one of these subtypes.
fn text_of(message: &Message<'_>, subtypes: &[&str]) -> Option<String> {
    let part = message.parts.iter().find(|part| {
        let kind = part.content_type().and_then(|kind| kind.subtype());
        kind.is_some_and(|kind| {
            subtypes
                .iter()
                .any(|wanted| kind.eq_ignore_ascii_case(wanted))
        })
    })?;
    Some(match &part.body {
        PartType::Text(text) | PartType::Html(text) => text.clone().into_owned(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        PartType::Message(inner) => String::from_utf8_lossy(&inner.raw_message).into_owned(),
        PartType::Multipart(_) => return None,
    })
}

/// The `Message-ID` of the mail that came back, whole or by its header alone.
fn returned_id(message: &Message<'_>) -> Option<String> {
    let inner = message.parts.iter().find_map(|part| match &part.body {
        PartType::Message(inner) => inner.message_id().map(str::to_owned),
        PartType::Text(_)
        | PartType::Html(_)
        | PartType::Binary(_)
        | PartType::InlineBinary(_)
        | PartType::Multipart(_) => None,
    });
    inner.or_else(|| {
        let header = text_of(message, &["rfc822-headers", "global-headers"])?;
        let field = groups(&header)
            .into_iter()
            .flatten()
            .find(|(name, _)| name == "message-id")?;
        let id = field.1.trim_matches(['<', '>', ' ']).to_owned();
        super::parse::is_id(&id).then_some(id)
    })
}

/// Fields in groups that empty lines part: lower-case name and unfolded value.
fn groups(text: &str) -> Vec<Vec<(String, String)>> {
    let mut groups: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for line in text.lines() {
        let Some(group) = groups.last_mut() else {
            break;
        };
        if line.trim().is_empty() {
            if !group.is_empty() {
                groups.push(Vec::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups
}

fn failure(group: &[(String, String)]) -> Option<Failure> {
    let field = |wanted: &str| {
        group
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    let typed = |value: &str| {
        value
            .split_once(';')
            .map_or(value, |(_, rest)| rest)
            .trim()
            .to_owned()
    };
    let recipient = field("final-recipient")
        .or_else(|| field("original-recipient"))
        .map(typed)?;
    let recipient = address::parse(recipient.trim_matches(['<', '>']))?;
    let (action, status) = (
        field("action").unwrap_or_default(),
        field("status").unwrap_or_default(),
    );
    if !action.eq_ignore_ascii_case("failed") && !action.eq_ignore_ascii_case("delayed") {
        return None;
    }
    let said = field("diagnostic-code").map(typed).unwrap_or_default();
    Some(Failure {
        recipient,
        permanent: action.eq_ignore_ascii_case("failed") && status.trim_start().starts_with('5'),
        detail: super::clean::line(&format!("{status} {said}"), 500),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(action: &str, status: &str, returned: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example\r\nTo: write@aleik.example\r\nSubject: Undelivered\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
             Original-Recipient: rfc822;Anna@b.example\r\nFinal-Recipient: rfc822; anna@b.example\r\nAction: {action}\r\n\
             Status: {status}\r\nDiagnostic-Code: smtp; 550 5.1.1\r\n no such user\r\n\r\n\
             Final-Recipient: rfc822; bert@b.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n\
             {returned}--b--\r\n"
        )
    }

    const WHOLE: &str = "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <k1.silex@aleik.example>\r\nFrom: write@aleik.example\r\n\r\nhello\r\n";
    const HEADER: &str = "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nReceived: x\r\nMessage-ID:\r\n <k1.silex@aleik.example>\r\nSubject: x\r\n";

    #[test]
    fn a_permanent_failure_names_the_mail_and_its_recipient() {
        for returned in [WHOLE, HEADER] {
            let report = read(report("failed", "5.1.1", returned).as_bytes()).unwrap();
            assert_eq!(
                report.message_id.as_deref(),
                Some("k1.silex@aleik.example"),
                "{returned}"
            );
            let expected = Failure {
                recipient: "anna@b.example".into(),
                permanent: true,
                detail: "5.1.1 550 5.1.1 no such user".into(),
            };
            assert_eq!(report.failures, [expected]);
        }
    }

    #[test]
    fn a_delay_is_not_for_good() {
        let delayed = read(report("delayed", "4.4.1", WHOLE).as_bytes()).unwrap();
        assert!(!delayed.failures[0].permanent);
        let full = read(report("failed", "4.2.2", WHOLE).as_bytes()).unwrap();
        assert!(!full.failures[0].permanent);
    }

    #[test]
    fn an_ordinary_mail_is_no_report() {
        let plain = report("failed", "5.1.1", WHOLE).replace(
            "multipart/report; report-type=delivery-status;",
            "multipart/mixed;",
        );
        assert_eq!(read(plain.as_bytes()), None);
        let other = report("failed", "5.1.1", WHOLE).replace(
            "delivery-status; boundary",
            "disposition-notification; boundary",
        );
        assert_eq!(read(other.as_bytes()), None);
        assert_eq!(read(b""), None);
    }

    #[test]
    fn a_report_without_what_it_is_about_names_no_mail() {
        assert_eq!(
            read(report("failed", "5.1.1", "").as_bytes())
                .unwrap()
                .message_id,
            None
        );
    }
}

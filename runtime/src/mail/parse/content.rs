//! What a mail says and what hangs on it: its MIME parts, told apart.

use mail_parser::{Message, MessagePart, MimeHeaders, PartType};

use super::AttachmentInfo;
use crate::mail::{Limits, clean, html_text::html_text, record};

/// The body, and which parts it was made of.
pub(super) struct Written {
    /// As plain text, whole.
    pub(super) text: String,
    /// The HTML part, if there is one.
    pub(super) html: Option<String>,
    /// The parts that are no attachments because of it.
    used: Vec<u32>,
}

/// Finds the body: the plain text where there is any, else what the HTML says.
pub(super) fn body(message: &Message<'_>, limits: &Limits, problems: &mut Vec<String>) -> Written {
    let html_bytes = limits.html_bytes;
    let part = |id: &u32| message.parts.get(*id as usize);
    let html = message
        .html_body
        .iter()
        .filter_map(part)
        .find_map(|part| match &part.body {
            PartType::Html(html) => {
                Some(html.get(..html.floor_char_boundary(html_bytes))?.to_owned())
            }
            PartType::Text(_)
            | PartType::Binary(_)
            | PartType::InlineBinary(_)
            | PartType::Message(_)
            | PartType::Multipart(_) => None,
        });
    let mut pieces = Vec::new();
    let mut used = Vec::new();
    for id in &message.text_body {
        let Some(part) = part(id) else { continue };
        if part.is_encoding_problem {
            problems.push("part of the body is not encoded as it says".to_owned());
        }
        match &part.body {
            PartType::Text(text) => {
                let looked_at = text.get(..text.floor_char_boundary(limits.text_bytes));
                let looked_at = looked_at.unwrap_or_default();
                if looked_at.len() < text.len() {
                    problems.push(format!("text cut to {} bytes", limits.text_bytes));
                }
                pieces.push(clean::text(looked_at));
            }
            PartType::Html(html) => pieces.push(of_html(html, html_bytes, problems)),
            PartType::Binary(_)
            | PartType::InlineBinary(_)
            | PartType::Message(_)
            | PartType::Multipart(_) => continue,
        }
        used.push(*id);
    }
    let mut text = pieces.join("\n");
    // Many parts, or a page of HTML, may come to more than one part may.
    text.truncate(text.floor_char_boundary(limits.text_bytes));
    if text.trim().is_empty()
        && let Some(html) = &html
    {
        text = of_html(html, html_bytes, problems);
        text.truncate(text.floor_char_boundary(limits.text_bytes));
    }
    used.extend(
        message
            .html_body
            .iter()
            .filter(|id| part(id).is_some_and(MessagePart::is_text_html)),
    );
    Written { text, html, used }
}

fn of_html(html: &str, html_bytes: usize, problems: &mut Vec<String>) -> String {
    if html.len() > html_bytes {
        problems.push(format!("HTML cut to {html_bytes} bytes"));
    }
    let text = html_text(html, html_bytes).unwrap_or_else(|| {
        problems.push("the HTML could not be laid out as text".to_owned());
        String::new()
    });
    clean::text(&text)
}

/// Lists what is not the body.
pub(super) fn attachments(
    message: &Message<'_>,
    body: &Written,
    problems: &mut Vec<String>,
) -> Vec<AttachmentInfo> {
    let hanging: Vec<_> = hanging(message, body).collect();
    if hanging.len() > record::ATTACHMENTS {
        problems.push(format!(
            "{} attachments, of which {} are listed",
            hanging.len(),
            record::ATTACHMENTS
        ));
    }
    hanging
        .into_iter()
        .take(record::ATTACHMENTS)
        .map(attachment)
        .collect()
}

/// The parts that are not the body, in the order in which they are listed.
pub(super) fn hanging<'m, 'x>(
    message: &'m Message<'x>,
    body: &'m Written,
) -> impl Iterator<Item = &'m MessagePart<'x>> {
    let ids = message.attachments.iter();
    ids.filter(|id| !body.used.contains(id))
        .filter_map(|id| message.parts.get(*id as usize))
}

fn attachment(part: &MessagePart<'_>) -> AttachmentInfo {
    let kind = part
        .content_type()
        .map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("*")));
    let (bytes, text) = match &part.body {
        PartType::Text(text) => (text.len(), Some(text.as_ref())),
        PartType::Html(html) => (html.len(), None),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => (bytes.len(), None),
        PartType::Message(inner) => (
            inner.raw_message.len().min(part.raw_len() as usize),
            inner_text(inner),
        ),
        PartType::Multipart(_) => (0, None),
    };
    AttachmentInfo {
        name: file_name(part.attachment_name().unwrap_or_default()),
        kind: kind
            .map(|kind| kind.to_ascii_lowercase())
            .filter(|kind| is_kind(kind))
            .unwrap_or_else(|| "application/octet-stream".to_owned()),
        bytes: bytes as u64,
        text: text.map(|text| clean::cut(&clean::text(text), record::BODY)),
    }
}

/// The plain text of a mail that hangs on a mail.
fn inner_text<'m>(inner: &'m Message<'_>) -> Option<&'m str> {
    let id = inner.text_body.first()?;
    match &inner.parts.get(*id as usize)?.body {
        PartType::Text(text) => Some(text),
        PartType::Html(_)
        | PartType::Binary(_)
        | PartType::InlineBinary(_)
        | PartType::Message(_)
        | PartType::Multipart(_) => None,
    }
}

/// A name that is one file in one folder, whoever saves it.
fn file_name(raw: &str) -> String {
    let flat: String = clean::line(raw, record::ATTACHMENT_NAME)
        .chars()
        .map(|c| {
            if matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') {
                '_'
            } else {
                c
            }
        })
        .collect();
    flat.trim_start_matches('.').trim().to_owned()
}

fn is_kind(kind: &str) -> bool {
    kind.len() <= record::KIND
        && kind
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/.+-_*".contains(c))
}

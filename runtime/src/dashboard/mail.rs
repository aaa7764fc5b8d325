//! A mail as it came: what it says, how it looks, where its links lead, and what hangs on it.
//!
//! Its HTML is shown in a frame of its own, without scripts, without an origin and without anything from
//! elsewhere; what hangs on it is given out as bytes and never shown.

use axum::extract::Query;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use serde::Deserialize;

use super::template;
use super::visit::{Page, PageError, Path, Visit, values};
use crate::mail::formatted::{Formatted, formatted};
use crate::mail::{Incoming, parse};
use crate::store::mails::{self, Mail};

/// How a mail is looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Looked {
    #[serde(default)]
    view: View,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum View {
    #[default]
    Text,
    Formatted,
}

pub(super) async fn show(
    mut visit: Visit,
    Path(id): Path<i64>,
    Query(looked): Query<Looked>,
) -> Page {
    let mail = find(&mut visit, id).await?;
    let read = read(&mut visit, &mail).await?;
    let looks = read.as_ref().is_some_and(|(_, looks)| looks.is_some());
    let links = read.as_ref().and_then(|(_, looks)| looks.as_ref());
    let links = links.map(|looks| values(&looks.links));
    let incoming = read.as_ref().map(|(incoming, _)| values(incoming));
    let title = mail.subject.clone();
    let content = context! {
        mail => values(&mail), incoming, looks, links,
        formatted => looks && looked.view == View::Formatted,
    };
    visit.show("mail.html", &title, content).await
}

/// What stands in the frame. Its policy holds also when somebody opens it alone.
pub(super) async fn frame(mut visit: Visit, Path(id): Path<i64>) -> Result<Response, PageError> {
    let mail = find(&mut visit, id).await?;
    let read = read(&mut visit, &mail).await?;
    let looks = read
        .and_then(|(_, looks)| looks)
        .ok_or(PageError::Missing)?;
    let page = template::render("mail_frame.html", context! { html => looks.html })?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; sandbox; form-action 'none'; \
                 base-uri 'none'; frame-ancestors 'self'",
            ),
            (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
        ],
        page,
    )
        .into_response())
}

/// Gives out what hangs on a mail: as a file of bytes, whatever it says that it is.
pub(super) async fn attachment(
    mut visit: Visit,
    Path((id, place)): Path<(i64, usize)>,
) -> Result<Response, PageError> {
    let mail = find(&mut visit, id).await?;
    let raw = mails::raw(&mut visit.reader, mail.raw_id.ok_or(PageError::Missing)?).await?;
    let raw = raw.ok_or(PageError::Missing)?.bytes;
    let limits = visit.deployment.site().limits;
    let found = aside(move || parse::attachment(&raw, &limits, place)).await?;
    let bytes = found.ok().flatten().ok_or(PageError::Missing)?;
    let listed = mail
        .record
        .get("attachments")
        .and_then(|all| all.get(place));
    let name = listed.and_then(|one| one.get("name")?.as_str());
    let policy = HeaderValue::from_static("default-src 'none'; sandbox");
    let bytes_of_no_kind = HeaderValue::from_static("application/octet-stream");
    let mut response = (StatusCode::OK, bytes).into_response();
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, bytes_of_no_kind),
        (
            header::CONTENT_DISPOSITION,
            saved_as(name.unwrap_or_default()),
        ),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// A file is saved under its name (RFC 6266), of which a program that is older sees the plain signs.
fn saved_as(name: &str) -> HeaderValue {
    let name = if name.is_empty() { "attachment" } else { name };
    let plain: String = name
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | ' ' => c,
            _ => '_',
        })
        .collect();
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect();
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("attachment"))
}

async fn find(visit: &mut Visit, id: i64) -> Result<Mail, PageError> {
    let mail = mails::find(&mut visit.reader, id).await?;
    mail.ok_or(PageError::Missing)
}

/// What is in the bytes of a mail, if they are kept and can be read, and how its HTML may be shown.
async fn read(
    visit: &mut Visit,
    mail: &Mail,
) -> Result<Option<(Incoming, Option<Formatted>)>, PageError> {
    let Some(raw) = mail.raw_id else {
        return Ok(None);
    };
    let Some(raw) = mails::raw(&mut visit.reader, raw).await? else {
        return Ok(None);
    };
    let site = visit.deployment.site();
    aside(move || {
        let mut incoming = parse::parse(&raw.bytes, &site).ok()?;
        let looks = incoming.html.take().and_then(|html| formatted(&html));
        Some((incoming, looks))
    })
    .await
}

/// Reads a stranger's bytes where no other page waits for it.
async fn aside<T: Send + 'static>(
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PageError> {
    let done = tokio::task::spawn_blocking(read).await;
    done.map_err(|_| PageError::Missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_name_and_nothing_else_of_the_header() {
        let name = "a\"; filename=b.html\r\nSet-Cookie: x=y ä.pdf";
        assert_eq!(
            saved_as(name).to_str().unwrap(),
            "attachment; filename=\"a__ filename_b.html__Set-Cookie_ x_y _.pdf\"; \
             filename*=UTF-8''a%22%3B%20filename%3Db.html%0D%0ASet-Cookie%3A%20x%3Dy%20%C3%A4.pdf"
        );
        assert!(saved_as("").to_str().unwrap().contains("\"attachment\""));
    }
}

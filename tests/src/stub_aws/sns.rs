//! Amazon SNS: writes messages and signs them, serves its certificate by HTTPS under its own host
//! name, and counts who confirms a subscription.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::TlsListener;
use super::authority::{Asked, Authority, Version, sign};
use crate::served::Served;

/// The topic of these tests.
pub const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:mail-in";

/// Where SNS is.
pub const HOST: &str = "sns.eu-west-1.amazonaws.com";

/// SNS, until it is dropped.
#[derive(Debug)]
pub struct Sns {
    authority: Authority,
    files: Arc<Files>,
    server: Served,
}

#[derive(Debug, Default)]
struct Files {
    files: Mutex<BTreeMap<String, String>>,
    asked: Mutex<Vec<String>>,
}

impl Sns {
    /// Starts it on a free port. Its good certificate is at `/good.pem`.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start() -> io::Result<Self> {
        let authority = Authority::new();
        let files = Arc::new(Files::default());
        let app = Router::new().fallback(serve).with_state(Arc::clone(&files));
        let acceptor = authority.acceptor(&[HOST]);
        let server = Served::start(|listener| async move {
            // Ends with the test; an error then has nobody to hear it.
            let _ended = axum::serve(TlsListener::new(listener, acceptor), app).await;
        });
        let sns = Self {
            authority,
            files,
            server: server.await?,
        };
        sns.serve(
            "/good.pem",
            &sns.authority.signing_certificate(&Asked::default()),
        );
        Ok(sns)
    }

    /// Serves a file at a path.
    pub fn serve(&self, path: &str, file: &str) {
        let mut files = self
            .files
            .files
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        files.insert(path.to_owned(), file.to_owned());
    }

    /// Serves a signing certificate at a path.
    pub fn serve_certificate(&self, path: &str, asked: &Asked) {
        self.serve(path, &self.authority.signing_certificate(asked));
    }

    /// The requests that were made, path and query.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.files
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The variable that leads a `silexd` here, with the authority in a file of `folder`.
    ///
    /// # Panics
    /// When the file cannot be written.
    #[must_use]
    pub fn variable(&self, folder: &Path) -> (&'static str, String) {
        let file = folder.join("sns-authority.pem");
        fs::write(&file, self.authority.pem())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        (
            "SILEX_SNS_STUB",
            format!("{},{}", self.server.address(), file.display()),
        )
    }
}

async fn serve(State(served): State<Arc<Files>>, uri: Uri) -> Response {
    let asked = uri
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    served
        .asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(asked);
    if uri
        .query()
        .is_some_and(|query| query.contains("Action=ConfirmSubscription"))
    {
        return "<ConfirmSubscriptionResponse/>".into_response();
    }
    let files = served.files.lock().unwrap_or_else(PoisonError::into_inner);
    match files.get(uri.path()).map(String::as_str) {
        Some("redirect") => (StatusCode::FOUND, [("location", "/good.pem")]).into_response(),
        Some(file) => file.to_owned().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A message to be signed and posted.
#[derive(Debug, Clone)]
pub struct Message {
    fields: Value,
    version: Version,
}

impl Message {
    /// A notification that carries `text`.
    #[must_use]
    pub fn notification(id: &str, text: &str) -> Self {
        Self::new(id, text, "Notification")
    }

    /// A confirmation of a subscription or of its end: `SubscriptionConfirmation`, `UnsubscribeConfirmation`.
    #[must_use]
    pub fn confirmation(id: &str, kind: &str) -> Self {
        let url =
            format!("https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f");
        Self::new(id, "You have chosen to subscribe.", kind)
            .with("Token", "2336412f")
            .with("SubscribeURL", &url)
    }

    fn new(id: &str, text: &str, kind: &str) -> Self {
        Self {
            fields: json!({
                "Type": kind, "MessageId": id, "TopicArn": TOPIC, "Message": text,
                "Timestamp": "2026-03-01T09:00:00.000Z", "SigningCertURL": format!("https://{HOST}/good.pem"),
            }),
            version: Version::Two,
        }
    }

    /// With another value of a field.
    #[must_use]
    pub fn with(mut self, field: &str, value: &str) -> Self {
        self.fields[field] = value.into();
        self
    }

    /// With the other signature.
    #[must_use]
    pub fn signed_by(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// The body of the request.
    #[must_use]
    pub fn body(&self) -> String {
        let mut fields = self.fields.clone();
        fields["SignatureVersion"] = match self.version {
            Version::One => "1".into(),
            Version::Two => "2".into(),
        };
        fields["Signature"] = BASE64.encode(sign(self.version, &self.text())).into();
        fields["UnsubscribeURL"] = format!("https://{HOST}/?Action=Unsubscribe").into();
        fields.to_string()
    }

    /// What is signed, by the manual of SNS.
    fn text(&self) -> String {
        let names: &[&str] = match self.fields["Type"].as_str() {
            Some("Notification") => &[
                "Message",
                "MessageId",
                "Subject",
                "Timestamp",
                "TopicArn",
                "Type",
            ],
            Some(_) | None => &[
                "Message",
                "MessageId",
                "SubscribeURL",
                "Timestamp",
                "Token",
                "TopicArn",
                "Type",
            ],
        };
        let present = names
            .iter()
            .filter_map(|name| Some((name, self.fields[*name].as_str()?)));
        present
            .map(|(name, value)| format!("{name}\n{value}\n"))
            .collect()
    }
}

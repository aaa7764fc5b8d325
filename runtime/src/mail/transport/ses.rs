//! Amazon SES, spoken to by its API (version 2): each mail whole, as its bytes.
//!
//! SES has no key that would make a call safe to repeat, so what its silence means is *unknown*. The
//! intent goes along as a tag, and comes back with every event that SES tells of the mail.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{ConnectorError, DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{Destination, EmailContent, MessageTag, RawMessage};
use secrecy::SecretString;

use super::{Accepted, Envelope, SendError};
use crate::mail::aws;
use crate::mail::inbound::ses::INTENT_TAG;

/// How long it is left alone when it cannot be reached.
const REST: Duration = Duration::from_secs(15);
/// How long nothing is sent when SES says that it was too much at once.
const BREATH: Duration = Duration::from_secs(2);
/// … when the day's quota is used up. It counts the last 24 hours, so some of it is soon free again.
const QUOTA: Duration = Duration::from_secs(3600);
/// … when a person has to set something right first.
const ACCOUNT: Duration = Duration::from_secs(900);

/// An account of SES in a region.
pub struct Ses {
    client: Client,
    configuration_set: Option<String>,
    /// What stands behind the `@` of the ids that it gives.
    id_domain: String,
}

/// How an account of SES is reached.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Its region; what the environment of the AWS clients says when absent.
    pub region: Option<String>,
    /// The key of an account and its secret; what the AWS clients find by themselves when absent.
    pub keys: Option<(String, SecretString)>,
    /// Where it is, if not at Amazon's own address.
    pub endpoint: Option<String>,
    /// The configuration set, whose events tell what became of each mail.
    pub configuration_set: Option<String>,
}

impl fmt::Debug for Ses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ses")
            .field("configuration_set", &self.configuration_set)
            .field("id_domain", &self.id_domain)
            .finish_non_exhaustive()
    }
}

impl Ses {
    /// The account that the settings name. Nothing is called yet.
    pub async fn new(settings: &Settings) -> Self {
        let shared = aws::config(settings.region.as_deref(), settings.keys.as_ref()).await;
        let region = shared.region().map_or("us-east-1", AsRef::as_ref);
        let id_domain = match region {
            "us-east-1" => "email.amazonses.com".to_owned(),
            region => format!("{region}.amazonses.com"),
        };
        let mut config = aws_sdk_sesv2::config::Builder::from(&shared);
        config.set_endpoint_url(settings.endpoint.clone());
        Self {
            client: Client::from_conf(config.build()),
            configuration_set: settings.configuration_set.clone(),
            id_domain,
        }
    }

    /// Hands a mail to SES.
    ///
    /// # Errors
    /// It was not taken, or nobody knows.
    pub async fn send(
        &self,
        envelope: &Envelope,
        raw: &[u8],
        intent: &str,
    ) -> Result<Accepted, SendError> {
        let wrong = |error: aws_sdk_sesv2::error::BuildError| SendError::Refused(error.to_string());
        let mail = RawMessage::builder().data(Blob::new(raw)).build();
        let content = EmailContent::builder().raw(mail.map_err(wrong)?).build();
        let to = Destination::builder().set_to_addresses(Some(envelope.to.clone()));
        let tag = MessageTag::builder().name(INTENT_TAG).value(intent).build();
        let sent = self
            .client
            .send_email()
            .from_email_address(&envelope.from)
            .destination(to.build())
            .content(content)
            .set_configuration_set_name(self.configuration_set.clone())
            .email_tags(tag.map_err(wrong)?)
            .send()
            .await;
        let answer = sent.map_err(|error| judge(&error))?;
        let id = answer.message_id().unwrap_or_default().to_owned();
        let message_id = (!id.is_empty()).then(|| format!("{id}@{}", self.id_domain));
        Ok(Accepted { id, message_id })
    }
}

/// What an error says about the mail.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an error that we do not know leaves it open whether the mail was taken"
)]
fn judge(error: &SdkError<SendEmailError>) -> SendError {
    let said = DisplayErrorContext(error).to_string();
    match error {
        SdkError::ServiceError(answer) => {
            refusal(answer.err(), answer.raw().status().as_u16(), said)
        }
        // It never left this machine: there are no keys, or they do not fit.
        SdkError::ConstructionFailure(_) => SendError::Paused {
            pause: ACCOUNT,
            why: said,
        },
        // No other mail would get there just now.
        SdkError::DispatchFailure(failure)
            if failure.as_connector_error().is_some_and(is_before_the_call) =>
        {
            SendError::Paused {
                pause: REST,
                why: said,
            }
        }
        // An answer that is none: only the status may be believed, if it is an error's.
        SdkError::ResponseError(answer) if is_refused(answer.raw().status().as_u16()) => {
            SendError::Retry(said)
        }
        _ => SendError::Unknown(said),
    }
}

/// Whether no connection was made.
fn is_before_the_call(connector: &ConnectorError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(connector);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return error.is_connect();
        }
        cause = error.source();
    }
    false
}

/// Statuses by which the mail was certainly not taken. Behind 504 a call may have gone on.
fn is_refused(status: u16) -> bool {
    matches!(status, 400..=503)
}

/// A clear answer that is not yes.
fn refusal(error: &SendEmailError, status: u16, said: String) -> SendError {
    let code = error.code().unwrap_or_default();
    let why = match error.message() {
        Some(message) => format!("{code}: {message}"),
        None => said,
    };
    let daily = why.to_ascii_lowercase().contains("daily");
    let pause = |pause| SendError::Paused {
        pause,
        why: why.clone(),
    };
    match code {
        "LimitExceededException" => pause(QUOTA),
        "TooManyRequestsException" | "Throttling" | "ThrottlingException" if daily => pause(QUOTA),
        "TooManyRequestsException" | "Throttling" | "ThrottlingException" => pause(BREATH),
        "AccountSuspendedException"
        | "SendingPausedException"
        | "AccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "ExpiredTokenException"
        | "MissingAuthenticationTokenException" => pause(ACCOUNT),
        "MessageRejected"
        | "MailFromDomainNotVerifiedException"
        | "NotFoundException"
        | "BadRequestException" => SendError::Refused(why),
        // An answer that says yes and then nothing that can be read is not a no.
        _ if status == 504 || status < 400 => SendError::Unknown(why),
        _ if status >= 500 => SendError::Retry(why),
        _ => SendError::Refused(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpSocket, TcpStream};

    async fn send_to(endpoint: &str) -> SendError {
        let settings = Settings {
            region: Some("eu-west-1".into()),
            keys: Some(("id".into(), SecretString::from("secret"))),
            endpoint: Some(endpoint.to_owned()),
            configuration_set: None,
        };
        let ses = Ses::new(&settings).await;
        let envelope = Envelope {
            from: "write@aleik.example".into(),
            to: vec!["anna@b.example".into()],
        };
        let sent = ses.send(&envelope, b"Subject: x\r\n\r\nx", "7").await;
        sent.unwrap_err()
    }

    /// Where nobody is, by name or by number, nothing was sent: it is no fault of the mail, which
    /// waits and spends no try. The name is one that no resolver may know (RFC 6761, 6.4).
    #[tokio::test]
    async fn what_cannot_be_reached_is_left_alone_and_says_nothing_about_the_mail() {
        // Nobody listens there, and nobody else can.
        let closed = TcpSocket::new_v4().unwrap();
        closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let closed_port = closed.local_addr().unwrap().port();
        for endpoint in [
            "http://nobody.invalid".to_owned(),
            format!("http://127.0.0.1:{closed_port}"),
        ] {
            let sent = send_to(&endpoint).await;
            let left_alone = matches!(&sent, SendError::Paused { pause, .. } if *pause == REST);
            assert!(left_alone, "{endpoint}: {sent:?}");
        }
    }

    /// A server whose queue of connections is full answers as a network that swallows everything.
    #[tokio::test]
    async fn what_swallows_the_connection_was_not_called() {
        let hole = TcpSocket::new_v4().unwrap();
        hole.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let hole = hole.listen(1).unwrap();
        let address = hole.local_addr().unwrap();
        let _fill = [
            TcpStream::connect(address).await.unwrap(),
            TcpStream::connect(address).await.unwrap(),
        ];
        let sent = send_to(&format!("http://{address}")).await;
        assert!(matches!(sent, SendError::Paused { .. }), "{sent:?}");
    }
}

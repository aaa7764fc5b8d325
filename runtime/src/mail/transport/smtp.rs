//! A mail server, spoken to over SMTP: one connection for each mail.
//!
//! The conversation is led step by step, not by the library's `send`, because what an error means
//! depends on the step: before the mail's content, nothing was taken; after it, without an answer,
//! nobody knows.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use secrecy::{ExposeSecret, SecretString};

use super::{Accepted, Envelope, SendError};

/// How the connection is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte, as on port 465.
    #[default]
    Implicit,
    /// From `STARTTLS` on, as on port 587; without it nothing is sent.
    StartTls,
    /// Not at all: for a server on the same machine.
    None,
}

/// A mail server.
pub struct Smtp {
    settings: Settings,
    /// What its certificate is held to: to read the roots of the system takes longer than to send a mail.
    trusted: OnceLock<TlsParameters>,
}

/// Where a mail server is, and how to get in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its name, which its certificate must carry.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Who we are to it, and the password.
    pub login: Option<(String, SecretString)>,
    /// How long each wait for it may take.
    pub timeout: Duration,
}

/// How long a server is left alone that did not let us in.
const REST: Duration = Duration::from_secs(15);

const SILENT: &str = "the server did not answer in time";

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Smtp {
    /// The server that the settings name. Nothing is asked yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            trusted: OnceLock::new(),
        }
    }

    /// Hands a mail to the server.
    ///
    /// # Errors
    /// The server did not take it, or did not say whether it did.
    pub async fn send(&self, envelope: &Envelope, raw: &[u8]) -> Result<Accepted, SendError> {
        let from = address(&envelope.from)?;
        let to = envelope
            .to
            .iter()
            .map(|to| address(to))
            .collect::<Result<Vec<_>, _>>()?;
        let timeout = self.settings.timeout;
        let mut connection = match tokio::time::timeout(timeout * 4, self.enter()).await {
            Ok(Ok(entered)) => entered,
            Ok(Err(error)) => return Err(away(error.to_string())),
            Err(_) => return Err(away(SILENT.to_owned())),
        };
        let offering = offer(&mut connection, from, to, raw);
        match tokio::time::timeout(timeout * 4, offering).await {
            Ok(offered) => offered?,
            Err(_) => return Err(SendError::Retry(SILENT.to_owned())),
        }
        // From here on the server may have taken the mail.
        let answer = match tokio::time::timeout(timeout * 4, connection.message(raw)).await {
            Ok(answer) => answer.map_err(|error| judge(&error, SendError::Unknown))?,
            Err(_) => return Err(SendError::Unknown(SILENT.to_owned())),
        };
        let id = answer.message().next().unwrap_or_default().to_owned();
        // It has taken the mail; whether it also hears the farewell does not matter.
        let _ = tokio::time::timeout(timeout, connection.quit()).await;
        Ok(Accepted {
            id,
            message_id: None,
        })
    }

    /// Leads the conversation up to where the server listens to us.
    async fn enter(&self) -> Result<AsyncSmtpConnection, Error> {
        let settings = &self.settings;
        let hello = ClientId::default();
        let implicit = match settings.tls {
            Tls::Implicit => Some(self.trusted()?),
            Tls::StartTls | Tls::None => None,
        };
        let server = (settings.host.as_str(), settings.port);
        let timeout = Some(settings.timeout);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, timeout, &hello, implicit, None).await?;
        if settings.tls == Tls::StartTls {
            // A server that does not offer it, or somebody between, must not get the password.
            connection.starttls(self.trusted()?, &hello).await?;
        }
        if let Some((user, password)) = &settings.login {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }

    /// What the server's certificate is held to: its name, and the roots of the system.
    fn trusted(&self) -> Result<TlsParameters, Error> {
        if let Some(trusted) = self.trusted.get() {
            return Ok(trusted.clone());
        }
        let trusted = TlsParameters::new(self.settings.host.clone())?;
        Ok(self.trusted.get_or_init(|| trusted).clone())
    }
}

/// Offers a mail, up to where the server waits for the content.
async fn offer(
    connection: &mut AsyncSmtpConnection,
    from: Address,
    to: Vec<Address>,
    raw: &[u8],
) -> Result<(), SendError> {
    let before = |error: Error| judge(&error, SendError::Retry);
    let eight_bit = !raw.is_ascii()
        && connection
            .server_info()
            .supports_feature(Extension::EightBitMime);
    let parameters = match eight_bit {
        true => vec![MailParameter::Body(MailBodyParameter::EightBitMime)],
        false => Vec::new(),
    };
    let sender = Mail::new(Some(from), parameters);
    connection.command(sender).await.map_err(before)?;
    for recipient in to {
        let recipient = Rcpt::new(recipient, Vec::new());
        connection.command(recipient).await.map_err(before)?;
    }
    connection.command(Data).await.map_err(before)?;
    Ok(())
}

/// A server that cannot be reached, or that does not let us in, is no fault of the mail: no other would
/// get in just now.
fn away(why: String) -> SendError {
    SendError::Paused { pause: REST, why }
}

fn address(address: &str) -> Result<Address, SendError> {
    address
        .parse()
        .map_err(|_| SendError::Refused(format!("`{address}` is not an address")))
}

/// A clear answer counts at every step: 5xx is for ever, 4xx for now. `otherwise` is what silence
/// and a broken connection mean at this step.
fn judge(error: &Error, otherwise: fn(String) -> SendError) -> SendError {
    let said = error.to_string();
    if error.is_permanent() {
        SendError::Refused(said)
    } else if error.is_transient() {
        SendError::Retry(said)
    } else {
        otherwise(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    fn settings(port: u16, tls: Tls, login: Option<(String, SecretString)>) -> Settings {
        Settings {
            host: "127.0.0.1".into(),
            port,
            tls,
            login,
            timeout: Duration::from_secs(5),
        }
    }

    /// Sends a mail to a server that answers from a script and then hangs up. What it heard.
    async fn check_with(tls: Tls, answers: &[&str], expected: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers: Vec<String> = answers.iter().map(ToString::to_string).collect();
        let server = tokio::spawn(async move {
            let (socket, _) = listener.accept().await.unwrap();
            let (read, mut write) = socket.into_split();
            let mut lines = BufReader::new(read).lines();
            let mut heard = Vec::new();
            for answer in answers {
                if write
                    .write_all(format!("{answer}\r\n").as_bytes())
                    .await
                    .is_err()
                {
                    break;
                }
                let last = if answer.starts_with("354") { "." } else { "" };
                while let Ok(Some(line)) = lines.next_line().await {
                    let ends = last.is_empty() || line == last;
                    heard.push(line);
                    if ends {
                        break;
                    }
                }
            }
            heard.join("\n")
        });
        let login = (tls != Tls::None).then(|| ("u".to_owned(), SecretString::from("p")));
        let smtp = Smtp::new(settings(port, tls, login));
        let envelope = Envelope {
            from: "write@aleik.example".into(),
            to: vec!["anna@b.example".into()],
        };
        let said = match smtp.send(&envelope, b"Subject: x\r\n\r\n.dot\r\n").await {
            Ok(accepted) => format!("accepted {}", accepted.id),
            Err(error) => error.to_string(),
        };
        assert!(said.starts_with(expected), "{said}");
        server.await.unwrap()
    }

    async fn check(answers: &[&str], expected: &str) -> String {
        check_with(Tls::None, answers, expected).await
    }

    const HELLO: &str = "250 mx.b.example";

    #[tokio::test]
    async fn a_mail_is_handed_over() {
        let heard = check(
            &[
                "220 hi",
                HELLO,
                "250 ok",
                "250 ok",
                "354 go on",
                "250 queued as 17",
                "221 bye",
            ],
            "accepted queued as 17",
        )
        .await;
        assert!(
            heard.contains("MAIL FROM:<write@aleik.example>\nRCPT TO:<anna@b.example>\nDATA\n"),
            "{heard}"
        );
        assert!(heard.contains("\n..dot\n"), "{heard}");
    }

    #[tokio::test]
    async fn a_clear_no_before_the_content_is_final_and_not_now_is_not() {
        check(
            &["220 hi", HELLO, "250 ok", "550 no such user", "221 bye"],
            "refused",
        )
        .await;
        check(
            &["220 hi", HELLO, "250 ok", "451 greylisted", "221 bye"],
            "not sent",
        )
        .await;
        check(&["421 too busy"], "not sent").await;
    }

    #[tokio::test]
    async fn a_clear_answer_after_the_content_counts() {
        check(
            &[
                "220 hi",
                HELLO,
                "250 ok",
                "250 ok",
                "354 go on",
                "554 spam",
                "221 bye",
            ],
            "refused",
        )
        .await;
        check(
            &[
                "220 hi",
                HELLO,
                "250 ok",
                "250 ok",
                "354 go on",
                "452 disk full",
                "221 bye",
            ],
            "not sent",
        )
        .await;
    }

    #[tokio::test]
    async fn a_connection_lost_before_the_content_was_not_sent() {
        check(&["220 hi", HELLO, "250 ok"], "not sent").await;
    }

    #[tokio::test]
    async fn a_connection_lost_after_the_content_is_unknown() {
        check(
            &["220 hi", HELLO, "250 ok", "250 ok", "354 go on"],
            "perhaps sent",
        )
        .await;
    }

    #[tokio::test]
    async fn a_server_that_lets_nobody_in_says_nothing_about_the_mail() {
        let smtp = |port, login| Smtp::new(settings(port, Tls::None, login));
        let envelope = Envelope {
            from: "write@aleik.example".into(),
            to: vec!["anna@b.example".into()],
        };
        for answers in [
            &["554 no mail here"][..],
            &[
                "220 hi",
                "250-mx.b.example\r\n250 AUTH PLAIN",
                "535 wrong password",
            ],
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = tokio::spawn(async move {
                let (socket, _) = listener.accept().await.unwrap();
                let (read, mut write) = socket.into_split();
                let mut lines = BufReader::new(read).lines();
                for answer in answers {
                    write
                        .write_all(format!("{answer}\r\n").as_bytes())
                        .await
                        .unwrap();
                    let _ = lines.next_line().await;
                }
            });
            let login = Some(("u".to_owned(), SecretString::from("p")));
            let sent = smtp(port, login).send(&envelope, b"x").await;
            assert!(matches!(sent, Err(SendError::Paused { .. })), "{sent:?}");
            server.await.unwrap();
        }
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = nobody.local_addr().unwrap().port();
        drop(nobody);
        let sent = smtp(port, None).send(&envelope, b"x").await;
        assert!(matches!(sent, Err(SendError::Paused { .. })), "{sent:?}");
    }

    #[tokio::test]
    async fn nothing_is_sent_when_protection_is_demanded_and_not_offered() {
        let heard = check_with(
            Tls::StartTls,
            &[
                "220 hi",
                "250-mx.b.example\r\n250 AUTH PLAIN LOGIN",
                "221 bye",
            ],
            "not sent",
        )
        .await;
        let is_all = heard.starts_with("EHLO ") && heard.lines().count() == 1;
        assert!(is_all, "neither the password nor the mail: {heard}");
    }

    #[test]
    fn a_password_is_not_printed() {
        let login = Some(("u".into(), "hunter2".into()));
        let smtp = Smtp::new(settings(465, Tls::Implicit, login));
        assert!(!format!("{smtp:?}").contains("hunter2"));
    }
}

//! A mail server on this machine that keeps what it is given and fails as it is told.
//!
//! It speaks SMTP, with TLS and a sign-in if a test asks for them, one fault for each mail in the
//! order of a script: so a test says what a server did, and sees what came of it. It is careless: it
//! offers to hear a password before TLS too.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use crate::served::Served;

/// What the server does with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Takes it.
    None,
    /// Says 4xx to the recipient.
    RefuseForNow,
    /// Says 5xx to the recipient.
    Refuse,
    /// Says 4xx to the content.
    RefuseContentForNow,
    /// Takes it, and hangs up before it says so.
    TakeAndHangUp,
    /// Hangs up before the content, so it took nothing.
    HangUp,
    /// Takes it, and says so when it is told to.
    TakeAndWait,
}

/// How the server is entered.
#[derive(Debug, Clone, Default)]
pub struct Door {
    /// When TLS begins.
    pub tls: Tls,
    /// Who may send; anybody, when absent.
    pub login: Option<Login>,
}

/// When TLS begins.
#[derive(Clone, Default)]
pub enum Tls {
    /// Never.
    #[default]
    None,
    /// With the first byte.
    Implicit(TlsAcceptor),
    /// Behind `STARTTLS`, which is offered.
    StartTls(TlsAcceptor),
}

/// Who may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    /// How they say who they are: `PLAIN` or `LOGIN`.
    pub mechanism: &'static str,
    /// Their name.
    pub user: &'static str,
    /// Their password.
    pub password: &'static str,
}

/// A mail server that runs until it is dropped.
#[derive(Debug)]
pub struct SmtpSink {
    house: Arc<House>,
    server: Served,
}

#[derive(Debug)]
struct House {
    door: Door,
    state: Mutex<State>,
    said: Semaphore,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Implicit(_) => "Implicit",
            Self::StartTls(_) => "StartTls",
        })
    }
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Fault>,
    taken: Vec<Taken>,
    asked: usize,
    heard: Vec<String>,
}

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The mail.
    pub mail: String,
    /// Whether it came by TLS.
    pub secured: bool,
}

impl SmtpSink {
    /// Starts a server on a free port that anybody enters. What the script does not say, it takes.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(script: &[Fault]) -> io::Result<Self> {
        Self::behind(Door::default(), script).await
    }

    /// Starts a server on a free port that is entered so.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn behind(door: Door, script: &[Fault]) -> io::Result<Self> {
        let state = State {
            script: script.iter().copied().collect(),
            ..State::default()
        };
        let house = Arc::new(House {
            door,
            state: Mutex::new(state),
            said: Semaphore::new(0),
        });
        let shared = Arc::clone(&house);
        let server = Served::start(|listener| async move {
            while let Ok((socket, _)) = listener.accept().await {
                let house = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A client that hangs up ends its own conversation alone.
                    let _ended = enter(socket, &house).await;
                });
            }
        });
        Ok(Self {
            house,
            server: server.await?,
        })
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// The mails that it took, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.house.state().taken.clone()
    }

    /// Lets it say of one mail that it took it.
    pub fn say(&self) {
        self.house.said.add_permits(1);
    }

    /// How often it was asked to take one.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.house.state().asked
    }

    /// Every line that it heard outside of mails.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        self.house.state().heard.clone()
    }
}

impl House {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// What is known of a client.
struct Guest<'h> {
    house: &'h House,
    wire: BufReader<Box<dyn Wire>>,
    secured: bool,
    known: bool,
    from: String,
    to: Vec<String>,
    fault: Fault,
}

async fn enter(socket: TcpStream, house: &House) -> io::Result<()> {
    let (wire, secured): (Box<dyn Wire>, _) = match &house.door.tls {
        Tls::Implicit(tls) => (Box::new(tls.accept(socket).await?), true),
        Tls::None | Tls::StartTls(_) => (Box::new(socket), false),
    };
    let mut guest = Guest {
        house,
        wire: BufReader::new(wire),
        secured,
        known: house.door.login.is_none(),
        from: String::new(),
        to: Vec::new(),
        fault: Fault::None,
    };
    guest.say("220 sink ESMTP").await?;
    while let Some(line) = guest.command().await? {
        if line.eq_ignore_ascii_case("STARTTLS") {
            let Tls::StartTls(tls) = &house.door.tls else {
                return guest.say("502 not here").await;
            };
            guest.say("220 go on").await?;
            // What came in the clear behind the command is forgotten with its buffer.
            let wire = tls.accept(guest.wire.into_inner()).await?;
            guest.wire = BufReader::new(Box::new(wire));
            guest.secured = true;
        } else if !guest.answer(&line).await? {
            return Ok(());
        }
    }
    Ok(())
}

impl Guest<'_> {
    async fn say(&mut self, answer: &str) -> io::Result<()> {
        self.wire
            .write_all(format!("{answer}\r\n").as_bytes())
            .await?;
        // TLS keeps back what it was given until then.
        self.wire.flush().await
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = self.wire.read_line(&mut line).await?;
        Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    async fn command(&mut self) -> io::Result<Option<String>> {
        let line = self.line().await?;
        self.house.state().heard.extend(line.clone());
        Ok(line)
    }

    /// Answers a command; `false` when it was the last.
    async fn answer(&mut self, line: &str) -> io::Result<bool> {
        let upper = line.to_ascii_uppercase();
        let answer = if upper.starts_with("EHLO") || upper.starts_with("HELO") {
            return self.hello().await.map(|()| true);
        } else if upper.starts_with("AUTH") {
            self.sign_in(line).await?
        } else if upper.starts_with("MAIL FROM") && !self.known {
            "530 who are you?"
        } else if upper.starts_with("MAIL FROM") {
            let mut state = self.house.state();
            state.asked += 1;
            self.fault = state.script.pop_front().unwrap_or(Fault::None);
            self.from = between(line);
            "250 OK"
        } else if upper.starts_with("RCPT TO") {
            self.to.push(between(line));
            match self.fault {
                Fault::RefuseForNow => "451 come back later",
                Fault::Refuse => "550 no such mailbox",
                Fault::None
                | Fault::RefuseContentForNow
                | Fault::TakeAndHangUp
                | Fault::HangUp
                | Fault::TakeAndWait => "250 OK",
            }
        } else if upper == "DATA" {
            match self.content().await? {
                Some(answer) => answer,
                None => return Ok(false),
            }
        } else if upper == "QUIT" {
            self.say("221 bye").await?;
            return Ok(false);
        } else {
            "250 OK"
        };
        self.say(answer).await?;
        Ok(true)
    }

    async fn hello(&mut self) -> io::Result<()> {
        let Door { tls, login } = &self.house.door;
        let mut offers = "250-sink\r\n".to_owned();
        if matches!(tls, Tls::StartTls(_)) && !self.secured {
            offers.push_str("250-STARTTLS\r\n");
        }
        if let Some(login) = login {
            offers.push_str(&format!("250-AUTH {}\r\n", login.mechanism));
        }
        self.say(&(offers + "250 8BITMIME")).await
    }

    /// Hears who it is: in one line by `PLAIN`, when asked for each by `LOGIN`.
    async fn sign_in(&mut self, line: &str) -> io::Result<&'static str> {
        let Some(login) = self.house.door.login else {
            return Ok("502 anybody may");
        };
        let said = match line.split(' ').collect::<Vec<_>>()[..] {
            [_, "PLAIN", said] if login.mechanism == "PLAIN" => vec![plain(said)],
            [_, "LOGIN"] if login.mechanism == "LOGIN" => {
                let mut said = Vec::new();
                for question in ["Username:", "Password:"] {
                    self.say(&format!("334 {}", BASE64.encode(question)))
                        .await?;
                    said.push(plain(&self.command().await?.unwrap_or_default()));
                }
                said
            }
            _ => return Ok("504 not so"),
        };
        let Login { user, password, .. } = login;
        self.known = said == [format!("\0{user}\0{password}")] || said == [user, password];
        Ok(match self.known {
            true => "235 come in",
            false => "535 no",
        })
    }

    /// Hears a mail. No answer when it hangs up.
    async fn content(&mut self) -> io::Result<Option<&'static str>> {
        if self.fault == Fault::HangUp {
            return Ok(None);
        }
        self.say("354 go on").await?;
        let mut mail = String::new();
        while let Some(line) = self.line().await?.filter(|line| line != ".") {
            mail.push_str(line.strip_prefix('.').unwrap_or(&line));
            mail.push_str("\r\n");
        }
        if self.fault == Fault::RefuseContentForNow {
            return Ok(Some("452 too much for now"));
        }
        let taken = Taken {
            from: std::mem::take(&mut self.from),
            to: std::mem::take(&mut self.to),
            mail,
            secured: self.secured,
        };
        self.house.state().taken.push(taken);
        if self.fault == Fault::TakeAndHangUp {
            return Ok(None);
        }
        if self.fault == Fault::TakeAndWait {
            let said = self.house.said.acquire().await;
            said.map_err(io::Error::other)?.forget();
        }
        Ok(Some("250 OK taken"))
    }
}

/// The address between the angle brackets.
fn between(line: &str) -> String {
    let rest = line.split_once('<').map_or("", |(_, rest)| rest);
    rest.split('>').next().unwrap_or_default().to_owned()
}

fn plain(said: &str) -> String {
    let bytes = BASE64.decode(said).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

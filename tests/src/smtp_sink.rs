//! A mail server on this machine that keeps what it is given and fails as it is told.
//!
//! It speaks SMTP without TLS, one fault for each mail in the order of a script: so a test says what
//! a server did, and sees what came of it.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

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

/// A mail server that runs until it is dropped.
#[derive(Debug)]
pub struct SmtpSink {
    state: Arc<Mutex<State>>,
    said: Arc<Semaphore>,
    server: Served,
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Fault>,
    taken: Vec<Taken>,
    asked: usize,
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
}

impl SmtpSink {
    /// Starts a server on a free port. What the script does not say, it takes.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(script: &[Fault]) -> io::Result<Self> {
        let state = Arc::new(Mutex::new(State {
            script: script.iter().copied().collect(),
            ..State::default()
        }));
        let said = Arc::new(Semaphore::new(0));
        let shared = (Arc::clone(&state), Arc::clone(&said));
        let server = Served::start(|listener| async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (state, said) = shared.clone();
                tokio::spawn(async move {
                    // A client that hangs up ends its own conversation alone.
                    let _ended = converse(socket, &state, &said).await;
                });
            }
        });
        Ok(Self {
            state,
            said,
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
        lock(&self.state).taken.clone()
    }

    /// Lets it say of one mail that it took it.
    pub fn say(&self) {
        self.said.add_permits(1);
    }

    /// How often it was asked to take one.
    #[must_use]
    pub fn asked(&self) -> usize {
        lock(&self.state).asked
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn converse(socket: TcpStream, state: &Mutex<State>, said: &Semaphore) -> io::Result<()> {
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut fault = Fault::None;
    let (mut from, mut to) = (String::new(), Vec::new());
    write.write_all(b"220 sink ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let upper = line.to_ascii_uppercase();
        let answer = if upper.starts_with("EHLO") || upper.starts_with("HELO") {
            "250-sink\r\n250 8BITMIME\r\n"
        } else if upper.starts_with("MAIL FROM") {
            let mut state = lock(state);
            state.asked += 1;
            fault = state.script.pop_front().unwrap_or(Fault::None);
            from = between(&line);
            "250 OK\r\n"
        } else if upper.starts_with("RCPT TO") {
            to.push(between(&line));
            match fault {
                Fault::RefuseForNow => "451 come back later\r\n",
                Fault::Refuse => "550 no such mailbox\r\n",
                Fault::None
                | Fault::RefuseContentForNow
                | Fault::TakeAndHangUp
                | Fault::HangUp
                | Fault::TakeAndWait => "250 OK\r\n",
            }
        } else if upper == "DATA" {
            if fault == Fault::HangUp {
                return Ok(());
            }
            write.write_all(b"354 go on\r\n").await?;
            let mail = content(&mut lines).await?;
            if fault == Fault::RefuseContentForNow {
                "452 too much for now\r\n"
            } else {
                let taken = Taken {
                    from: std::mem::take(&mut from),
                    to: std::mem::take(&mut to),
                    mail,
                };
                lock(state).taken.push(taken);
                if fault == Fault::TakeAndHangUp {
                    return Ok(());
                }
                if fault == Fault::TakeAndWait {
                    said.acquire().await.map_err(io::Error::other)?.forget();
                }
                "250 OK taken\r\n"
            }
        } else if upper == "QUIT" {
            write.write_all(b"221 bye\r\n").await?;
            return Ok(());
        } else {
            "250 OK\r\n"
        };
        write.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// The address between the angle brackets.
fn between(line: &str) -> String {
    let rest = line.split_once('<').map_or("", |(_, rest)| rest);
    rest.split('>').next().unwrap_or_default().to_owned()
}

async fn content(
    lines: &mut tokio::io::Lines<BufReader<tokio::net::tcp::OwnedReadHalf>>,
) -> io::Result<String> {
    let mut mail = String::new();
    while let Some(line) = lines.next_line().await? {
        if line == "." {
            break;
        }
        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
        mail.push_str("\r\n");
    }
    Ok(mail)
}

//! A network between a program and its PostgreSQL server that breaks at a commit, before the server
//! hears of it or before the program hears that it was carried out, or in which nothing moves.
//!
//! It reads what the program writes as PostgreSQL's protocol frames it, and is to the program the server
//! itself. It cuts the connection of one commit and no other.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;

use crate::served::Served;

/// Where the connection of a commit is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nowhere.
    Never,
    /// The commit of this number, from 1, does not reach the server.
    Before(usize),
    /// The commit of this number, from 1, is carried out, and its answer is lost.
    After(usize),
}

/// A network that lasts until it is dropped.
#[derive(Debug)]
pub struct Network {
    url: String,
    state: Arc<State>,
    _server: Served,
}

#[derive(Debug)]
struct State {
    host: String,
    cut: Cut,
    commits: AtomicUsize,
    moves: watch::Sender<bool>,
}

impl State {
    /// Waits while nothing moves.
    async fn passed(&self) {
        // The sender lives as long as this.
        let _ = self.moves.subscribe().wait_for(|moves| *moves).await;
    }
}

impl Network {
    /// Starts one on a free port, before the database of a URL without a password.
    ///
    /// # Errors
    /// No port can be had, or the URL names no host and port.
    pub async fn start(database: &str, cut: Cut) -> io::Result<Self> {
        let named = database
            .split_once('@')
            .and_then(|(user, rest)| Some((user, rest.split_once('/')?)));
        let (user, (host, name)) =
            named.ok_or_else(|| io::Error::other(format!("{database} names no server")))?;
        let state = Arc::new(State {
            host: host.to_owned(),
            cut,
            commits: AtomicUsize::new(0),
            moves: watch::Sender::new(true),
        });
        let shared = Arc::clone(&state);
        let server = Served::start(|listener| async move {
            while let Ok((program, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A side that hangs up ends its own conversation alone.
                    let _ended = converse(program, &state).await;
                });
            }
        });
        let server = server.await?;
        Ok(Self {
            url: format!("{user}@{}/{name}", server.address()),
            state,
            _server: server,
        })
    }

    /// The URL of the database behind it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many commits there were.
    #[must_use]
    pub fn commits(&self) -> usize {
        self.state.commits.load(Ordering::SeqCst)
    }

    /// Stops everything in it, or lets it move again. No connection ends of that.
    pub fn moves(&self, moves: bool) {
        self.state.moves.send_replace(moves);
    }
}

async fn converse(program: TcpStream, state: &Arc<State>) -> io::Result<()> {
    let server = TcpStream::connect(&state.host).await?;
    // Small messages are not to wait for each other.
    program.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_program, mut to_program) = program.into_split();
    let (from_server, mut to_server) = server.into_split();
    start_up(&mut from_program, &mut to_program, &mut to_server).await?;
    let is_cut = Arc::new(AtomicBool::new(false));
    let answers = pass_on(
        from_server,
        to_program,
        Arc::clone(state),
        Arc::clone(&is_cut),
    );
    let answers = tokio::spawn(answers);
    loop {
        let message = message(&mut from_program).await?;
        state.passed().await;
        if is_commit(&message) {
            let number = state.commits.fetch_add(1, Ordering::SeqCst) + 1;
            if state.cut == Cut::Before(number) {
                return Ok(());
            }
            if state.cut == Cut::After(number) {
                is_cut.store(true, Ordering::SeqCst);
                to_server.write_all(&message).await?;
                // It ends with the answer, which says that the commit was carried out.
                return answers.await.map_err(io::Error::other)?;
            }
        }
        to_server.write_all(&message).await?;
    }
}

/// Passes on what the server says, up to the answer that is lost.
async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: Arc<State>,
    is_cut: Arc<AtomicBool>,
) -> io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 || is_cut.load(Ordering::SeqCst) {
            return Ok(());
        }
        state.passed().await;
        to.write_all(&piece[..read]).await?;
    }
}

/// The first message has no letter before its length. One that asks for TLS is answered with no, as by a
/// server that has none.
async fn start_up(
    from: &mut OwnedReadHalf,
    answer: &mut OwnedWriteHalf,
    to: &mut OwnedWriteHalf,
) -> io::Result<()> {
    loop {
        let length = from.read_u32().await?;
        let mut rest = vec![
            0;
            usize::try_from(length)
                .unwrap_or_default()
                .saturating_sub(4)
        ];
        from.read_exact(&mut rest).await?;
        if rest.len() > 4 {
            to.write_u32(length).await?;
            return to.write_all(&rest).await;
        }
        answer.write_all(b"N").await?;
    }
}

/// A whole message: its letter, its length and the rest.
async fn message(from: &mut OwnedReadHalf) -> io::Result<Vec<u8>> {
    let letter = from.read_u8().await?;
    let length = from.read_u32().await?;
    let mut message = vec![letter];
    message.extend(length.to_be_bytes());
    let rest = usize::try_from(length)
        .unwrap_or_default()
        .saturating_sub(4);
    message.resize(message.len() + rest, 0);
    from.read_exact(&mut message[5..]).await?;
    Ok(message)
}

fn is_commit(message: &[u8]) -> bool {
    message.first() == Some(&b'Q') && message.get(5..) == Some(b"commit\0")
}

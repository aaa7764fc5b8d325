//! `silexd ready`: whether the `silexd` of a configuration takes mail, for the health checks of
//! containers, whose images need no other program for it.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::print;

/// Longer than the answer may take, shorter than the usual patience of a health check.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn run(listen: SocketAddr) -> anyhow::Result<()> {
    let address = reached(listen);
    let answer = ask(address).with_context(|| format!("{address} does not answer"))?;
    let (head, said) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    match head.split_ascii_whitespace().nth(1) {
        Some("200") => print(said.trim()),
        Some(status) => bail!("it is not ready: {} ({status})", said.trim()),
        None => bail!("what answers at {address} is no silexd"),
    }
    Ok(())
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET /readyz HTTP/1.0\r\nhost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Where one that listens everywhere is reached from its own machine.
fn reached(listen: SocketAddr) -> SocketAddr {
    let own = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(own, listen.port())
}

//! A port of this machine for a page.

use std::net::{Ipv4Addr, TcpListener};

use crate::{Failure, report};

/// How many ports behind the usual one are tried.
const NEXT: u16 = 20;

/// Listens on a port that is wanted, 0 being any; else on the usual one or the next that is free.
pub(crate) fn listen(wanted: Option<u16>, usual: u16) -> Result<TcpListener, Failure> {
    let listen = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = wanted {
        return listen(port).map_err(|_| {
            Failure::new(format!(
                "the port {port} is in use: `--port` takes another, 0 any free one"
            ))
        });
    }
    for port in usual..=usual + NEXT {
        if let Ok(listener) = listen(port) {
            if port != usual {
                report::print(&format!("the port {usual} is in use, so it is {port}"));
            }
            return Ok(listener);
        }
    }
    Err(Failure::new(format!(
        "the ports {usual} to {} are in use: `--port 0` takes any free one",
        usual + NEXT
    )))
}

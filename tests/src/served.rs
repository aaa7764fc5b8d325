//! A server on a free port of this machine, until it is dropped.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Served {
    address: SocketAddr,
    server: AbortHandle,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Served {
    /// Serves an application over HTTP.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn http(app: Router) -> io::Result<Self> {
        Self::start(|listener| async move {
            // Ends with the test; an error then has nobody to hear it.
            let _ended = axum::serve(listener, app).await;
        })
        .await
    }

    /// Runs what serves the connections of a listener.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start<F: Future<Output = ()> + Send + 'static>(
        serve: impl FnOnce(TcpListener) -> F,
    ) -> io::Result<Self> {
        Self::behind(TcpListener::bind("127.0.0.1:0").await?, serve)
    }

    /// Runs what serves the connections of this listener.
    ///
    /// # Errors
    /// It has no address.
    pub fn behind<F: Future<Output = ()> + Send + 'static>(
        listener: TcpListener,
        serve: impl FnOnce(TcpListener) -> F,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let server = tokio::spawn(serve(listener)).abort_handle();
        Ok(Self { address, server })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

//! How a client of HTTPS begins: with the roots that the system trusts, which are read once for all of them.

use std::sync::LazyLock;

use reqwest::{Client, ClientBuilder, redirect};
use rustls::ClientConfig;
use rustls_platform_verifier::ConfigVerifierExt as _;

/// What the system trusts. To read its roots takes longer than all else of a start.
static SYSTEM: LazyLock<Option<ClientConfig>> = LazyLock::new(|| {
    provide();
    ClientConfig::with_platform_verifier().ok()
});

/// Makes ring the process's TLS provider, which every client needs.
pub(crate) fn provide() {
    // A second installation fails, which means that one is there.
    let _already = rustls::crypto::ring::default_provider().install_default();
}

/// A client that follows no redirect. Where the system trusts nobody, building it says so.
///
/// It speaks HTTP/1.1 alone: in HTTP/2 all requests to a server share one connection, on which it lets about a
/// hundred be on their way, and thousands of calls would wait for these.
pub(crate) fn client() -> ClientBuilder {
    let system = &*SYSTEM;
    let client = Client::builder()
        .http1_only()
        .redirect(redirect::Policy::none());
    match system {
        Some(system) => client.tls_backend_preconfigured(system.clone()),
        None => client,
    }
}

//! Fetches the certificates of SNS, and keeps them: there is one for months.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, Url};

use super::{Certificate, Unusable};
use crate::tls;

/// Bytes of a certificate file.
const MAX_BYTES: usize = 64 * 1024;
/// Certificates that are kept.
const KEPT: usize = 32;
/// SNS itself waits fifteen seconds for us.
const TIMEOUT: Duration = Duration::from_secs(8);

/// Why there is no certificate now. Whoever posted the message should try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfetched {
    /// Its host did not answer with one.
    #[error("the certificate could not be fetched: {0}")]
    Unreachable(String),
    /// What was fetched cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Unusable(#[from] Unusable),
}

/// The certificates that were fetched, by their address. Clones keep the same ones.
#[derive(Debug, Clone)]
pub struct Certificates {
    client: Client,
    kept: Arc<Mutex<BTreeMap<String, Certificate>>>,
}

impl Certificates {
    /// Fetches with `client`, which must follow no redirect and speak TLS alone.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            kept: Arc::default(),
        }
    }

    /// What a client for SNS is built from: TLS alone, and no redirect.
    pub fn client() -> reqwest::ClientBuilder {
        tls::client().https_only(true).timeout(TIMEOUT)
    }

    /// The certificate at an address that was checked before, valid at `now` (milliseconds).
    ///
    /// # Errors
    /// It cannot be fetched now, or cannot be used.
    pub async fn get(&self, url: &Url, now: i64) -> Result<Certificate, Unfetched> {
        let kept = self
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(url.as_str())
            .cloned();
        if let Some(kept) = kept {
            kept.valid_at(now)?;
            return Ok(kept);
        }
        let fetched = Certificate::read(&self.fetch(url).await?)?;
        fetched.valid_at(now)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // More than a handful is somebody's attempt to fill the memory.
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(url.as_str().to_owned(), fetched.clone());
        Ok(fetched)
    }

    /// Visits an address that confirms a subscription.
    ///
    /// # Errors
    /// It did not answer, or not with a success.
    pub async fn confirm(&self, url: &Url) -> Result<(), Unfetched> {
        self.ask(url).await.map(drop)
    }

    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, Unfetched> {
        let mut response = self.ask(url).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_BYTES {
                return Err(Unfetched::Unreachable(format!(
                    "it is longer than {MAX_BYTES} bytes"
                )));
            }
        }
        Ok(bytes)
    }

    async fn ask(&self, url: &Url) -> Result<reqwest::Response, Unfetched> {
        let response = self
            .client
            .get(url.clone())
            .send()
            .await
            .map_err(unreachable)?;
        let status = response.status();
        // A redirect is an answer here, and not a success.
        if status.is_success() {
            Ok(response)
        } else {
            Err(Unfetched::Unreachable(format!(
                "status {}",
                status.as_u16()
            )))
        }
    }
}

/// What went wrong, with its causes: the first alone says only that a request failed.
fn unreachable(error: reqwest::Error) -> Unfetched {
    // The address of a confirmation holds a token.
    let error = error.without_url();
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        said.push_str(": ");
        said.push_str(&inner.to_string());
        cause = inner.source();
    }
    Unfetched::Unreachable(said)
}

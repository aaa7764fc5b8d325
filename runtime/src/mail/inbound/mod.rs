//! What the ways in have in common: bytes, and what whoever brought them knows about them.

use serde::{Deserialize, Serialize};

use super::{Authentication, Automatic, Incoming, Site, Unreadable, parse};

pub mod raw;

/// Which way a mail came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A file, given by command or put into the watched folder.
    File,
    /// A request that carries the mail as it is.
    Raw,
}

/// A mail as it arrived, before anything in it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The mail.
    pub raw: Vec<u8>,
    /// The addresses that it was delivered to, if whoever brought it said so.
    pub envelope_to: Vec<String>,
    /// The address that it was sent from, if said; empty for a bounce.
    pub envelope_from: Option<String>,
    /// The way that it came.
    pub source: Source,
    /// What the receiving service found out, which then counts instead of the header.
    pub authentication: Option<Authentication>,
    /// What tells this mail from all others: the same mail brought twice has the same.
    pub external_id: String,
}

impl Received {
    /// Reads the mail, together with what is known about its way.
    ///
    /// # Errors
    /// The mail is over a limit or is no mail at all.
    pub fn read(&self, site: &Site) -> Result<Incoming, Unreadable> {
        let mut incoming = parse(&self.raw, site)?;
        if let Some(authentication) = self.authentication {
            incoming.authentication = authentication;
        }
        if self.envelope_from.as_deref() == Some("") {
            incoming
                .automatic
                .get_or_insert_with(Automatic::null_return_path);
        }
        Ok(incoming)
    }

    /// The address of ours that it is for: of the envelope first, then of the header.
    #[must_use]
    pub fn inbox(&self, incoming: &Incoming, site: &Site) -> Option<String> {
        let named = incoming.to.iter().chain(&incoming.cc).map(|to| &to.address);
        let ours = self
            .envelope_to
            .iter()
            .chain(named)
            .find(|address| site.owns(address))?;
        Some(super::address::without_tag(&ours.to_ascii_lowercase()))
    }
}

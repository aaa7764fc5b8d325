//! What the ways in have in common: bytes, and what whoever brought them knows about them.

use super::{Automatic, Incoming, Site, Unreadable, parse};

pub mod raw;
pub mod s3;
pub mod ses;
pub mod sns;
mod verdicts;

pub use verdicts::{Unwanted, Verdicts};

/// Which way a mail came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A file, given by command or put into the watched folder.
    File,
    /// A request that carries the mail as it is.
    Raw,
    /// Amazon SES.
    Ses,
}

impl Source {
    /// How the ledger names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Raw => "post",
            Self::Ses => "ses",
        }
    }
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
    pub verdicts: Option<Verdicts>,
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
        // Of several authors, the service judged one, and who reads the mail may see another.
        if let Some(verdicts) = &self.verdicts
            && !incoming.has_several_authors
        {
            incoming.authentication = verdicts.authentication();
        }
        if self.envelope_from.as_deref() == Some("") {
            incoming
                .automatic
                .get_or_insert_with(Automatic::null_return_path);
        }
        Ok(incoming)
    }

    /// The addresses of ours that it is for: those of the envelope, or where that names none of ours,
    /// those of the header.
    #[must_use]
    pub fn inboxes(&self, incoming: &Incoming, site: &Site) -> Vec<String> {
        let ours = |named: &mut dyn Iterator<Item = &String>| {
            let mut inboxes: Vec<String> = Vec::new();
            for address in named.filter(|address| site.owns(address)) {
                let inbox = super::address::without_tag(&address.to_ascii_lowercase());
                if !inboxes.contains(&inbox) {
                    inboxes.push(inbox);
                }
            }
            inboxes
        };
        let inboxes = ours(&mut self.envelope_to.iter());
        if !inboxes.is_empty() {
            return inboxes;
        }
        let header = incoming.to.iter().chain(&incoming.cc);
        ours(&mut header.map(|to| &to.address))
    }
}

//! Mail: what came in, read into plain data; what goes out, written as bytes and handed on.
//!
//! The way in is [`inbound::Received::read`]: bytes of a stranger become an [`Incoming`] within
//! stated limits, or [`Unreadable`] with a reason; never a panic, and the bytes themselves are
//! kept by the caller. The way out is [`compose::compose`] and then [`transport::Transport`].
//! Everything between is a decision over plain data: whether a machine wrote the mail
//! ([`automatic`]), whether its From line is proven ([`authentication`]), which thread it belongs
//! to ([`threading`]). Nothing here reads a clock, a setting or the store.

pub mod address;
pub mod authentication;
pub mod automatic;
#[cfg(feature = "aws")]
mod aws;
pub mod clean;
pub mod compose;
pub mod delivery_report;
pub mod formatted;
mod html_cost;
pub mod html_text;
pub mod inbound;
pub mod parse;
pub mod record;
pub mod reply_text;
pub mod scan;
mod signature;
pub mod threading;
pub mod transport;
pub mod verdict;

pub use address::Mailbox;
pub use authentication::Authentication;
pub use automatic::Automatic;
pub use parse::{AttachmentInfo, Incoming, Unreadable, parse};
pub use scan::Limits;

/// What the mail code must know about this installation.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// How much of a stranger's mail is looked at.
    pub limits: Limits,
    /// Every address that is ours, inboxes and senders alike. Empty: no rule about them applies.
    pub addresses: Vec<String>,
    /// Whose `Authentication-Results` are believed: the name our own mail server writes there.
    pub authserv_id: Option<String>,
    /// Believes a From line that nothing was said about. For trying out on one machine only.
    pub trust_unverified: bool,
}

impl Site {
    /// Whether an address is one of ours, with or without a `+tag`.
    #[must_use]
    pub fn owns(&self, address: &str) -> bool {
        let bare = address::without_tag(address);
        self.addresses
            .iter()
            .any(|ours| ours.eq_ignore_ascii_case(&bare))
    }
}

//! Addresses: one spelling for each, and names that cannot pose as one.
//!
//! An address is lower-case ASCII in the plain `local@domain` form. Quoted local parts, address
//! literals and characters beyond ASCII are refused: a look-alike letter in an address is then
//! impossible, and what the store compares is what the mail server delivers to. International
//! domains appear in their `xn--` form, as they do on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{clean, record};

/// Who a mail is from or to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The address, as [`parse`] spells it.
    pub address: String,
    /// The name beside it; empty when there was none.
    pub name: String,
}

impl Mailbox {
    /// A mailbox from what a header said, if the address is one.
    ///
    /// A name that contains an address is dropped: it repeats the address or contradicts it.
    #[must_use]
    pub fn read(address: &str, name: &str) -> Option<Self> {
        let address = parse(address)?;
        let name = clean::line(name, record::NAME);
        let name = if name.contains(['@', '＠', '﹫']) {
            String::new()
        } else {
            name
        };
        Some(Self { address, name })
    }

    /// A mailbox written as `Name <address>` or as an address alone.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let (name, address) = match text.rsplit_once('<') {
            Some((name, rest)) => (
                name.trim().trim_matches('"'),
                rest.trim_end().trim_end_matches('>'),
            ),
            None => ("", text),
        };
        Self::read(address, name)
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            write!(f, "{}", self.address)
        } else {
            write!(f, "{} <{}>", self.name, self.address)
        }
    }
}

/// The one spelling of an address, or nothing if it is not one we deal with.
#[must_use]
pub fn parse(raw: &str) -> Option<String> {
    let address = raw.trim().to_ascii_lowercase();
    let (local, domain) = address.split_once('@')?;
    let fits = local.len() <= 64 && domain.len() <= 190 && is_local(local) && is_domain(domain);
    fits.then_some(address)
}

/// The domain of an address; the whole of it when there is no `@`.
#[must_use]
pub fn domain(address: &str) -> &str {
    address
        .rsplit_once('@')
        .map_or(address, |(_, domain)| domain)
}

/// The address without its `+tag`: `write+x@a.example` is `write@a.example`.
#[must_use]
pub fn without_tag(address: &str) -> String {
    match address.split_once('@') {
        Some((local, domain)) => {
            let bare = local.split_once('+').map_or(local, |(bare, _)| bare);
            format!("{bare}@{domain}")
        }
        None => address.to_owned(),
    }
}

fn is_local(local: &str) -> bool {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
    local
        .split('.')
        .all(|part| !part.is_empty() && part.chars().all(atom))
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: Option<&str>) {
        assert_eq!(parse(raw).as_deref(), expected, "{raw:?}");
    }

    #[test]
    fn an_address_has_one_spelling() {
        check(" Anna.K+x@Example.ORG ", Some("anna.k+x@example.org"));
        check("o'neill@a-b.example", Some("o'neill@a-b.example"));
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for raw in [
            "",
            "@",
            "a@",
            "@b",
            "a b@c.example",
            "a@b@c.example",
            "a@b..example",
            "a..b@c.example",
            "a@-b.example",
            "\"a b\"@c.example",
            "a@[127.0.0.1]",
            "a@b.example\r\nBcc: x@y.example",
            "a@b.example>",
            "a,b@c.example",
            "a@b.example\0",
        ] {
            check(raw, None);
        }
    }

    #[test]
    fn look_alike_letters_are_refused() {
        check("wr\u{456}te@aleik.example", None);
        check("anna@exаmple.org", None);
    }

    #[test]
    fn a_name_that_poses_as_an_address_is_dropped() {
        let from = Mailbox::read("mallory@evil.example", "write@aleik.example").unwrap();
        assert_eq!(from.name, "");
        let from = Mailbox::read("m@evil.example", "Aleik \u{202e}moc").unwrap();
        assert_eq!(from.name, "Aleik moc");
    }

    #[test]
    fn a_tag_is_not_part_of_whose_mailbox_it_is() {
        assert_eq!(
            without_tag("write+t1.abc@aleik.example"),
            "write@aleik.example"
        );
        assert_eq!(domain("write@aleik.example"), "aleik.example");
    }
}

//! A mail that is brought as it is: by a request, a command, or a folder.

use sha2::{Digest, Sha256};

use super::{Received, Source};
use crate::mail::address;

/// Takes in a mail as it is.
///
/// It is known by the digest of its bytes and the recipients of its envelope, so the same file dropped
/// twice is one mail. An address of the envelope that is none is left out.
#[must_use]
pub fn receive(
    raw: Vec<u8>,
    source: Source,
    envelope_from: Option<&str>,
    envelope_to: &[String],
) -> Received {
    let envelope_to: Vec<String> = envelope_to
        .iter()
        .filter_map(|to| address::parse(to))
        .collect();
    let mut digest = Sha256::new_with_prefix(&raw);
    digest.update(envelope_to.join(","));
    let external_id = hex::encode(digest.finalize());
    Received {
        raw,
        envelope_to,
        envelope_from: envelope_from
            .map(|from| from.trim().trim_matches(['<', '>']).to_ascii_lowercase()),
        source,
        verdicts: None,
        external_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::inbound::Verdicts;
    use crate::mail::{Site, automatic::Rule};

    const MAIL: &str =
        "From: a@b.example\r\nTo: x@y.example, write+t1.abc@aleik.example\r\n\r\nhello\r\n";

    fn site() -> Site {
        Site {
            addresses: vec!["write@aleik.example".into()],
            ..Site::default()
        }
    }

    #[test]
    fn the_same_mail_has_the_same_id() {
        let receive = |raw: &str| receive(raw.into(), Source::File, None, &[]).external_id;
        assert_eq!(receive(MAIL), receive(MAIL));
        assert_ne!(receive(MAIL), receive(&MAIL.replace("hello", "hallo")));
        assert_eq!(receive(MAIL).len(), 64);
        // A mail server that brings a mail to each of its recipients brings it so often.
        let to =
            |to: &str| super::receive(MAIL.into(), Source::Raw, None, &[to.to_owned()]).external_id;
        assert_ne!(to("a@y.example"), to("b@y.example"));
    }

    #[test]
    fn a_bounce_is_known_by_its_envelope() {
        let bounce = receive(MAIL.into(), Source::Raw, Some("<>"), &[])
            .read(&site())
            .unwrap();
        assert_eq!(
            bounce.automatic.map(|automatic| automatic.rule),
            Some(Rule::NullReturnPath)
        );
        let mail = receive(MAIL.into(), Source::Raw, Some("a@b.example"), &[])
            .read(&site())
            .unwrap();
        assert_eq!(mail.automatic, None);
    }

    #[test]
    fn what_the_service_found_counts_instead_of_the_header() {
        let mut received = receive(MAIL.into(), Source::Raw, None, &[]);
        received.verdicts = Some(Verdicts {
            dmarc: "PASS".to_owned(),
            ..Verdicts::default()
        });
        assert!(received.read(&site()).unwrap().verified());
        received.raw = MAIL
            .replace("From: a@b.example", "From: a@b.example, c@d.example")
            .into();
        assert!(
            !received.read(&site()).unwrap().verified(),
            "of two authors nobody is proven"
        );
    }

    #[test]
    fn the_inboxes_are_the_addresses_of_ours() {
        let received = receive(MAIL.into(), Source::Raw, None, &["nobody".into()]);
        let incoming = received.read(&site()).unwrap();
        assert_eq!(
            received.inboxes(&incoming, &site()),
            ["write@aleik.example"]
        );
        assert!(received.inboxes(&incoming, &Site::default()).is_empty());
    }

    #[test]
    fn the_envelope_says_which_of_several_it_is_for() {
        let mut site = site();
        site.addresses.push("x@y.example".to_owned());
        let inboxes = |envelope: &[String]| {
            let received = receive(MAIL.into(), Source::Raw, None, envelope);
            received.inboxes(&received.read(&site).unwrap(), &site)
        };
        assert_eq!(inboxes(&[]), ["x@y.example", "write@aleik.example"]);
        assert_eq!(
            inboxes(&["write+t1.abc@aleik.example".to_owned()]),
            ["write@aleik.example"]
        );
    }
}

//! Whether a From line is proven.
//!
//! A From line proves nothing by itself. What proves it is DMARC, and who says so is our own mail
//! server, in the `Authentication-Results` field that it puts on top (RFC 8601), or the service
//! that received the mail. The named server must remove fields that carry its name when they
//! arrive from outside, as RFC 8601 section 5 demands; of what remains only the topmost is read.

use serde::{Deserialize, Serialize};

use super::{Mailbox, Site, address};

/// What a check said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It passed.
    Pass,
    /// It was refuted.
    Fail,
    /// Nothing was proven: not checked, no policy, or an error on the way.
    #[default]
    Unproven,
}

/// Who said so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Witness {
    /// Nobody: the mail came without a result that we believe.
    #[default]
    Nobody,
    /// Our mail server, in the mail's header.
    MailServer,
    /// The service that received the mail for us.
    Service,
    /// The setting that believes everybody.
    Local,
}

/// What was found out about a mail's sender.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// The domain of the From line, proven by one of the other two.
    pub dmarc: Verdict,
    /// The sending host, for the domain of the envelope.
    pub spf: Verdict,
    /// A signature.
    pub dkim: Verdict,
    /// Who said so.
    pub witness: Witness,
}

impl Authentication {
    /// Whether the domain of the From line is proven.
    #[must_use]
    pub fn verified(&self) -> bool {
        match self.witness {
            Witness::MailServer | Witness::Service => self.dmarc == Verdict::Pass,
            Witness::Local => true,
            Witness::Nobody => false,
        }
    }

    /// What a receiving service found, in the words of SES: anything but `PASS` proves nothing.
    #[must_use]
    pub fn from_service(dmarc: &str, spf: &str, dkim: &str) -> Self {
        let verdict = |word: &str| match word {
            "PASS" => Verdict::Pass,
            "FAIL" => Verdict::Fail,
            _ => Verdict::Unproven,
        };
        Self {
            dmarc: verdict(dmarc),
            spf: verdict(spf),
            dkim: verdict(dkim),
            witness: Witness::Service,
        }
    }
}

/// What the header says that we believe.
pub(super) fn from_fields(
    fields: &[(String, String)],
    from: Option<&Mailbox>,
    site: &Site,
) -> Authentication {
    let top = fields
        .iter()
        .find(|(name, _)| name == "authentication-results")
        .map(|(_, value)| value.as_str());
    let believed = top
        .zip(site.authserv_id.as_deref())
        .and_then(|(value, id)| results(value, id));
    match believed {
        Some(results) => judge(&results, from),
        None if site.trust_unverified => Authentication {
            witness: Witness::Local,
            ..Authentication::default()
        },
        None => Authentication::default(),
    }
}

/// One `method=result` with its properties.
pub(super) struct Outcome {
    pub(super) method: String,
    pub(super) result: String,
    properties: Vec<(String, String)>,
}

fn judge(results: &[Outcome], from: Option<&Mailbox>) -> Authentication {
    let mut read = Authentication {
        witness: Witness::MailServer,
        ..Authentication::default()
    };
    let domain = from
        .map(|from| address::domain(&from.address))
        .unwrap_or_default();
    for outcome in results {
        let mut verdict = match outcome.result.as_str() {
            "pass" => Verdict::Pass,
            "fail" | "softfail" | "hardfail" => Verdict::Fail,
            _ => Verdict::Unproven,
        };
        match outcome.method.as_str() {
            "dmarc" => {
                // What passed must be the domain that we read in the From line.
                let other = outcome
                    .properties
                    .iter()
                    .any(|(name, value)| name == "header.from" && address::domain(value) != domain);
                if other && verdict == Verdict::Pass {
                    verdict = Verdict::Unproven;
                }
                read.dmarc = verdict;
            }
            "spf" => read.spf = verdict,
            // One good signature among several is enough.
            "dkim" if read.dkim != Verdict::Pass => read.dkim = verdict,
            _ => {}
        }
    }
    read
}

/// The results in a field, if it is of the server that we believe.
pub(super) fn results(value: &str, authserv_id: &str) -> Option<Vec<Outcome>> {
    let plain = without_comments(value);
    let mut sections = plain.split(';');
    let name = sections.next()?.split_whitespace().next()?;
    if !name.eq_ignore_ascii_case(authserv_id) {
        return None;
    }
    Some(sections.filter_map(outcome).collect())
}

fn outcome(section: &str) -> Option<Outcome> {
    let mut pairs = section
        .split_whitespace()
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| {
            (
                name.to_ascii_lowercase(),
                value.trim_matches('"').to_ascii_lowercase(),
            )
        });
    let (method, result) = pairs.next()?;
    // A version may follow the method: `dmarc/1`.
    let method = method.split('/').next().unwrap_or_default().to_owned();
    Some(Outcome {
        method,
        result,
        properties: pairs.collect(),
    })
}

/// Removes `(comments)`, which nest, and what is inside quotes; no spaces remain around `=`.
///
/// A quoted value can hold `;` and `=`, and none that we read is ever quoted but a domain without
/// either, so quoted text with such characters is dropped.
fn without_comments(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for c in value.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ';' | '=' | ' ' | '\t' if quoted => plain.push('_'),
            _ => plain.push(c),
        }
    }
    plain.replace(" =", "=").replace("= ", "=")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parse;

    fn check(header: &str, expected: &str) {
        let site = Site {
            authserv_id: Some("mx.aleik.example".into()),
            ..Site::default()
        };
        let raw = format!("{header}\r\nFrom: Anna <anna@b.example>\r\n\r\nhello\r\n");
        let incoming = parse(raw.as_bytes(), &site).unwrap();
        let read = incoming.authentication;
        let said = format!(
            "{:?} {:?} {:?} {}",
            read.dmarc,
            read.spf,
            read.dkim,
            incoming.verified()
        );
        assert_eq!(said, expected, "{header}");
    }

    #[test]
    fn a_pass_of_our_server_verifies() {
        check(
            "Authentication-Results: MX.aleik.example 1;\r\n dkim=fail header.d=list.example;\r\n dkim=pass (2048-bit; dmarc=fail) header.d=b.example;\r\n\tspf=pass smtp.mailfrom=anna@b.example; dmarc=pass (p=REJECT) header.from=b.example",
            "Pass Pass Pass true",
        );
    }

    #[test]
    fn anything_else_does_not() {
        let of = |rest: &str| format!("Authentication-Results: mx.aleik.example; {rest}");
        check(
            &of("dmarc=fail header.from=b.example; spf=softfail"),
            "Fail Fail Unproven false",
        );
        check(
            &of("dmarc=none; spf=pass; dkim=pass"),
            "Unproven Pass Pass false",
        );
        check(&of("dmarc=temperror"), "Unproven Unproven Unproven false");
        check(&of("none"), "Unproven Unproven Unproven false");
        check("X: y", "Unproven Unproven Unproven false");
    }

    #[test]
    fn another_servers_word_counts_for_nothing() {
        check(
            "Authentication-Results: mx.evil.example; dmarc=pass",
            "Unproven Unproven Unproven false",
        );
        check(
            "Authentication-Results: mx.aleik.example.evil.example; dmarc=pass",
            "Unproven Unproven Unproven false",
        );
        check(
            "Authentication-Results: relay.example; dmarc=fail\r\nAuthentication-Results: mx.aleik.example; dmarc=pass",
            "Unproven Unproven Unproven false",
        );
    }

    #[test]
    fn a_pass_for_another_domain_proves_nothing() {
        check(
            "Authentication-Results: mx.aleik.example; dmarc=pass header.from=evil.example",
            "Unproven Unproven Unproven false",
        );
    }

    #[test]
    fn a_result_in_a_comment_or_a_quoted_value_is_no_result() {
        check(
            "Authentication-Results: mx.aleik.example; (dmarc=pass (x)) spf=fail",
            "Unproven Fail Unproven false",
        );
        check(
            "Authentication-Results: mx.aleik.example; spf=fail reason=\"; dmarc=pass\"",
            "Unproven Fail Unproven false",
        );
    }

    #[test]
    fn several_authors_prove_nothing() {
        check(
            "Authentication-Results: mx.aleik.example; dmarc=pass\r\nFrom: eve@evil.example",
            "Unproven Unproven Unproven false",
        );
    }

    #[test]
    fn the_local_setting_believes_what_nobody_judged() {
        let site = Site {
            trust_unverified: true,
            authserv_id: Some("mx.aleik.example".into()),
            ..Site::default()
        };
        let verified = |raw: &str| parse(raw.as_bytes(), &site).unwrap().verified();
        assert!(verified("From: a@b.example\r\n\r\nx"));
        assert!(!verified("Subject: nobody\r\n\r\nx"));
        assert!(!verified(
            "Authentication-Results: mx.aleik.example; dmarc=fail\r\nFrom: a@b.example\r\n\r\nx"
        ));
    }

    #[test]
    fn only_the_word_pass_of_a_service_passes() {
        for (word, verified) in [
            ("PASS", true),
            ("FAIL", false),
            ("GRAY", false),
            ("PROCESSING_FAILED", false),
            ("", false),
        ] {
            assert_eq!(
                Authentication::from_service(word, "PASS", "PASS").verified(),
                verified,
                "{word}"
            );
        }
    }
}

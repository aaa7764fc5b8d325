//! What the service that received a mail found out about it.

use serde::{Deserialize, Serialize};

use crate::mail::{Authentication, authentication};

/// The verdicts of SES, in its words: `PASS`, `FAIL`, `GRAY`, `PROCESSING_FAILED`, `DISABLED`; empty
/// where it said nothing. Anything but `PASS` proves nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdicts {
    /// Whether it is no spam.
    pub spam: String,
    /// Whether it holds no virus.
    pub virus: String,
    /// The sending host, for the domain of the envelope.
    pub spf: String,
    /// A signature.
    pub dkim: String,
    /// The domain of the From line.
    pub dmarc: String,
    /// What the sender's domain asks to be done when DMARC fails: `none`, `quarantine`, `reject`.
    pub dmarc_policy: Option<String>,
}

/// Why a mail is put aside before anybody works on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwanted {
    /// A virus was found in it.
    Virus,
    /// The receiving service takes it for spam.
    Spam,
    /// Its sender is refuted, and the sender's domain asks for such mail to be refused.
    Forged,
}

impl Verdicts {
    /// What of this is said about the sender.
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        Authentication::from_service(&self.dmarc, &self.spf, &self.dkim)
    }

    /// Why the mail is put aside, if it is.
    #[must_use]
    pub fn unwanted(&self) -> Option<Unwanted> {
        let asks = matches!(self.dmarc_policy.as_deref(), Some("reject" | "quarantine"));
        if self.virus == "FAIL" {
            Some(Unwanted::Virus)
        } else if self.dmarc == "FAIL" && asks {
            Some(Unwanted::Forged)
        } else if self.spam == "FAIL" {
            Some(Unwanted::Spam)
        } else {
            None
        }
    }

    /// The verdicts that SES writes on top of a mail that it leaves in a bucket, for mail whose
    /// notice was lost. Of each field the first counts: SES puts its own above all others.
    #[must_use]
    pub fn from_header(raw: &[u8]) -> Self {
        let first = |wanted: &str| {
            header_lines(raw)
                .find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case(wanted)
                        .then(|| value.trim().to_owned())
                })
                .unwrap_or_default()
        };
        let results = first("Authentication-Results");
        let results = authentication::results(&results, "amazonses.com").unwrap_or_default();
        let said = |method: &str| {
            let passed = results
                .iter()
                .any(|found| found.method == method && found.result == "pass");
            let word = if passed { "PASS" } else { "" };
            word.to_owned()
        };
        Self {
            spam: first("X-SES-Spam-Verdict"),
            virus: first("X-SES-Virus-Verdict"),
            spf: said("spf"),
            dkim: said("dkim"),
            dmarc: said("dmarc"),
            dmarc_policy: None,
        }
    }
}

/// The lines of a header, unfolded.
fn header_lines(raw: &[u8]) -> impl Iterator<Item = String> {
    let text = raw.get(..raw.len().min(64 * 1024)).unwrap_or_default();
    let text = String::from_utf8_lossy(text).into_owned();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match lines.last_mut() {
            _ if line.is_empty() => break,
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            _ => lines.push(line.to_owned()),
        }
    }
    lines.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unwanted(virus: &str, spam: &str, dmarc: &str, policy: Option<&str>) -> Option<Unwanted> {
        let verdicts = Verdicts {
            virus: virus.to_owned(),
            spam: spam.to_owned(),
            dmarc: dmarc.to_owned(),
            dmarc_policy: policy.map(str::to_owned),
            ..Verdicts::default()
        };
        verdicts.unwanted()
    }

    #[test]
    fn only_what_failed_is_put_aside() {
        assert_eq!(
            unwanted("FAIL", "FAIL", "FAIL", Some("reject")),
            Some(Unwanted::Virus)
        );
        assert_eq!(unwanted("PASS", "FAIL", "PASS", None), Some(Unwanted::Spam));
        assert_eq!(
            unwanted("PASS", "PASS", "FAIL", Some("quarantine")),
            Some(Unwanted::Forged)
        );
        assert_eq!(unwanted("DISABLED", "GRAY", "FAIL", Some("none")), None);
        assert_eq!(
            unwanted("PROCESSING_FAILED", "", "GRAY", Some("reject")),
            None
        );
    }

    const STORED: &str = "Return-Path: <anna@b.example>\r\nX-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: FAIL\r\n\
        Authentication-Results: amazonses.com;\r\n spf=pass (ok) client-ip=1.2.3.4;\r\n dkim=fail header.i=@b.example;\r\n dmarc=pass header.from=b.example;\r\n\
        From: anna@b.example\r\nX-SES-Virus-Verdict: PASS\r\n\r\nX-SES-Spam-Verdict: FAIL\r\n";

    #[test]
    fn the_header_of_a_stored_mail_has_the_same_verdicts() {
        let verdicts = Verdicts::from_header(STORED.as_bytes());
        let said = [
            &verdicts.spam,
            &verdicts.virus,
            &verdicts.spf,
            &verdicts.dkim,
            &verdicts.dmarc,
        ];
        assert_eq!(said, ["PASS", "FAIL", "PASS", "", "PASS"]);
        assert!(verdicts.authentication().verified());
    }

    #[test]
    fn what_a_result_quotes_is_no_result() {
        let envelope = "spf=fail smtp.mailfrom=\"a; dmarc=pass\"@evil.example; dmarc=fail";
        let forged = STORED.replace("dmarc=pass header.from=b.example", envelope);
        let read = Verdicts::from_header(forged.as_bytes());
        assert!(!read.authentication().verified(), "{read:?}");
    }

    #[test]
    fn what_another_server_says_counts_for_nothing() {
        let forged = STORED.replace("amazonses.com;", "amazonses.com.evil.example;");
        assert!(
            !Verdicts::from_header(forged.as_bytes())
                .authentication()
                .verified()
        );
        let above = format!("Authentication-Results: evil.example; dmarc=pass\r\n{STORED}");
        assert!(
            !Verdicts::from_header(above.as_bytes())
                .authentication()
                .verified()
        );
    }
}

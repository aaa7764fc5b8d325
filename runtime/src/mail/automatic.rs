//! Whether a machine wrote a mail, or answering it could start a loop (RFC 3834 and practice).
//!
//! Two machines that answer each other never stop by themselves. The rules over one mail's header
//! stop the polite ones; [`Pace`], which trusts no header, stops the rest.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Incoming, Site};

/// The header that marks what we sent automatically. Its value counts for nothing.
pub const HOP: &str = "X-Silex-Hop";
/// How the local part of our own message ids ends.
const OWN_ID: &str = ".silex@";

/// Why a mail must not be answered automatically.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Automatic {
    /// The rule that says so.
    pub rule: Rule,
    /// What in the mail it was, for people.
    pub evidence: String,
}

/// The rules against loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// It went through us before.
    OwnHop,
    /// It has a message id of our making.
    OwnMessageId,
    /// Its return path is empty: a bounce.
    NullReturnPath,
    /// `Auto-Submitted` is something other than `no`.
    AutoSubmitted,
    /// `Precedence` is one of a machine's.
    Precedence,
    /// It went through a mailing list.
    List,
    /// It asks not to be answered automatically.
    SuppressResponse,
    /// It has a header that only automatic answers have.
    AutoResponder,
    /// It is a report about another mail.
    Report,
    /// It has no sender who could be answered.
    NoSender,
    /// Its sender is an address that nobody reads.
    MachineSender,
    /// Its sender is an address of ours.
    OwnSender,
    /// It is not addressed to us.
    NotAddressed,
    /// Too many automatic answers in the thread within an hour.
    ThreadPace,
    /// Too many automatic answers to the sender within a day.
    SenderPace,
    /// Too many mails of the sender within an hour.
    SenderFlood,
    /// The thread is too long to be a conversation.
    ThreadLength,
    /// It says the same as the mail before it.
    Repetition,
}

impl Automatic {
    fn new(rule: Rule, evidence: impl Into<String>) -> Self {
        Self {
            rule,
            evidence: evidence.into().chars().take(200).collect(),
        }
    }

    /// The mail was sent from nobody, as the envelope says.
    #[must_use]
    pub fn null_return_path() -> Self {
        Self::new(Rule::NullReturnPath, "envelope sender <>")
    }
}

impl fmt::Display for Automatic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.rule {
            Rule::OwnHop => "it has been sent by this or another Silex before",
            Rule::OwnMessageId => "its message id is one of ours",
            Rule::NullReturnPath => "its return path is empty",
            Rule::AutoSubmitted => "it was submitted automatically",
            Rule::Precedence => "its precedence is that of a machine",
            Rule::List => "it comes from a mailing list",
            Rule::SuppressResponse => "it asks for no automatic answer",
            Rule::AutoResponder => "it comes from an automatic responder",
            Rule::Report => "it is a delivery or read report",
            Rule::NoSender => "it has no sender to answer",
            Rule::MachineSender => "nobody reads the sender's address",
            Rule::OwnSender => "its sender is one of our addresses",
            Rule::NotAddressed => "it is not addressed to us",
            Rule::ThreadPace => "too many answers in this thread within an hour",
            Rule::SenderPace => "too many answers to this sender within a day",
            Rule::SenderFlood => "too many mails of this sender within an hour",
            Rule::ThreadLength => "the thread is too long",
            Rule::Repetition => "it repeats the mail before it",
        };
        write!(f, "{why} ({})", self.evidence)
    }
}

/// A message id of ours, without brackets. `seed` makes it unique and should be the send's intent.
#[must_use]
pub fn message_id(seed: &str, domain: &str) -> String {
    let seed: String = seed
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(120)
        .collect();
    format!("{seed}{OWN_ID}{domain}")
}

/// The first rule against answering that holds, given the header of a mail and what was read of it.
pub(super) fn of_fields(
    fields: &[(String, String)],
    incoming: &Incoming,
    site: &Site,
) -> Option<Automatic> {
    fields
        .iter()
        .find_map(|(name, value)| of_field(name, value))
        .or_else(|| of_people(incoming, site))
}

fn of_field(name: &str, value: &str) -> Option<Automatic> {
    let lower = value.to_ascii_lowercase();
    let word = lower
        .split([';', ' ', '\t', '('])
        .next()
        .unwrap_or_default();
    let rule = match name {
        "x-silex-hop" => Rule::OwnHop,
        "return-path" if value == "<>" => Rule::NullReturnPath,
        "auto-submitted" if word != "no" => Rule::AutoSubmitted,
        "precedence" if matches!(word, "bulk" | "junk" | "list" | "auto_reply") => Rule::Precedence,
        "x-auto-response-suppress" if suppresses(&lower) => Rule::SuppressResponse,
        "x-autoreply" | "x-auto-reply" | "x-autorespond" | "x-autoresponder"
        | "x-autogenerated" | "x-auto-generated" | "x-autoreply-from" | "x-mail-autoreply"
            if word != "no" =>
        {
            Rule::AutoResponder
        }
        "content-type"
            if lower.starts_with("multipart/report")
                || word.starts_with("message/disposition-notification") =>
        {
            Rule::Report
        }
        _ if name.starts_with("list-") => Rule::List,
        _ => return None,
    };
    Some(Automatic::new(rule, format!("{name}: {value}")))
}

fn suppresses(value: &str) -> bool {
    value
        .split([',', ' '])
        .any(|word| matches!(word, "all" | "autoreply" | "oof"))
}

fn of_people(incoming: &Incoming, site: &Site) -> Option<Automatic> {
    let Some(from) = &incoming.from else {
        return Some(Automatic::new(Rule::NoSender, "from"));
    };
    if is_machine(&from.address) {
        return Some(Automatic::new(Rule::MachineSender, &from.address));
    }
    if site.owns(&from.address) {
        return Some(Automatic::new(Rule::OwnSender, &from.address));
    }
    if let Some(id) = incoming
        .message_id
        .as_ref()
        .filter(|id| is_own_id(id, site))
    {
        return Some(Automatic::new(Rule::OwnMessageId, id));
    }
    let ours = incoming
        .to
        .iter()
        .chain(&incoming.cc)
        .any(|to| site.owns(&to.address));
    if !site.addresses.is_empty() && !ours {
        return Some(Automatic::new(Rule::NotAddressed, "to, cc"));
    }
    None
}

fn is_own_id(id: &str, site: &Site) -> bool {
    let domain = id.split_once(OWN_ID).map(|(_, domain)| domain);
    domain.is_some_and(|domain| {
        site.addresses
            .iter()
            .any(|ours| super::address::domain(ours).eq_ignore_ascii_case(domain))
    })
}

fn is_machine(address: &str) -> bool {
    let local = address.split_once('@').map_or(address, |(local, _)| local);
    let plain: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    matches!(
        plain.as_str(),
        "mailerdaemon" | "postmaster" | "bounce" | "bounces"
    ) || ["noreply", "donotreply", "dontreply"]
        .iter()
        .any(|start| plain.starts_with(start))
        || ["noreply", "donotreply"]
            .iter()
            .any(|end| plain.ends_with(end))
        || ["bounce-", "bounce+", "bounces-", "bounces+"]
            .iter()
            .any(|start| local.starts_with(start))
}

/// How often we may answer without a person, whatever the headers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Automatic answers in one thread within an hour.
    pub thread_per_hour: u32,
    /// Automatic answers to one sender within a day.
    pub sender_per_day: u32,
    /// Mails that one sender writes within an hour.
    pub sender_mails_per_hour: u32,
    /// Mails in a thread.
    pub thread_mails: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            thread_per_hour: 10,
            sender_per_day: 40,
            sender_mails_per_hour: 200,
            thread_mails: 100,
        }
    }
}

/// What the store knows about a thread and its sender.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Answers that we sent in the thread within the last hour.
    pub thread_last_hour: u32,
    /// Answers that we sent to this sender within the last day.
    pub sender_last_day: u32,
    /// Mails of this sender within the last hour.
    pub sender_mails_last_hour: u32,
    /// Mails of both sides in the thread.
    pub thread_mails: u32,
    /// The new text of the sender's mail before this one.
    pub previous_text: Option<String>,
}

impl Pace {
    /// Why the thread goes to a person now, if it does. These are limits, not a verdict on the mail.
    #[must_use]
    pub fn exceeded(&self, text: &str, history: &History) -> Option<Automatic> {
        let over = |rule, count: u32, limit: u32| {
            (count >= limit).then(|| Automatic::new(rule, format!("{count} of {limit}")))
        };
        over(
            Rule::ThreadPace,
            history.thread_last_hour,
            self.thread_per_hour,
        )
        .or_else(|| {
            over(
                Rule::SenderPace,
                history.sender_last_day,
                self.sender_per_day,
            )
        })
        .or_else(|| {
            over(
                Rule::SenderFlood,
                history.sender_mails_last_hour,
                self.sender_mails_per_hour,
            )
        })
        .or_else(|| over(Rule::ThreadLength, history.thread_mails, self.thread_mails))
        .or_else(|| {
            let said = bare(text);
            let again = history
                .previous_text
                .as_ref()
                .is_some_and(|previous| !said.is_empty() && bare(previous) == said);
            again.then(|| Automatic::new(Rule::Repetition, "the same text"))
        })
    }
}

/// Letters only: a counter or a date in a machine's answer does not make it another answer.
fn bare(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parse;

    fn site() -> Site {
        Site {
            addresses: vec!["write@aleik.example".into()],
            ..Site::default()
        }
    }

    fn rule(header: &str) -> Option<Rule> {
        let mut raw = String::new();
        for default in [
            "From: anna@b.example",
            "To: write@aleik.example",
            "Message-ID: <1@b.example>",
        ] {
            let name = default.split(':').next().unwrap();
            if !header.contains(&format!("{name}:")) {
                raw.push_str(&format!("{default}\r\n"));
            }
        }
        let incoming = parse(
            format!("{raw}{header}\r\n\r\nhello\r\n").as_bytes(),
            &site(),
        )
        .unwrap();
        incoming.automatic.map(|automatic| automatic.rule)
    }

    #[test]
    fn an_ordinary_mail_may_be_answered() {
        for header in [
            "Subject: hi",
            "Auto-Submitted: no",
            "Precedence: normal",
            "X-Auto-Response-Suppress: DR, RN",
            "Return-Path: <anna@b.example>",
            "To: write+k1.abc@aleik.example",
            "Cc: write@aleik.example\r\nTo: x@y.example",
            "From: nora.eply@b.example",
            "From: bouncer@b.example",
        ] {
            assert_eq!(rule(header), None, "{header}");
        }
    }

    #[test]
    fn each_rule_stops_what_it_names() {
        for (header, expected) in [
            ("X-Silex-Hop: 1", Rule::OwnHop),
            ("Message-ID: <k1.silex@aleik.example>", Rule::OwnMessageId),
            ("Return-Path: <>", Rule::NullReturnPath),
            (
                "Auto-Submitted: auto-replied (vacation)",
                Rule::AutoSubmitted,
            ),
            (
                "auto-submitted: AUTO-GENERATED; owner-email=x",
                Rule::AutoSubmitted,
            ),
            ("Precedence: Bulk", Rule::Precedence),
            ("Precedence: auto_reply", Rule::Precedence),
            ("List-Unsubscribe: <https://x.example/u>", Rule::List),
            ("List-Id: news <news.x.example>", Rule::List),
            (
                "X-Auto-Response-Suppress: OOF, AutoReply",
                Rule::SuppressResponse,
            ),
            ("X-Autoreply: yes", Rule::AutoResponder),
            ("X-Autorespond: Out of office", Rule::AutoResponder),
            (
                "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
                Rule::Report,
            ),
            ("From: ", Rule::NoSender),
            ("From: MAILER-DAEMON@b.example", Rule::MachineSender),
            ("From: Do-Not-Reply@b.example", Rule::MachineSender),
            ("From: orders-noreply@b.example", Rule::MachineSender),
            ("From: bounces+17@b.example", Rule::MachineSender),
            ("From: write+x@aleik.example", Rule::OwnSender),
            ("To: someone@else.example", Rule::NotAddressed),
        ] {
            assert_eq!(rule(header), Some(expected), "{header}");
        }
    }

    #[test]
    fn a_message_id_of_ours_is_recognised_only_in_our_domain() {
        let id = message_id("send 17/é", "aleik.example");
        assert_eq!(id, "send17.silex@aleik.example");
        assert_eq!(
            rule(&format!("Message-ID: <{id}>")),
            Some(Rule::OwnMessageId)
        );
        assert_eq!(rule("Message-ID: <k1.silex@other.example>"), None);
    }

    #[test]
    fn a_thousand_turns_between_two_headerless_machines_stop_early() {
        let pace = Pace::default();
        let mut history = History::default();
        let mut turns = 0;
        while turns < 1_000
            && pace
                .exceeded(&format!("Your ticket {turns} was received"), &history)
                .is_none()
        {
            turns += 1;
            history.thread_last_hour += 1;
            history.previous_text = Some(format!("Your ticket {turns} was received"));
        }
        assert_eq!(turns, 1);
    }

    #[test]
    fn each_pace_has_its_limit() {
        let pace = Pace {
            thread_per_hour: 2,
            sender_per_day: 3,
            sender_mails_per_hour: 3,
            thread_mails: 4,
        };
        let check = |hour, day, mails, expected| {
            let history = History {
                thread_last_hour: hour,
                sender_last_day: day,
                sender_mails_last_hour: 2,
                thread_mails: mails,
                previous_text: None,
            };
            assert_eq!(pace.exceeded("x", &history).map(|a| a.rule), expected);
        };
        check(1, 2, 3, None);
        check(2, 2, 3, Some(Rule::ThreadPace));
        check(1, 3, 3, Some(Rule::SenderPace));
        check(1, 2, 4, Some(Rule::ThreadLength));
        let flood = History {
            sender_mails_last_hour: 3,
            ..History::default()
        };
        let exceeded = pace.exceeded("x", &flood).map(|a| a.rule);
        assert_eq!(exceeded, Some(Rule::SenderFlood));
    }
}

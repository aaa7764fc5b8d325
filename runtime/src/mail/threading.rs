//! Which thread a mail belongs to, as clues to look up and a decision over what was found.
//!
//! A signed token in the address that we asked to be answered at is strongest, since it survives
//! rewritten message ids. Then the ids of the mails that it answers, nearest first. The subject
//! counts only when a program sent no ids at all. Whoever is not of the thread does not get into
//! it by any of these: a token or an id leaks with every forwarded mail.

use mail_parser::parsers::fields::thread::thread_name;
use subtle::ConstantTimeEq;

use super::{Incoming, address, signature};

/// How long after its last mail a thread can be found by its subject: two weeks.
pub const SUBJECT_WINDOW_MS: i64 = 14 * 24 * 60 * 60 * 1000;
/// What a thread's token in a subject begins with.
const MARK: &str = "[#";

/// The address at which an answer finds its thread again, or nothing if it would be too long.
///
/// `thread` may hold lower-case letters, digits and `-`.
#[must_use]
pub fn reply_address(secret: &[u8], inbox: &str, thread: &str) -> Option<String> {
    let token = reply_token(secret, inbox, thread)?;
    let (local, domain) = inbox.split_once('@')?;
    address::parse(&format!("{local}+{token}@{domain}"))
}

/// The token for a thread in an inbox: the thread and a signature over both.
#[must_use]
pub fn reply_token(secret: &[u8], inbox: &str, thread: &str) -> Option<String> {
    let plain = !thread.is_empty()
        && thread
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let signature = plain.then(|| sign(secret, inbox, thread))??;
    Some(format!("{thread}.{signature}"))
}

/// The thread that an address of ours names, if we signed it.
#[must_use]
pub fn thread_of_address(secret: &[u8], address: &str) -> Option<String> {
    let address = address.to_ascii_lowercase();
    let (local, _) = address.split_once('@')?;
    let (_, token) = local.split_once('+')?;
    let (thread, signature) = token.rsplit_once('.')?;
    let expected = sign(secret, &address::without_tag(&address), thread)?;
    bool::from(expected.as_bytes().ct_eq(signature.as_bytes())).then(|| thread.to_owned())
}

/// The subject with the token of its thread, for an answer whose address has no room for it.
#[must_use]
pub fn marked_subject(secret: &[u8], inbox: &str, subject: &str, thread: &str) -> Option<String> {
    let token = reply_token(secret, &address::without_tag(inbox), thread)?;
    Some(format!("{} {MARK}{token}]", unmarked(subject).trim()))
}

/// The thread that a subject names, if we signed it for this inbox.
#[must_use]
pub fn thread_of_subject(secret: &[u8], inbox: &str, subject: &str) -> Option<String> {
    let inbox = address::without_tag(&inbox.to_ascii_lowercase());
    subject.split(MARK).skip(1).find_map(|rest| {
        let (token, _) = rest.split_once(']')?;
        let (thread, _) = token.rsplit_once('.')?;
        let expected = reply_token(secret, &inbox, thread)?;
        bool::from(
            expected
                .as_bytes()
                .ct_eq(token.to_ascii_lowercase().as_bytes()),
        )
        .then(|| thread.to_owned())
    })
}

/// The subject without the tokens of threads.
fn unmarked(subject: &str) -> String {
    let mut pieces = subject.split(MARK);
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once(']') {
            Some((token, rest)) if token.contains('.') && !token.contains(' ') => {
                plain.push_str(rest.trim_start())
            }
            Some(_) | None => {
                plain.push_str(MARK);
                plain.push_str(piece);
            }
        }
    }
    plain
}

fn sign(secret: &[u8], inbox: &str, thread: &str) -> Option<String> {
    signature::sign(
        secret,
        &["silex reply", &inbox.to_ascii_lowercase(), thread],
    )
}

/// The subject without the prefixes of answers and forwards (RFC 5256), in lower case.
#[must_use]
pub fn base_subject(subject: &str) -> String {
    let folded = unmarked(subject)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('：', ":");
    thread_name(&folded).trim().to_lowercase()
}

/// Whether a subject begins as an answer's: `Re:`, `AW:`, `[list] Re[2]:` and their like.
#[must_use]
pub fn is_reply_subject(subject: &str) -> bool {
    let mut rest = subject.trim_start();
    while let Some((_, after)) = rest
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        rest = after.trim_start();
    }
    let Some((prefix, _)) = rest.split_once([':', '：']) else {
        return false;
    };
    let word = prefix
        .split('[')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    REPLY_PREFIXES.contains(&word.as_str())
}

const REPLY_PREFIXES: [&str; 20] = [
    "re", "aw", "antw", "antwort", "sv", "vs", "ref", "rép", "réf", "ris", "rif", "r", "res", "rv",
    "odp", "ynt", "vá", "回复", "回覆", "返信",
];

/// What a mail says about its thread, in the order of strength.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clues {
    /// The thread that one of its addresses names with our signature.
    pub token_thread: Option<String>,
    /// Ids to look up, nearest first: `References` from the right, then `In-Reply-To`.
    pub references: Vec<String>,
    /// The base subject, when it may be looked up: no ids, and the prefix of an answer.
    pub subject: Option<String>,
}

/// Reads the clues of a mail. `envelope_to` are the addresses that it was delivered to.
#[must_use]
pub fn candidates(incoming: &Incoming, envelope_to: &[String], secret: &[u8]) -> Clues {
    let named = incoming.to.iter().chain(&incoming.cc).map(|to| &to.address);
    let token_thread = envelope_to
        .iter()
        .chain(named)
        .find_map(|address| thread_of_address(secret, address));
    let token_thread = token_thread.or_else(|| {
        let named = incoming.to.iter().chain(&incoming.cc).map(|to| &to.address);
        envelope_to
            .iter()
            .chain(named)
            .find_map(|inbox| thread_of_subject(secret, inbox, &incoming.subject))
    });
    let mut references: Vec<String> = Vec::new();
    for id in incoming
        .references
        .iter()
        .rev()
        .chain(&incoming.in_reply_to)
    {
        if !references.contains(id) {
            references.push(id.clone());
        }
    }
    let rewritten: Vec<String> = references.iter().filter_map(|id| of_ses(id)).collect();
    references.extend(rewritten);
    let base = base_subject(&incoming.subject);
    let by_subject =
        references.is_empty() && is_reply_subject(&incoming.subject) && !base.is_empty();
    Clues {
        token_thread,
        references,
        subject: by_subject.then_some(base),
    }
}

/// The `Message-ID` that SES gives a mail in place of ours, whatever the region: it names the region
/// in the domain, and its events do not.
#[must_use]
pub fn ses_id(provider_id: &str) -> String {
    format!("{provider_id}@amazonses.com")
}

/// That id, of one as it stands on the wire: `ID@eu-west-1.amazonses.com`.
fn of_ses(id: &str) -> Option<String> {
    let (local, domain) = id.rsplit_once('@')?;
    let is_regional = domain.to_ascii_lowercase().ends_with(".amazonses.com");
    is_regional.then(|| ses_id(local))
}

/// A thread that the store found for a clue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The thread.
    pub thread: String,
    /// The addresses of those who take part, other than ours.
    pub participants: Vec<String>,
    /// When its newest mail was received or sent, in milliseconds.
    pub last_mail_at: i64,
}

/// What was found for the clues.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// For the token.
    pub token: Option<Known>,
    /// For the ids, in their order; ids that nobody knows are left out.
    pub references: Vec<Known>,
    /// For the subject.
    pub subject: Vec<Known>,
}

/// Where a mail belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It goes on with a thread.
    Joins(String),
    /// A stranger to that thread sent it: a thread of its own that people see beside that one.
    Beside(String),
    /// It begins something new.
    New,
}

/// Decides where a mail belongs. `now` is when it was received, in milliseconds.
#[must_use]
pub fn place(from: &str, now: i64, found: &Found) -> Place {
    let takes_part = |known: &Known| {
        known
            .participants
            .iter()
            .any(|who| who.eq_ignore_ascii_case(from))
    };
    let strong = || found.token.iter().chain(&found.references);
    if let Some(known) = strong().find(|known| takes_part(known)) {
        return Place::Joins(known.thread.clone());
    }
    if let Some(known) = strong().next() {
        return Place::Beside(known.thread.clone());
    }
    let recent = |known: &&Known| {
        takes_part(known) && now.saturating_sub(known.last_mail_at) <= SUBJECT_WINDOW_MS
    };
    match found
        .subject
        .iter()
        .filter(recent)
        .max_by_key(|known| known.last_mail_at)
    {
        Some(known) => Place::Joins(known.thread.clone()),
        None => Place::New,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Mailbox, Site, parse};

    const SECRET: &[u8] = b"a secret of this installation";
    const INBOX: &str = "write@aleik.example";

    #[test]
    fn an_answer_to_our_address_finds_its_thread() {
        let address = reply_address(SECRET, INBOX, "t-0192ab").unwrap();
        assert!(address.starts_with("write+t-0192ab."), "{address}");
        assert_eq!(
            thread_of_address(SECRET, &address).as_deref(),
            Some("t-0192ab")
        );
        assert_eq!(
            thread_of_address(SECRET, &address.to_uppercase()).as_deref(),
            Some("t-0192ab")
        );
    }

    #[test]
    fn a_token_holds_for_one_thread_one_inbox_and_one_secret() {
        let address = reply_address(SECRET, INBOX, "t1").unwrap();
        for forged in [
            address.replace("t1.", "t2."),
            address.replace("write+", "office+"),
            address.replace("aleik", "other"),
            address.replace('@', "a@"),
            "write+t1.@aleik.example".to_owned(),
            "write+t1@aleik.example".to_owned(),
            INBOX.to_owned(),
        ] {
            assert_eq!(thread_of_address(SECRET, &forged), None, "{forged}");
        }
        assert_eq!(thread_of_address(b"another", &address), None);
    }

    #[test]
    fn a_thread_name_that_cannot_stand_in_an_address_gets_no_token() {
        assert_eq!(reply_address(SECRET, INBOX, "T1\r\nBcc: x"), None);
        assert_eq!(reply_address(SECRET, INBOX, &"t".repeat(64)), None);
        assert_eq!(reply_address(SECRET, INBOX, ""), None);
    }

    #[test]
    fn a_subject_carries_the_token_where_an_address_cannot() {
        let marked = marked_subject(SECRET, INBOX, "Speech for Ruth", "17").unwrap();
        assert!(marked.starts_with("Speech for Ruth [#17."), "{marked}");
        let answer = format!("Re: {marked}");
        assert_eq!(
            thread_of_subject(SECRET, INBOX, &answer).as_deref(),
            Some("17")
        );
        assert_eq!(
            thread_of_subject(SECRET, INBOX, &answer.to_uppercase()).as_deref(),
            Some("17")
        );
        assert_eq!(base_subject(&answer), "speech for ruth");
        let again = marked_subject(SECRET, INBOX, &answer, "17").unwrap();
        assert_eq!(again, format!("Re: {marked}"), "it is there once");
        for forged in [
            answer.replace("#17", "#18"),
            "Re: [#17.] x".to_owned(),
            "[#17".to_owned(),
        ] {
            assert_eq!(thread_of_subject(SECRET, INBOX, &forged), None, "{forged}");
        }
        assert_eq!(
            thread_of_subject(SECRET, "other@aleik.example", &answer),
            None
        );
        assert_eq!(
            base_subject("Order [#4711] shipped"),
            "order [#4711] shipped"
        );
    }

    #[test]
    fn a_base_subject_has_no_prefixes() {
        for subject in [
            "Speech for Ruth",
            "Re: Speech for  Ruth",
            "RE: Fwd: [list] Speech for Ruth",
            "AW: WG: speech for ruth",
            "Re[2]: Speech for Ruth (fwd)",
            "SV: Speech for Ruth",
            "Re：Speech for Ruth",
        ] {
            assert_eq!(base_subject(subject), "speech for ruth", "{subject}");
        }
        assert_eq!(base_subject("Re: Re:"), "");
    }

    #[test]
    fn a_reply_subject_begins_with_a_reply_prefix() {
        for subject in [
            "Re: a",
            "RE:a",
            "[x] Re[2]: a",
            "AW: a",
            " Antw: a",
            "返信: a",
            "Re：a",
        ] {
            assert!(is_reply_subject(subject), "{subject}");
        }
        for subject in ["a", "Fwd: a", "Report: a", "Ruth: re: a", "", "[x]"] {
            assert!(!is_reply_subject(subject), "{subject}");
        }
    }

    fn clues(header: &str) -> Clues {
        let raw = format!("From: a@b.example\r\n{header}\r\n\r\nx");
        candidates(
            &parse(raw.as_bytes(), &Site::default()).unwrap(),
            &[],
            SECRET,
        )
    }

    #[test]
    fn clues_are_in_the_order_of_strength() {
        let address = reply_address(SECRET, INBOX, "t9").unwrap();
        let header = format!(
            "To: {address}\r\nReferences: <1@x> <2@x>\r\n\t<3@x>\r\nIn-Reply-To: <3@x> <0@x>\r\nSubject: Re: a"
        );
        let expected = Clues {
            token_thread: Some("t9".into()),
            references: ["3@x", "2@x", "1@x", "0@x"].map(str::to_owned).to_vec(),
            subject: None,
        };
        assert_eq!(clues(&header), expected);
    }

    #[test]
    fn an_id_that_ses_gave_is_looked_for_without_its_region() {
        assert_eq!(
            clues("In-Reply-To: <0102-ab@eu-west-1.amazonses.com>").references,
            ["0102-ab@eu-west-1.amazonses.com", "0102-ab@amazonses.com"]
        );
    }

    #[test]
    fn the_subject_is_a_clue_only_for_an_answer_without_ids() {
        assert_eq!(
            clues("Subject: Re: Speech").subject.as_deref(),
            Some("speech")
        );
        assert_eq!(clues("Subject: Speech").subject, None);
        assert_eq!(
            clues("Subject: Re: Speech\r\nIn-Reply-To: <1@x>").subject,
            None
        );
        assert_eq!(clues("Subject: Re: ").subject, None);
    }

    #[test]
    fn the_envelope_names_the_thread_when_the_header_does_not() {
        let address = reply_address(SECRET, INBOX, "t9").unwrap();
        let clues = candidates(
            &Incoming {
                from: Mailbox::read("a@b.example", ""),
                ..Incoming::default()
            },
            &[address],
            SECRET,
        );
        assert_eq!(clues.token_thread.as_deref(), Some("t9"));
    }

    fn known(thread: &str, last_mail_at: i64) -> Known {
        Known {
            thread: thread.into(),
            participants: vec!["anna@b.example".into()],
            last_mail_at,
        }
    }

    fn check(from: &str, found: &Found, expected: &Place) {
        assert_eq!(&place(from, SUBJECT_WINDOW_MS + 100, found), expected);
    }

    #[test]
    fn the_token_is_stronger_than_an_id_and_the_nearest_id_than_a_farther_one() {
        let references = vec![known("near", 0), known("far", 0)];
        let mut found = Found {
            token: Some(known("token", 0)),
            references,
            ..Found::default()
        };
        check("Anna@b.example", &found, &Place::Joins("token".into()));
        found.token = None;
        check("anna@b.example", &found, &Place::Joins("near".into()));
    }

    #[test]
    fn a_stranger_with_a_leaked_token_stands_beside_the_thread() {
        let found = Found {
            token: Some(known("t", 0)),
            ..Found::default()
        };
        check("eve@evil.example", &found, &Place::Beside("t".into()));
    }

    #[test]
    fn a_subject_joins_only_a_participant_within_the_window() {
        let found = Found {
            subject: vec![known("old", 99), known("new", 100), known("newer", 200)],
            ..Found::default()
        };
        check("anna@b.example", &found, &Place::Joins("newer".into()));
        check("eve@evil.example", &found, &Place::New);
        let found = Found {
            subject: vec![known("old", 99)],
            ..Found::default()
        };
        check("anna@b.example", &found, &Place::New);
    }
}

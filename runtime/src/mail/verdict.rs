//! Review by mail: the token that a reviewer's answer must carry, and what its words ask for.
//!
//! A token is for one purpose: one revision of a draft, or one question, and one reviewer. It stands
//! in the address that answers go to and in the subject, for programs that drop the one or the other.
//! It proves that whoever answers has read the mail, and no more: who they are is for the address and
//! for DMARC.

use std::fmt;

use subtle::ConstantTimeEq;

use super::{Incoming, address, signature};

/// What stands before a token in a subject.
const MARK: &str = "[silex ";

/// What a reviewer is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// A draft at the revision that they read.
    Draft {
        /// The draft.
        id: i64,
        /// The revision.
        revision: i64,
    },
    /// A question.
    Question(i64),
}

impl fmt::Display for Matter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Draft { id, revision } => write!(f, "d{id}-{revision}"),
            Self::Question(id) => write!(f, "q{id}"),
        }
    }
}

/// A token: what it is about, and a signature that only this installation can make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is about.
    pub matter: Matter,
    signature: String,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.matter, self.signature)
    }
}

impl Token {
    /// The token of a reviewer for a matter.
    #[must_use]
    pub fn new(secret: &[u8], matter: Matter, reviewer: &str) -> Self {
        Self {
            matter,
            signature: sign(secret, matter, reviewer),
        }
    }

    /// Whether it was made for this reviewer.
    #[must_use]
    pub fn is_for(&self, secret: &[u8], reviewer: &str) -> bool {
        let expected = sign(secret, self.matter, reviewer);
        expected.as_bytes().ct_eq(self.signature.as_bytes()).into()
    }

    /// The subject with the token in it.
    #[must_use]
    pub fn in_subject(&self, subject: &str) -> String {
        format!("{MARK}{self}] {subject}")
    }

    /// The address at which an answer carries it, or nothing if that would be too long.
    #[must_use]
    pub fn in_address(&self, inbox: &str) -> Option<String> {
        let (local, domain) = inbox.split_once('@')?;
        address::parse(&format!("{local}+{self}@{domain}"))
    }

    /// The token that a mail carries, whoever made it.
    #[must_use]
    pub fn of_mail(incoming: &Incoming, envelope_to: &[String]) -> Option<Self> {
        let named = incoming.to.iter().chain(&incoming.cc).map(|to| &to.address);
        let addressed = envelope_to.iter().chain(named).find_map(|address| {
            let (local, _) = address.split_once('@')?;
            Self::read(local.split_once('+')?.1)
        });
        addressed.or_else(|| {
            let (_, marked) = incoming.subject.split_once(MARK)?;
            Self::read(marked.split_once(']')?.0.trim())
        })
    }

    /// A token as it is written, whoever made it.
    fn read(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (matter, signature) = text.split_once('.')?;
        let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number > 0);
        let matter = match matter.split_at_checked(1)? {
            ("d", rest) => {
                let (id, revision) = rest.split_once('-')?;
                Matter::Draft {
                    id: number(id)?,
                    revision: number(revision)?,
                }
            }
            ("q", rest) => Matter::Question(number(rest)?),
            _ => return None,
        };
        signature::is_one(signature).then(|| Self {
            matter,
            signature: signature.to_owned(),
        })
    }
}

fn sign(secret: &[u8], matter: Matter, reviewer: &str) -> String {
    let parts = ["silex review", &matter.to_string(), reviewer];
    signature::sign(secret, &parts).unwrap_or_default()
}

/// What a reviewer's words ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It is sent as it was read.
    Approve,
    /// It is not sent, for this reason.
    Reject(Option<String>),
    /// The model writes it again, with this note.
    Redo(String),
    /// It gets this text.
    Edit(String),
    /// The last decision is taken back.
    Undo,
}

/// Reads what a reviewer newly wrote: the first word says what they ask for. None when it is no such
/// word, or lacks what has to follow; also when more follows `approve` or `undo` on its line, since
/// `approve only if …` is no approval.
#[must_use]
pub fn asked(text: &str) -> Option<Asked> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let end = text
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let rest = rest.trim_start_matches([':', ',', '.', '!', ' ', '\t']);
    let line = rest.lines().next().unwrap_or_default().trim();
    let said = rest.trim();
    let some = || Some(said.to_owned()).filter(|said| !said.is_empty());
    match word.to_lowercase().as_str() {
        "approve" | "approved" if line.is_empty() => Some(Asked::Approve),
        "undo" if line.is_empty() => Some(Asked::Undo),
        "reject" | "rejected" => Some(Asked::Reject(some())),
        "redo" => some().map(Asked::Redo),
        "edit" => some().map(Asked::Edit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Site, parse, reply_text};

    const SECRET: &[u8] = b"a secret of this installation";
    const DRAFT: Matter = Matter::Draft {
        id: 12,
        revision: 3,
    };

    fn of(headers: &str) -> Option<Token> {
        let raw = format!("From: rosa@a.example\r\n{headers}\r\n\r\napprove\r\n");
        Token::of_mail(&parse(raw.as_bytes(), &Site::default()).unwrap(), &[])
    }

    #[test]
    fn a_token_comes_back_by_the_address_or_the_subject() {
        let token = Token::new(SECRET, DRAFT, "rosa");
        let address = token.in_address("desk@desk.example").unwrap();
        let subject = token.in_subject("Re: Speech");
        assert_eq!(of(&format!("To: Desk <{address}>")), Some(token.clone()));
        assert_eq!(
            of(&format!("To: {}", address.to_uppercase())),
            Some(token.clone())
        );
        for prefix in [
            "",
            "Re: ",
            "AW: ",
            "RE: [EXTERN] ",
            "Antwort: SV: ",
            "回复：",
            "Odp: ",
        ] {
            let found = of(&format!(
                "To: desk@desk.example\r\nSubject: {prefix}{subject}"
            ));
            assert_eq!(found, Some(token.clone()), "{prefix}");
        }
        assert_eq!(
            of("To: desk+t9.abcdefghijklmnop@desk.example\r\nSubject: Hello"),
            None
        );
        assert_eq!(
            of("To: desk@desk.example\r\nSubject: [silex d1-1.short] x"),
            None
        );
    }

    #[test]
    fn a_token_is_for_one_matter_and_one_reviewer() {
        let token = Token::new(SECRET, DRAFT, "rosa");
        assert!(token.is_for(SECRET, "rosa"));
        assert!(!token.is_for(SECRET, "bob"));
        assert!(!token.is_for(b"another secret", "rosa"));
        for other in ["d12-4", "d13-3", "q12"] {
            let signature = token.to_string().split_once('.').unwrap().1.to_owned();
            let moved = Token::read(&format!("{other}.{signature}")).unwrap();
            assert!(!moved.is_for(SECRET, "rosa"), "{other}");
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "as the cases read best")]
    fn check(text: &str, expected: Option<Asked>) {
        assert_eq!(asked(&reply_text::separate(text).new), expected, "{text}");
    }

    #[test]
    fn the_first_word_says_what_is_asked_for() {
        check("approve", Some(Asked::Approve));
        check("\n\n Approve!\n\nThanks\n-- \nRosa", Some(Asked::Approve));
        check("APPROVED.", Some(Asked::Approve));
        check("undo\n", Some(Asked::Undo));
        check("reject", Some(Asked::Reject(None)));
        check(
            "Reject: too long",
            Some(Asked::Reject(Some("too long".into()))),
        );
        check(
            "redo: say it\nkinder",
            Some(Asked::Redo("say it\nkinder".into())),
        );
        check(
            "edit\nDear Ada,\n\nyes.\n",
            Some(Asked::Edit("Dear Ada,\n\nyes.".into())),
        );
    }

    #[test]
    fn what_is_quoted_or_signed_is_not_what_they_wrote() {
        for below in [
            "\n\nOn Mon, Mar 2, 2026 at 9:41 AM Desk <desk@desk.example> wrote:\n> edit\n> Old text",
            "\n\nAm 02.03.2026 um 09:41 schrieb Desk <desk@desk.example>:\n> reject",
            "\n\nLe lun. 2 mars 2026 à 09:41, Desk <desk@desk.example> a écrit :\n> reject",
            "\n\n-----Original Message-----\nFrom: Desk\nSent: Monday\nTo: Rosa\nSubject: x\n\nreject",
            "\n\nSent from my iPhone",
        ] {
            check(&format!("approve{below}"), Some(Asked::Approve));
        }
    }

    #[test]
    fn anything_else_asks_for_nothing() {
        for text in [
            "",
            "ok",
            "approve only if she is a member",
            "Approve it? I am not sure.",
            "undo nothing",
            "redo",
            "edit:",
            "I approve",
            "disapprove",
            "approve-not",
            "> approve",
        ] {
            check(text, None);
        }
    }
}

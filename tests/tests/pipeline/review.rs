//! Reviewers who decide by mail, through the real `silexd`, and through its deaths.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use silex_bundle::Bundle;
use silex_runtime::mail::{Incoming, Site, parse};
use silex_runtime::store::drafts::{self, DraftState};
use silex_runtime::store::events;
use silex_tests::package::{compiled, of_text};
use silex_tests::silexd::{MAIL_SERVER, Silexd};
use silex_tests::stub_model::{Reply, Seen};
use silex_tests::wait::until;

use crate::desk::{Peers, SILEXD, answers, clerk, desk, mail};

/// A desk that asks a person before it answers.
const DESK: &str = r#"//! A desk that asks before it answers.

model clerk { provider anthropic name "claude-haiku-4-5" timeout 20s }

/// Somebody who writes.
entity Writer key address { address: email, name: text 0..80 = "" }

/// Ask the desk what only it knows.
tool ask_desk(
  /// What is to be known.
  about: text 1..200,
) -> Answer {
  via ask reviewer "A writer asks what only the desk knows."
}

/// Answers a mail.
behaviour answer(writer: Writer, mail: Mail) -> Reply {
  model clerk
  role "You are the desk."
  must ask_first "Ask the desk before you answer." about tool ask_desk
  tools ask_desk
}

agent desk {
  inbox "desk@desk.example"
  contact writer: Writer by address
  route answer(writer, mail)
  review { otherwise hold }
  deliver { from "The desk <desk@desk.example>" }
}
"#;

/// Asks the desk, answers with what it heard, and does as a reviewer's note says.
fn asking(seen: &Seen) -> Reply {
    let heard = seen.results();
    if seen.newest().contains("A reviewer of this house") {
        assert!(seen.newest().contains("say it kinder"), "{}", seen.newest());
        Reply::text("Dear Ada, it comes on Friday, and we look forward to it.")
    } else if heard.is_empty() {
        Reply::calls(&[("ask_desk", json!({ "about": "the day" }))])
    } else {
        assert!(heard[0].contains("On Friday."), "{heard:?}");
        Reply::text("It comes on Friday.")
    }
}

fn silexd(peers: &Peers, bundle: &Bundle) -> Silexd {
    let mut settings = peers.settings();
    settings["queue"] = json!({ "workers": 1, "threads": 1, "nice": 0 });
    settings["reviewers"] = json!([
        { "name": "ann", "address": "ann@house.example" },
        { "name": "bob", "address": "bob@house.example" },
    ]);
    Silexd::new(SILEXD, bundle, &settings)
}

/// The mails of the outbox to an address.
fn letters(silexd: &Silexd, to: &str) -> Vec<Incoming> {
    let read = silexd
        .outbox()
        .into_iter()
        .filter_map(|sent| parse(sent.as_bytes(), &Site::default()).ok());
    read.filter(|mail| mail.to.iter().any(|one| one.address == to))
        .collect()
}

/// The first mail to an address about a matter, `d1-1`, or `d*-1` where its number is not known: a
/// server gives none again that a transaction had which was not committed.
fn letter(silexd: &Silexd, to: &str, about: &str) -> Option<Incoming> {
    let (start, end) = about.split_once('*').unwrap_or((about, ""));
    letters(silexd, to).into_iter().find(|mail| {
        let token = mail.subject.split_once("[silex ");
        let matter = token.and_then(|(_, token)| token.split('.').next());
        matter.is_some_and(|matter| {
            let is_open = about.contains('*');
            matter.starts_with(start) && matter.ends_with(end) && (is_open || matter == about)
        })
    })
}

/// What a mail program sends as the answer to a letter.
fn reply(from: &str, letter: &Incoming, id: &str, text: &str) -> String {
    let to = &letter.reply_to.as_ref().unwrap().address;
    let domain = from.rsplit_once('@').unwrap().1;
    format!(
        "Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from={domain}\r\nFrom: {from}\r\nTo: {to}\r\n\
         Subject: AW: {}\r\nMessage-ID: <{id}>\r\n\r\n{text}\r\n\r\n\
         Am 02.03.2026 um 09:41 schrieb Desk <{to}>:\r\n> Answer with one of these\r\n> approve\r\n",
        letter.subject
    )
}

/// The answers of a story: what each is about, and its words.
const ANSWERS: [(&str, &str); 3] = [
    ("q*", "On Friday."),
    ("d*-1", "redo: say it kinder"),
    ("d*-2", "Approve"),
];

/// Lets a mail in, answers what the reviewer is asked, and waits for the answer to the contact,
/// starting `silexd` again when it was killed. Says whether it was, and how many mails the reviewer got.
fn tell(fault: &str) -> (bool, usize) {
    let peers = Peers::new(asking);
    let mut silexd = silexd(&peers, &compiled(&of_text("desk", DESK)));
    silexd.drop_mail("1", &mail("one@a.example", "ada@a.example", "", "When?"));
    silexd.start(Some(fault));
    let (mut killed, mut answered) = (false, 0);
    until("the answer to the contact", || {
        if silexd.was_killed().is_some() {
            assert!(!killed, "it was to be killed once: {fault}");
            killed = true;
            silexd.start(None);
        }
        if let Some((about, words)) = ANSWERS.get(answered)
            && let Some(letter) = letter(&silexd, "ann@house.example", about)
        {
            let id = format!("{about}@house.example");
            silexd.drop_mail(about, &reply("ann@house.example", &letter, &id, words));
            answered += 1;
        }
        let sent = letters(&silexd, "ada@a.example").len();
        (sent >= 1 && peers.is_idle(&silexd)).then_some(())
    });
    let _serving = silexd.address();
    let status = silexd.terminate();
    killed |= !status.success();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new(), "{fault}");
    assert_eq!(peers.model.refusals(), Vec::<String>::new(), "{fault}");
    let sent: Vec<_> = silexd
        .outbox()
        .into_iter()
        .filter(|sent| answers(sent, "one@a.example"))
        .collect();
    assert_eq!(sent.len(), 1, "one answer: {fault}");
    assert!(sent[0].contains("look forward"), "{fault}: {}", sent[0]);
    let told = peers.read(&silexd, async |db| {
        events::after(db, 0, 10_000).await.unwrap()
    });
    for kind in [
        "question.asked",
        "question.answered",
        "draft.sent_back",
        "draft.rewritten",
        "draft.approved",
    ] {
        let times = told.iter().filter(|event| event.kind == kind).count();
        assert_eq!(times, 1, "{kind}: {fault}");
    }
    (killed, letters(&silexd, "ann@house.example").len())
}

#[test]
fn killed_at_any_point_of_a_review_nothing_is_decided_twice_or_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("points");
    let (killed, mails) = tell(&format!("record:{}", file.display()));
    assert!(!killed);
    let points = fs::read_to_string(file).unwrap();
    let ours = ["review.", "question.", "redo.", "post."];
    let points: Vec<usize> = (1..)
        .zip(points.lines())
        .filter(|(_, point)| ours.iter().any(|label| point.starts_with(label)))
        .map(|(number, _)| number)
        .collect();
    assert!(points.len() >= 12, "{points:?}");
    let (next, deaths) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let (killed, got) = tell(&format!("kill:{point}"));
                    deaths.fetch_add(usize::from(killed), Ordering::SeqCst);
                    assert_eq!(
                        got, mails,
                        "each mail to the reviewer once, killed at {point}"
                    );
                }
            });
        }
    });
    assert_eq!(
        deaths.into_inner(),
        points.len(),
        "every point killed a process"
    );
}

/// A desk that holds the draft of one mail for ann.
fn holding() -> (Peers, Silexd) {
    let peers = Peers::new(clerk);
    let mut silexd = silexd(&peers, &desk("otherwise hold"));
    silexd.serve();
    silexd.drop_mail("1", &mail("one@a.example", "ada@a.example", "", "When?"));
    until("the mail to the reviewer", || {
        letter(&silexd, "ann@house.example", "d1-1")
    });
    (peers, silexd)
}

fn state(peers: &Peers, silexd: &Silexd) -> DraftState {
    let draft = peers.read(silexd, async |db| drafts::find(db, 1).await.unwrap());
    draft.unwrap().state
}

#[test]
fn no_forged_mail_approves_a_draft() {
    let (peers, silexd) = holding();
    let mine = letter(&silexd, "ann@house.example", "d1-1").unwrap();
    let good = reply("ann@house.example", &mine, "good@house.example", "approve");
    let token = &mine.subject["[silex d1-1.".len()..][..16];
    let turned: String = token.chars().rev().collect();
    let forged = [
        good.replace("From: ann@", "From: bob@"),
        good.replace("dmarc=pass", "dmarc=none"),
        good.replace("header.from=house.example", "header.from=evil.example"),
        good.replace(
            &format!("Authentication-Results: {MAIL_SERVER}"),
            "Authentication-Results: mx.evil.example",
        ),
        good.replace(token, &turned),
        good.replace("d1-1.", "d1-2."),
        good.replace("approve\r\n\r\n", "I do not approve\r\n\r\n"),
        format!("Auto-Submitted: auto-replied\r\n{good}"),
    ];
    for (number, forged) in forged.iter().enumerate() {
        let own = forged.replace("good@house", &format!("{number}@house"));
        silexd.drop_mail(&format!("forged{number}"), &own);
    }
    until("the forged mails to be noted", || {
        let told = peers.read(&silexd, async |db| {
            events::after(db, 0, 10_000).await.unwrap()
        });
        (told
            .iter()
            .filter(|event| event.kind == "review.comment")
            .count()
            == forged.len())
        .then_some(())
    });
    peers.until_idle(&silexd);
    assert_eq!(state(&peers, &silexd), DraftState::Held);
    assert_eq!(letters(&silexd, "ada@a.example").len(), 0);
    silexd.drop_mail("good", &good);
    until("the answer", || {
        (letters(&silexd, "ada@a.example").len() == 1).then_some(())
    });
}

#[test]
fn of_two_reviewers_at_once_one_decides() {
    let (peers, silexd) = holding();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let deciding = ["approve", "reject", "approve", "reject"].map(|act| {
            let silexd = &silexd;
            scope.spawn(move || silexd.run(&["drafts", act, "1", "--revision", "1", "--by", act]))
        });
        deciding.map(|one| one.join().unwrap()).into()
    });
    let done = outcomes
        .iter()
        .filter(|output| output.status.success())
        .count();
    assert_eq!(done, 1, "{outcomes:?}");
    let words = [
        "was rejected by reject",
        "was approved by approve",
        "was sent",
    ];
    for refused in outcomes.iter().filter(|output| !output.status.success()) {
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(words.iter().any(|word| said.contains(word)), "{said}");
    }
    peers.until_idle(&silexd);
    assert_ne!(state(&peers, &silexd), DraftState::Held);
}

#[test]
fn nothing_is_sent_to_an_address_on_the_list_and_nothing_mailed_to_its_reviewer() {
    let peers = Peers::new(clerk);
    let mut silexd = silexd(&peers, &desk("otherwise hold"));
    silexd.serve();
    for address in ["ann@house.example", "bob@house.example", "ada@a.example"] {
        silexd.prints(&["suppressed", "add", address]);
    }
    silexd.drop_mail("1", &mail("one@a.example", "ada@a.example", "", "When?"));
    let failed = |times: usize| {
        let told = peers.read(&silexd, async |db| {
            events::after(db, 0, 10_000).await.unwrap()
        });
        let failed = told.iter().filter(|event| event.kind == "delivery.failed");
        (failed.count() == times).then_some(())
    };
    until("the mail to the reviewer to be refused", || failed(1));
    silexd.prints(&["drafts", "approve", "1", "--revision", "1"]);
    // The reply itself, and the mail that tells a reviewer of it.
    until("the reply to be refused", || failed(3));
    peers.until_idle(&silexd);
    assert_eq!(state(&peers, &silexd), DraftState::Held);
    let reasons = silexd.prints(&["drafts", "show", "1"]);
    assert!(reasons.contains("suppression list"), "{reasons}");
    assert_eq!(silexd.outbox(), [""; 0]);
}

#[test]
fn the_commands_of_review_do_what_they_say() {
    let (peers, silexd) = holding();
    silexd.prints(&[
        "reviewers",
        "set",
        "cleo",
        "--address",
        "cleo@house.example",
        "--cap",
        "3",
    ]);
    let listed = silexd.prints(&["reviewers", "list"]);
    assert!(
        listed.contains("cleo") && listed.contains("1 waiting"),
        "{listed}"
    );
    silexd.prints(&["drafts", "reassign", "1", "--revision", "1", "--to", "cleo"]);
    until("the mail to cleo", || {
        letter(&silexd, "cleo@house.example", "d1-1")
    });
    silexd.prints(&["reviewers", "absent", "cleo", "--until", "2999-12-31"]);
    until("another reviewer", || {
        silexd
            .prints(&["reviewers", "list"])
            .contains("away   0 of 3 waiting")
            .then_some(())
    });
    let refused = silexd.run(&["drafts", "redo", "1", "--revision", "1"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("say in a note"));
    silexd.prints(&["drafts", "reject", "1", "--revision", "1"]);
    let undone = silexd.prints(&["drafts", "undo", "1", "--revision", "1"]);
    assert!(undone.contains("draft 1 is held at revision 2"), "{undone}");
    silexd.prints(&["threads", "take", "1"]);
    silexd.prints(&["threads", "give-back", "1"]);
    peers.until_idle(&silexd);
    let head = until("everything to be sealed", || {
        let verified = silexd.prints(&["audit", "verify"]);
        let head = silexd.prints(&["audit", "head"]);
        verified.contains("0 not sealed yet").then_some(head)
    });
    let digest = head.split_whitespace().next().unwrap();
    let verified = silexd.prints(&["audit", "verify", "--head", digest]);
    assert!(verified.contains(digest), "{verified}");
    let other = silexd.run(&["audit", "verify", "--head", "00"]);
    assert_eq!(other.status.code(), Some(1));
}

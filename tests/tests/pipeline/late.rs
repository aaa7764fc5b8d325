//! Mail that was put aside and is let through late: others may have been answered meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use silex_runtime::store::{entities, events};
use silex_tests::package::{compiled, of_text};
use silex_tests::silexd::Silexd;
use silex_tests::stub_model::{Reply, Seen};
use silex_tests::wait::until;

use crate::desk::{DESK, Peers, answers, clerk, desk, mail};

/// A guard that stops what speaks of a lottery, as long as it is strict.
fn strict_at_first() -> (Peers, Arc<AtomicBool>) {
    let strict = Arc::new(AtomicBool::new(true));
    let is_strict = Arc::clone(&strict);
    let peers = Peers::new(move |seen: &Seen| {
        let screens = seen.system().contains("You open the post.");
        if screens && is_strict.load(Ordering::Relaxed) && seen.newest().contains("lottery") {
            return Reply::text(json!({ "kind": "review", "reason": "a lottery" }).to_string());
        }
        clerk(seen)
    });
    (peers, strict)
}

fn until_aside(silexd: &Silexd, cause: &str) {
    until("the mail aside", || {
        let listed = silexd.prints(&["mails", "list"]);
        listed.contains(cause).then_some(())
    });
}

/// Ada writes what the guard puts aside, and then again in the same conversation.
fn write_twice(silexd: &Silexd) {
    let first = mail("1@a.example", "ada@a.example", "", "About the lottery.");
    silexd.drop_mail("1", &first);
    until_aside(silexd, "review");
    let follows = "In-Reply-To: <1@a.example>\r\n";
    let second = mail("2@a.example", "ada@a.example", follows, "Are you there?");
    silexd.drop_mail("2", &second);
}

fn until_answered(silexd: &Silexd, id: &str) {
    until("the answer", || {
        let sent = silexd.outbox();
        sent.iter().any(|sent| answers(sent, id)).then_some(())
    });
}

#[test]
fn what_is_let_through_after_newer_mail_was_answered_is_answered_too() {
    for way in ["redrive", "release"] {
        let (peers, strict) = strict_at_first();
        let mut silexd = peers.silexd(&desk("otherwise pass"));
        silexd.serve();
        write_twice(&silexd);
        until_answered(&silexd, "2@a.example");
        peers.until_idle(&silexd);

        strict.store(false, Ordering::Relaxed);
        silexd.prints(&["mails", way, "1"]);
        until_answered(&silexd, "1@a.example");
        peers.until_idle(&silexd);
        assert_eq!(silexd.outbox().len(), 2, "{way}: each once");
        let asked = peers.model.seen();
        let last = asked.last().unwrap().body.to_string();
        let knows = last.contains("Are you there?") && last.contains("it is noted as T-1");
        assert!(knows, "{way}: it knows what was said meanwhile: {last}");
        silexd.terminate();
        assert_eq!(peers.violations(&silexd), Vec::<String>::new(), "{way}");
    }
}

/// As for two that came in order: the last one's draft answers both.
#[test]
fn what_is_let_through_late_is_answered_with_what_waits_for_a_person() {
    let (peers, strict) = strict_at_first();
    let mut silexd = peers.silexd(&desk("otherwise hold"));
    silexd.serve();
    write_twice(&silexd);
    until("the draft for what came second", || {
        let drafts = silexd.prints(&["drafts", "list"]);
        drafts.contains("About").then_some(())
    });
    strict.store(false, Ordering::Relaxed);
    silexd.prints(&["mails", "redrive", "1"]);
    peers.until_idle(&silexd);
    let stale = silexd.run(&["drafts", "approve", "1", "--revision", "1"]);
    assert!(!stale.status.success(), "{stale:?}");
    silexd.prints(&["drafts", "approve", "2", "--revision", "1"]);
    until_answered(&silexd, "1@a.example");
    silexd.terminate();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
}

/// Whoever thanks for an answer that nobody has sent yet still waits for it.
#[test]
fn an_answer_that_gave_way_to_mail_that_needs_none_is_for_a_person_again() {
    let peers = Peers::new(|seen: &Seen| match seen.system().contains("You sort.") {
        true if seen.newest().contains("Thank you") => Reply::text("\"thanks\""),
        true => Reply::text("\"asks\""),
        false => clerk(seen),
    });
    let sorting = "/// What a mail is.\nenum Kind {\n  /// It asks.\n  asks\n  /// It thanks.\n  thanks\n}\n\n\
                   /// Sorts.\nbehaviour sort(mail: Mail) -> Kind {\n  model clerk\n  \
                   role \"You sort.\"\n}\n\nagent desk";
    let route = "route match sort(mail) {\n    asks -> answer(writer, thread, mail)\n    thanks -> drop\n  }";
    let text = DESK
        .replace("POLICY", "otherwise hold")
        .replace("agent desk", sorting)
        .replace("route answer(writer, thread, mail)", route);
    let mut silexd = peers.silexd(&compiled(&of_text("desk", &text)));
    silexd.serve();
    let asks = mail("1@a.example", "ada@a.example", "", "When do you open?");
    silexd.drop_mail("1", &asks);
    until("the draft", || {
        let drafts = silexd.prints(&["drafts", "list"]);
        drafts.contains("1@a.example").then_some(())
    });
    let follows = "In-Reply-To: <1@a.example>\r\n";
    let thanks = mail("2@a.example", "ada@a.example", follows, "Thank you!");
    silexd.drop_mail("2", &thanks);
    until("the draft to be for a person again", || {
        let draft = silexd.prints(&["drafts", "show", "1"]);
        draft.contains("needs no answer").then_some(())
    });
    silexd.prints(&["drafts", "approve", "1", "--revision", "2"]);
    until_answered(&silexd, "1@a.example");
    silexd.terminate();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
}

#[test]
fn a_contact_that_could_not_be_made_is_there_when_its_mail_is_tried_again() {
    let peers = Peers::new(clerk);
    let of_names = |least: &str| {
        let names = format!("name: text {least}..80 = \"Nobody\"");
        let text = DESK.replace("name: text 0..80 = \"\"", &names);
        compiled(&of_text("desk", &text.replace("POLICY", "otherwise pass")))
    };
    let mut silexd = peers.silexd(&of_names("3"));
    silexd.serve();
    let unnamed = mail("1@a.example", "ada@a.example", "", "Good day.");
    silexd.drop_mail("1", &unnamed);
    until_aside(&silexd, "contact");
    let again = || silexd.prints(&["mails", "redrive", "--cause", "contact"]);
    again();
    let redriven = peers.read(&silexd, async |db| {
        let found = events::of_kinds(db, ["mail.redriven", "mail.redriven"], 0, 9).await;
        found.unwrap().len()
    });
    assert_eq!(redriven, 1);
    until_aside(&silexd, "contact");
    let released = silexd.run(&["mails", "release", "1"]);
    assert!(!released.status.success(), "there is no contact to answer");

    silexd.put("bundle.json", &of_names("0").to_bytes());
    silexd.hang_up();
    until("the bundle to be taken into use", || {
        let said = silexd.said();
        said.contains("bundle taken into use").then_some(())
    });
    again();
    until_answered(&silexd, "1@a.example");
    let writer = peers.read(&silexd, async |db| {
        let found = entities::find(db, "desk.Writer", "ada@a.example").await;
        found.unwrap()
    });
    assert!(writer.is_some());
}

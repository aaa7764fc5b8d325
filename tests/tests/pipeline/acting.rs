//! Tools that act where no key is known: called once, and where nobody can say what came of it, a person
//! looks.

use std::net::TcpListener;

use serde_json::json;
use silex_bundle::Bundle;
use silex_runtime::store::drafts::{self, Draft, DraftState};
use silex_tests::package::{compiled, of_text};
use silex_tests::silexd::Silexd;
use silex_tests::stub_mcp::{HttpServer, TOKEN};
use silex_tests::stub_model::{Reply, Seen};
use silex_tests::wait::until;

use crate::desk::{DESK, Peers, SILEXD, answers, clerk, desk, mail};

/// The desk, which books hours in a calendar that answers one of `answers`.
fn counter(answers: &str) -> Bundle {
    let booking = format!(
        "enum Booking {{ {answers} }}\n\n/// Book an hour.\ntool book_hour(\n  /// The hour.\n  \
         id: text 1..40,\n) for customer: Writer -> Booking {{\n  writes Writer\n  \
         via mcp \"calendar\" \"slots.book\"\n  timeout 10s\n}}\n"
    );
    let (before, rest) = DESK.split_once("record Ticket").unwrap();
    let (_, rest) = rest.split_once("/// Says whether").unwrap();
    let text = format!("{before}{booking}\n/// Says whether{rest}");
    let text = text
        .replace("POLICY", "otherwise pass")
        .replace("open_ticket", "book_hour")
        .replace("writer: Writer", "customer: Writer")
        .replace("answer(writer,", "answer(customer,");
    compiled(&of_text("desk", &text))
}

fn books(seen: &Seen) -> Reply {
    if seen.system().contains("You open the post.") {
        Reply::text(json!({ "kind": "allow" }).to_string())
    } else if seen.results().is_empty() {
        Reply::calls(&[("book_hour", json!({ "id": "2027-03-01-9" }))])
    } else {
        Reply::text("Dear writer, it is seen to.")
    }
}

/// Lets a mail in, starts `silexd` again when the fault has ended it, and gives the draft and how often
/// the calendar was called.
fn drafted(bundle: &Bundle, fault: Option<&str>) -> (Draft, usize) {
    let peers = Peers::new(books);
    let calendar = peers.wait(HttpServer::start()).unwrap();
    let mut settings = peers.settings();
    settings["mcp"] = json!({ "calendar": { "url": calendar.url(), "token": TOKEN } });
    let mut silexd = Silexd::new(SILEXD, bundle, &settings);
    silexd.drop_mail(
        "1",
        &mail("1@a.example", "ada@a.example", "", "At nine, please."),
    );
    if fault.is_some() {
        silexd.start(fault);
        until("the fault", || silexd.was_killed());
    }
    silexd.serve();
    let draft = until("a draft", || {
        peers.read(&silexd, async |db| drafts::find(db, 1).await.unwrap())
    });
    (draft, calendar.calls().len())
}

#[test]
fn a_call_in_which_the_process_ended_is_not_made_again() {
    let (draft, calls) = drafted(&counter("booked taken"), Some("kill:turn.after_call"));
    let reasons = draft.hold_reasons.to_string();
    assert!(
        reasons.contains("nobody can say whether `book_hour` was carried out"),
        "{reasons}"
    );
    assert_eq!((draft.state, calls), (DraftState::Held, 1));
}

#[test]
fn a_call_whose_answer_cannot_be_read_is_not_said_to_have_failed() {
    let (draft, calls) = drafted(&counter("free taken"), None);
    let reasons = draft.hold_reasons.to_string();
    assert!(
        reasons.contains("`book_hour` was carried out, and what it answered cannot be read"),
        "{reasons}"
    );
    assert_eq!((draft.state, calls), (DraftState::Held, 1));
}

const BY_BEHAVIOUR: &str = "/// Has a ticket opened.
behaviour note(writer: Writer, about: text 1..200) -> Ticket {
  model clerk
  role \"You open tickets.\"
  tools open_ticket
}

/// Have it noted.
tool see_to_it(
  /// What it is about.
  about: text 1..200,
) for writer: Writer -> Ticket {
  via behaviour note(writer, about)
  timeout 2s
}

/// Says whether";

/// The desk, whose tickets are opened by a behaviour of their own.
fn through_a_behaviour(effect: &str) -> Bundle {
    let text = DESK
        .replace("POLICY", "otherwise pass")
        .replace("about tool open_ticket", "about tool see_to_it")
        .replace("  tools open_ticket", "  tools see_to_it")
        .replace("/// Says whether", BY_BEHAVIOUR)
        .replace("  via http", &format!("{effect}  via http"));
    compiled(&of_text("desk", &text))
}

#[test]
fn what_a_behaviour_may_have_done_before_its_time_was_over_is_not_done_again() {
    let slow = |seen: &Seen| {
        let tool = match seen.system().contains("You open tickets.") {
            true if !seen.results().is_empty() => return Reply::Hang,
            true => "open_ticket",
            false => "see_to_it",
        };
        match seen.system().contains("You open the post.") || !seen.results().is_empty() {
            true => clerk(seen),
            false => Reply::calls(&[(tool, json!({ "about": "what was asked" }))]),
        }
    };
    for (effect, state) in [
        ("  writes Writer\n", DraftState::Held),
        ("", DraftState::Approved),
    ] {
        let peers = Peers::new(slow);
        let mut silexd = peers.silexd(&through_a_behaviour(effect));
        silexd.serve();
        let asks = mail("1@a.example", "ada@a.example", "", "A ticket, please.");
        silexd.drop_mail("1", &asks);
        let draft = until("a draft", || {
            let found = peers.read(&silexd, async |db| drafts::find(db, 1).await.unwrap());
            found.filter(|draft| draft.state != DraftState::Held || state == DraftState::Held)
        });
        let reasons = draft.hold_reasons.to_string();
        let says = reasons.contains("nobody can say whether `see_to_it` was carried out");
        assert_eq!(says, state == DraftState::Held, "{reasons}");
        assert_eq!(peers.tickets.calls().len(), 1, "{effect}");
    }
}

/// Four workers, and six mails that need a ticket of a system that takes two calls and answers none.
#[test]
fn a_system_that_hangs_holds_up_only_those_that_need_it() {
    let peers = Peers::new(|seen: &Seen| match seen.newest().contains("No ticket") {
        true if !seen.system().contains("You open the post.") => Reply::text("It is noted."),
        true | false => clerk(seen),
    });
    let system = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = peers.settings();
    settings["queue"] = json!({ "workers": 4, "threads": 1, "nice": 0 });
    settings["endpoints"]["tickets"] = json!({
        "url": format!("http://{}", system.local_addr().unwrap()), "secret": "shared",
        "concurrency": 2,
    });
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings);
    silexd.serve();
    let drop_mail = |name: &str, body: &str| {
        let from = format!("{name}@a.example");
        silexd.drop_mail(name, &mail(&from, &from, "", body));
    };
    for number in 1..=6 {
        drop_mail(&format!("c{number}"), "A ticket, please.");
    }
    let _held = [system.accept().unwrap(), system.accept().unwrap()];
    until("all six to have asked for a ticket", || {
        let asked = peers.model.seen();
        let at_desk = asked
            .iter()
            .filter(|seen| !seen.system().contains("You open the post."));
        (at_desk.count() == 6).then_some(())
    });
    drop_mail("d", "No ticket, please.");
    let sent = until("the answer", || silexd.outbox().pop());
    assert!(answers(&sent, "d@a.example"), "{sent}");
    system.set_nonblocking(true).unwrap();
    assert!(system.accept().is_err(), "no more than two at a time");
}

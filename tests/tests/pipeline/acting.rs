//! Tools that act where no key is known: called once, and where nobody can say what came of it, a person
//! looks.

use serde_json::json;
use silex_bundle::Bundle;
use silex_runtime::store::drafts::{self, Draft, DraftState};
use silex_tests::package::{compiled, of_text};
use silex_tests::silexd::Silexd;
use silex_tests::stub_mcp::{HttpServer, TOKEN};
use silex_tests::stub_model::{Reply, Seen};
use silex_tests::wait::until;

use crate::desk::{DESK, Peers, SILEXD, mail};

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

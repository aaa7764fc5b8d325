//! A thread is played again with what was true at each of its mails.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use silex_tests::endpoint::Endpoint;
use silex_tests::silexd::Silexd;
use silex_tests::stub_model::{Reply, Seen};
use silex_tests::wait::until;

use crate::desk::{Peers, SILEXD, clerk, desk, mail};

/// The same call is made for both mails, and comes to something else for each.
#[test]
fn each_mail_is_played_with_what_its_own_calls_came_to() {
    let peers = Peers::new(|seen: &Seen| match seen.results().last() {
        Some(ticket) => Reply::text(format!("It is noted: {ticket}")),
        None => clerk(seen),
    });
    let opened = AtomicUsize::new(0);
    let tickets = peers.wait(Endpoint::start(move |_| {
        let number = opened.fetch_add(1, Ordering::Relaxed);
        json!({ "number": format!("T-{number}") })
    }));
    let mut settings = peers.settings();
    settings["endpoints"]["tickets"]["url"] = json!(tickets.as_ref().unwrap().url());
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings);
    silexd.serve();
    let first = mail("1@a.example", "ada@a.example", "", "Please note this.");
    let follows = "In-Reply-To: <1@a.example>\r\n";
    let second = mail("2@a.example", "ada@a.example", follows, "And this.");
    for (number, letter) in [(1, first), (2, second)] {
        silexd.drop_mail(&number.to_string(), &letter);
        until("the answer", || {
            (silexd.outbox().len() == number).then_some(())
        });
    }
    peers.until_idle(&silexd);
    let asked = peers.model.seen().len();
    let played = silexd.prints(&["replay", "1"]);
    assert!(
        played.contains("2 mails of 1 threads: 0 differ"),
        "{played}"
    );
    assert_eq!(peers.model.seen().len(), asked, "the journal answers");
}

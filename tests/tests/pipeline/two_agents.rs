//! A mail that is for two agents reaches both, each in a thread of its own.

use silex_bundle::Bundle;
use silex_runtime::store::inbox::{self, Asked};
use silex_tests::package::{compiled, of_text};
use silex_tests::wait::until;

use crate::desk::{DESK, Peers, answers, clerk, mail};

/// The desk, and a second agent of the same house.
fn two() -> Bundle {
    let desk = DESK.replace("POLICY", "otherwise pass");
    let (_, agent) = desk.split_once("agent desk {").unwrap();
    let second = agent.replace("desk@desk.example", "stock@desk.example");
    compiled(&of_text("desk", &format!("{desk}\nagent stock {{{second}")))
}

fn answers_from(outbox: &[String], id: &str, from: &str) -> usize {
    let of = |sent: &&String| answers(sent, id) && sent.contains(&format!("<{from}>"));
    outbox.iter().filter(of).count()
}

#[test]
fn a_mail_to_two_agents_is_answered_by_both_and_only_once_by_each() {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&two());
    silexd.serve();
    let both = mail("both@a.example", "ada@a.example", "", "Please note this.").replace(
        "To: desk@desk.example",
        "To: desk@desk.example, stock@desk.example",
    );
    silexd.drop_mail("1", &both);
    // The same, as a mail server brings it to the second of its recipients.
    silexd.drop_mail("2", &format!("Delivered-To: stock@desk.example\r\n{both}"));
    silexd.drop_mail(
        "3",
        &mail("one@a.example", "ada@a.example", "", "And this."),
    );
    until("three answers", || {
        (silexd.outbox().len() == 3).then_some(())
    });
    peers.until_idle(&silexd);
    let sent = silexd.outbox();
    for (id, from, times) in [
        ("both@a.example", "desk@desk.example", 1),
        ("both@a.example", "stock@desk.example", 1),
        ("one@a.example", "desk@desk.example", 1),
        ("one@a.example", "stock@desk.example", 0),
    ] {
        assert_eq!(answers_from(&sent, id, from), times, "{id} from {from}");
    }
    let mut agents = peers.read(&silexd, async |db| {
        let listed = inbox::page(db, &Asked::default(), 10).await.unwrap();
        let agents = listed.into_iter().map(|summary| summary.thread.agent);
        agents.collect::<Vec<_>>()
    });
    agents.sort();
    assert_eq!(agents, ["desk.desk", "desk.desk", "desk.stock"]);
    silexd.terminate();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
}

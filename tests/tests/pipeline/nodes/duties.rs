//! What a clock starts is done once for each time that it is due, whatever number of nodes looks.

use serde_json::json;
use silex_runtime::store::drafts::{self, DraftState};
use silex_runtime::store::reviews;
use silex_tests::smtp_sink::Fault;
use silex_tests::wait::until;

use super::{Cluster, Way, database};
use crate::club::{club, counted, member, prepare};
use crate::desk::{clerk, mail};

const MEMBERS: usize = 12;

#[test]
fn every_duty_is_done_once_by_three_nodes() {
    let Some(database) = database() else { return };
    let now = silex_runtime::clock::Clock::system().now_ms();
    // The first mail is one that nobody knows the end of.
    let mut cluster = Cluster::empty(&[Fault::TakeAndHangUp], clerk);
    cluster.peers.wait(prepare(&database, MEMBERS, now));
    let more = json!({
        "reviewers": [
            { "name": "ann", "address": "ann@house.example" },
            { "name": "bob", "address": "bob@house.example" },
        ],
        "review": { "by_mail": false },
        "public_url": "https://club.example",
        "outbound": { "late_hours": 48, "unknown_minutes": 0 },
    });
    for _ in 0..3 {
        cluster.join(&club(), &database, Way::Server, &more);
    }
    cluster.serve();
    let count = |kind: &str| {
        let counted = cluster.peers.read(&cluster.nodes[0], counted);
        counted.get(kind).copied().unwrap_or_default()
    };
    // Campaigns: the newest day is made up for, the two before it are skipped.
    until("every member to be written to", || {
        (cluster.sink.taken().len() == MEMBERS).then_some(())
    });
    // Reviews: a draft that is overdue goes to the other reviewer.
    let letter = mail("one@a.example", "ada@a.example", "", "Please note this.");
    cluster.nodes[0].drop_mail("1", &letter);
    until("a held draft", || (count("draft.held") == 1).then_some(()));
    cluster.peers.wait(async {
        let store = cluster.nodes[0].store().await.unwrap();
        let ended = store.write("", move |tx| {
            Box::pin(async move {
                let held = drafts::list(tx, Some(DraftState::Held), 9).await?;
                let mut clock = reviews::find(tx, held[0].id).await?.unwrap();
                (clock.warn_at, clock.due_at) = (None, Some(now));
                reviews::set(tx, &clock).await
            })
        });
        ended.await.unwrap();
        store.close().await;
    });
    until("it to go to the other", || {
        (count("draft.reassigned") > 0).then_some(())
    });
    // Sealing: all of it, in one chain.
    let sealed = until("everything to be sealed", || {
        let told = cluster.nodes[1].prints(&["audit", "verify"]);
        told.contains(" 0 not sealed yet").then_some(told)
    });
    assert!(!sealed.contains("event "), "nothing is wrong: {sealed}");
    cluster.peers.until_idle(&cluster.nodes[0]);
    let counted = cluster.peers.read(&cluster.nodes[0], counted);
    let expected = [
        ("campaign.planned", MEMBERS),
        ("campaign.skipped", 2 * MEMBERS),
        ("delivery.failed", 1),
        ("delivery.unknown", 1),
        ("draft.held", 1),
        ("draft.reassigned", 1),
    ];
    for (kind, times) in expected {
        assert_eq!(counted.get(kind), Some(&times), "{kind}: {counted:?}");
    }
    for node in &mut cluster.nodes {
        assert!(node.terminate().success());
        assert!(!node.said().contains("duty failed"), "{}", node.said());
    }
    for number in 0..MEMBERS {
        let (to, taken) = (member(number), cluster.sink.taken());
        let got = taken.iter().filter(|taken| taken.to == [to.clone()]);
        assert_eq!(got.count(), 1, "mails to {to}");
    }
    let violations = cluster.peers.violations(&cluster.nodes[0]);
    assert_eq!(violations, Vec::<String>::new());
}

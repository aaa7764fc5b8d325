//! A connection that is cut at a commit: whether it was made is found out, and nothing is repeated blindly.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use silex_tests::network::{Cut, Network};
use silex_tests::postgres;
use silex_tests::wait::until;

use super::{Cluster, Way, ids};
use crate::desk::{clerk, desk, mail};

/// Lets a mail in and waits for its answer, behind a network with a fault. Gives how many commits there
/// were up to then.
fn tell(cut: Cut) -> usize {
    let database = postgres::fresh().unwrap();
    let mut cluster = Cluster::empty(&[], clerk);
    let network = cluster.peers.wait(Network::start(&database, cut)).unwrap();
    let one = json!({ "queue": { "workers": 1 } });
    cluster.join(&desk("otherwise pass"), network.url(), Way::Server, &one);
    let ids = ids(1);
    let letter = mail(&ids[0], "ada@a.example", "", "Please note this.");
    cluster.nodes[0].drop_mail("1", &letter);
    cluster.nodes[0].start(None);
    until(&format!("the answer, {cut:?}"), || {
        // A start that fails is made again by whatever looks after the service.
        if cluster.nodes[0].ended().is_some() {
            cluster.nodes[0].start(None);
        }
        (cluster.answers(&ids[0]) > 0).then_some(())
    });
    let commits = network.commits();
    let _serving = cluster.nodes[0].address();
    cluster.check(&ids);
    let calls = cluster.peers.tickets.calls();
    assert_eq!(calls.len(), 1, "one key for the call, {cut:?}: {calls:?}");
    commits
}

#[test]
fn whether_a_commit_was_made_is_found_out_when_its_answer_is_lost() {
    if postgres::server().is_none() {
        return;
    }
    let commits = tell(Cut::Never);
    let (next, met) = (AtomicUsize::new(1), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number > commits {
                        return;
                    }
                    // Before the server hears of it is only now and then another matter.
                    let cut = match number % 4 {
                        0 => Cut::Before(number),
                        _ => Cut::After(number),
                    };
                    met.fetch_add(usize::from(tell(cut) >= number), Ordering::SeqCst);
                }
            });
        }
    });
    // Writes that meet share a commit, so there are not always as many.
    let met = met.into_inner();
    assert!(4 * met >= 3 * commits, "{met} cuts of {commits} commits");
}

//! Nodes that die, sleep and start again, and a server that does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use silex_runtime::store::deliveries::{self, DeliveryState};
use silex_runtime::store::jobs::JobState;
use silex_tests::asleep::Asleep;
use silex_tests::network::{Cut, Network};
use silex_tests::own_server::OwnServer;
use silex_tests::postgres;
use silex_tests::smtp_sink::Fault;
use silex_tests::stub_model::{Reply, Said, Seen};
use silex_tests::wait::until;

use super::{Cluster, Way, database, ids};
use crate::desk::{clerk, desk};

/// The usual clerk, whose first answer at the desk is `first`.
fn once(first: Reply) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    let was_asked = AtomicBool::new(false);
    move |seen| {
        let at_desk = seen.system().contains("You are the desk.");
        if at_desk && !was_asked.swap(true, Ordering::SeqCst) {
            return first.clone();
        }
        clerk(seen)
    }
}

fn until_asked_at_the_desk(cluster: &Cluster) {
    until("the model to be asked", || {
        let seen = cluster.peers.model.seen();
        let asked = |seen: &Seen| seen.system().contains("You are the desk.");
        seen.iter().any(asked).then_some(())
    });
}

#[test]
fn what_a_killed_node_was_at_another_takes_up_and_nothing_is_doubled() {
    let Some(database) = database() else { return };
    let mut cluster = Cluster::new(&database, 2, Way::Server, once(Reply::Hang));
    let ids = ids(1);
    cluster.nodes[0].serve();
    cluster.post(0, &ids[0]);
    until_asked_at_the_desk(&cluster);
    cluster.nodes[1].serve();
    cluster.nodes[0].kill();
    until("the lease to be over", || cluster.has_crashed("handle"));
    cluster.until_answered(&ids);
    cluster.nodes[0].serve();
    cluster.check(&ids);
    assert_eq!(cluster.peers.model.seen().len(), 4, "one call was lost");
}

/// Two nodes of which the first reaches the database by a network of its own.
fn with_a_sleeper(
    database: &str,
    script: &[Fault],
    brain: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
) -> (Cluster, Network) {
    let mut cluster = Cluster::empty(script, brain);
    let network = cluster.peers.wait(Network::start(database, Cut::Never));
    let network = network.unwrap();
    for database in [network.url(), database] {
        cluster.join(&desk("otherwise pass"), database, Way::Server, &json!({}));
    }
    (cluster, network)
}

/// The first node sleeps as if its machine did: it is stopped, and nothing reaches it.
fn sleeps(cluster: &Cluster, network: &Network) -> Asleep {
    network.moves(false);
    cluster.nodes[0].asleep()
}

fn wakes(network: &Network, asleep: Asleep) {
    drop(asleep);
    network.moves(true);
}

/// Its answer comes while it sleeps, and another has the job when it wakes.
#[test]
fn a_node_that_slept_past_its_lease_neither_writes_nor_acts() {
    let Some(database) = database() else { return };
    let slow = Reply::Drip {
        said: Said::calls(&[("open_ticket", json!({ "about": "what was asked" }))]),
        every: Duration::from_millis(25),
    };
    let (mut cluster, network) = with_a_sleeper(&database, &[], once(slow));
    let ids = ids(1);
    cluster.nodes[0].serve();
    cluster.post(0, &ids[0]);
    until_asked_at_the_desk(&cluster);
    let asleep = sleeps(&cluster, &network);
    cluster.nodes[1].serve();
    until("the lease to be over", || cluster.has_crashed("handle"));
    cluster.until_answered(&ids);
    wakes(&network, asleep);
    until("the ghost to be told", || {
        let said = cluster.nodes[0].said();
        said.contains("outcome=\"lost\"").then_some(())
    });
    cluster.check(&ids);
    let calls: Vec<_> = cluster.peers.tickets.calls().into_values().collect();
    assert_eq!(calls, [1], "one ticket, once");
}

/// The mail server has the mail, and the node that gave it sleeps before it hears so.
#[test]
fn a_node_that_slept_while_it_sent_tells_what_it_knows_and_nothing_is_sent_again() {
    let Some(database) = database() else { return };
    let (mut cluster, network) = with_a_sleeper(&database, &[Fault::TakeAndWait], clerk);
    let ids = ids(1);
    cluster.nodes[0].serve();
    cluster.post(0, &ids[0]);
    cluster.until_answered(&ids);
    let asleep = sleeps(&cluster, &network);
    cluster.nodes[1].serve();
    let state = |cluster: &Cluster| {
        let read = cluster.peers.read(&cluster.nodes[1], async |db| {
            deliveries::list(db, None, None, 9).await.unwrap()
        });
        read.first().map(|delivery| delivery.state)
    };
    until("nobody to know", || {
        (state(&cluster) == Some(DeliveryState::Unknown)).then_some(())
    });
    cluster.sink.say();
    wakes(&network, asleep);
    until("the sleeper to tell", || {
        (state(&cluster) == Some(DeliveryState::Accepted)).then_some(())
    });
    // The look for what becomes of an unknown one is due in a quarter of an hour.
    for node in &mut cluster.nodes {
        assert!(node.terminate().success());
    }
    assert_eq!((cluster.answers(&ids[0]), cluster.sink.asked()), (1, 1));
    let violations = cluster.peers.violations(&cluster.nodes[1]);
    assert_eq!(violations, Vec::<String>::new());
}

#[test]
fn a_server_that_crashes_under_load_loses_nothing_and_both_nodes_go_on() {
    if postgres::server().is_none() {
        return;
    }
    let server = OwnServer::start();
    let mut cluster = Cluster::new(server.url(), 2, Way::Server, clerk);
    cluster.serve();
    let ids = ids(24);
    for (number, id) in ids.iter().enumerate() {
        cluster.post(number % 2, id);
        if number % 8 == 6 {
            server.crash();
        }
    }
    cluster.until_answered(&ids);
    cluster.check(&ids);
    for node in &cluster.nodes {
        assert!(node.said().contains("job ended"), "it worked");
    }
}

#[test]
fn nodes_that_are_all_ended_and_started_thrice_answer_each_mail_once() {
    let Some(database) = database() else { return };
    let mut cluster = Cluster::new(&database, 3, Way::Folder, clerk);
    let ids = ids(18);
    for round in ids.chunks(6) {
        cluster.serve();
        for (number, id) in round.iter().enumerate() {
            cluster.post(number % 3, id);
        }
        cluster.nodes[0].kill();
        cluster.nodes[1].terminate();
        cluster.nodes[2].kill();
    }
    cluster.serve();
    until("all to be answered", || {
        // What ran alone at two kills is in quarantine, and a person lets it go on.
        for job in cluster.jobs() {
            if job.state == JobState::Dead {
                assert!(job.crashes >= 2, "{job:?}");
                cluster.nodes[0].prints(&["jobs", "retry", &job.id.to_string()]);
            }
        }
        ids.iter().all(|id| cluster.answers(id) > 0).then_some(())
    });
    cluster.check(&ids);
}

/// A migration that is made twice fails, and so would the start.
#[test]
fn nodes_that_start_together_migrate_once() {
    let Some(database) = database() else { return };
    let mut cluster = Cluster::new(&database, 4, Way::Folder, clerk);
    cluster.serve();
    let ids = ids(1);
    cluster.post(3, &ids[0]);
    cluster.until_answered(&ids);
    cluster.check(&ids);
}

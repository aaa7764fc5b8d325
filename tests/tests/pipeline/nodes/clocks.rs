//! Nodes whose machines do not agree what time it is go by the server's.

use serde_json::{Value, json};
use silex_runtime::clock::Clock;
use silex_runtime::store::jobs::{Job, JobState};
use silex_runtime::store::{circuits, events};
use silex_tests::stub_model::{Reply, Seen};
use silex_tests::wait::until;

use super::{Cluster, Way, database, ids};
use crate::desk::clerk;

const HOUR_MS: i64 = 3_600_000;
const TEN_MINUTES_MS: i64 = 600_000;

/// A clerk whose provider asks at the first call at the desk to be left alone for ten minutes.
fn left_alone() -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    let was_asked = std::sync::atomic::AtomicBool::new(false);
    move |seen| {
        let at_desk = seen.system().contains("You are the desk.");
        if at_desk && !was_asked.swap(true, std::sync::atomic::Ordering::SeqCst) {
            return Reply::Status {
                code: 429,
                headers: vec![("retry-after", "600".to_owned())],
                body: json!({ "type": "error", "error": { "type": "rate_limit_error", "message": "Slow down." } }),
            };
        }
        clerk(seen)
    }
}

/// The jobs that ask a model and have been put off.
fn put_off(cluster: &Cluster) -> Vec<Job> {
    let jobs = cluster.jobs();
    let asks = |job: &Job| matches!(job.kind.as_str(), "screen" | "handle");
    let put_off = |job: &Job| asks(job) && job.state == JobState::Scheduled;
    jobs.into_iter().filter(put_off).collect()
}

/// Whichever of the two was told, the other leaves the provider alone as long, no longer.
#[test]
fn a_pause_that_one_node_was_told_to_make_all_make_whatever_their_clocks_say() {
    let Some(database) = database() else { return };
    let mut cluster = Cluster::new(&database, 2, Way::Folder, left_alone());
    cluster.nodes[0].set_clock(HOUR_MS);
    cluster.serve();
    let ids = ids(40);
    cluster.post(0, &ids[0]);
    until("a turn to be put off", || {
        (put_off(&cluster).len() == 1).then_some(())
    });
    let told = usize::from(!cluster.nodes[0].said().contains("outcome=\"snoozed\""));
    let other = 1 - told;
    until("it to have told the others", || {
        let paused = cluster.peers.read(&cluster.nodes[other], async |db| {
            circuits::changed(db, 0).await.unwrap()
        });
        (!paused.is_empty()).then_some(())
    });
    assert!(cluster.nodes[told].terminate().success());
    for id in &ids[1..] {
        cluster.post(other, id);
        let is_put_off = until("an answer, or none for now", || {
            let is_put_off = put_off(&cluster).len() == 2;
            (is_put_off || cluster.answers(id) == 1).then_some(is_put_off)
        });
        if is_put_off {
            break;
        }
    }
    let waiting = put_off(&cluster);
    assert_eq!(waiting.len(), 2, "the other never heard of it");
    let now = Clock::system().now_ms();
    for job in waiting {
        let wait = job.run_at - now;
        assert!(
            (1..=TEN_MINUTES_MS + 60_000).contains(&wait),
            "{job:?} at {now}"
        );
    }
}

#[test]
fn what_a_node_writes_happened_at_the_time_of_the_server() {
    let Some(database) = database() else { return };
    let mut cluster = Cluster::new(&database, 2, Way::Folder, clerk);
    cluster.nodes[0].set_clock(HOUR_MS);
    cluster.nodes[1].set_clock(-HOUR_MS);
    let began = Clock::system().now_ms();
    cluster.serve();
    let ids = ids(6);
    for (number, id) in ids.iter().enumerate() {
        cluster.post(number % 2, id);
    }
    cluster.until_answered(&ids);
    let now = Clock::system().now_ms();
    let happened = cluster.peers.read(&cluster.nodes[0], async |db| {
        events::after(db, 0, 10_000).await.unwrap()
    });
    assert!(happened.len() > ids.len());
    for event in happened {
        let near = began - 1_000..=now + 1_000;
        assert!(near.contains(&event.at), "{event:?}, not within {near:?}");
    }
    // As the commands of an operator say it, whose machine is wrong as well.
    let decided = cluster.nodes[1].prints(&["suppressed", "add", "ada@a.example"]);
    assert!(decided.contains("ada@a.example"), "{decided}");
    let by_hand = cluster.peers.read(&cluster.nodes[0], async |db| {
        events::after(db, 0, 10_000).await.unwrap().pop().unwrap()
    });
    assert_eq!(by_hand.data["address"], Value::from("ada@a.example"));
    assert!((by_hand.at - now).abs() < TEN_MINUTES_MS, "{by_hand:?}");
    cluster.check(&ids);
}

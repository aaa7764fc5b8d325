//! SIGTERM drains: what runs may end, what does not end in time is given back, nothing is lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use silex_runtime::store::budgets::{self, Cost};
use silex_runtime::store::jobs::{self, Filter, Job, JobState};
use silex_tests::silexd::Silexd;
use silex_tests::stub_model::{Reply, Said};
use silex_tests::wait::until;

use crate::desk::{Peers, SILEXD, clerk, desk, mail};

fn jobs_of(peers: &Peers, silexd: &Silexd) -> Vec<Job> {
    peers.read(silexd, async |db| {
        jobs::list(db, &Filter::default(), 100).await.unwrap()
    })
}

fn asked_to_answer(peers: &Peers) -> Option<()> {
    let seen = peers.model.seen();
    seen.iter()
        .any(|seen| seen.system().contains("You are the desk."))
        .then_some(())
}

/// After the stop: a clean end, a history without fault, and a restart that answers the mail with
/// one attempt for each job.
fn check_goes_on(peers: &Peers, silexd: &mut Silexd) {
    assert_eq!(peers.violations(silexd), Vec::<String>::new());
    silexd.serve();
    until("the answer", || (silexd.outbox().len() == 1).then_some(()));
    peers.until_idle(silexd);
    for job in jobs_of(peers, silexd) {
        assert_eq!(
            (job.state, job.attempt, job.crashes),
            (JobState::Done, 1, 0),
            "{job:?}"
        );
    }
}

#[test]
fn a_turn_that_runs_may_end() {
    let peers = Peers::new(|seen| {
        if seen.system().contains("You are the desk.") && !seen.results().is_empty() {
            let said = Said::text("Dear writer, it is noted as T-1.");
            return Reply::Drip {
                said,
                every: Duration::from_millis(1),
            };
        }
        clerk(seen)
    });
    let mut silexd = peers.silexd(&desk("otherwise pass"));
    silexd.drop_mail(
        "slow",
        &mail("slow@a.example", "ada@a.example", "", "No hurry."),
    );
    silexd.serve();
    until("the slow answer to begin", || {
        peers
            .model
            .seen()
            .iter()
            .any(|seen| !seen.results().is_empty())
            .then_some(())
    });
    assert!(silexd.terminate().success(), "{}", silexd.said());
    let handled: Vec<_> = jobs_of(&peers, &silexd)
        .into_iter()
        .filter(|job| job.kind == "handle")
        .collect();
    assert_eq!(handled.len(), 1);
    assert_eq!(
        (handled[0].state, handled[0].attempt),
        (JobState::Done, 1),
        "it was let end: {handled:?}"
    );
    check_goes_on(&peers, &mut silexd);
    assert_eq!(peers.model.seen().len(), 3, "nothing was asked twice");
}

#[test]
fn a_bucket_that_does_not_answer_keeps_nobody_from_ending() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    silent.set_nonblocking(true).unwrap();
    let peers = Peers::new(clerk);
    let mut settings = peers.settings();
    settings["inbound"] = json!({ "s3": {
        "bucket": "mail", "region": "eu-west-1", "access_key": "AKIATEST", "secret_key": "shared",
        "endpoint": format!("http://{}", silent.local_addr().unwrap()),
    } });
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings);
    silexd.serve();
    let _asked = until("the bucket to be asked", || silent.accept().ok());
    assert!(silexd.terminate().success(), "{}", silexd.said());
}

#[test]
fn what_does_not_end_in_time_is_given_back_without_losing_an_attempt() {
    let hung = AtomicBool::new(false);
    let peers = Peers::new(move |seen| {
        if seen.system().contains("You are the desk.") && !hung.swap(true, Ordering::SeqCst) {
            return Reply::Hang;
        }
        clerk(seen)
    });
    let mut settings = peers.settings();
    settings["queue"] = json!({ "workers": 1, "threads": 1, "nice": 0, "drain_s": 1 });
    settings["models"]["budget"] = json!({ "day": 1 });
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings);
    silexd.drop_mail(
        "hung",
        &mail("hung@a.example", "ada@a.example", "", "Are you there?"),
    );
    silexd.serve();
    until("the model to be asked", || asked_to_answer(&peers));
    assert!(silexd.terminate().success(), "{}", silexd.said());
    let given_back: Vec<_> = jobs_of(&peers, &silexd)
        .into_iter()
        .filter(|job| job.kind == "handle")
        .collect();
    assert_eq!(
        (given_back[0].state, given_back[0].attempt),
        (JobState::Ready, 0),
        "{given_back:?}"
    );
    check_goes_on(&peers, &mut silexd);
    until("the call that was cut off to be counted", || {
        let mut unanswered = 0;
        let each = |cost: Cost| unanswered += cost.unanswered;
        peers.read(&silexd, async |db| {
            budgets::costs(db, 0, i64::MAX, each).await.unwrap();
        });
        (unanswered == 1).then_some(())
    });
}

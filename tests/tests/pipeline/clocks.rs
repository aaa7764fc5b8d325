//! The clock of the machine is set while `silexd` works, and a job comes that only another version knows.

use serde_json::json;
use silex_runtime::store::jobs::{self, Filter, Job, JobState};
use silex_tests::silexd::Silexd;
use silex_tests::smtp_sink::{Fault, SmtpSink};
use silex_tests::wait::until;

use crate::desk::{Peers, SILEXD, clerk, desk, mail};

const HOUR_MS: i64 = 3_600_000;

/// The only job of this kind.
fn job(peers: &Peers, silexd: &Silexd, kind: &str) -> Option<Job> {
    let jobs = peers.read(silexd, async |db| {
        jobs::list(db, &Filter::default(), 99).await.unwrap()
    });
    jobs.into_iter().find(|job| job.kind == kind)
}

/// A mail server has a mail and says nothing yet, the clock is set, and leases are renewed by it.
fn set_while_a_mail_is_being_sent(wrong_by_ms: i64) {
    let peers = Peers::new(clerk);
    let sink = peers.wait(SmtpSink::start(&[Fault::TakeAndWait])).unwrap();
    let mut settings = peers.settings();
    settings["outbound"] = json!({ "smtp": {
        "host": "127.0.0.1", "port": sink.port(), "tls": "none" } });
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings);
    silexd.set_clock(0);
    silexd.serve();
    let letter = mail("one@a.example", "ada@a.example", "", "Please note this.");
    silexd.drop_mail("1", &letter);
    until("the server to have it", || {
        (sink.taken().len() == 1).then_some(())
    });
    let lease = |silexd: &Silexd| {
        let sending = job(&peers, silexd, "deliver");
        sending.and_then(|job| job.lease_until)
    };
    let before = lease(&silexd);
    silexd.set_clock(wrong_by_ms);
    until("its lease to be renewed", || {
        (lease(&silexd) != before).then_some(())
    });
    sink.say();
    peers.until_idle(&silexd);
    let delivered = job(&peers, &silexd, "deliver").unwrap();
    let ended = (delivered.state, delivered.attempt, delivered.crashes);
    assert_eq!(
        ended,
        (JobState::Done, 1, 0),
        "{wrong_by_ms}: {delivered:?}"
    );
    assert_eq!(sink.asked(), 1);
    // The next one is answered by the new time.
    let letter = mail("two@b.example", "bert@b.example", "", "And this.");
    silexd.drop_mail("2", &letter);
    until("the second answer", || {
        (sink.taken().len() == 2).then_some(())
    });
    peers.until_idle(&silexd);
    assert!(silexd.terminate().success());
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
}

#[test]
fn a_clock_that_is_set_by_an_hour_ends_no_attempt() {
    std::thread::scope(|scope| {
        scope.spawn(|| set_while_a_mail_is_being_sent(HOUR_MS));
        scope.spawn(|| set_while_a_mail_is_being_sent(-HOUR_MS));
    });
}

/// As of a newer node that shares the database, before the others are upgraded.
#[test]
fn a_job_of_a_kind_that_is_not_known_waits_for_who_knows_it() {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise pass"));
    silexd.serve();
    // It has been put off since 1970.
    peers.meddle(
        &silexd,
        "insert into job (kind, args, tenant, state, on_backoff, attempt, max_attempts, run_at, put_off_since, created_at)
         values ('dream', '{}', 'desk.desk', 'ready', 'hold', 0, 1, 0, 1, 0)",
    );
    let dream = until("it to be looked at", || {
        job(&peers, &silexd, "dream").filter(|job| job.error.is_some())
    });
    assert_eq!((dream.state, dream.attempt), (JobState::Scheduled, 0));
    let listed = silexd.prints(&["jobs", "list"]);
    assert!(listed.contains("knows no job `dream`"), "{listed}");
    // What else there is goes on.
    let letter = mail("one@a.example", "ada@a.example", "", "Please note this.");
    silexd.drop_mail("1", &letter);
    until("the answer", || (silexd.outbox().len() == 1).then_some(()));
}

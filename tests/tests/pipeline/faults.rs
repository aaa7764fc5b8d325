//! `kill -9` at every fault point: nothing is lost, nothing is done twice.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use silex_runtime::store::budgets;
use silex_tests::history;
use silex_tests::silexd::Silexd;
use silex_tests::wait::until;

use crate::desk::{Peers, SILEXD, answers, clerk, desk, mail};

/// The mails of the story. The last one continues the conversation of the first.
const STORY: [&str; 3] = ["first@a.example", "other@b.example", "again@a.example"];

/// How many conversations the story has. One has at most one call in flight.
const CONVERSATIONS: usize = 2;

/// What came of the story.
#[derive(Debug)]
struct Told {
    killed: bool,
    model_calls: usize,
    tickets: BTreeMap<String, u32>,
    steps: Vec<String>,
}

/// Lets the three mails in and waits until all of them are answered, starting `silexd` again when
/// it was killed.
fn tell(fault: &str) -> Told {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise pass"));
    silexd.drop_mail(
        "1",
        &mail(STORY[0], "ada@a.example", "", "Please note this."),
    );
    silexd.drop_mail("2", &mail(STORY[1], "bert@b.example", "", "And this."));
    silexd.start(Some(fault));
    let (mut killed, mut continued) = (false, false);
    until("all mails to be answered", || {
        if silexd.was_killed().is_some() {
            assert!(!killed, "it was to be killed once: {fault}");
            killed = true;
            silexd.start(None);
        }
        let sent = silexd.outbox();
        if !continued && sent.iter().any(|sent| answers(sent, STORY[0])) {
            continued = true;
            let refers = format!("In-Reply-To: <{0}>\r\nReferences: <{0}>\r\n", STORY[0]);
            silexd.drop_mail(
                "3",
                &mail(STORY[2], "ada@a.example", &refers, "One more thing."),
            );
        }
        (sent.len() >= STORY.len() && peers.is_idle(&silexd)).then_some(())
    });
    // A process that was just started again does not hear SIGTERM before it serves.
    let _serving = silexd.address();
    // The last fault point lies behind the last answer, so it may be met only now.
    let status = silexd.terminate();
    killed |= status.signal().is_some();
    assert!(
        status.success() || status.signal() == Some(9),
        "{status}\n{}",
        silexd.said()
    );
    check(&peers, &silexd, killed)
}

fn check(peers: &Peers, silexd: &Silexd, killed: bool) -> Told {
    assert_eq!(peers.violations(silexd), Vec::<String>::new());
    let steps = peers.read(silexd, async |db| history::steps(db).await.unwrap());
    let sent = silexd.outbox();
    assert_eq!(sent.len(), STORY.len(), "one answer for each mail");
    for id in STORY {
        assert_eq!(
            sent.iter().filter(|sent| answers(sent, id)).count(),
            1,
            "answers to {id}"
        );
    }
    assert_eq!(peers.model.refusals(), Vec::<String>::new());
    Told {
        killed,
        model_calls: peers.model.seen().len(),
        tickets: peers.tickets.calls(),
        steps,
    }
}

#[test]
fn killed_at_any_point_it_loses_no_mail_and_does_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let points = folder.path().join("points");
    let clean = tell(&format!("record:{}", points.display()));
    assert!(!clean.killed);
    assert_eq!(clean.tickets.len(), STORY.len(), "{:?}", clean.tickets);
    assert_eq!(clean.model_calls, 3 * STORY.len());
    let points: Vec<String> = fs::read_to_string(points)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert!(points.len() > 60, "{points:?}");

    let (next, killed) = (AtomicUsize::new(1), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    if n > points.len() {
                        return;
                    }
                    let told = tell(&format!("kill:{n}"));
                    let at = format!("killed at {n}, about {}: {told:?}", points[n - 1]);
                    killed.fetch_add(usize::from(told.killed), Ordering::SeqCst);
                    assert_eq!(
                        told.steps, clean.steps,
                        "the journal is that of a run without a fault; {at}"
                    );
                    assert!(
                        told.model_calls <= clean.model_calls + CONVERSATIONS,
                        "the call in flight of each conversation may be lost; {at}"
                    );
                    assert!(
                        told.tickets.len() == clean.tickets.len(),
                        "one key for each call; {at}"
                    );
                    let twice: u32 = told.tickets.values().map(|times| times - 1).sum();
                    assert!(
                        twice <= CONVERSATIONS as u32,
                        "the call in flight of each conversation may be made again, with its key; {at}"
                    );
                }
            });
        }
    });
    assert_eq!(
        killed.into_inner(),
        points.len(),
        "every point killed a process"
    );
}

#[test]
fn an_answer_that_was_heard_is_not_asked_for_again_after_a_kill() {
    let peers = Peers::new(clerk);
    let mut settings = peers.settings();
    settings["models"]["budget"] = json!({ "day": 1000 });
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings);
    silexd.drop_mail("1", &mail(STORY[0], "ada@a.example", "", "Please note it."));
    silexd.start(Some("kill:turn.asked.before_commit"));
    until("the process to be killed", || silexd.was_killed());
    assert_eq!(peers.model.seen().len(), 1);
    silexd.start(None);
    until("the mail to be answered", || {
        (silexd.outbox().len() == 1 && peers.is_idle(&silexd)).then_some(())
    });
    // The guard, the call of a tool, and the answer.
    assert_eq!(peers.model.seen().len(), 3);
    // What was reserved for the call is what it cost, and no call went without an answer.
    let (calls, unanswered, open) = peers.read(&silexd, async |db| {
        let (mut calls, mut unanswered) = (0, 0);
        budgets::costs(db, 0, i64::MAX, |cost| {
            calls += cost.calls;
            unanswered += cost.unanswered;
        })
        .await
        .unwrap();
        (calls, unanswered, budgets::dropped(db).await.unwrap().len())
    });
    assert_eq!((calls, unanswered, open), (3, 0, 0));
}

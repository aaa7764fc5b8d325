//! The queue as a whole: real attempts on a database in a temporary folder.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::lease::{Held, Keeper};
use super::*;
use crate::clock::Clock;
use crate::store::jobs::{self, Job, JobState, NewJob};
use crate::store::tests::Scratch;
use crate::store::{Access, Store};

/// Nothing may depend on it: whatever happens, happens because of a commit.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// More than any job may be put off in one go.
const OLD: i64 = 1_000 + 60 * 24 * 60 * 60 * 1000;

/// A queue that runs in the background of a test.
struct Running {
    scratch: Scratch,
    clock: Clock,
    stop: CancellationToken,
    queue: JoinHandle<Result<(), StoreError>>,
}

fn config() -> Config {
    Config {
        poll: NEVER,
        renew_every: NEVER,
        drain: NEVER,
        ..Config::default()
    }
}

fn start(scratch: Scratch, config: Config, run: Run) -> Running {
    let (clock, stop) = (Clock::fixed(1_000), CancellationToken::new());
    let (store, time, stopped) = (scratch.store.clone(), clock.clone(), stop.clone());
    let queue = tokio::spawn(worker::run(config, store, time, run, stopped));
    Running {
        scratch,
        clock,
        stop,
        queue,
    }
}

impl Running {
    /// Enqueues a job and waits until it is in `state`.
    async fn check(&self, job: NewJob, state: JobState) -> Job {
        let id = enqueue(&self.scratch.store, job).await;
        until(&self.scratch.store, id, |job| job.state == state).await
    }

    async fn stop(self) -> Scratch {
        self.stop.cancel();
        self.queue.await.unwrap().unwrap();
        self.scratch
    }
}

async fn enqueue(store: &Store, job: NewJob) -> i64 {
    let enqueued = store.write("", |tx| {
        Box::pin(async move { jobs::enqueue(tx, &job, 1_000).await })
    });
    enqueued.await.unwrap().id()
}

/// Waits for the commit after which a job is as it should be. The time-out is for a queue that is
/// broken.
async fn until(store: &Store, id: i64, is_so: impl Fn(&Job) -> bool) -> Job {
    let mut commits = store.commits();
    let wait = async {
        loop {
            commits.borrow_and_update();
            let job = find(store, id).await;
            if is_so(&job) {
                return job;
            }
            commits.changed().await.unwrap();
        }
    };
    match tokio::time::timeout(Duration::from_secs(20), wait).await {
        Ok(job) => job,
        Err(_) => panic!("the job stays as it is: {:?}", find(store, id).await),
    }
}

async fn find(store: &Store, id: i64) -> Job {
    jobs::find(&mut store.read().await.unwrap(), id)
        .await
        .unwrap()
        .unwrap()
}

async fn complete(store: &Store, attempt: &Attempt) -> Result<Over, JobError> {
    let lease = attempt.job.lease;
    Ok(store
        .write("", move |tx| Box::pin(jobs::complete(tx, lease, 2_000)))
        .await?)
}

/// Runs every job by ending it with the error that its arguments name.
fn ending(store: Store) -> Run {
    Arc::new(move |attempt| {
        let store = store.clone();
        Box::pin(async move {
            match attempt.job.args["end"].as_str().unwrap() {
                "done" => complete(&store, &attempt).await,
                "panic" => panic!("out of cheese"),
                "retry" => Err(JobError::Retry("no answer".to_owned())),
                "snooze" => Err(JobError::Snooze {
                    until: 9_000,
                    reason: "busy".to_owned(),
                }),
                "snooze when old" => Err(JobError::Snooze {
                    until: OLD + 60_000,
                    reason: "busy".to_owned(),
                }),
                "snooze long" => Err(JobError::Snooze {
                    until: i64::MAX,
                    reason: "busy".to_owned(),
                }),
                "give up" => Err(JobError::GiveUp("wrong".to_owned())),
                "ask" => Err(JobError::AskPerson("it refused".to_owned())),
                other => panic!("`{other}` is no end"),
            }
        })
    })
}

async fn check_end(end: &str, state: JobState, attempt: i64, error: Option<&str>) {
    let scratch = Scratch::new().await;
    let run = ending(scratch.store.clone());
    let queue = start(scratch, config(), run);
    let job = queue
        .check(NewJob::new("handle", json!({ "end": end })), state)
        .await;
    assert_eq!(
        (job.attempt, job.error.as_deref()),
        (attempt, error),
        "{end}"
    );
    queue.stop().await;
}

#[tokio::test]
async fn a_job_that_completes_itself_is_done() {
    check_end("done", JobState::Done, 1, None).await;
}

#[tokio::test]
async fn a_failed_attempt_is_spent_and_the_job_is_put_off() {
    check_end("retry", JobState::Scheduled, 1, Some("no answer")).await;
}

#[tokio::test]
async fn a_snoozed_attempt_is_not_spent() {
    check_end("snooze", JobState::Scheduled, 0, Some("busy")).await;
}

#[tokio::test]
async fn nothing_is_put_off_for_ever() {
    check_end(
        "snooze long",
        JobState::Dead,
        1,
        Some("put off for too long: busy"),
    )
    .await;
}

#[tokio::test]
async fn an_old_job_may_be_put_off_like_any_other() {
    let scratch = Scratch::new().await;
    let run = ending(scratch.store.clone());
    let queue = start(scratch, config(), run);
    queue.clock.advance(OLD - 1_000);
    let job = NewJob::new("handle", json!({ "end": "snooze when old" }));
    let job = queue.check(job, JobState::Scheduled).await;
    assert_eq!((job.attempt, job.created_at), (0, 1_000));
    queue.stop().await;
}

#[tokio::test]
async fn what_can_never_work_is_dead_at_once() {
    check_end("give up", JobState::Dead, 1, Some("wrong")).await;
}

#[tokio::test]
async fn what_a_person_must_see_waits_for_them() {
    check_end("ask", JobState::Waiting, 0, Some("it refused")).await;
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_attempt_only() {
    check_end(
        "panic",
        JobState::Scheduled,
        1,
        Some("it panicked: out of cheese"),
    )
    .await;
}

#[tokio::test]
async fn what_follows_a_job_goes_on_in_its_hands() {
    let scratch = Scratch::new().await;
    let store = scratch.store.clone();
    let run: Run = Arc::new(move |attempt| {
        let store = store.clone();
        Box::pin(async move {
            let (lease, job) = (attempt.job.lease, attempt.job);
            let over = store.write("", move |tx| {
                Box::pin(async move {
                    let next = NewJob {
                        order_key: Some("thread 1".to_owned()),
                        ..NewJob::new("review", json!({}))
                    };
                    match job.kind.as_str() {
                        "handle" => jobs::hand_on(tx, lease, &next, 2_000).await,
                        _ => jobs::complete(tx, lease, 3_000).await,
                    }
                })
            });
            Ok(over.await?)
        })
    });
    // One that is paused goes on when it is not any more, however it comes to be claimed.
    let queue = start(scratch, config(), run);
    queue
        .check(NewJob::new("handle", json!({})), JobState::Done)
        .await;
    let next = until(&queue.scratch.store, 2, |job| job.state == JobState::Done).await;
    assert_eq!((next.kind.as_str(), next.attempt), ("review", 1));
    assert_eq!(next.started_at, Some(2_000), "it was held from the start");
    queue.stop().await;
}

#[tokio::test]
async fn a_tool_beside_the_owner_runs_no_jobs() {
    let scratch = Scratch::new().await;
    let tool = Store::open(scratch.database(), Access::Shared, 0)
        .await
        .unwrap();
    let run = ending(tool.clone());
    let refused = worker::run(
        config(),
        tool,
        Clock::fixed(0),
        run,
        CancellationToken::new(),
    )
    .await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
}

#[tokio::test]
async fn what_an_ended_process_was_running_runs_again_at_once() {
    let scratch = Scratch::new().await;
    let id = enqueue(
        &scratch.store,
        NewJob::new("handle", json!({ "end": "done" })),
    )
    .await;
    scratch
        .store
        .write("", |tx| {
            Box::pin(jobs::claim(tx, "node 1", 1, i64::MAX - 1, || 1_000))
        })
        .await
        .unwrap();
    let run = ending(scratch.store.clone());
    let queue = start(scratch, config(), run);
    let job = until(&queue.scratch.store, id, |job| job.state == JobState::Done).await;
    assert_eq!((job.attempt, job.crashes), (2, 1));
    queue.stop().await;
}

#[tokio::test]
async fn a_backoff_ends_when_its_time_has_come() {
    let scratch = Scratch::new().await;
    let store = scratch.store.clone();
    let run: Run = Arc::new(move |attempt| {
        let store = store.clone();
        Box::pin(async move {
            match attempt.job.attempt {
                1 => Err(JobError::Retry("no answer".to_owned())),
                _ => complete(&store, &attempt).await,
            }
        })
    });
    let queue = start(scratch, config(), run);
    let job = queue
        .check(NewJob::new("handle", json!({})), JobState::Scheduled)
        .await;
    queue.clock.advance(600_000);
    // The clock is not the system's, so a commit makes the queue look at it.
    queue
        .check(
            NewJob {
                run_at: i64::MAX,
                ..NewJob::new("later", json!({}))
            },
            JobState::Scheduled,
        )
        .await;
    until(&queue.scratch.store, job.id, |job| {
        job.state == JobState::Done
    })
    .await;
    queue.stop().await;
}

#[tokio::test]
async fn no_more_attempts_run_than_there_are_slots() {
    let scratch = Scratch::new().await;
    let (store, gate) = (scratch.store.clone(), Arc::new(Notify::new()));
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (peak, open) = (most.clone(), gate.clone());
    let run: Run = Arc::new(move |attempt| {
        let (store, running, most, gate) =
            (store.clone(), running.clone(), most.clone(), gate.clone());
        Box::pin(async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            gate.notified().await;
            running.fetch_sub(1, Ordering::SeqCst);
            complete(&store, &attempt).await
        })
    });
    let queue = start(
        scratch,
        Config {
            slots: 2,
            ..config()
        },
        run,
    );
    let store = queue.scratch.store.clone();
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(enqueue(&store, NewJob::new("handle", json!({}))).await);
    }
    tokio::time::timeout(Duration::from_secs(20), async {
        while peak.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("two attempts to run at once");
    for id in ids {
        until(&store, id, |job| job.state == JobState::Running).await;
        open.notify_one();
        until(&store, id, |job| job.state == JobState::Done).await;
    }
    assert_eq!(peak.load(Ordering::SeqCst), 2);
    queue.stop().await;
}

#[tokio::test]
async fn who_waits_for_the_outside_leaves_the_slot_to_others() {
    let scratch = Scratch::new().await;
    let (store, gate) = (scratch.store.clone(), Arc::new(Notify::new()));
    let answered = gate.clone();
    let run: Run = Arc::new(move |attempt| {
        let (store, gate) = (store.clone(), gate.clone());
        Box::pin(async move {
            if attempt.job.args["waits"] == true {
                attempt.progress.outside(gate.notified()).await;
            }
            complete(&store, &attempt).await
        })
    });
    let config = Config {
        slots: 1,
        most: 3,
        ..config()
    };
    let queue = start(scratch, config, run);
    let store = queue.scratch.store.clone();
    let mut waiting = Vec::new();
    for _ in 0..2 {
        waiting.push(enqueue(&store, NewJob::new("handle", json!({ "waits": true }))).await);
    }
    let other = enqueue(&store, NewJob::new("handle", json!({}))).await;
    until(&store, other, |job| job.state == JobState::Done).await;
    for id in &waiting {
        assert_eq!(find(&store, *id).await.state, JobState::Running);
    }
    answered.notify_waiters();
    for id in waiting {
        until(&store, id, |job| job.state == JobState::Done).await;
    }
    queue.stop().await;
}

/// A kind whose jobs wait for a mail service that hangs.
const SENDING: Policy = Policy {
    kind: "deliver",
    waits: true,
    ..USUAL
};

/// A queue of four slots in which `deliver` hangs until the gate opens, `handle` hands on to `deliver`, and
/// all else is done at once.
fn hanging(scratch: Scratch, gate: Arc<Semaphore>) -> Running {
    let store = scratch.store.clone();
    let run: Run = Arc::new(move |attempt| {
        let (store, gate) = (store.clone(), gate.clone());
        Box::pin(async move {
            let lease = attempt.job.lease;
            match attempt.job.kind.as_str() {
                "deliver" => gate.acquire().await.unwrap().forget(),
                "handle" => {
                    let next = NewJob::new("deliver", json!({}));
                    let over = store.write("", move |tx| {
                        Box::pin(async move { jobs::hand_on(tx, lease, &next, 2_000).await })
                    });
                    return Ok(over.await?);
                }
                _ => {}
            }
            complete(&store, &attempt).await
        })
    });
    let config = Config {
        slots: 4,
        kinds: Arc::from([SENDING]),
        ..config()
    };
    start(scratch, config, run)
}

/// Waits until these jobs are in these states, with so many attempts spent, in any order.
async fn until_states(store: &Store, ids: &[i64], expected: &[(JobState, i64)]) {
    let settled = async {
        loop {
            let mut states = Vec::new();
            for id in ids {
                let job = find(store, *id).await;
                states.push((job.state, job.attempt));
            }
            states.sort_unstable();
            if states == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let settled = tokio::time::timeout(Duration::from_secs(20), settled).await;
    settled.expect("the jobs to be in these states");
}

#[tokio::test]
async fn kinds_that_wait_for_others_leave_a_quarter_of_the_slots() {
    let gate = Arc::new(Semaphore::new(0));
    let queue = hanging(Scratch::new().await, gate.clone());
    let store = queue.scratch.store.clone();
    let mut sending = Vec::new();
    for _ in 0..6 {
        sending.push(enqueue(&store, NewJob::new("deliver", json!({}))).await);
    }
    // One after the other: each has a slot.
    for _ in 0..3 {
        let other = enqueue(&store, NewJob::new("review", json!({}))).await;
        until(&store, other, |job| job.state == JobState::Done).await;
    }
    let (ready, running) = ((JobState::Ready, 0), (JobState::Running, 1));
    let expected = [ready, ready, ready, running, running, running];
    until_states(&store, &sending, &expected).await;

    gate.add_permits(sending.len());
    for id in sending {
        until(&store, id, |job| job.state == JobState::Done).await;
    }
    queue.stop().await;
}

#[tokio::test]
async fn what_would_go_on_in_the_same_hands_waits_where_the_crowd_is_full() {
    let gate = Arc::new(Semaphore::new(0));
    let queue = hanging(Scratch::new().await, gate.clone());
    let store = queue.scratch.store.clone();
    for _ in 0..5 {
        let handle = enqueue(&store, NewJob::new("handle", json!({}))).await;
        until(&store, handle, |job| job.state == JobState::Done).await;
    }
    let filter = jobs::Filter {
        kind: Some("deliver".to_owned()),
        ..jobs::Filter::default()
    };
    let mut db = store.read().await.unwrap();
    let handed_on = jobs::list(&mut db, &filter, 9).await.unwrap();
    drop(db);
    let sending: Vec<i64> = handed_on.iter().map(|job| job.id).collect();
    let other = enqueue(&store, NewJob::new("review", json!({}))).await;
    until(&store, other, |job| job.state == JobState::Done).await;
    let (ready, running) = ((JobState::Ready, 0), (JobState::Running, 1));
    let expected = [ready, ready, running, running, running];
    until_states(&store, &sending, &expected).await;

    gate.add_permits(sending.len());
    for id in sending {
        let done = until(&store, id, |job| job.state == JobState::Done).await;
        assert_eq!(done.attempt, 1);
    }
    queue.stop().await;
}

/// A job that computes without an end keeps a thread, and nothing can take it back. What it may not
/// keep is its own job, or those of others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_spins_loses_its_lease_and_the_others_keep_theirs() {
    let scratch = Scratch::new().await;
    let (store, spin) = (scratch.store.clone(), Spin::default());
    let (gate, moved) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (ends, opens, moves) = (spin.0.clone(), gate.clone(), moved.clone());
    let run: Run = Arc::new(move |attempt| {
        let (store, ends) = (store.clone(), ends.clone());
        let (opens, moves) = (opens.clone(), moves.clone());
        Box::pin(async move {
            if attempt.job.args["spins"] != true {
                opens.notified().await;
                attempt.progress.made();
                moves.notify_one();
                opens.notified().await;
            } else if attempt.job.attempt == 1 {
                moves.notify_one();
                while !ends.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            }
            complete(&store, &attempt).await
        })
    });
    let config = Config {
        renew_every: Duration::from_millis(5),
        ..config()
    };
    let queue = start(scratch, config, run);
    let store = queue.scratch.store.clone();
    let other = queue
        .check(NewJob::new("handle", json!({})), JobState::Running)
        .await;
    let hog = queue
        .check(
            NewJob::new("handle", json!({ "spins": true })),
            JobState::Running,
        )
        .await;
    // Its patience counts from when it is begun, which is after it was claimed.
    moved.notified().await;
    // Just before the patience of both is over, one of them shows that it moves.
    queue.clock.advance(290_000);
    until(&store, hog.id, |job| job.lease_until == Some(321_000)).await;
    gate.notify_one();
    moved.notified().await;
    queue.clock.advance(20_000);
    until(&store, other.id, |job| job.lease_until == Some(341_000)).await;
    assert_eq!(find(&store, hog.id).await.lease_until, Some(321_000));
    queue.clock.advance(15_000);
    let again = until(&store, hog.id, |job| job.state == JobState::Done).await;
    assert_eq!((again.attempt, again.crashes), (2, 1));
    assert_eq!(find(&store, other.id).await.fence, other.fence);
    drop(spin);
    gate.notify_one();
    until(&store, other.id, |job| job.state == JobState::Done).await;
    queue.stop().await;
}

/// Whether what spins is to end. It is also when the test fails: its runtime waits for it.
#[derive(Default)]
struct Spin(Arc<AtomicBool>);

impl Drop for Spin {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_stop_lets_running_attempts_end_and_claims_no_more() {
    let scratch = Scratch::new().await;
    let (store, gate) = (scratch.store.clone(), Arc::new(Notify::new()));
    let open = gate.clone();
    let run: Run = Arc::new(move |attempt| {
        let (store, gate) = (store.clone(), gate.clone());
        Box::pin(async move {
            gate.notified().await;
            complete(&store, &attempt).await
        })
    });
    let queue = start(
        scratch,
        Config {
            slots: 1,
            ..config()
        },
        run,
    );
    let first = queue
        .check(NewJob::new("handle", json!({})), JobState::Running)
        .await;
    let second = enqueue(&queue.scratch.store, NewJob::new("handle", json!({}))).await;
    queue.stop.cancel();
    open.notify_one();
    let scratch = queue.stop().await;
    assert_eq!(find(&scratch.store, first.id).await.state, JobState::Done);
    let second = find(&scratch.store, second).await;
    assert_eq!((second.state, second.attempt), (JobState::Ready, 0));
}

#[tokio::test]
async fn what_does_not_end_in_time_is_given_back_without_losing_an_attempt() {
    let scratch = Scratch::new().await;
    let run: Run = Arc::new(|_| Box::pin(std::future::pending()));
    let queue = start(
        scratch,
        Config {
            drain: Duration::ZERO,
            ..config()
        },
        run,
    );
    let job = queue
        .check(NewJob::new("handle", json!({})), JobState::Running)
        .await;
    let scratch = queue.stop().await;
    let after = find(&scratch.store, job.id).await;
    assert_eq!(
        (after.state, after.attempt, after.crashes),
        (JobState::Ready, 0, 0)
    );
    assert!(
        after.fence > job.fence,
        "the attempt that was given back can commit nothing"
    );
}

fn keeper(scratch: &Scratch, held: &Held, clock: &Clock) -> Keeper {
    Keeper {
        config: config(),
        store: scratch.store.clone(),
        clock: clock.clone(),
        held: held.clone(),
        holder: "test 1".to_owned(),
    }
}

mod leases {
    use super::*;

    async fn claimed(store: &Store) -> jobs::Lease {
        enqueue(store, NewJob::new("handle", json!({}))).await;
        let claimed = store
            .write("", |tx| {
                Box::pin(jobs::claim(tx, "test 1", 1, 31_000, || 1_000))
            })
            .await;
        claimed.unwrap()[0].lease
    }

    #[tokio::test]
    async fn what_shows_progress_keeps_its_lease() {
        let scratch = Scratch::new().await;
        let (held, clock) = (Held::default(), Clock::fixed(1_000));
        let lease = claimed(&scratch.store).await;
        let progress = Progress::starting(clock.clone());
        let abandon = held.enter(lease, progress.clone(), 60_000);
        for _ in 0..10 {
            clock.advance(50_000);
            progress.made();
            keeper(&scratch, &held, &clock).renew().await.unwrap();
        }
        assert!(!abandon.is_cancelled());
        let job = find(&scratch.store, lease.job).await;
        assert_eq!(
            (job.state, job.lease_until),
            (JobState::Running, Some(531_000))
        );
    }

    #[tokio::test]
    async fn what_shows_none_is_abandoned_and_freed_when_its_lease_is_over() {
        let scratch = Scratch::new().await;
        let (held, clock) = (Held::default(), Clock::fixed(1_000));
        let lease = claimed(&scratch.store).await;
        let abandon = held.enter(lease, Progress::starting(clock.clone()), 5_000);
        clock.advance(6_000);
        keeper(&scratch, &held, &clock).renew().await.unwrap();
        assert!(abandon.is_cancelled());
        assert_eq!(
            find(&scratch.store, lease.job).await.state,
            JobState::Running
        );
        clock.advance(30_000);
        let keeper = keeper(&scratch, &held, &clock);
        keeper.renew().await.unwrap();
        keeper.rescue(keeper.clock.now_ms()).await.unwrap();
        let job = find(&scratch.store, lease.job).await;
        assert_eq!((job.state, job.crashes), (JobState::Ready, 1));
    }

    #[tokio::test]
    async fn a_pause_of_the_whole_process_costs_no_lease() {
        let scratch = Scratch::new().await;
        let held = Held::default();
        let lease = claimed(&scratch.store).await;
        let abandon = held.enter(lease, Progress::starting(Clock::fixed(1_000)), 600_000);
        let keeper = keeper(&scratch, &held, &Clock::fixed(500_000));
        keeper.renew().await.unwrap();
        keeper.rescue(keeper.clock.now_ms()).await.unwrap();
        assert!(!abandon.is_cancelled());
        assert_eq!(
            find(&scratch.store, lease.job).await.state,
            JobState::Running
        );
    }

    #[tokio::test]
    async fn an_attempt_whose_job_was_taken_back_is_abandoned() {
        let scratch = Scratch::new().await;
        let held = Held::default();
        let lease = claimed(&scratch.store).await;
        let abandon = held.enter(lease, Progress::starting(Clock::fixed(1_000)), 600_000);
        let cancel = scratch
            .store
            .write("", move |tx| Box::pin(jobs::cancel(tx, lease.job, "no", 2)));
        cancel.await.unwrap();
        let keeper = keeper(&scratch, &held, &Clock::fixed(2_000));
        keeper.renew().await.unwrap();
        assert!(abandon.is_cancelled());
    }
}

#[tokio::test]
async fn a_job_that_nobody_holds_is_freed_when_its_lease_is_over() {
    let scratch = Scratch::new().await;
    let id = enqueue(&scratch.store, NewJob::new("handle", json!({}))).await;
    let claim = scratch.store.write("", |tx| {
        Box::pin(async move { jobs::claim(tx, "test 1", 1, 2_000, || 1_000).await })
    });
    assert_eq!(claim.await.unwrap().len(), 1);
    for (now, state) in [(2_000, JobState::Running), (2_001, JobState::Ready)] {
        let keeper = keeper(&scratch, &Held::default(), &Clock::fixed(now));
        keeper.rescue(keeper.clock.now_ms()).await.unwrap();
        until(&scratch.store, id, |job| job.state == state).await;
    }
}

#[tokio::test]
async fn finished_jobs_are_deleted_a_few_in_each_round() {
    let scratch = Scratch::new().await;
    let store = scratch.store.clone();
    let finished = || {
        store.write("", |tx| {
            Box::pin(async move {
                for _ in 0..=prune::AT_ONCE {
                    jobs::enqueue(tx, &NewJob::new("t", json!({})), 1).await?;
                }
                let all = prune::AT_ONCE + 1;
                for claimed in jobs::claim(tx, "test 1", all, 30_000, || 1).await? {
                    jobs::complete(tx, claimed.lease, 1).await?;
                }
                Ok(())
            })
        })
    };
    let config = Config {
        keep_finished: Duration::ZERO,
        ..config()
    };
    let left = async || {
        let mut db = store.read().await.unwrap();
        jobs::list(&mut db, &jobs::Filter::default(), 10)
            .await
            .unwrap()
            .len()
    };
    finished().await.unwrap();
    assert!(prune::finished(&config, &store, 1_000).await.unwrap());
    assert_eq!(left().await, 1, "more would keep the queue from its work");
    assert!(!prune::finished(&config, &store, 1_000).await.unwrap());

    finished().await.unwrap();
    let mut commits = store.commits();
    let queue = start(
        scratch,
        config,
        Arc::new(|_| Box::pin(async { unreachable!() })),
    );
    let all_gone = async {
        while left().await > 0 {
            commits.changed().await.unwrap();
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(20), all_gone).await;
    gone.expect("the rounds go on until nothing is left");
    queue.stop().await;
}

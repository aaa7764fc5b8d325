//! Random histories of the queue keep its invariants, whatever the order of events: no two
//! attempts with one fence commit, a line commits in order and never overlaps, every job has a way
//! on, and attempts stay within their limit, crashes included.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::store::tests::Scratch;

/// For a job that ran alone.
const MAX_CRASHES: i64 = 2;

/// Something that happens to the queue. Numbers choose among what is there.
#[derive(Debug, Clone)]
enum Step {
    Enqueue {
        line: Option<u8>,
        unique: Option<u8>,
        aside: bool,
        delay: i64,
        max_attempts: i64,
    },
    Claim {
        limit: i64,
    },
    Complete(usize),
    HandOn(usize, u8),
    RetryLater(usize, i64),
    Snooze(usize, i64),
    Bury(usize),
    Wait(usize),
    Release,
    Renew,
    Wake(i64),
    Rerun(i64),
    Cancel(i64),
    Crash,
    RescueExpired,
    Pass(i64),
}

impl Step {
    /// Whether the step is one worker's or person's, who may not know what has happened since.
    fn may_come_late(&self) -> bool {
        !matches!(
            self,
            Self::Enqueue { .. } | Self::Claim { .. } | Self::Crash | Self::RescueExpired
        )
    }
}

fn step() -> impl Strategy<Value = Step> {
    let enqueue = (
        proptest::option::of(0..3_u8),
        proptest::option::of(0..4_u8),
        any::<bool>(),
        prop_oneof![3 => Just(0), 1 => 1..60_i64],
        1..4_i64,
    )
        .prop_map(|(line, unique, aside, delay, max_attempts)| Step::Enqueue {
            line,
            unique,
            aside,
            delay,
            max_attempts,
        });
    prop_oneof![
        6 => enqueue,
        6 => (1..4_i64).prop_map(|limit| Step::Claim { limit }),
        6 => (0..8_usize).prop_map(Step::Complete),
        4 => (0..8_usize, 0..3_u8).prop_map(|(lease, line)| Step::HandOn(lease, line)),
        3 => (0..8_usize, 0..40_i64).prop_map(|(lease, delay)| Step::RetryLater(lease, delay)),
        2 => (0..8_usize, 0..40_i64).prop_map(|(lease, delay)| Step::Snooze(lease, delay)),
        1 => (0..8_usize).prop_map(Step::Bury),
        1 => (0..8_usize).prop_map(Step::Wait),
        1 => Just(Step::Release),
        1 => Just(Step::Renew),
        1 => (1..20_i64).prop_map(Step::Wake),
        1 => (1..20_i64).prop_map(Step::Rerun),
        1 => (1..20_i64).prop_map(Step::Cancel),
        1 => Just(Step::Crash),
        1 => Just(Step::RescueExpired),
        3 => (1..50_i64).prop_map(Step::Pass),
    ]
}

/// What a test remembers of a history, beside the database.
#[derive(Default)]
struct History {
    now: i64,
    /// Every lease that was ever given, ghosts included.
    leases: Vec<Lease>,
    /// Every fence that committed.
    committed: BTreeSet<Lease>,
    /// Jobs that were ever out of the order of their line.
    out_of_order: BTreeSet<i64>,
    /// The last job of each line that was completed in order.
    last_of_line: BTreeMap<String, i64>,
}

impl History {
    /// The newest leases come first, but old ones are tried too.
    fn lease(&self, index: usize) -> Option<Lease> {
        self.leases.iter().rev().nth(index).copied()
    }

    async fn apply(&mut self, tx: &mut Connection, step: &Step) -> Result<(), StoreError> {
        let now = self.now;
        match *step {
            Step::Enqueue {
                line,
                unique,
                aside,
                delay,
                max_attempts,
            } => {
                let on_backoff = if aside {
                    OnBackoff::StepAside
                } else {
                    OnBackoff::Hold
                };
                let job = NewJob {
                    order_key: line.map(|line| format!("line {line}")),
                    unique_key: unique.map(|unique| format!("unique {unique}")),
                    on_backoff,
                    run_at: now + delay,
                    max_attempts,
                    ..NewJob::new("x", json!({}))
                };
                let enqueued = enqueue(tx, &job, now).await?;
                if aside || delay > 0 {
                    self.out_of_order.insert(enqueued.id());
                }
                Ok(())
            }
            Step::Claim { limit } => {
                stage(tx, now).await?;
                for job in claim(tx, "test 1", limit, now + 30, || now).await? {
                    self.leases.push(job.lease);
                }
                Ok(())
            }
            Step::Complete(index) => match self.lease(index) {
                Some(lease) => self.complete(tx, lease).await,
                None => Ok(()),
            },
            Step::HandOn(index, line) => match self.lease(index) {
                Some(lease) => self.hand_on(tx, lease, line).await,
                None => Ok(()),
            },
            Step::RetryLater(index, delay) => match self.lease(index) {
                Some(lease) => retry_later(tx, lease, now + delay, "no luck", now).await,
                None => Ok(()),
            },
            Step::Snooze(index, delay) => match self.lease(index) {
                Some(lease) => snooze(tx, lease, now + delay, "early", Some(now)).await,
                None => Ok(()),
            },
            Step::Bury(index) => match self.lease(index) {
                Some(lease) => bury(tx, lease, "wrong", now).await,
                None => Ok(()),
            },
            Step::Wait(index) => match self.lease(index) {
                Some(lease) => wait(tx, lease, "a person").await.map(drop),
                None => Ok(()),
            },
            Step::Release => release(tx, "test 1").await.map(drop),
            // Those of ghosts are named too.
            Step::Renew => renew(tx, "test 1", &self.leases, now + 30).await.map(drop),
            Step::Wake(job) => wake(tx, job, now).await,
            Step::Rerun(job) => {
                rerun(tx, job, now).await?;
                self.out_of_order.insert(job);
                Ok(())
            }
            Step::Cancel(job) => cancel(tx, job, "no", now).await,
            Step::Crash => rescue(tx, Orphans::All, MAX_CRASHES, now).await.map(drop),
            Step::RescueExpired => rescue(tx, Orphans::ExpiredBefore(now), MAX_CRASHES, now)
                .await
                .map(drop),
            Step::Pass(ms) => {
                self.now += ms;
                Ok(())
            }
        }
    }

    async fn complete(&mut self, tx: &mut Connection, lease: Lease) -> Result<(), StoreError> {
        drop(complete(tx, lease, self.now).await?);
        self.committed(tx, lease).await
    }

    /// Ends a job and hands on to another of a line, which then runs.
    async fn hand_on(
        &mut self,
        tx: &mut Connection,
        lease: Lease,
        line: u8,
    ) -> Result<(), StoreError> {
        let next = NewJob {
            order_key: Some(format!("line {line}")),
            ..NewJob::new("x", json!({}))
        };
        let over = hand_on(tx, lease, &next, self.now).await?;
        self.leases.extend(over.into_next().map(|next| next.lease));
        self.committed(tx, lease).await
    }

    async fn committed(&mut self, tx: &mut Connection, lease: Lease) -> Result<(), StoreError> {
        assert!(
            self.committed.insert(lease),
            "I2: {lease:?} committed twice"
        );
        let job = find(tx, lease.job).await?.unwrap();
        if let Some(line) = job
            .order_key
            .filter(|_| !self.out_of_order.contains(&job.id))
        {
            let before = self.last_of_line.insert(line, job.id);
            assert!(
                before < Some(job.id),
                "I3: job {} committed after {before:?}",
                job.id
            );
        }
        Ok(())
    }
}

/// Whether the state of the jobs is one that may be.
fn check_state(all: &[Job], now: i64) {
    let mut heads = BTreeMap::new();
    for job in all {
        assert!(
            job.attempt <= job.max_attempts && job.attempt >= 0,
            "I6: {job:?}"
        );
        assert!(
            job.crashes <= MAX_CRASHES + orphans::IN_DOUBT,
            "I6: {job:?}"
        );
        let may_have_a_lease = matches!(job.state, JobState::Running | JobState::Done);
        assert!(job.lease_until.is_none() || may_have_a_lease, "I5: {job:?}");
        assert!(
            job.lease_until.is_some() || job.state != JobState::Running,
            "I5: {job:?}"
        );
        let is_over = matches!(
            job.state,
            JobState::Done | JobState::Dead | JobState::Cancelled
        );
        assert_eq!(is_over, job.done_at.is_some(), "I5: {job:?}");
        let is_active = !is_over && job.state != JobState::Blocked;
        if let Some(line) = job.order_key.as_ref().filter(|_| is_active && !job.aside) {
            assert_eq!(
                heads.insert(line, job.id),
                None,
                "I3: two heads of {line} at {now}"
            );
        }
    }
    for job in all.iter().filter(|job| job.state == JobState::Blocked) {
        let line = job.order_key.as_ref().unwrap();
        assert!(heads.contains_key(line), "I5: nothing moves {job:?} on");
    }
}

/// Runs what is left with workers that work, and says whether everything comes to an end.
async fn run_out(tx: &mut Connection, history: &mut History) -> Result<(), StoreError> {
    rescue(tx, Orphans::All, MAX_CRASHES, history.now).await?;
    for _ in 0..40 {
        history.now += 1_000;
        for job in list(
            tx,
            &Filter {
                state: Some(JobState::Waiting),
                ..Filter::default()
            },
            99,
        )
        .await?
        {
            wake(tx, job.id, history.now).await?;
        }
        stage(tx, history.now).await?;
        for job in claim(tx, "test 1", 9, history.now + 30, || history.now).await? {
            history.complete(tx, job.lease).await?;
        }
    }
    for job in list(tx, &Filter::default(), 999).await? {
        assert!(job.done_at.is_some(), "I5: lost {job:?}");
    }
    Ok(())
}

async fn check_history(steps: Vec<Step>) {
    let scratch = Scratch::new().await;
    let mut history = History {
        now: 1,
        ..History::default()
    };
    let done = scratch.store.write("", |tx| {
        Box::pin(async move {
            for step in &steps {
                sqlx::query("savepoint step").execute(&mut *tx).await?;
                let done = history.apply(tx, step).await;
                let end = match done {
                    Ok(()) => "release step",
                    // Ghosts and decisions that come too late are refused, and change nothing.
                    Err(StoreError::Lost { .. } | StoreError::Conflict(_))
                        if step.may_come_late() =>
                    {
                        "rollback to step"
                    }
                    Err(error) => return Err(error),
                };
                sqlx::query(end).execute(&mut *tx).await?;
                check_state(&list(tx, &Filter::default(), 999).await?, history.now);
            }
            run_out(tx, &mut history).await
        })
    });
    done.await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_history_keeps_the_invariants(steps in proptest::collection::vec(step(), 1..80)) {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(check_history(steps));
    }
}

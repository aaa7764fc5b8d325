//! Claims, leases and how attempts end.

use super::*;

#[tokio::test]
async fn a_unique_key_is_free_again_when_its_job_is_over() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let job = NewJob {
        unique_key: Some("raw 1".to_owned()),
        ..NewJob::new("receive", json!({}))
    };
    let enqueued = write!(store, |tx| {
        let first = jobs::enqueue(tx, &job, 1).await?;
        let second = jobs::enqueue(tx, &job, 1).await?;
        let claimed = claim_one(tx, 1).await?;
        jobs::complete(tx, claimed.lease, 1).await?;
        Ok([first, second, jobs::enqueue(tx, &job, 2).await?])
    });
    use jobs::Enqueued::{Existing, Inserted};
    let [Inserted(first), Existing(same), Inserted(next)] = enqueued else {
        panic!("{enqueued:?}");
    };
    assert_eq!(same, first);
    assert_ne!(next, first);
}

#[tokio::test]
async fn a_ghost_changes_nothing() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let (ghost, alive) = write!(store, |tx| {
        jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
        let ghost = claim_one(tx, 1).await?;
        jobs::rescue(tx, Orphans::ExpiredBefore(40_000), 2, 40_000).await?;
        Ok((ghost.lease, claim_one(tx, 40_000).await?.lease))
    });
    let late = store
        .write("", move |tx| {
            Box::pin(async move {
                events::append(tx, &NewEvent::new("effect", "ghost"), 1).await?;
                jobs::complete(tx, ghost, 1).await
            })
        })
        .await;
    assert_eq!(
        late,
        Err(StoreError::Lost {
            job: 1,
            fence: ghost.fence
        })
    );
    assert_eq!(
        events::newest(&mut store.read().await.unwrap())
            .await
            .unwrap(),
        0
    );
    write!(store, |tx| {
        assert_eq!(jobs::renew(tx, "test 1", &[alive], 99_000).await?, [alive]);
        assert!(jobs::retry_later(tx, ghost, 9, "late", 1).await.is_err());
        assert!(jobs::snooze(tx, ghost, 9, "late", None).await.is_err());
        jobs::complete(tx, alive, 1).await
    });
}

#[tokio::test]
async fn a_snooze_spends_no_attempt_and_a_retry_does() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let attempts = write!(store, |tx| {
        jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
        let first = claim_one(tx, 1).await?;
        jobs::snooze(tx, first.lease, 1, "the provider asks for patience", None).await?;
        jobs::stage(tx, 1).await?;
        let second = claim_one(tx, 1).await?;
        jobs::retry_later(tx, second.lease, 1, "no answer", 1).await?;
        jobs::stage(tx, 1).await?;
        let third = claim_one(tx, 1).await?;
        Ok([first, second, third].map(|claimed| (claimed.attempt, claimed.lease.fence)))
    });
    assert_eq!(attempts, [(1, 1), (1, 2), (2, 3)]);
}

#[tokio::test]
async fn a_job_is_put_off_without_a_pause_until_it_does_something_or_a_person_did() {
    let scratch = Scratch::new().await;
    let job = write!(scratch.store, |tx| {
        Ok(jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1)
            .await?
            .id())
    });
    let since = write!(scratch.store, |tx| {
        let mut since = Vec::new();
        for step in [
            "snooze", "snooze", "retry", "snooze", "wake", "snooze", "rerun", "end",
        ] {
            jobs::stage(tx, 9).await?;
            let claimed = claim_one(tx, 9).await?;
            let (lease, before) = (claimed.lease, claimed.put_off_since);
            since.push(before);
            match step {
                "snooze" => jobs::snooze(tx, lease, 9, "busy", before.or(Some(7))).await?,
                "retry" => jobs::retry_later(tx, lease, 9, "no answer", 9).await?,
                "wake" => {
                    drop(jobs::wait(tx, lease, "a person is asked").await?);
                    jobs::wake(tx, job, 9).await?;
                }
                "rerun" => {
                    jobs::bury(tx, lease, "wrong", 9).await?;
                    jobs::rerun(tx, job, 9).await?;
                }
                _ => {}
            }
        }
        Ok(since)
    });
    let (never, seven) = (None, Some(7));
    assert_eq!(
        since,
        [never, seven, seven, never, seven, never, seven, never]
    );
}

#[tokio::test]
async fn the_last_failed_attempt_leaves_a_dead_job_with_its_error() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let job = write!(store, |tx| {
        let job = NewJob {
            max_attempts: 1,
            ..NewJob::new("handle", json!({}))
        };
        jobs::enqueue(tx, &job, 1).await?;
        let claimed = claim_one(tx, 1).await?;
        jobs::retry_later(tx, claimed.lease, 9, "no answer", 5).await?;
        jobs::find(tx, 1).await
    })
    .unwrap();
    assert_eq!(
        (job.state, job.error.as_deref(), job.done_at),
        (JobState::Dead, Some("no answer"), Some(5))
    );
}

#[tokio::test]
async fn each_attempt_that_failed_is_kept_with_what_it_said() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let failed = write!(store, |tx| {
        jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
        let first = claim_one(tx, 2).await?;
        jobs::retry_later(tx, first.lease, 3, "no answer", 3).await?;
        jobs::stage(tx, 3).await?;
        claim_one(tx, 4).await?;
        jobs::rescue(tx, Orphans::All, 9, 5).await?;
        let third = claim_one(tx, 6).await?;
        jobs::snooze(tx, third.lease, 6, "the provider asks for patience", None).await?;
        jobs::stage(tx, 6).await?;
        let third = claim_one(tx, 7).await?;
        jobs::bury(tx, third.lease, "it cannot be", 8).await?;
        jobs::rerun(tx, 1, 9).await?;
        let again = claim_one(tx, 10).await?;
        jobs::retry_later(tx, again.lease, 20, "not yet", 11).await?;
        let failed = jobs::failed(tx, 1, 9).await?;
        jobs::stage(tx, 20).await?;
        let last = claim_one(tx, 20).await?;
        jobs::complete(tx, last.lease, 21).await?;
        jobs::prune(tx, 22, 1).await?;
        assert_eq!(jobs::failed(tx, 1, 9).await?, [], "they go with their job");
        Ok(failed)
    });
    let told: Vec<_> = failed
        .iter()
        .map(|one| {
            (
                one.attempt,
                one.started_at,
                one.ended_at,
                one.error.as_str(),
            )
        })
        .collect();
    let ended = "the process or the lease ended while it ran";
    assert_eq!(
        told,
        [
            (1, Some(10), 11, "not yet"),
            (3, Some(7), 8, "it cannot be"),
            (2, Some(4), 5, ended),
            (1, Some(2), 3, "no answer"),
        ]
    );
}

#[tokio::test]
async fn a_job_that_ends_the_process_twice_is_quarantined() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let (first, second, job) = write!(store, |tx| {
        jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
        jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
        claim_one(tx, 1).await?;
        let first = jobs::rescue(tx, Orphans::All, 2, 2).await?;
        claim_one(tx, 2).await?;
        let second = jobs::rescue(tx, Orphans::All, 2, 3).await?;
        assert_eq!(claim_one(tx, 3).await?.lease.job, 2, "the line goes on");
        Ok((first, second, jobs::find(tx, 1).await?))
    });
    assert_eq!(first, jobs::Rescued { ready: 1, dead: 0 });
    assert_eq!(second, jobs::Rescued { ready: 0, dead: 1 });
    let job = job.unwrap();
    assert_eq!((job.state, job.crashes), (JobState::Dead, 2));
    assert!(job.error.unwrap().starts_with("quarantined"));
}

#[tokio::test]
async fn what_ran_beside_a_job_that_ends_the_process_is_not_taken_for_it() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        for _ in 0..3 {
            jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
        }
        // The second of three ends the process whenever it runs.
        let mut now = 1;
        let mut ends = 0;
        while jobs::find(tx, 2).await?.unwrap().state != JobState::Dead {
            jobs::stage(tx, now).await?;
            let claimed = jobs::claim(tx, "node 1", 16, now + 30_000, || now).await?;
            let culprit = claimed.iter().any(|claimed| claimed.lease.job == 2);
            if culprit {
                jobs::rescue(tx, Orphans::All, 2, now).await?;
                ends += 1;
            } else {
                for claimed in claimed {
                    jobs::complete(tx, claimed.lease, now).await?;
                }
            }
            now += 1000;
            assert!(now < 1_000_000, "it is found");
        }
        assert!(ends <= 5, "{ends}");
        for innocent in [1, 3] {
            let innocent = jobs::find(tx, innocent).await?.unwrap();
            assert_ne!(innocent.state, JobState::Dead, "{innocent:?}");
        }
        Ok(())
    });
}

#[tokio::test]
async fn thousands_that_ran_twice_when_the_process_ended_all_run_again_within_half_a_minute() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        for _ in 0..2000 {
            jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
        }
        for now in [1, 2] {
            jobs::stage(tx, now).await?;
            let claimed = jobs::claim(tx, "node 1", 5000, now + 30_000, || now).await?;
            assert_eq!(claimed.len(), 2000);
            jobs::rescue(tx, Orphans::All, 2, now).await?;
        }
        jobs::stage(tx, 3).await?;
        let at_once = jobs::claim(tx, "node 1", 5000, 60_000, || 3).await?;
        assert_eq!(at_once.len(), 1, "one after the other");
        jobs::stage(tx, 30_000).await?;
        let others = jobs::claim(tx, "node 1", 5000, 60_000, || 30_000).await?;
        assert_eq!(others.len(), 1999);
        Ok(())
    });
}

#[tokio::test]
async fn who_ran_twice_when_the_process_ended_comes_back_no_closer_together_for_thousands_that_ran_once()
 {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        let job = || NewJob::new("handle", json!({}));
        for now in [1, 2] {
            let beside = if now == 1 { 2 } else { 2000 };
            for _ in 0..beside {
                jobs::enqueue(tx, &job(), now).await?;
            }
            jobs::stage(tx, now).await?;
            jobs::claim(tx, "node 1", 5000, now + 30_000, || now).await?;
            jobs::rescue(tx, Orphans::All, 2, now).await?;
        }
        let mut due = Vec::new();
        for id in [1, 2] {
            due.push(jobs::find(tx, id).await?.unwrap().run_at);
        }
        due.sort_unstable();
        assert_eq!(due, [2, 102]);
        Ok(())
    });
}

#[tokio::test]
async fn who_was_alone_at_one_end_of_a_process_is_not_taken_for_it() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        let job = || NewJob::new("handle", json!({}));
        let bystander = jobs::enqueue(tx, &job(), 1).await?.id();
        for now in [1, 1000] {
            jobs::enqueue(tx, &job(), now).await?;
            jobs::stage(tx, now).await?;
            let claimed = jobs::claim(tx, "node 1", 16, now + 30_000, || now).await?;
            assert!(claimed.len() > 1);
            jobs::rescue(tx, Orphans::All, 2, now).await?;
        }
        // The others are cancelled, and it is alone when the process is killed once more.
        for other in [2, 3] {
            jobs::cancel(tx, other, "of no use", 2000).await?;
        }
        jobs::stage(tx, 3000).await?;
        assert_eq!(claim_one(tx, 3000).await?.lease.job, bystander);
        let rescued = jobs::rescue(tx, Orphans::All, 2, 3000).await?;
        assert_eq!(rescued, jobs::Rescued { ready: 1, dead: 0 });
        jobs::stage(tx, 9000).await?;
        claim_one(tx, 9000).await?;
        let rescued = jobs::rescue(tx, Orphans::All, 2, 9000).await?;
        assert_eq!(rescued, jobs::Rescued { ready: 0, dead: 1 });
        Ok(())
    });
}

#[tokio::test]
async fn a_flood_of_one_tenant_delays_only_its_own() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let order = write!(store, |tx| {
        for tenant in ["flood"; 300].into_iter().chain(["ann", "bob"]) {
            let job = NewJob {
                tenant: tenant.to_owned(),
                ..NewJob::new("handle", json!({}))
            };
            jobs::enqueue(tx, &job, 1).await?;
        }
        let first = jobs::claim(tx, "test 1", 4, 30_000, || 1).await?;
        let second = jobs::claim(tx, "test 1", 2, 30_000, || 1).await?;
        Ok(first
            .into_iter()
            .chain(second)
            .map(|job| job.tenant)
            .collect::<Vec<_>>())
    });
    assert_eq!(order, ["flood", "ann", "bob", "flood", "flood", "flood"]);
}

#[tokio::test]
async fn a_higher_priority_goes_before_any_fairness() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let order = write!(store, |tx| {
        for (tenant, priority) in [("ann", 0), ("bob", 5), ("bob", 5), ("cleo", 0)] {
            let job = NewJob {
                tenant: tenant.to_owned(),
                priority,
                ..NewJob::new("x", json!({}))
            };
            jobs::enqueue(tx, &job, 1).await?;
        }
        Ok(jobs::claim(tx, "test 1", 3, 30_000, || 1)
            .await?
            .iter()
            .map(|job| job.lease.job)
            .collect::<Vec<_>>())
    });
    assert_eq!(order, [2, 3, 1]);
}

#[tokio::test]
async fn only_what_ended_well_and_long_ago_is_pruned() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let (pruned, left) = write!(store, |tx| {
        for _ in 0..5 {
            jobs::enqueue(tx, &NewJob::new("x", json!({})), 1).await?;
        }
        jobs::cancel(tx, 5, "it may be wanted again", 1).await?;
        let claimed = jobs::claim(tx, "test 1", 3, 30_000, || 1).await?;
        jobs::complete(tx, claimed[0].lease, 10).await?;
        jobs::complete(tx, claimed[1].lease, 20).await?;
        jobs::bury(tx, claimed[2].lease, "broken", 10).await?;
        let pruned = jobs::prune(tx, 20, 100).await?;
        let left = jobs::list(tx, &jobs::Filter::default(), 10).await?;
        Ok((pruned, left.iter().map(|job| job.id).collect::<Vec<_>>()))
    });
    assert_eq!((pruned, left), (1, vec![5, 4, 3, 2]));
}

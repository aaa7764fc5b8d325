//! Jobs of one order key.

use super::*;

async fn states(store: &Store) -> Vec<JobState> {
    let mut db = store.read().await.unwrap();
    let mut all = jobs::list(&mut db, &jobs::Filter::default(), 100)
        .await
        .unwrap();
    all.reverse();
    all.iter().map(|job| job.state).collect()
}

#[tokio::test]
async fn of_a_line_only_the_head_is_ready() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        for key in ["thread 1", "thread 1", "thread 2", "thread 1"] {
            jobs::enqueue(tx, &in_line(key), 1).await?;
        }
        Ok(())
    });
    use JobState::{Blocked, Done, Ready, Running};
    assert_eq!(states(&store).await, [Ready, Blocked, Ready, Blocked]);
    let first = write!(store, |tx| Ok(jobs::claim(tx, "test 1", 9, 30_000, || 1)
        .await?
        .remove(0)));
    assert_eq!(states(&store).await, [Running, Blocked, Running, Blocked]);
    write!(store, |tx| jobs::complete(tx, first.lease, 2).await);
    assert_eq!(states(&store).await, [Done, Ready, Running, Blocked]);
}

#[tokio::test]
async fn two_heads_are_impossible() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
        jobs::enqueue(tx, &in_line("thread 1"), 1).await
    });
    let forced = store
        .write("", |tx| {
            Box::pin(async move {
                sqlx::query("update job set state = 'ready'")
                    .execute(tx)
                    .await?;
                Ok(())
            })
        })
        .await;
    assert!(matches!(forced, Err(StoreError::Conflict(_))), "{forced:?}");
}

#[tokio::test]
async fn a_backoff_holds_the_line_or_steps_aside() {
    use JobState::{Blocked, Ready, Scheduled};
    for (on_backoff, next, back) in [
        (jobs::OnBackoff::Hold, Blocked, [Ready, Blocked]),
        (jobs::OnBackoff::StepAside, Ready, [Blocked, Ready]),
    ] {
        let Scratch {
            store,
            folder: _folder,
            ..
        } = Scratch::new().await;
        write!(store, |tx| {
            let job = NewJob {
                on_backoff,
                ..in_line("thread 1")
            };
            jobs::enqueue(tx, &job, 1).await?;
            jobs::enqueue(tx, &job, 1).await?;
            let first = claim_one(tx, 1).await?;
            jobs::retry_later(tx, first.lease, 500, "no luck", 1).await
        });
        assert_eq!(states(&store).await, [Scheduled, next]);
        write!(store, |tx| jobs::stage(tx, 499).await);
        assert_eq!(states(&store).await, [Scheduled, next], "it is not due");
        write!(store, |tx| jobs::stage(tx, 500).await);
        assert_eq!(states(&store).await, back);
    }
}

#[tokio::test]
async fn a_job_for_later_does_not_hold_its_line_until_then() {
    use JobState::{Blocked, Ready, Scheduled};
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        jobs::enqueue(
            tx,
            &NewJob {
                run_at: 900,
                ..in_line("thread 1")
            },
            1,
        )
        .await?;
        jobs::enqueue(tx, &in_line("thread 1"), 1).await
    });
    assert_eq!(states(&store).await, [Scheduled, Ready]);
    write!(store, |tx| jobs::stage(tx, 900).await);
    assert_eq!(states(&store).await, [Blocked, Ready]);
}

#[tokio::test]
async fn a_dead_or_cancelled_head_lets_the_next_go() {
    use JobState::{Cancelled, Dead, Ready};
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        for _ in 0..3 {
            jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
        }
        let first = claim_one(tx, 1).await?;
        jobs::bury(tx, first.lease, "the request is wrong", 1).await?;
        jobs::cancel(tx, 2, "not needed", 1).await
    });
    assert_eq!(states(&store).await, [Dead, Cancelled, Ready]);
}

#[tokio::test]
async fn a_waiting_job_holds_its_line_until_a_person_moves_it() {
    use JobState::{Blocked, Ready, Waiting};
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
        jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
        let first = claim_one(tx, 1).await?;
        jobs::wait(tx, first.lease, "it refused").await
    });
    assert_eq!(states(&store).await, [Waiting, Blocked]);
    write!(store, |tx| jobs::rerun(tx, 1, 2).await);
    assert_eq!(states(&store).await, [Ready, Blocked]);
}

//! The one writer: shared commits, failures on their own, a full disk.

use super::*;

#[tokio::test]
async fn a_write_that_fails_undoes_nothing_of_the_others_in_its_commit() {
    let scratch = Scratch::new().await;
    let writes = (0..50).map(|number| {
        let store = scratch.store.clone();
        async move {
            store
                .write("", move |tx| {
                    Box::pin(async move {
                        let event = NewEvent::new(&format!("number {number}"), "test");
                        events::append(tx, &event, number).await?;
                        match number % 3 {
                            0 => Err(StoreError::Conflict("mine".to_owned())),
                            1 => panic!("a bug in a write"),
                            _ => Ok(()),
                        }
                    })
                })
                .await
                .is_ok()
        }
    });
    let kept = futures_util::future::join_all(writes).await;
    assert_eq!(kept.iter().filter(|kept| **kept).count(), 16);
    let mut db = scratch.store.read().await.unwrap();
    let events = events::after(&mut db, 0, 100).await.unwrap();
    assert_eq!(events.len(), 16);
    assert!(events.iter().all(|event| event.at % 3 == 2), "{events:?}");
}

#[tokio::test]
async fn a_write_that_goes_on_after_a_failed_statement_is_told_what_is_kept() {
    let scratch = Scratch::new().await;
    let write = scratch.store.write("", |tx| {
        Box::pin(async move {
            events::append(tx, &NewEvent::new("first", "test"), 1).await?;
            let failed = sqlx::query("select * from nothing").execute(tx).await;
            assert!(failed.is_err());
            Ok(())
        })
    });
    let answered_kept = write.await.is_ok();
    let mut db = scratch.store.read().await.unwrap();
    let is_kept = !events::after(&mut db, 0, 1).await.unwrap().is_empty();
    assert_eq!(answered_kept, is_kept);
}

#[tokio::test]
async fn writes_that_wait_together_share_a_commit() {
    let scratch = Scratch::new().await;
    let before = *scratch.store.commits().borrow();
    let writes = (0..200).map(|number| {
        scratch.store.write("", move |tx| {
            Box::pin(async move { events::append(tx, &NewEvent::new("e", "test"), number).await })
        })
    });
    futures_util::future::join_all(writes).await;
    let commits = *scratch.store.commits().borrow() - before;
    assert!(commits < 100, "{commits} commits for 200 writes");
}

#[tokio::test]
async fn a_write_without_effect_wakes_nobody() {
    let scratch = Scratch::new().await;
    let commits = scratch.store.commits();
    let refused = scratch
        .store
        .write("", |tx| {
            Box::pin(jobs::complete(tx, Lease { job: 7, fence: 1 }, 0))
        })
        .await;
    assert_eq!(refused, Err(StoreError::Lost { job: 7, fence: 1 }));
    assert!(!commits.has_changed().unwrap());
}

#[tokio::test]
async fn a_write_that_waits_is_kept_though_its_caller_is_gone() {
    let scratch = Scratch::new().await;
    let store = scratch.store.clone();
    let write = tokio::spawn(crate::store::in_lane(1, async move {
        write!(store, |tx| events::append(
            tx,
            &NewEvent::new("kept", "test"),
            1
        )
        .await)
    }));
    tokio::task::yield_now().await;
    write.abort();
    let _ = write.await;
    // The next write of the same lane comes after it.
    let store = scratch.store.clone();
    let next = crate::store::in_lane(1, async move {
        write!(store, |tx| events::append(
            tx,
            &NewEvent::new("next", "test"),
            1
        )
        .await)
    });
    assert_eq!(next.await, 2);
}

#[tokio::test]
async fn a_full_disk_keeps_nothing_half_and_is_over_when_there_is_space() {
    let scratch = Scratch::in_a_file().await;
    let store = &scratch.store;
    let before = write!(store, |tx| {
        let id = events::append(tx, &NewEvent::new("before", "test"), 1).await?;
        sqlx::raw_sql("pragma max_page_count = 1")
            .execute(tx)
            .await?;
        Ok(id)
    });
    let large = || NewEvent {
        data: json!("x".repeat(100_000)),
        ..NewEvent::new("large", "test")
    };
    let small = store.write("", |tx| {
        Box::pin(async move { events::append(tx, &NewEvent::new("small", "test"), 2).await })
    });
    let event = large();
    let too_large = store.write("", |tx| {
        Box::pin(async move { events::append(tx, &event, 2).await })
    });
    let (small, too_large) = tokio::join!(small, too_large);
    assert!(
        matches!(too_large, Err(StoreError::Full(_))),
        "{too_large:?}"
    );
    let kept = events::newest(&mut store.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(
        kept,
        small.unwrap_or(before),
        "what was answered is what is there"
    );
    write!(store, |tx| {
        sqlx::raw_sql("pragma max_page_count = 1000000")
            .execute(tx)
            .await?;
        Ok(())
    });
    let event = large();
    let after = write!(store, |tx| events::append(tx, &event, 3).await);
    assert!(after > kept);
}

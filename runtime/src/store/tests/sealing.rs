//! The audit log: what was changed, removed or put in is named.

use super::*;
use crate::store::audit::{self, Verified};

/// A sealed log of `events` events, under a seal for every three.
async fn sealed(store: &Store, events: i64) {
    for number in 1..=events {
        note(store, number).await;
        if number % 3 == 0 {
            assert_eq!(seal(store).await, 3);
        }
    }
}

async fn note(store: &Store, number: i64) {
    write!(store, |tx| {
        let noted = NewEvent {
            data: json!({ "number": number }),
            ..NewEvent::new("mail.received", "aleik")
        };
        events::append(tx, &noted, number).await
    });
}

/// Seals all that is there, as the duty does; gives how many events.
async fn seal(store: &Store) -> usize {
    let mut reader = store.read().await.unwrap();
    let Some(seen) = audit::look(&mut reader).await.unwrap() else {
        return 0;
    };
    // Other tests have transactions on the same server.
    while !audit::has_settled(&mut reader, seen).await.unwrap() {
        tokio::task::yield_now().await;
    }
    drop(reader);
    write!(store, |tx| audit::seal(tx, seen, 1_000).await)
}

async fn run(store: &Store, sql: &'static str) {
    write!(store, |tx| {
        sqlx::query(sql).execute(tx).await?;
        Ok(())
    });
}

async fn verify(store: &Store) -> Verified {
    let mut reader = store.read().await.unwrap();
    audit::verify(&mut reader).await.unwrap()
}

#[tokio::test]
async fn an_untouched_log_verifies_and_goes_on_from_its_head() {
    let scratch = Scratch::new().await;
    sealed(&scratch.store, 7).await;
    let first = verify(&scratch.store).await;
    assert_eq!((first.seals, first.sealed, first.unsealed), (2, 6, 1));
    assert_eq!(first.wrong, [""; 0]);
    assert_eq!(seal(&scratch.store).await, 1);
    assert_eq!(seal(&scratch.store).await, 0, "nothing is left");
    let second = verify(&scratch.store).await;
    assert_ne!(second.head, first.head);
    let mut reader = scratch.store.read().await.unwrap();
    let kept = audit::by_digest(&mut reader, &first.head.unwrap())
        .await
        .unwrap();
    assert_eq!(kept.map(|seal| seal.last_id), Some(6));
}

/// What is found after `sql` went over a sealed log of nine events.
async fn check(sql: &'static str, expected: &[&str]) {
    let scratch = Scratch::new().await;
    sealed(&scratch.store, 9).await;
    let head = verify(&scratch.store).await.head;
    run(&scratch.store, sql).await;
    let told = verify(&scratch.store).await;
    assert_eq!(told.wrong, expected, "{sql}");
    assert_eq!(told.head, head, "the seals are what they were");
}

#[tokio::test]
async fn each_change_of_the_log_is_named() {
    check(
        "update event set actor = 'eve' where id = 5",
        &["event 5 was changed (seal 2)"],
    )
    .await;
    check(
        "update event set data = '{\"number\":6}' where id = 5",
        &["event 5 was changed (seal 2)"],
    )
    .await;
    check(
        "update event set at = 1 where id = 9",
        &["event 9 was changed (seal 3)"],
    )
    .await;
    check(
        "delete from event where id in (1, 6)",
        &[
            "event 1 was removed (seal 1)",
            "event 6 was removed (seal 2)",
        ],
    )
    .await;
    check(
        "update event set id = 100 where id = 9",
        &["event 9 was removed (seal 3)"],
    )
    .await;
    check("delete from seal where number = 2", &["seal 2 was removed"]).await;
}

#[tokio::test]
async fn an_event_that_is_put_in_is_named() {
    let scratch = Scratch::new().await;
    sealed(&scratch.store, 3).await;
    // A hole in the ids, as a transaction that was rolled back leaves one.
    run(&scratch.store, "update event set id = id + 10").await;
    run(&scratch.store, "delete from seal").await;
    seal(&scratch.store).await;
    assert_eq!(verify(&scratch.store).await.wrong, [""; 0]);
    run(
        &scratch.store,
        "insert into event (id, at, kind, actor, data) values (7, 1, 'draft.approved', 'eve', '{}')",
    )
    .await;
    assert_eq!(
        verify(&scratch.store).await.wrong,
        ["event 7 was put in (seal 1)"]
    );
}

#[tokio::test]
async fn whoever_seals_again_has_another_head() {
    let scratch = Scratch::new().await;
    sealed(&scratch.store, 6).await;
    let head = verify(&scratch.store).await.head.unwrap();
    run(
        &scratch.store,
        "update event set actor = 'eve' where id = 5",
    )
    .await;
    run(&scratch.store, "delete from seal").await;
    seal(&scratch.store).await;
    let told = verify(&scratch.store).await;
    assert_eq!(told.wrong, [""; 0], "the chain holds in itself");
    let mut reader = scratch.store.read().await.unwrap();
    assert_eq!(audit::by_digest(&mut reader, &head).await.unwrap(), None);
}

/// A transaction that is open has an earlier id than an event that is there: the seal waits for it.
#[tokio::test]
async fn an_event_that_is_not_committed_yet_is_not_passed_over() {
    let scratch = Scratch::new().await;
    if scratch.store.is_alone() {
        return; // A file has one writer at a time.
    }
    let (noted, was_noted) = tokio::sync::oneshot::channel();
    let (end, ends) = tokio::sync::oneshot::channel();
    let store = scratch.store.clone();
    let slow = tokio::spawn(async move {
        let write = store.write("", |tx| {
            Box::pin(async move {
                let first = events::append(tx, &NewEvent::new("first", "test"), 1).await?;
                noted.send(()).unwrap();
                ends.await.unwrap();
                Ok(first)
            })
        });
        write.await.unwrap()
    });
    was_noted.await.unwrap();
    note(&scratch.store, 2).await;
    let mut reader = scratch.store.read().await.unwrap();
    let seen = audit::look(&mut reader).await.unwrap().unwrap();
    assert!(!audit::has_settled(&mut reader, seen).await.unwrap());
    drop(reader);
    end.send(()).unwrap();
    assert_eq!(slow.await.unwrap(), 1);
    assert_eq!(seal(&scratch.store).await, 2);
    let told = verify(&scratch.store).await;
    assert_eq!((told.sealed, told.wrong), (2, vec![]));
}

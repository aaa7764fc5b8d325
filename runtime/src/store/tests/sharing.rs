//! What jobs and nodes share: buckets, pauses, holders, and a server that goes away.

use std::num::NonZeroU32;
use std::time::Duration;

use super::*;
use crate::store::jobs::Enqueued;
use crate::store::limits::{self, Limit, Taken};
use crate::store::rounds;
use crate::store::suppression::{self, Reason};

/// Three in an hour.
const LIMIT: Limit = Limit {
    size: 3,
    per_hour: 3,
};

const HOUR: i64 = 3_600_000;

#[tokio::test]
async fn a_bucket_is_passed_by_one_taking_at_most_and_fills_evenly() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        limits::set(tx, "money", LIMIT, 0).await?;
        assert_eq!(limits::take(tx, "money", 2, 0).await?, Taken::Now);
        // One is left; five are needed, and a debt of four is made.
        assert_eq!(limits::take(tx, "money", 5, 0).await?, Taken::Now);
        let Taken::NotBefore(when) = limits::take(tx, "money", 1, 0).await? else {
            panic!("the bucket is empty");
        };
        assert!((4 * HOUR / 3..4 * HOUR / 3 + 9).contains(&when), "{when}");
        assert!(matches!(
            limits::take(tx, "money", 1, when - 1).await?,
            Taken::NotBefore(_)
        ));
        assert_eq!(limits::take(tx, "money", 1, when).await?, Taken::Now);
        Ok(())
    });
}

#[tokio::test]
async fn a_round_is_one_nodes_and_comes_again() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        let rounds = [
            (5 * HOUR, true),
            (5 * HOUR, false),
            (5 * HOUR - 9, false),
            (6 * HOUR - 1, false),
            (6 * HOUR, true),
            // The clock was set back: the next round is not in three hours.
            (3 * HOUR, true),
        ];
        for (now, expected) in rounds {
            let taken = rounds::take(tx, "reconcile", HOUR, now).await?;
            assert_eq!(taken, expected, "at {now}");
        }
        Ok(())
    });
}

#[tokio::test]
async fn a_bucket_that_nobody_set_has_no_limit() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        assert_eq!(limits::take(tx, "tries", 1_000, 1).await?, Taken::Now);
        // The limit comes later, and the bucket is full then.
        limits::set(tx, "tries", LIMIT, 60).await?;
        assert_eq!(limits::take(tx, "tries", 3, 60).await?, Taken::Now);
        assert!(matches!(
            limits::take(tx, "tries", 1, 60).await?,
            Taken::NotBefore(_)
        ));
        Ok(())
    });
}

const NOTHING: jobs::Found = jobs::Found {
    to_stage: false,
    to_claim: false,
};

#[tokio::test]
async fn kinds_that_are_left_out_are_neither_found_nor_claimed() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        for kind in ["deliver", "handle", "post"] {
            jobs::enqueue(tx, &NewJob::new(kind, json!({})), 1).await?;
        }
        let wanted = jobs::Wanted {
            most: 9,
            without: &["post", "deliver"],
        };
        let claimed = jobs::claim(tx, "test 1", wanted, 30_000, || 2).await?;
        let kinds: Vec<_> = claimed.iter().map(|job| job.kind.as_str()).collect();
        assert_eq!(kinds, ["handle"]);
        assert_eq!(jobs::look(tx, wanted.without, 3).await?, NOTHING);
        assert!(jobs::look(tx, &["post"], 3).await?.to_claim);

        let deliver = claim_one(tx, 4).await?.lease;
        jobs::give_back(tx, deliver).await?;
        let given = jobs::find(tx, deliver.job).await?.unwrap();
        assert_eq!((given.state, given.attempt), (JobState::Ready, 0));
        let gone = jobs::give_back(tx, deliver).await;
        assert!(matches!(gone, Err(StoreError::Lost { .. })), "{gone:?}");
        Ok(())
    });
}

#[tokio::test]
async fn what_is_paused_is_not_claimed_until_it_is_resumed() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        for kind in ["deliver", "handle"] {
            jobs::enqueue(tx, &NewJob::new(kind, json!({})), 1).await?;
        }
        assert!(jobs::pause(tx, "deliver", "ann", 2).await?);
        assert!(!jobs::pause(tx, "deliver", "ben", 2).await?, "it is paused");
        assert_eq!(claim_one(tx, 2).await?.kind, "handle");
        assert_eq!(jobs::look(tx, &[], 3).await?, NOTHING);
        assert_eq!(jobs::claim(tx, "test 1", 9, 30_000, || 3).await?, []);
        jobs::pause(tx, jobs::EVERY_KIND, "ann", 3).await?;
        assert!(jobs::resume(tx, "deliver").await?);
        assert!(!jobs::resume(tx, "deliver").await?, "it is resumed");
        assert_eq!(jobs::claim(tx, "test 1", 9, 30_000, || 4).await?, []);
        assert!(jobs::resume(tx, jobs::EVERY_KIND).await?);
        assert_eq!(claim_one(tx, 5).await?.kind, "deliver");
        Ok(())
    });
}

/// A complaint comes while a mail to its owner is about to leave: one of them goes after the other.
#[tokio::test]
async fn who_is_about_to_send_waits_for_who_puts_the_address_on_the_list() {
    let scratch = Scratch::new().await;
    let (added, is_added) = tokio::sync::oneshot::channel();
    let complaint = scratch.store.write("", |tx| {
        Box::pin(async move {
            let told = ("a complaint", "ses");
            suppression::add(tx, "Ada@a.example", Reason::Complaint, told, 1).await?;
            added.send(()).unwrap();
            // The other has asked by then, or waits for the writer.
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok(())
        })
    });
    let sending = async {
        is_added.await.unwrap();
        let write = scratch.store.write("", |tx| {
            Box::pin(suppression::before_sending(tx, "ada@a.example"))
        });
        write.await
    };
    let (complaint, sending) = tokio::join!(
        crate::store::in_lane(0, complaint),
        crate::store::in_lane(1, sending)
    );
    complaint.unwrap();
    assert!(sending.unwrap().is_some());
}

#[tokio::test]
async fn a_node_that_starts_again_frees_what_it_held_and_nothing_of_others() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        let mut held = Vec::new();
        for holder in ["one 1", "one 2", "one-more 1"] {
            jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
            held.extend(jobs::claim(tx, holder, 1, 30_000, || 1).await?);
        }
        let again = Orphans::OfNode {
            node: "one",
            holder: "one 2",
        };
        let rescued = jobs::rescue(tx, again, 2, 2).await?;
        assert_eq!(rescued.ready, 1);
        let first = jobs::find(tx, held[0].lease.job).await?.unwrap();
        assert_eq!((first.state, first.holder), (JobState::Ready, None));
        Ok(())
    });
}

#[tokio::test]
async fn a_lease_that_nobody_names_is_not_renewed() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        for _ in 0..2 {
            jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
        }
        let claimed = jobs::claim(tx, "test 1", 2, 30_000, || 1).await?;
        let [stuck, lively] = [claimed[0].lease, claimed[1].lease];
        let mut held = jobs::renew(tx, "test 1", &[lively], 60_000).await?;
        held.sort();
        assert_eq!(held, [stuck, lively]);
        assert!(jobs::is_expired(tx, 30_001).await?);
        Ok(())
    });
}

/// Many writes at once go to several writers of a server: a line keeps its order and its head.
#[tokio::test]
async fn writers_beside_each_other_lose_no_job_of_a_line() {
    let scratch = Scratch::new().await;
    let work = (0..60).map(|number| {
        let store = scratch.store.clone();
        async move {
            let line = format!("thread {}", number % 3);
            let enqueued = write!(store, |tx| jobs::enqueue(tx, &in_line(&line), 1).await);
            assert!(matches!(enqueued, Enqueued::Inserted(_)));
            let claimed = write!(store, |tx| jobs::claim(tx, "test 1", 1, 30_000, || 1).await);
            for job in claimed {
                write!(store, |tx| jobs::complete(tx, job.lease, 2).await);
            }
        }
    });
    futures_util::future::join_all(work).await;
    // Whatever is left has a head that can be staged and claimed.
    loop {
        let claimed = write!(scratch.store, |tx| {
            jobs::stage(tx, 3).await?;
            jobs::claim(tx, "test 1", 9, 30_000, || 3).await
        });
        if claimed.is_empty() {
            break;
        }
        for job in claimed {
            write!(scratch.store, |tx| jobs::complete(tx, job.lease, 3).await);
        }
    }
    let counts = jobs::counts(&mut scratch.store.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(counts[&JobState::Done], 60, "{counts:?}");
}

/// The server ends every connection while writes go on: some are refused, none is half done, and
/// no writer dies of it.
#[tokio::test]
async fn a_server_that_ends_all_connections_is_written_to_again() {
    let scratch = Scratch::new().await;
    if scratch.store.is_alone() {
        return; // A file ends no connection.
    }
    let mut kept = 0;
    for round in 0..20 {
        let writes = (0..16).map(|_| {
            let store = scratch.store.clone();
            async move {
                let event = NewEvent::new("kept", "test");
                let write = store.write("", |tx| {
                    Box::pin(async move { events::append(tx, &event, 1).await })
                });
                write.await
            }
        });
        if round % 4 == 1 {
            end_all_connections(&scratch).await;
        }
        for written in futures_util::future::join_all(writes).await {
            match written {
                Ok(_) => kept += 1,
                Err(error) => assert!(error.is_passing(), "{error}"),
            }
        }
    }
    let mut db = loop {
        match scratch.store.read().await {
            Ok(db) => break db,
            Err(error) => assert!(error.is_passing(), "{error}"),
        }
    };
    let found = events::after(&mut db, 0, 1_000).await.unwrap().len();
    assert!(found >= kept, "{found} of {kept} that were acknowledged");
    assert!(kept >= 16 * 14, "{kept} were kept");
}

async fn end_all_connections(scratch: &Scratch) {
    let server = std::env::var("SILEX_TEST_POSTGRES").unwrap();
    let name = scratch.database().to_string();
    let (_, name) = name.rsplit_once('/').unwrap();
    let mut connection = PgConnection::connect(&server).await.unwrap();
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
        .bind(name)
        .execute(&mut connection)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_question_that_nobody_waits_for_any_more_keeps_nobody_else_waiting() {
    let scratch = Scratch::new().await;
    if scratch.store.is_alone() {
        return; // A file answers whoever asks on their own thread.
    }
    let one = NonZeroU32::new(1);
    let store = Store::open_with(scratch.database(), Access::Shared, one, 0);
    let store = store.await.unwrap();
    let mut reader = store.read().await.unwrap();
    let asked = sqlx::query("select cast(pg_sleep(3600) as text)").fetch_optional(&mut *reader);
    let given_up = tokio::time::timeout(Duration::from_millis(200), asked).await;
    assert!(given_up.is_err());
    drop(reader);
    // It would be ended by the server in a minute, and so would whoever asks behind it.
    let mut reader = store.read().await.unwrap();
    sqlx::query("select 1")
        .fetch_one(&mut *reader)
        .await
        .unwrap();
    drop(reader);
    store.close().await;
}

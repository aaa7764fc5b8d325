//! What an agent keeps of a conversation beyond its mails.

use super::super::listeners::{Listener, Listeners};
use super::super::tool_slots::{self, Wanted};
use super::super::{events, stages};
use super::*;

fn wanted(call: &str) -> Wanted {
    Wanted {
        tool: "aleik.book".to_owned(),
        contact_key: "mia@example.com".to_owned(),
        call_key: call.to_owned(),
        slots: 2,
        per_ms: 1000,
    }
}

#[tokio::test]
async fn a_tool_is_called_as_often_as_there_are_slots() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        assert!(tool_slots::take(tx, &wanted("a"), 10).await?);
        assert!(tool_slots::take(tx, &wanted("b"), 20).await?);
        assert!(!tool_slots::take(tx, &wanted("c"), 1009).await?);
        // A call that is tried again has its slot.
        assert!(tool_slots::take(tx, &wanted("a"), 30).await?);
        // The slot of `a` is free again, and of `b` not yet.
        assert!(tool_slots::take(tx, &wanted("c"), 1010).await?);
        assert!(!tool_slots::take(tx, &wanted("d"), 1011).await?);
        let other = Wanted {
            contact_key: "eve@example.com".to_owned(),
            ..wanted("e")
        };
        assert!(tool_slots::take(tx, &other, 1011).await?);
        Ok(())
    });
}

#[tokio::test]
async fn an_event_makes_the_jobs_of_those_who_listen() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let id = threads::open(tx, &thread(), 1).await?;
        let listener = |kind: &str, name: &str| Listener {
            kind: kind.to_owned(),
            name: name.to_owned(),
            steps_aside: kind == "relay",
            attempts: 3,
        };
        let heard = vec![listener("relay", "crm"), listener("after", "delivered 0")];
        let listeners = Listeners::from([("delivered".to_owned(), heard)]);
        threads::pin(tx, id, "digest", &listeners).await?;
        let happened = |kind: &str| NewEvent {
            thread_id: Some(id),
            ..NewEvent::new(kind, "x")
        };
        events::append(tx, &happened("draft.held"), 2).await?;
        let event = events::append(tx, &happened("draft.delivered"), 3).await?;
        let made = jobs::list(tx, &jobs::Filter::default(), 10).await?;
        let mut made: Vec<_> = made
            .iter()
            .map(|job| format!("{} {} {}", job.kind, job.args["name"], job.args["event"]))
            .collect();
        made.sort();
        let expected = [
            format!("after \"delivered 0\" {event}"),
            format!("relay \"crm\" {event}"),
        ];
        assert_eq!(made, expected);
        assert_eq!(threads::find(tx, id).await?.unwrap().bundle, "digest");
        Ok(())
    });
}

#[tokio::test]
async fn what_is_given_up_is_told_but_a_relay_that_is_given_up_is_not() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let id = threads::open(tx, &thread(), 1).await?;
        let alarm = Listener {
            kind: "relay".to_owned(),
            name: "alarm".to_owned(),
            steps_aside: true,
            attempts: 1,
        };
        let listeners = Listeners::from([("failed".to_owned(), vec![alarm])]);
        threads::pin(tx, id, "digest", &listeners).await?;
        jobs::enqueue(tx, &NewJob::new("handle", json!({ "thread": id })), 2).await?;
        for (now, kind) in [(3, "handle"), (5, "relay")] {
            jobs::stage(tx, now).await?;
            let job = jobs::claim(tx, "test 1", 9, now + 1000, || now).await?;
            assert_eq!(job[0].kind, kind);
            match kind {
                "handle" => jobs::bury(tx, job[0].lease, "it cannot be", now).await?,
                // Its one attempt is spent.
                _ => jobs::retry_later(tx, job[0].lease, now + 1, "no answer", now).await?,
            }
        }
        jobs::stage(tx, 9).await?;
        assert!(jobs::claim(tx, "test 1", 9, 1000, || 9).await?.is_empty());
        let dead = events::of_thread(tx, id).await?;
        let dead: Vec<_> = dead
            .iter()
            .map(|event| {
                format!(
                    "{} {} {}",
                    event.kind, event.data["kind"], event.data["error"]
                )
            })
            .collect();
        assert_eq!(
            dead,
            [
                "job.dead \"handle\" \"it cannot be\"",
                "job.dead \"relay\" \"no answer\"",
            ]
        );
        Ok(())
    });
}

#[tokio::test]
async fn a_behaviour_has_a_stage_in_each_thread() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let id = threads::open(tx, &thread(), 1).await?;
        jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
        let held = claim_one(tx, 1).await?.lease;
        let Begun::New(turn) = turns::begin(tx, held, &turn_of(id), 1).await? else {
            panic!("nobody began it before")
        };
        assert_eq!(stages::find(tx, id, "aleik.assist").await?, None);
        for way in [("asking", "closing"), ("closing", "done")] {
            assert!(stages::enter(tx, id, "aleik.assist", way, turn, 2).await?);
        }
        // A turn that is written again began in a stage that was left long ago.
        let late = ("asking", "closing");
        assert!(!stages::enter(tx, id, "aleik.assist", late, turn, 3).await?);
        assert_eq!(stages::find(tx, id, "aleik.assist").await?.unwrap(), "done");
        assert_eq!(stages::find(tx, id, "aleik.other").await?, None);
        Ok(())
    });
}

fn turn_of(thread_id: i64) -> NewTurn {
    NewTurn {
        key: "reply 1".to_owned(),
        thread_id: Some(thread_id),
        mail_id: None,
        behaviour: "aleik.assist".to_owned(),
        bundle: "digest".to_owned(),
        inputs: json!({}),
    }
}

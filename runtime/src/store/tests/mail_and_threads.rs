//! Mails, the ledger and threads.

use super::*;
use crate::store::quarantine;

#[tokio::test]
async fn the_same_external_id_is_accepted_once_for_good() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let raw = NewRaw {
        source: "post".to_owned(),
        external_id: "abc".to_owned(),
        bytes: b"From: mia".to_vec(),
        ..NewRaw::default()
    };
    let (first, again, bytes) = write!(store, |tx| {
        let first = mails::accept(tx, &raw, 1).await?;
        let again = mails::accept(tx, &raw, 2).await?;
        Ok((first, again, mails::raw(tx, 1).await?.map(|raw| raw.bytes)))
    });
    assert_eq!((first, again), (Accepted::New(1), Accepted::Known(Some(1))));
    assert_eq!(bytes.as_deref(), Some(&b"From: mia"[..]));
}

#[tokio::test]
async fn a_mail_comes_back_as_it_was_kept() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let found = write!(store, |tx| {
        let thread_id = threads::open(tx, &thread(), 1).await?;
        mails::keep(tx, &mail(thread_id, "one@example.com"), 2).await?;
        mails::by_message_id(tx, "one@example.com").await
    })
    .unwrap();
    assert_eq!(found.refs, ["first@example.com"]);
    assert_eq!(found.record, json!({ "text": "When?" }));
    assert!(found.verified);
    assert_eq!(
        (found.state, found.direction),
        (MailState::Received, Direction::In)
    );
}

#[tokio::test]
async fn what_there_is_of_a_thread_so_far_is_counted_and_the_newest_that_came_is_read() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        let thread_id = threads::open(tx, &thread(), 1).await?;
        let none = mails::so_far(tx, thread_id, 0).await?;
        assert_eq!((none.mails, none.sent, none.newest_text), (0, 0, None));
        for (at, direction, body) in [
            (10, Direction::In, "one"),
            (20, Direction::Out, "two"),
            (30, Direction::In, "three"),
            (40, Direction::Out, "four"),
        ] {
            let mail = NewMail {
                direction,
                body: body.to_owned(),
                ..mail(thread_id, body)
            };
            mails::keep(tx, &mail, at).await?;
        }
        let before = mails::so_far(tx, thread_id, 20).await?;
        assert_eq!((before.mails, before.sent), (4, 1));
        assert_eq!(before.newest_text.as_deref(), Some("three"));
        Ok(())
    });
}

#[tokio::test]
async fn a_mail_moves_only_from_where_it_is() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let thread_id = threads::open(tx, &thread(), 1).await?;
        let id = mails::keep(tx, &mail(thread_id, "one@example.com"), 2).await?;
        assert!(mails::handled(tx, id).await.is_err(), "it was not screened");
        quarantine::put_aside(tx, id, quarantine::Cause::Blocked, "an injection").await?;
        assert_eq!(
            mails::in_state(tx, MailState::Quarantined, 9).await?.len(),
            1
        );
        mails::free(tx, id, 9).await?;
        mails::handled(tx, id).await?;
        assert!(mails::free(tx, id, 10).await.is_err(), "it was handled");
        Ok(())
    });
}

#[tokio::test]
async fn what_is_aside_for_a_cause_is_read_in_pages_up_to_where_it_ended() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let thread_id = threads::open(tx, &thread(), 1).await?;
        let mut ids = Vec::new();
        for n in 0..4 {
            let id = mails::keep(tx, &mail(thread_id, &format!("{n}@example.com")), 2).await?;
            let cause = match n {
                1 => quarantine::Cause::Spam,
                _ => quarantine::Cause::Blocked,
            };
            quarantine::put_aside(tx, id, cause, "why").await?;
            ids.push(id);
        }
        let page = quarantine::ids_of_cause(tx, "blocked", (0, ids[2]), 1).await?;
        assert_eq!(page, [ids[0]]);
        let page = quarantine::ids_of_cause(tx, "blocked", (ids[0], ids[2]), 9).await?;
        assert_eq!(page, [ids[2]], "the last came later");
        Ok(())
    });
}

#[tokio::test]
async fn a_thread_is_found_by_what_it_speaks_of_and_by_subject() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let agent = "aleik.ghostwriter";
        let (one, other) = (
            threads::open(tx, &thread(), 1).await?,
            threads::open(tx, &thread(), 1).await?,
        );
        let ids = |names: &[&str]| {
            names
                .iter()
                .map(|name| format!("{name}@x"))
                .collect::<Vec<_>>()
        };
        threads::refer(tx, agent, one, &ids(&["own", "not-come-yet"])).await?;
        threads::refer(tx, agent, other, &ids(&["own", "another"])).await?;
        let wanted = ids(&["unknown", "another", "not-come-yet", "own"]);
        let found = threads::by_message_ids(tx, agent, &wanted).await?;
        let found: Vec<i64> = found.iter().map(|thread| thread.id).collect();
        assert_eq!(
            found,
            [other, one, one],
            "the first to speak of an id keeps it"
        );
        assert!(
            threads::by_message_ids(tx, "another.agent", &wanted)
                .await?
                .is_empty()
        );
        let by_subject = |contact: &'static str| (agent, contact, "chapter two");
        let (agent, contact, subject) = by_subject("mia@example.com");
        let mia = threads::by_subject(tx, agent, contact, subject, 0).await?;
        assert_eq!(
            mia.map(|thread| thread.contact_key).as_deref(),
            Some("mia@example.com")
        );
        let (agent, contact, subject) = by_subject("eve@example.com");
        assert!(
            threads::by_subject(tx, agent, contact, subject, 0)
                .await?
                .is_none()
        );
        Ok(())
    });
}

#[tokio::test]
async fn a_list_says_where_each_thread_is() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let (thread_id, _, _) = held_draft(tx).await?;
        assert_eq!(
            inbox::page(tx, &Asked::default(), 9).await?[0].state,
            ThreadState::Held
        );
        jobs::enqueue(tx, &in_line(&threads::order_key(thread_id)), 1).await?;
        assert_eq!(
            inbox::page(tx, &Asked::default(), 9).await?[0].state,
            ThreadState::Working
        );
        let claimed = claim_one(tx, 1).await?;
        jobs::bury(tx, claimed.lease, "broken", 1).await?;
        let list = inbox::page(tx, &Asked::default(), 9).await?;
        assert_eq!((list[0].state, list[0].mails), (ThreadState::Stuck, 1));
        Ok(())
    });
}

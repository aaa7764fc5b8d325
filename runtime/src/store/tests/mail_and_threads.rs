//! Mails, the ledger and threads.

use super::*;

#[tokio::test]
async fn the_same_external_id_is_accepted_once_for_good() {
    let Scratch {
        store,
        folder: _folder,
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
async fn a_mail_moves_only_from_where_it_is() {
    let Scratch {
        store,
        folder: _folder,
    } = Scratch::new().await;
    write!(store, |tx| {
        let thread_id = threads::open(tx, &thread(), 1).await?;
        let id = mails::keep(tx, &mail(thread_id, "one@example.com"), 2).await?;
        assert!(mails::handled(tx, id).await.is_err(), "it was not screened");
        mails::quarantine(tx, id, "an injection").await?;
        assert_eq!(
            mails::in_state(tx, MailState::Quarantined, 9).await?.len(),
            1
        );
        mails::free(tx, id).await?;
        mails::handled(tx, id).await?;
        assert!(
            mails::ignore(tx, id, "late").await.is_err(),
            "it was handled"
        );
        Ok(())
    });
}

#[tokio::test]
async fn a_thread_is_found_by_reference_token_and_subject() {
    let Scratch {
        store,
        folder: _folder,
    } = Scratch::new().await;
    write!(store, |tx| {
        let id = threads::open(tx, &thread(), 1).await?;
        mails::keep(tx, &mail(id, "one@example.com"), 2).await?;
        let refs = ["unknown@x".to_owned(), "one@example.com".to_owned()];
        let agent = "aleik.ghostwriter";
        let found = [
            threads::by_message_ids(tx, agent, &refs).await?,
            threads::by_token(tx, "t0ken").await?,
            threads::by_subject(tx, agent, "mia@example.com", "chapter two", 0).await?,
            threads::by_message_ids(tx, "another.agent", &refs).await?,
            threads::by_subject(tx, agent, "eve@example.com", "chapter two", 0).await?,
        ];
        let found = found.map(|thread| thread.map(|thread| thread.id));
        assert_eq!(found, [Some(id), Some(id), Some(id), None, None]);
        Ok(())
    });
}

#[tokio::test]
async fn a_list_says_where_each_thread_is() {
    let Scratch {
        store,
        folder: _folder,
    } = Scratch::new().await;
    write!(store, |tx| {
        let (thread_id, _, _) = held_draft(tx).await?;
        assert_eq!(threads::list(tx, 9).await?[0].state, ThreadState::Held);
        jobs::enqueue(tx, &in_line(&threads::order_key(thread_id)), 1).await?;
        assert_eq!(threads::list(tx, 9).await?[0].state, ThreadState::Working);
        let claimed = claim_one(tx, 1).await?;
        jobs::bury(tx, claimed.lease, "broken", 1).await?;
        let list = threads::list(tx, 9).await?;
        assert_eq!((list[0].state, list[0].mails), (ThreadState::Stuck, 1));
        Ok(())
    });
}

//! Decisions, sendings and reviewers.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::*;
use crate::store::reviewers::{NewReviewer, Role};

fn delivery(draft_id: i64, revision: i64) -> NewDelivery {
    NewDelivery {
        intent: format!("reply-{draft_id}-{revision}-0f"),
        purpose: Purpose::Reply,
        agent: Some("aleik.mail".to_owned()),
        thread_id: None,
        draft_id: Some(draft_id),
        revision: Some(revision),
        sender: "Aleik <write@example.net>".to_owned(),
        recipient: "mia@example.com".to_owned(),
        message_id: "out@example.net".to_owned(),
        raw: b"Subject: hi".to_vec(),
    }
}

#[tokio::test]
async fn two_people_cannot_decide_the_same_draft() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let (_, _, id) = held_draft(tx).await?;
        drafts::approve(tx, &decision(id, 1), 5).await?;
        let second = drafts::reject(tx, &decision(id, 1), 6).await;
        assert!(matches!(second, Err(StoreError::Conflict(_))));
        assert_eq!(
            drafts::find(tx, id).await?.map(|draft| draft.state),
            Some(DraftState::Approved)
        );
        Ok(())
    });
}

#[tokio::test]
async fn an_approval_is_of_the_text_that_was_read() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let (_, _, id) = held_draft(tx).await?;
        assert_eq!(
            drafts::edit(tx, &decision(id, 1), "Re: it", "On Tuesday.", 5).await?,
            2
        );
        assert!(drafts::approve(tx, &decision(id, 1), 6).await.is_err());
        assert!(
            drafts::edit(tx, &decision(id, 1), "Re: it", "Never.", 6)
                .await
                .is_err()
        );
        drafts::approve(tx, &decision(id, 2), 7).await?;
        let texts: Vec<_> = drafts::revisions(tx, id)
            .await?
            .into_iter()
            .map(|text| text.body)
            .collect();
        assert_eq!(texts, ["On Monday.", "On Tuesday."]);
        assert_eq!(
            drafts::find(tx, id).await?.unwrap().original_body,
            "On Monday."
        );
        Ok(())
    });
}

#[tokio::test]
async fn newer_mail_makes_what_is_unsent_stale() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let (thread_id, mail_id, id) = held_draft(tx).await?;
        mails::screened(tx, mail_id, 1).await?;
        let newer = mails::keep(tx, &mail(thread_id, "two@example.com"), 9).await?;
        let overtaking = mails::overtaking(tx, thread_id, mail_id).await?;
        assert_eq!(overtaking, None, "the guard has not seen it");
        mails::screened(tx, newer, 2).await?;
        let overtaking = mails::overtaking(tx, thread_id, mail_id).await?;
        assert_eq!(overtaking, Some(newer));
        assert_eq!(mails::overtaking(tx, thread_id, newer).await?, None);
        assert_eq!(drafts::supersede(tx, thread_id, newer).await?, [id]);
        assert!(drafts::approve(tx, &decision(id, 1), 9).await.is_err());
        Ok(())
    });
}

/// What failed to leave is not on its way any more.
#[tokio::test]
async fn a_draft_whose_sending_failed_is_made_stale_like_any_other() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let (thread_id, _, id) = held_draft(tx).await?;
        drafts::approve(tx, &decision(id, 1), 5).await?;
        let Intended::Send(sending) = deliveries::intend(tx, &delivery(id, 1), 6).await? else {
            panic!("it was never sent")
        };
        deliveries::failed(tx, sending.id, "refused", 7).await?;
        drafts::reopen(tx, id, 1, "refused", 7).await?;
        let newer = mails::keep(tx, &mail(thread_id, "two@example.com"), 9).await?;
        assert_eq!(drafts::supersede(tx, thread_id, newer).await?, [id]);
        Ok(())
    });
}

/// A mail that was put aside, and let through when a newer one was answered, is the last word.
#[tokio::test]
async fn mail_that_is_let_through_late_overtakes_what_was_let_through_before() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let thread_id = threads::open(tx, &thread(), 1).await?;
        let late = mails::keep(tx, &mail(thread_id, "one@example.com"), 2).await?;
        let newer = mails::keep(tx, &mail(thread_id, "two@example.com"), 3).await?;
        mails::screened(tx, newer, 1).await?;
        let answer = drafts::hold(tx, &draft(thread_id, newer), "aleik.assist", 4).await?;
        mails::screened(tx, late, 2).await?;
        assert_eq!(mails::overtaking(tx, thread_id, late).await?, None);
        assert_eq!(mails::overtaking(tx, thread_id, newer).await?, Some(late));
        assert_eq!(drafts::supersede(tx, thread_id, late).await?, [answer]);
        Ok(())
    });
}

#[tokio::test]
async fn a_draft_whose_sending_began_is_not_made_stale() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let (thread_id, _, id) = held_draft(tx).await?;
        drafts::approve(tx, &decision(id, 1), 5).await?;
        deliveries::intend(tx, &delivery(id, 1), 6).await?;
        let newer = mails::keep(tx, &mail(thread_id, "two@example.com"), 9).await?;
        assert!(drafts::supersede(tx, thread_id, newer).await?.is_empty());
        assert!(drafts::delivered(tx, id, 1).await?);
        Ok(())
    });
}

/// Begins the sending of an approved draft, and before that is committed does `other` in another line.
async fn beside_a_sending<T, F>(scratch: &Scratch, draft: i64, other: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
{
    let (begun, is_begun) = tokio::sync::oneshot::channel();
    let sending = scratch.store.write("", move |tx| {
        Box::pin(async move {
            assert!(drafts::may_be_sent(tx, draft, 1).await?);
            deliveries::intend(tx, &delivery(draft, 1), 6).await?;
            begun.send(()).unwrap();
            // The other is at the row by then, or waits for the writer.
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok(())
        })
    });
    let other = async {
        is_begun.await.unwrap();
        scratch.store.write("", other).await
    };
    let (sending, other) = tokio::join!(
        crate::store::in_lane(0, sending),
        crate::store::in_lane(1, other)
    );
    sending.unwrap();
    other
}

#[tokio::test]
async fn what_is_leaving_just_now_is_neither_taken_back_nor_stale() {
    let scratch = Scratch::new().await;
    let (thread, mail, draft) = write!(scratch.store, |tx| {
        let (thread, mail, draft) = held_draft(tx).await?;
        drafts::approve(tx, &decision(draft, 1), 5).await?;
        Ok((thread, mail, draft))
    });
    let undone = beside_a_sending(&scratch, draft, move |tx| {
        Box::pin(async move { drafts::undo(tx, &decision(draft, 1), 7).await })
    });
    let undone = undone.await;
    assert!(matches!(undone, Err(StoreError::Conflict(_))), "{undone:?}");
    write!(scratch.store, |tx| deliveries::withdraw(tx, 1).await);
    let stale = beside_a_sending(&scratch, draft, move |tx| {
        Box::pin(async move { drafts::supersede(tx, thread, mail + 1).await })
    });
    assert!(stale.await.unwrap().is_empty());
}

#[tokio::test]
async fn only_the_approved_revision_is_sent_and_each_intent_once() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let (_, _, id) = held_draft(tx).await?;
        assert!(!drafts::may_be_sent(tx, id, 1).await?, "it is held");
        drafts::approve(tx, &decision(id, 1), 5).await?;
        assert!(!drafts::may_be_sent(tx, id, 2).await?, "another revision");
        assert!(drafts::may_be_sent(tx, id, 1).await?);
        let Intended::Send(sent) = deliveries::intend(tx, &delivery(id, 1), 6).await? else {
            panic!("it is the first");
        };
        let Intended::Before(before) = deliveries::intend(tx, &delivery(id, 1), 7).await? else {
            panic!("it is the second");
        };
        let sent = sent.id;
        assert_eq!((before.id, before.state), (sent, DeliveryState::Sending));
        deliveries::unknown(tx, sent, "a time-out").await?;
        assert!(deliveries::accepted(tx, sent, "0001.eml", None, 8).await?);
        assert!(
            !deliveries::accepted(tx, sent, "again", None, 9).await?,
            "it is known"
        );
        assert!(
            deliveries::failed(tx, sent, "late", 9).await.is_err(),
            "it is settled"
        );
        Ok(())
    });
}

#[tokio::test]
async fn what_certainly_was_not_sent_is_sent_again_and_what_may_have_been_once_at_most() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let (_, _, draft) = held_draft(tx).await?;
        let (id, new) = deliveries::queue(tx, &delivery(draft, 1), 4).await?;
        assert!(new);
        assert_eq!(
            deliveries::queue(tx, &delivery(draft, 1), 5).await?,
            (id, false)
        );
        for _ in 0..2 {
            let begun = deliveries::begin(tx, id).await?;
            assert!(matches!(begun, Intended::Send(_)), "{begun:?}");
            deliveries::withdraw(tx, id).await?;
        }
        deliveries::begin(tx, id).await?;
        let twice = deliveries::begin(tx, id).await?;
        assert!(matches!(twice, Intended::Before(_)), "{twice:?}");
        deliveries::unknown(tx, id, "a time-out").await?;
        assert!(deliveries::repeat(tx, id).await?);
        deliveries::begin(tx, id).await?;
        deliveries::unknown(tx, id, "another").await?;
        assert!(!deliveries::repeat(tx, id).await?, "it was repeated once");
        Ok(())
    });
}

#[tokio::test]
async fn a_thread_gets_the_reviewer_who_waits_for_the_least() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let named = ["ann", "bob"].map(|name| NewReviewer {
            role: Role::Reviewer,
            name: name.to_owned(),
            address: format!("{name}@example.net"),
            weight: 1,
            cap: None,
            hours: None,
            escalates_to: None,
            absent: false,
        });
        reviewers::configure(tx, &named).await?;
        let (thread_id, _, _) = held_draft(tx).await?;
        let first = reviewers::assign(tx, thread_id, &[], 5).await?.unwrap();
        assert_eq!(first.name, "bob", "ann has a held draft");
        reviewers::away(tx, "bob", 5, None, "rosa").await?;
        let second = reviewers::assign(tx, thread_id, &[], 5).await?.unwrap();
        assert_eq!(second.name, "ann");
        assert_eq!(
            threads::find(tx, thread_id)
                .await?
                .unwrap()
                .reviewer
                .as_deref(),
            Some("ann")
        );
        reviewers::away(tx, "ann", 5, Some(9), "rosa").await?;
        assert_eq!(reviewers::assign(tx, thread_id, &[], 8).await?, None);
        let back = reviewers::assign(tx, thread_id, &[], 9).await?.unwrap();
        assert_eq!(back.name, "ann");
        reviewers::configure(tx, &named[..1]).await?;
        assert_eq!(
            reviewers::list(tx, 9).await?.len(),
            1,
            "bob is named no longer"
        );
        Ok(())
    });
}

#[tokio::test]
async fn an_address_is_that_of_one_reviewer() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let reviewer = |name: &str, address: &str| NewReviewer {
        role: Role::Reviewer,
        name: name.to_owned(),
        address: address.to_owned(),
        weight: 1,
        cap: None,
        hours: None,
        escalates_to: None,
        absent: false,
    };
    let taken = |done: Result<(), StoreError>| {
        assert!(matches!(done, Err(StoreError::Conflict(why)) if why.contains("that of `ann`")));
    };
    write!(store, |tx| {
        let named = [
            reviewer("ann", "a@x.example"),
            reviewer("bob", "b@x.example"),
        ];
        reviewers::configure(tx, &named).await?;
        // They exchange their addresses.
        let named = [
            reviewer("ann", "b@x.example"),
            reviewer("bob", "a@x.example"),
        ];
        reviewers::configure(tx, &named).await?;
        taken(reviewers::set(tx, &reviewer("otto", "b@x.example")).await);
        reviewers::configure(tx, &[]).await?;
        reviewers::set(tx, &reviewer("ann", "b@x.example")).await?;
        taken(reviewers::configure(tx, &[reviewer("bob", "b@x.example")]).await);
        reviewers::remove(tx, "ann").await?;
        reviewers::set(tx, &reviewer("otto", "b@x.example")).await?;
        Ok(())
    });
}

//! Decisions: once, on what was read, and taken back while nothing has come of them.

use super::{Act, Office, Plan};
use crate::store::drafts::DraftState;

#[tokio::test]
async fn of_two_who_decide_at_once_one_does() {
    let office = Office::new().await;
    office.mail("one", "").await;
    let (ann, bob) = tokio::join!(
        office.decide("ann", 1, Act::Approve),
        office.decide("bob", 1, Act::Reject)
    );
    assert!(ann.is_ok() != bob.is_ok(), "{ann:?} {bob:?}");
    let (told, first) = match (ann, bob) {
        (Ok(_), Err(told)) => (told, "approved by ann"),
        (_, told) => (told.unwrap_err(), "rejected by bob"),
    };
    assert!(told.contains(first), "{told}");
}

#[tokio::test]
async fn an_approval_is_taken_back_while_the_mail_has_not_left() {
    let office = Office::new().await;
    office.mail("one", "").await;
    office.decide("ann", 1, Act::Approve).await.unwrap();
    office.pass(59_000).await;
    assert_eq!(office.decide("bob", 1, Act::Undo).await, Ok(2));
    assert_eq!(
        office.stands().await,
        (DraftState::Held, 2, "ann".to_owned())
    );
    // The job that was to deliver it comes, and finds nothing to do.
    office.pass(120_000).await;
    assert_eq!(office.outbox("ada@reader.example").len(), 0);
    let told = office.decide("ann", 1, Act::Approve).await.unwrap_err();
    assert!(told.contains("revision 2 by now"), "{told}");
    office.decide("ann", 2, Act::Approve).await.unwrap();
    office.pass(61_000).await;
    assert_eq!(office.outbox("ada@reader.example").len(), 1);
    let told = office.decide("ann", 2, Act::Undo).await.unwrap_err();
    assert!(told.contains("was sent"), "{told}");
}

#[tokio::test]
async fn a_rejection_is_taken_back_and_a_held_draft_is_not() {
    let office = Office::new().await;
    office.mail("one", "").await;
    let told = office.decide("ann", 1, Act::Undo).await.unwrap_err();
    assert!(told.contains("nothing to take back"), "{told}");
    office.decide("ann", 1, Act::Reject).await.unwrap();
    assert_eq!(office.decide("ann", 1, Act::Undo).await, Ok(2));
    assert_eq!(office.stands().await.0, DraftState::Held);
}

#[tokio::test]
async fn a_person_gives_a_draft_to_another_or_to_whose_turn_it_is() {
    let office = Office::new().await;
    office.mail("one", "").await;
    office.decide("ann", 1, Act::Reassign(None)).await.unwrap();
    assert_eq!(office.stands().await.2, "bob");
    let lead = Act::Reassign(Some("lead".to_owned()));
    office.decide("rosa", 1, lead).await.unwrap();
    office.idle().await;
    assert_eq!(office.stands().await.2, "lead");
    assert_eq!(office.letters("lead").len(), 1);
    let nobody = Act::Reassign(Some("zoe".to_owned()));
    let told = office.decide("rosa", 1, nobody).await.unwrap_err();
    assert!(told.contains("no reviewer `zoe`"), "{told}");
    office.answer("lead", "approve").await;
    let told = office
        .decide("rosa", 1, Act::Reassign(None))
        .await
        .unwrap_err();
    assert!(told.contains("approved by lead"), "{told}");
}

#[tokio::test]
async fn newer_mail_makes_an_approved_draft_stale_before_it_has_left() {
    let office = Office::new().await;
    office.mail("one", "").await;
    office.decide("ann", 1, Act::Approve).await.unwrap();
    office
        .mail("two", "In-Reply-To: <one@reader.example>\r\n")
        .await;
    assert_eq!(office.stands().await.0, DraftState::Stale);
    office.pass(61_000).await;
    assert_eq!(office.outbox("ada@reader.example").len(), 0);
    let told = office.decide("ann", 1, Act::Undo).await.unwrap_err();
    assert!(told.contains("stale"), "{told}");
}

#[tokio::test]
async fn without_reviewers_a_draft_is_everybodys_with_an_alarm() {
    let office = Office::of(Plan {
        reviewers: "",
        ..Plan::default()
    })
    .await;
    office.mail("one", "").await;
    office.pass(1_000).await;
    assert_eq!(office.stands().await, (DraftState::Held, 1, String::new()));
    assert_eq!(office.events("draft.unassigned").await.len(), 1);
    office.decide("you", 1, Act::Approve).await.unwrap();
}

//! Drafts that go back to the model with a person's note.

use super::{Act, Office, Plan};
use crate::model::scripted::Planned;
use crate::queue::JobError;
use crate::store::drafts::DraftState;
use crate::store::turns;

#[tokio::test]
async fn the_note_goes_back_to_the_model_behind_what_it_has_read() {
    let office = Office::new().await;
    office.mail("one", "").await;
    office
        .decide_with("ann", 1, Some("Say from which day on."), Act::Redo)
        .await
        .unwrap();
    assert_eq!(office.stands().await.0, DraftState::Rewriting);
    let told = office.decide("bob", 1, Act::Approve).await.unwrap_err();
    assert!(told.contains("being written again, as ann asked"), "{told}");
    office.idle().await;
    assert_eq!(
        office.stands().await,
        (DraftState::Held, 2, "ann".to_owned())
    );
    assert_eq!(office.draft(1).await.body, "Answer 2.");
    let mut reader = office.deployment.store().read().await.unwrap();
    let turns = turns::of_thread(&mut reader, 1).await.unwrap();
    assert_eq!(turns.len(), 2, "a turn of its own");
    let again = &turns[1].inputs["again"];
    assert_eq!(
        (&again["note"], &again["draft"]),
        (&"Say from which day on.".into(), &"Answer 1.".into())
    );
    let asked = turns::steps(&mut reader, turns[1].id).await.unwrap();
    assert_eq!(
        asked[0].request["messages"], 3,
        "the mail, the draft, the note"
    );
    assert!(
        office
            .letters("ann")
            .pop()
            .unwrap()
            .text
            .contains("Answer 2.")
    );
}

#[tokio::test]
async fn what_was_edited_is_what_the_model_reads() {
    let office = Office::new().await;
    office.mail("one", "").await;
    let edit = Act::Edit {
        subject: "Hours".to_owned(),
        body: "From ten on.".to_owned(),
    };
    office.decide("ann", 1, edit).await.unwrap();
    office
        .decide_with("ann", 2, Some("Longer."), Act::Redo)
        .await
        .unwrap();
    office.idle().await;
    office
        .decide_with("ann", 3, Some("Shorter."), Act::Redo)
        .await
        .unwrap();
    office.idle().await;
    let mut reader = office.deployment.store().read().await.unwrap();
    let turns = turns::of_thread(&mut reader, 1).await.unwrap();
    assert_eq!(turns[1].inputs["again"]["draft"], "From ten on.");
    let asked = turns::steps(&mut reader, turns[2].id).await.unwrap();
    assert_eq!(
        asked[0].request["messages"], 5,
        "both notes, in their order"
    );
    assert_eq!(office.stands().await.1, 4);
}

#[tokio::test]
async fn a_draft_is_sent_back_so_often_and_with_a_note() {
    let office = Office::new().await;
    office.mail("one", "").await;
    let told = office
        .decide_with("ann", 1, Some("  "), Act::Redo)
        .await
        .unwrap_err();
    assert!(told.contains("say in a note"), "{told}");
    for revision in 1..6 {
        office
            .decide_with("ann", revision, Some("Again."), Act::Redo)
            .await
            .unwrap();
        office.idle().await;
    }
    let told = office
        .decide_with("ann", 6, Some("Again."), Act::Redo)
        .await
        .unwrap_err();
    assert!(told.contains("sent back 5 times"), "{told}");
}

#[tokio::test]
async fn what_is_taken_back_or_stale_is_not_written_again() {
    let office = Office::new().await;
    office.mail("one", "").await;
    office
        .decide_with("ann", 1, Some("Kinder."), Act::Redo)
        .await
        .unwrap();
    assert_eq!(office.decide("ann", 1, Act::Undo).await, Ok(2));
    office.idle().await;
    assert_eq!(office.draft(1).await.body, "Answer 1.");
    office
        .decide_with("ann", 2, Some("Kinder."), Act::Redo)
        .await
        .unwrap();
    let redo = office.until("redo").await;
    office.decide("ann", 2, Act::Undo).await.unwrap();
    office.run(redo).await.unwrap();
    assert_eq!(
        office.stands().await,
        (DraftState::Held, 3, "ann".to_owned())
    );
    assert_eq!(office.draft(1).await.body, "Answer 1.");
}

#[tokio::test]
async fn a_draft_that_cannot_be_written_again_is_held_as_it_was() {
    let says = vec![Planned::Text("Answer 1.".to_owned())];
    let office = Office::of(Plan {
        says,
        ..Plan::default()
    })
    .await;
    office.mail("one", "").await;
    office
        .decide_with("ann", 1, Some("Kinder."), Act::Redo)
        .await
        .unwrap();
    let redo = office.until("redo").await;
    match office.run(redo).await {
        Ok(()) | Err(JobError::GiveUp(_)) => {}
        other => panic!("{other:?}"),
    }
    let draft = office.draft(1).await;
    assert_eq!((draft.state, draft.revision), (DraftState::Held, 2));
    assert_eq!(draft.body, "Answer 1.");
    let reasons = draft.hold_reasons.to_string();
    assert!(reasons.contains("could not be written again"), "{reasons}");
}

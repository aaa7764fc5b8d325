//! Reviewers who answer by mail, and others who try to.

use super::{Office, reply};
use crate::store::drafts::DraftState;
use crate::store::mails::{self, MailState};

#[tokio::test]
async fn a_reviewer_approves_by_the_first_word_of_an_answer() {
    let office = Office::new().await;
    office.mail("one", "").await;
    let letter = office.letters("ann").pop().unwrap();
    assert!(
        letter.subject.starts_with("[silex d1-1."),
        "{}",
        letter.subject
    );
    assert!(
        letter.text.contains("Answer 1.") && letter.text.contains("When do you open?"),
        "{}",
        letter.text
    );
    assert_eq!(office.letters("bob").len(), 0, "it is one reviewer's");
    office.answer("ann", "approve").await;
    assert_eq!(
        office.stands().await,
        (DraftState::Approved, 1, "ann".to_owned())
    );
    assert_eq!(office.draft(1).await.decided_by.as_deref(), Some("ann"));
    let told = office.letters("ann").pop().unwrap();
    assert!(told.text.contains("is approved"), "{}", told.text);
    office.pass(61_000).await;
    assert_eq!(office.stands().await.0, DraftState::Delivered);
    let sent = office.outbox("ada@reader.example");
    assert_eq!(sent.len(), 1);
    assert!(sent[0].text.contains("Answer 1."), "{}", sent[0].text);
}

#[tokio::test]
async fn each_word_does_what_it_says() {
    let office = Office::new().await;
    office.mail("one", "").await;
    office
        .answer("ann", "Edit\n\nDear Ada,\n\nfrom ten on.\n")
        .await;
    assert_eq!(office.stands().await.1, 2);
    assert_eq!(office.draft(1).await.body, "Dear Ada,\n\nfrom ten on.");
    office
        .answer("ann", "Approve.\n\nThank you\n-- \nAnn")
        .await;
    assert_eq!(office.stands().await.0, DraftState::Approved);
    office.answer("ann", "undo").await;
    assert_eq!(
        office.stands().await,
        (DraftState::Held, 3, "ann".to_owned())
    );
    office.answer("ann", "redo: say it kinder").await;
    assert_eq!(office.draft(1).await.body, "Answer 2.");
    office
        .answer("ann", "reject: they asked on the phone")
        .await;
    let draft = office.draft(1).await;
    assert_eq!(draft.state, DraftState::Rejected);
    assert_eq!(draft.note.as_deref(), Some("they asked on the phone"));
    assert_eq!(office.outbox("ada@reader.example").len(), 0);
}

/// What came of an answer that is changed by `change` before it comes: it must not count.
async fn check_comment(why: &str, change: impl Fn(String) -> String) {
    let office = Office::new().await;
    office.mail("one", "").await;
    let letter = office.letters("ann").pop().unwrap();
    let forged = change(reply("ann", &letter, "approve"));
    office.post(&forged).await;
    office.idle().await;
    assert_eq!(
        office.stands().await,
        (DraftState::Held, 1, "ann".to_owned()),
        "{why}"
    );
    let comments = office.events("review.comment").await;
    assert_eq!(comments.len(), 1, "{why}");
    let reason = comments[0].data["reason"].as_str().unwrap();
    assert!(reason.contains(why), "{reason}");
    assert_eq!(office.outbox("ada@reader.example").len(), 0, "{why}");
    let mut reader = office.deployment.store().read().await.unwrap();
    let kept = mails::find(&mut reader, 2).await.unwrap().unwrap();
    assert!(matches!(
        kept.state,
        MailState::Ignored | MailState::Quarantined
    ));
    // It is no part of the conversation, so no model ever reads it.
    assert_eq!(kept.thread_id, None);
}

#[tokio::test]
async fn an_answer_that_is_not_proven_to_be_the_reviewers_is_a_comment() {
    let swap =
        |from: &'static str, to: &'static str| move |mail: String| mail.replacen(from, to, 1);
    check_comment("did not come from the reviewer's address", |mail| {
        mail.replace("ann@house.example", "eve@house.example")
    })
    .await;
    check_comment("nothing proves", swap("dmarc=pass", "dmarc=fail")).await;
    check_comment(
        "nothing proves",
        swap("header.from=house.example", "header.from=evil.example"),
    )
    .await;
    check_comment(
        "nothing proves",
        swap("mx.library.example", "mx.evil.example"),
    )
    .await;
    check_comment("submitted automatically", |mail| {
        format!("Auto-Submitted: auto-replied\r\n{mail}")
    })
    .await;
    check_comment(
        "asks for nothing",
        swap("approve", "Looks fine, approve it"),
    )
    .await;
}

#[tokio::test]
async fn a_token_that_is_not_ours_or_not_theirs_counts_for_nothing() {
    let office = Office::new().await;
    office.mail("one", "").await;
    let mut letter = office.letters("ann").pop().unwrap();
    let to = letter.reply_to.as_mut().unwrap();
    let (before, after) = to.address.split_once("d1-1.").unwrap();
    let flipped = if after.starts_with('a') { "b" } else { "a" };
    to.address = format!("{before}d1-1.{flipped}{}", &after[1..]);
    office.reply("ann", &letter, "approve").await;
    assert_eq!(office.stands().await.0, DraftState::Held);
    let comment = office.events("review.comment").await.pop().unwrap();
    assert_eq!(comment.draft_id, None, "an unsigned token is about nothing");
    // Bob was never asked, so he has no token; Ann's in his hands is Ann's.
    let letter = office.letters("ann").remove(0);
    office.reply("bob", &letter, "approve").await;
    assert_eq!(office.stands().await.0, DraftState::Held);
}

#[tokio::test]
async fn an_answer_about_an_older_revision_is_refused_with_words() {
    let office = Office::new().await;
    office.mail("one", "").await;
    let first = office.letters("ann").pop().unwrap();
    let edit = super::Act::Edit {
        subject: "Hours".to_owned(),
        body: "Another text.".to_owned(),
    };
    office.decide("ann", 1, edit).await.unwrap();
    office.reply("ann", &first, "approve").await;
    assert_eq!(office.stands().await.0, DraftState::Held);
    let told = office.letters("ann").pop().unwrap();
    assert!(told.text.contains("has revision 2 by now"), "{}", told.text);
    assert!(
        told.text.contains("Another text."),
        "what it reads by now is shown"
    );
    office.reply("ann", &told, "approve").await;
    assert_eq!(office.stands().await.0, DraftState::Approved);
}

#[tokio::test]
async fn newer_mail_makes_the_draft_stale_and_its_approval_void() {
    let office = Office::new().await;
    office.mail("one", "").await;
    let first = office.letters("ann").pop().unwrap();
    office
        .mail("two", "In-Reply-To: <one@reader.example>\r\n")
        .await;
    assert_eq!(office.stands().await.0, DraftState::Stale);
    office.reply("ann", &first, "approve").await;
    let comment = office.events("review.comment").await.pop().unwrap();
    assert!(comment.data["reason"].as_str().unwrap().contains("stale"));
    assert_eq!(
        office.draft(2).await.reviewer.as_deref(),
        Some("ann"),
        "a thread keeps its reviewer"
    );
    assert_eq!(office.outbox("ada@reader.example").len(), 0);
}

#[tokio::test]
async fn the_same_answer_twice_counts_once() {
    let office = Office::new().await;
    office.mail("one", "").await;
    let letter = office.letters("ann").pop().unwrap();
    let answer = reply("ann", &letter, "approve");
    office.post(&answer).await;
    office
        .post(&format!("Received: from elsewhere.example\r\n{answer}"))
        .await;
    office.idle().await;
    assert_eq!(office.events("draft.approved").await.len(), 1);
    office.pass(61_000).await;
    assert_eq!(office.outbox("ada@reader.example").len(), 1);
}

#[tokio::test]
async fn two_machines_that_answer_each_other_stop() {
    let office = Office::new().await;
    office.mail("one", "").await;
    for _ in 0..40 {
        office.answer("ann", "I am out of the office.").await;
    }
    let letters = office.letters("ann").len();
    assert!(letters < 25, "{letters} mails");
    assert_eq!(office.stands().await.0, DraftState::Held);
}

#[tokio::test]
async fn where_mail_is_turned_off_nobody_is_mailed() {
    let reviewers =
        "review: { by_mail: false }\nreviewers: [{ name: ann, address: ann@house.example }]";
    let office = Office::of(super::Plan {
        reviewers,
        ..super::Plan::default()
    })
    .await;
    office.mail("one", "").await;
    assert_eq!(
        office.stands().await,
        (DraftState::Held, 1, "ann".to_owned())
    );
    assert_eq!(office.letters("ann").len(), 0);
}

//! Turns that ask a person or give them the thread.

use super::{HOUR, Office, Plan, calls};
use crate::agent::review::question::answer;
use crate::agent::review::take;
use crate::model::scripted::Planned;
use crate::store::drafts::DraftState;
use crate::store::jobs::JobState;
use crate::store::questions::{self, Question};
use crate::store::turns;

async fn asking() -> Office {
    let says = vec![
        calls("ask"),
        Planned::Text("Anne says: on Friday.".to_owned()),
    ];
    let office = Office::of(Plan {
        says,
        ..Plan::default()
    })
    .await;
    office.mail("one", "").await;
    office
}

async fn open(office: &Office) -> Vec<Question> {
    let mut reader = office.deployment.store().read().await.unwrap();
    questions::open(&mut reader, 10).await.unwrap()
}

#[tokio::test]
async fn a_turn_waits_for_the_answer_and_goes_on_from_its_journal() {
    let office = asking().await;
    let waiting = office.jobs(JobState::Waiting).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (waiting[0].kind.as_str(), waiting[0].attempt),
        ("handle", 0)
    );
    let letter = office.letters("ann").pop().unwrap();
    assert!(letter.text.contains("only the desk knows") && letter.text.contains("the rare prints"));
    office.pass(72 * HOUR).await;
    assert_eq!(
        office.jobs(JobState::Waiting).await.len(),
        1,
        "a person takes the time they need"
    );
    office.answer("ann", "They come on Friday.\n-- \nAnn").await;
    assert_eq!(office.draft(1).await.body, "Anne says: on Friday.");
    let mut reader = office.deployment.store().read().await.unwrap();
    let steps = turns::steps(&mut reader, 1).await.unwrap();
    assert_eq!(steps.len(), 3, "asked, called, asked: nothing twice");
    let read = steps[1].result.as_ref().unwrap().to_string();
    assert!(
        read.contains("They come on Friday.") && !read.contains("Ann\\"),
        "{read}"
    );
    drop(reader);
    assert_eq!(open(&office).await, []);
}

#[tokio::test]
async fn a_question_is_answered_once_and_by_whoever_it_is_for() {
    let office = asking().await;
    let letter = office.letters("ann").pop().unwrap();
    office.reply("bob", &letter, "On Monday.").await;
    assert_eq!(open(&office).await.len(), 1);
    let empty = answer(&office.deployment, 1, "rosa".to_owned(), "  ".to_owned()).await;
    assert!(empty.unwrap_err().to_string().contains("1 to 4000"));
    answer(
        &office.deployment,
        1,
        "rosa".to_owned(),
        "On Friday.".to_owned(),
    )
    .await
    .unwrap();
    let late = answer(
        &office.deployment,
        1,
        "bob".to_owned(),
        "On Monday.".to_owned(),
    )
    .await;
    assert!(late.unwrap_err().to_string().contains("answered by rosa"));
    office.answer("ann", "On Tuesday.").await;
    let told = office.letters("ann");
    assert!(
        told.iter()
            .any(|letter| letter.text.contains("answered by rosa"))
    );
    office.idle().await;
    assert_eq!(office.stands().await.0, DraftState::Held);
}

#[tokio::test]
async fn a_question_that_is_answered_while_the_job_runs_again_is_not_waited_for() {
    let office = asking().await;
    let waiting = office.jobs(JobState::Waiting).await.remove(0);
    let now = office.deployment.clock().now_ms();
    let rerun = office.deployment.store().write("", move |tx| {
        Box::pin(async move { crate::store::jobs::rerun(tx, waiting.id, now).await })
    });
    rerun.await.unwrap();
    let again = office.claim().await.unwrap();
    answer(
        &office.deployment,
        1,
        "rosa".to_owned(),
        "On Friday.".to_owned(),
    )
    .await
    .unwrap();
    office.run(again).await.unwrap();
    office.idle().await;
    assert_eq!(office.draft(1).await.body, "Anne says: on Friday.");
    assert_eq!(
        office.events("question.asked").await.len(),
        1,
        "it was asked once"
    );
}

#[tokio::test]
async fn a_thread_that_is_handed_over_is_a_persons_until_it_is_given_back() {
    let says = vec![calls("give_up"), Planned::Text("Answer 2.".to_owned())];
    let office = Office::of(Plan {
        says,
        ..Plan::default()
    })
    .await;
    office.mail("one", "").await;
    let draft = office.draft(1).await;
    assert_eq!((draft.state, draft.body.as_str()), (DraftState::Held, ""));
    let reasons = draft.hold_reasons.to_string();
    assert!(
        reasons.contains("Answer in person.") && reasons.contains("the rare prints"),
        "{reasons}"
    );
    office
        .mail("two", "In-Reply-To: <one@reader.example>\r\n")
        .await;
    let draft = office.draft(2).await;
    assert_eq!(draft.body, "", "no model was asked");
    assert!(
        draft
            .hold_reasons
            .to_string()
            .contains("a person has this thread")
    );
    take::give_back(&office.deployment, 1, "ann".to_owned())
        .await
        .unwrap();
    office
        .mail("three", "In-Reply-To: <one@reader.example>\r\n")
        .await;
    assert_eq!(office.draft(3).await.body, "Answer 2.");
    let twice = take::give_back(&office.deployment, 1, "ann".to_owned()).await;
    assert!(twice.unwrap_err().to_string().contains("its agent's"));
    take::take(&office.deployment, 1, "ann".to_owned())
        .await
        .unwrap();
    assert!(
        take::take(&office.deployment, 1, "bob".to_owned())
            .await
            .is_err()
    );
}

//! Drafts that wait: warnings, other reviewers, those above, and nobody.

use silex_bundle::agent::Overdue;

use super::{HOUR, Office, Plan};
use crate::agent::review::roster::{Change, change};
use crate::store::drafts::DraftState;

fn held_by(name: &str) -> (DraftState, i64, String) {
    (DraftState::Held, 1, name.to_owned())
}

const OFFICE_HOURS: &str = "
reviewers:
- { name: ann, address: ann@house.example, hours: 'mon-fri 09:00..17:00 in Europe/Berlin' }
- { name: bob, address: bob@house.example, hours: 'mon-fri 09:00..17:00 in Europe/Berlin' }
";

#[tokio::test]
async fn a_draft_is_due_in_the_hours_of_its_reviewer() {
    let office = Office::of(Plan {
        reviewers: OFFICE_HOURS,
        due: Some((4 * HOUR, Overdue::Reassign)),
        ..Plan::default()
    })
    .await;
    // Friday 15:00: two hours are left today, so it is due on Monday at 11:00, and warned of at 10:00.
    office.mail("one", "").await;
    assert_eq!(office.stands().await, held_by("ann"));
    office.pass(60 * HOUR).await;
    assert_eq!(
        office.events("draft.due_soon").await.len(),
        0,
        "it is Monday, 3:00"
    );
    office.pass(7 * HOUR).await;
    office.pass(1_000).await;
    assert_eq!(office.events("draft.due_soon").await.len(), 1, "once");
    assert!(
        office
            .letters("ann")
            .pop()
            .unwrap()
            .text
            .contains("2026-03-09 11:00")
    );
    office.pass(HOUR).await;
    assert_eq!(office.stands().await, held_by("bob"));
    let letter = office.letters("bob").pop().unwrap();
    assert!(letter.text.contains("2026-03-09 15:00"), "{}", letter.text);
    // Ann's token is worth nothing now.
    office.answer("ann", "approve").await;
    assert_eq!(office.stands().await, held_by("bob"));
    assert!(
        office
            .letters("ann")
            .pop()
            .unwrap()
            .text
            .contains("bob has it")
    );
    office.answer("bob", "approve").await;
    assert_eq!(office.stands().await.0, DraftState::Approved);
}

#[tokio::test]
async fn what_nobody_decides_stays_held_with_an_alarm() {
    let office = Office::of(Plan {
        due: Some((HOUR, Overdue::Reassign)),
        ..Plan::default()
    })
    .await;
    office.mail("one", "").await;
    for _ in 0..48 {
        office.pass(HOUR).await;
    }
    assert_eq!(
        office.stands().await,
        held_by("bob"),
        "ann and bob have had it"
    );
    assert_eq!(office.events("draft.reassigned").await.len(), 1);
    assert_eq!(
        office.events("draft.overdue").await.len(),
        1,
        "the alarm is given once"
    );
    assert_eq!(office.outbox("ada@reader.example").len(), 0);
}

#[tokio::test]
async fn an_overdue_draft_goes_to_those_above() {
    let office = Office::of(Plan {
        due: Some((HOUR, Overdue::Escalate)),
        ..Plan::default()
    })
    .await;
    office.mail("one", "").await;
    office.pass(HOUR).await;
    assert_eq!(office.stands().await, held_by("lead"));
    office.pass(HOUR).await;
    assert_eq!(office.stands().await, held_by("lead"));
    assert_eq!(
        office.events("draft.overdue").await.len(),
        1,
        "nobody is above"
    );
    office.answer("lead", "approve").await;
    assert_eq!(office.stands().await.0, DraftState::Approved);
}

#[tokio::test]
async fn what_waits_for_somebody_who_goes_away_goes_to_others() {
    let office = Office::new().await;
    office.mail("one", "").await;
    away(&office, "ann").await;
    office.pass(1_000).await;
    assert_eq!(office.stands().await, held_by("bob"));
    assert_eq!(office.letters("bob").len(), 1);
    away(&office, "bob").await;
    away(&office, "lead").await;
    office.pass(1_000).await;
    assert_eq!(office.stands().await, held_by(""), "in the pool");
    assert_eq!(
        office.events("draft.unassigned").await.len(),
        1,
        "with an alarm"
    );
    office.pass(HOUR).await;
    assert_eq!(office.events("draft.unassigned").await.len(), 1, "once");
    let back = Change::Back("ann".to_owned());
    change(&office.deployment, back, "rosa".to_owned())
        .await
        .unwrap();
    office.pass(1_000).await;
    assert_eq!(office.stands().await, held_by("ann"));
}

async fn away(office: &Office, name: &str) {
    let away = Change::Away {
        name: name.to_owned(),
        from: None,
        until: None,
    };
    change(&office.deployment, away, "rosa".to_owned())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_planned_absence_begins_and_ends_by_itself() {
    let office = Office::new().await;
    let now = office.deployment.clock().now_ms();
    let away = Change::Away {
        name: "ann".to_owned(),
        from: Some(now + HOUR),
        until: Some(now + 3 * HOUR),
    };
    change(&office.deployment, away, "rosa".to_owned())
        .await
        .unwrap();
    office.mail("one", "").await;
    assert_eq!(office.stands().await, held_by("ann"), "it has not begun");
    office.pass(2 * HOUR).await;
    assert_eq!(office.stands().await, held_by("bob"));
    office.pass(2 * HOUR).await;
    office.mail("other", "").await;
    assert_eq!(
        office.stands().await,
        held_by("bob"),
        "nothing is taken back"
    );
}

#[tokio::test]
async fn a_draft_that_nobody_can_take_waits_for_the_first_who_can() {
    let reviewers = "reviewers: [{ name: ann, address: ann@house.example, cap: 1 }]";
    let office = Office::of(Plan {
        reviewers,
        ..Plan::default()
    })
    .await;
    office.mail("one", "").await;
    office.post(
        "From: Ben <ben@reader.example>\r\nTo: desk@library.example\r\nMessage-ID: <b@reader.example>\r\n\
         Subject: Fees\r\n\r\nWhat does it cost?\r\n",
    )
    .await;
    office.idle().await;
    assert_eq!(office.draft(2).await.reviewer, None);
    assert_eq!(office.events("draft.unassigned").await.len(), 1);
    office.pass(1_000).await;
    assert_eq!(office.draft(2).await.reviewer, None);
    office.answer("ann", "reject").await;
    office.pass(1_000).await;
    assert_eq!(office.draft(2).await.reviewer.as_deref(), Some("ann"));
}

#[tokio::test]
async fn the_configuration_and_commands_keep_to_their_own_reviewers() {
    let office = Office::new().await;
    let refused = |change: Change| {
        let deployment = office.deployment.clone();
        async move {
            let done = super::super::roster::change(&deployment, change, "rosa".to_owned()).await;
            done.unwrap_err().to_string()
        }
    };
    let why = refused(Change::Remove("ann".to_owned())).await;
    assert!(why.contains("named by the configuration"), "{why}");
    let why = refused(Change::Back("zoe".to_owned())).await;
    assert!(why.contains("no reviewer `zoe`"), "{why}");
    let now = office.deployment.clock().now_ms();
    let ended = Change::Away {
        name: "ann".to_owned(),
        from: None,
        until: Some(now - 1),
    };
    let why = refused(ended).await;
    assert!(why.contains("ends after it begins"), "{why}");
}

//! The journal of a turn.

use super::*;

fn step(turn_id: i64, number: i64) -> Step {
    Step {
        turn_id,
        number,
        kind: StepKind::Model,
        request_digest: "d".to_owned(),
        request: json!({ "ask": number }),
        result: Some(json!("said")),
        error: None,
        usage: None,
        model: Some("m".to_owned()),
        cost: 12,
        started_at: 1,
        finished_at: 2,
    }
}

#[tokio::test]
async fn a_retry_finds_its_turn_and_the_steps_that_are_done() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    let turn = NewTurn {
        key: "mail 1 aleik.assist".to_owned(),
        thread_id: None,
        mail_id: None,
        behaviour: "aleik.assist".to_owned(),
        bundle: "sha".to_owned(),
        inputs: json!({}),
    };
    write!(store, |tx| {
        jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
        let ghost = claim_one(tx, 1).await?.lease;
        let Begun::New(first) = turns::begin(tx, ghost, &turn, 1).await? else {
            panic!("nobody began it before")
        };
        turns::record(tx, ghost, &step(first, 0)).await?;
        jobs::rescue(tx, Orphans::All, 9, 2).await?;
        let held = claim_one(tx, 2).await?.lease;
        let Begun::Before(again) = turns::begin(tx, held, &turn, 2).await? else {
            panic!("it was begun before")
        };
        assert_eq!((again.id, again.started_at), (first, 1));
        assert_eq!(turns::steps(tx, first).await?, [step(first, 0)]);
        assert!(turns::begin(tx, ghost, &turn, 2).await.is_err());
        let late = turns::record(tx, ghost, &step(first, 1)).await;
        assert!(
            matches!(late, Err(StoreError::Lost { .. })),
            "a ghost journals nothing"
        );
        let twice = turns::record(tx, held, &step(first, 0)).await;
        assert!(
            matches!(twice, Err(StoreError::Conflict(_))),
            "no step is done twice"
        );
        turns::record(tx, held, &step(first, 1)).await?;
        turns::finish(tx, first, &json!({ "reply": "Hi" }), None, 3).await?;
        assert!(
            turns::fail(tx, first, &json!(null), 4).await.is_err(),
            "it is done"
        );
        Ok(())
    });
}

//! What only the events tell: their data is JSON, which no statement reads in both databases.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sqlx::Row as _;

use crate::store::events::{self, Event};
use crate::store::{Connection, StoreError};

/// Events that are read at a time.
const PAGE: i64 = 1000;

/// The journal has exactly the steps that were told, each once.
pub(super) async fn steps(db: &mut Connection) -> Result<Vec<String>, StoreError> {
    let mut told = BTreeMap::<(i64, i64), i64>::new();
    let kinds = ["turn.step", "turn.set_aside"];
    each(db, kinds, |event| {
        let number = |name: &str| event.data.get(name).and_then(Value::as_i64);
        let Some(turn) = number("turn") else { return };
        if let Some(step) = number("step") {
            *told.entry((turn, step)).or_default() += 1;
        }
        if let Some(from) = number("from_step") {
            told.retain(|(of, step), _| *of != turn || *step < from);
        }
    })
    .await?;
    let twice = told.iter().filter(|(_, times)| **times > 1);
    let mut found: Vec<String> = twice
        .map(|((turn, step), times)| format!("step {step} of turn {turn} happened {times} times"))
        .collect();
    let mut after = (0, 0);
    loop {
        let rows = sqlx::query(
            "select turn_id, number from step
              where turn_id > $1 or (turn_id = $1 and number > $2)
              order by turn_id, number limit $3",
        )
        .bind(after.0)
        .bind(after.1)
        .bind(PAGE)
        .fetch_all(&mut *db)
        .await?;
        let Some(last) = rows.last() else { break };
        after = (last.try_get("turn_id")?, last.try_get("number")?);
        for row in &rows {
            let (turn, step) = (row.try_get("turn_id")?, row.try_get("number")?);
            if told.remove(&(turn, step)).is_none() {
                found.push(format!("step {step} of turn {turn} was not told"));
            }
        }
    }
    let gone = told.keys();
    found.extend(
        gone.map(|(turn, step)| format!("step {step} of turn {turn} is not in the journal")),
    );
    Ok(found)
}

/// What was begun to be sent was approved, at that revision.
pub(super) async fn approvals(db: &mut Connection) -> Result<Vec<String>, StoreError> {
    let mut approved = BTreeSet::<(i64, i64)>::new();
    each(db, ["draft.approved", "draft.approved"], |event| {
        let revision = event.data.get("revision").and_then(Value::as_i64);
        approved.extend(event.draft_id.zip(revision));
    })
    .await?;
    let sent = sqlx::query(
        "select id, draft_id, revision from delivery
          where draft_id is not null and revision is not null and state <> 'queued' order by id",
    )
    .fetch_all(db)
    .await?;
    let mut found = Vec::new();
    for row in &sent {
        let id: i64 = row.try_get("id")?;
        let (draft, revision) = (row.try_get("draft_id")?, row.try_get("revision")?);
        if !approved.contains(&(draft, revision)) {
            found.push(format!(
                "delivery {id} sends revision {revision} of draft {draft}, which was not approved"
            ));
        }
    }
    Ok(found)
}

/// Gives each event of these kinds, oldest first.
async fn each(
    db: &mut Connection,
    kinds: [&str; 2],
    mut take: impl FnMut(Event),
) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let page = events::of_kinds(db, kinds, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id;
        page.into_iter().for_each(&mut take);
    }
}

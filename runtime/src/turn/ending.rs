//! How a turn is stored that has ended: its outcome, and the stage that the next one is in.

use serde_json::{Value, json};

use super::Turn;
use super::run::{Position, TurnError, stored};
use crate::store::events::{self, NewEvent};
use crate::store::variants::{self, Variant};
use crate::store::{Connection, StoreError, stages, turns};

/// A turn that has ended.
#[derive(Debug)]
pub(super) struct Ending {
    id: i64,
    thread: i64,
    mail: Option<i64>,
    behaviour: String,
    outcome: Value,
    /// The rules that stood in its prompt.
    variant: Variant,
    /// The stage that it was in, and the one to which its tools led.
    moved: Option<(String, String)>,
}

impl Ending {
    /// How the turn ended, if it has.
    pub(super) fn of(position: &Position<'_>, turn: &Turn) -> Result<Option<Self>, TurnError> {
        let Some(outcome) = turn.outcome() else {
            return Ok(None);
        };
        let before = turn.stage().map(|stage| stage.name.clone());
        let next = turn.next_stage().map(str::to_owned);
        Ok(Some(Self {
            id: position.id,
            thread: position.whose.thread,
            mail: position.whose.mail,
            behaviour: turn.given().behaviour.clone(),
            outcome: stored(outcome)?,
            variant: Variant::new(&turn.given().behaviour, turn.rules()),
            moved: before.zip(next).filter(|(before, next)| before != next),
        }))
    }

    /// Ends the turn. The stage to which its tools led holds from the next turn. The caller has seen
    /// that the job is held.
    pub(super) async fn store(&self, tx: &mut Connection, now: i64) -> Result<(), StoreError> {
        let (id, behaviour) = (self.id, &self.behaviour);
        variants::keep(tx, &self.variant).await?;
        turns::finish(tx, id, &self.outcome, Some(&self.variant.digest), now).await?;
        if let Some((before, next)) = &self.moved
            && stages::enter(tx, self.thread, behaviour, (before, next), id, now).await?
        {
            let told = NewEvent {
                thread_id: Some(self.thread),
                mail_id: self.mail,
                data: json!({ "behaviour": behaviour, "from": before, "to": next }),
                ..NewEvent::new("thread.staged", behaviour)
            };
            events::append(tx, &told, now).await?;
        }
        Ok(())
    }
}

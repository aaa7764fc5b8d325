//! Finds a turn as it was left: its row, the bundle that it began with, and the steps of its journal
//! as far as they answer what it asks.

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::json;

use super::run::{Edge, Finished, TurnError, Whose, digest, run, stored, understood};
use super::spend::Used;
use super::{Again, Next, Outcome, Start, Turn};
use crate::bundle::{Bundles, Loaded};
use crate::store::events::{self, NewEvent};
use crate::store::turns::{self, Begun, NewTurn, Step, StepKind};
use crate::store::{Connection, StoreError, bundles, transaction};

/// A turn as it was left.
pub(super) struct Resumed {
    pub(super) id: i64,
    pub(super) turn: Turn,
    pub(super) used: Used,
    pub(super) known: Option<Outcome>,
}

/// Runs the turn of this key, which goes on from an earlier one with what a person says about its
/// draft, on the bundle and the inputs of that one.
///
/// # Errors
/// As those of [`run`].
pub async fn again(edge: &Edge, whose: &Whose, again: Again) -> Result<Finished, TurnError> {
    let mut reader = edge.store.read().await?;
    let earlier = turns::find(&mut reader, again.turn).await?;
    drop(reader);
    let earlier =
        earlier.ok_or_else(|| TurnError::Unusable(format!("there is no turn {}", again.turn)))?;
    let bundle = bundle_of(edge, &earlier.bundle).await?;
    let start = Start {
        again: Some(again),
        ..understood(earlier.inputs)?
    };
    run(edge, whose, &bundle, start).await
}

/// The stored turn with its steps applied, or a new one.
pub(super) async fn resume(
    edge: &Edge,
    whose: &Whose,
    bundle: &Arc<Loaded>,
    start: Start,
) -> Result<Resumed, TurnError> {
    let stored = match begin(edge, whose, bundle, &start).await? {
        Begun::New(id) if start.again.is_none() => {
            return Ok(Resumed {
                id,
                turn: Turn::start(bundle.clone(), start)?,
                used: Used::default(),
                known: None,
            });
        }
        Begun::New(id) => turns::find(&mut *edge.store.read().await?, id).await?,
        Begun::Before(stored) => Some(*stored),
    };
    let stored = stored.ok_or_else(|| TurnError::Unusable("the turn is gone".to_owned()))?;
    let start: Start = understood(stored.inputs)?;
    let bundle = match bundle.digest() == stored.bundle {
        true => bundle.clone(),
        false => bundle_of(edge, &stored.bundle).await?,
    };
    let mut reader = edge.store.read().await?;
    let before = before(&mut reader, start.again.clone()).await?;
    let mut turn = Turn::start(bundle, start)?;
    for (earlier, again) in before {
        replay(&mut reader, &mut turn, earlier).await?;
        turn.again(&again);
    }
    let known: Option<Outcome> = stored.outcome.map(understood).transpose()?;
    let mut resumed = Resumed {
        id: stored.id,
        turn,
        used: Used::default(),
        known,
    };
    let steps = turns::steps(&mut reader, stored.id).await?;
    drop(reader);
    for (index, step) in steps.iter().enumerate() {
        if resumed.known.is_none() && !answers(&resumed.turn, step) {
            let foreign = steps.get(index..).unwrap_or_default();
            set_aside(edge, whose, &mut resumed.turn, foreign).await?;
            break;
        }
        resumed.used.add(step);
        let result = step.result.clone().unwrap_or_default();
        resumed.turn.apply(understood(result)?);
    }
    Ok(resumed)
}

/// The turns that one goes on from, oldest first, each with what was said about its draft.
async fn before(
    db: &mut Connection,
    mut again: Option<Again>,
) -> Result<Vec<(i64, Again)>, TurnError> {
    let mut before = Vec::new();
    while let Some(note) = again {
        let earlier = turns::find(db, note.turn).await?;
        let earlier = earlier
            .ok_or_else(|| TurnError::Unusable(format!("there is no turn {}", note.turn)))?;
        let start: Start = understood(earlier.inputs)?;
        before.insert(0, (note.turn, note));
        again = start.again;
    }
    Ok(before)
}

/// Applies what a turn has done.
async fn replay(db: &mut Connection, turn: &mut Turn, id: i64) -> Result<(), TurnError> {
    for step in turns::steps(db, id).await? {
        turn.apply(understood(step.result.unwrap_or_default())?);
    }
    Ok(())
}

/// Whether a stored step is what the turn asks for next.
fn answers(turn: &Turn, step: &Step) -> bool {
    match turn.next() {
        Next::Ask(request) => {
            step.kind == StepKind::Model && step.request_digest == digest(&request)
        }
        Next::Call(open) => open.iter().any(|(number, call)| {
            i64::from(*number) == step.number && step.request_digest == digest(call)
        }),
        Next::Judge(open) => open.iter().any(|(number, _, request)| {
            i64::from(*number) == step.number && step.request_digest == digest(request)
        }),
        Next::Finish(_) => false,
    }
}

/// The journal goes on with what this turn does not ask: another version of the program began it.
/// Answers alone are asked for anew. Where tools have acted already nobody can say what holds, and
/// a person takes over.
async fn set_aside(
    edge: &Edge,
    whose: &Whose,
    turn: &mut Turn,
    foreign: &[Step],
) -> Result<(), TurnError> {
    let Some(first) = foreign.first() else {
        return Ok(());
    };
    if foreign.iter().any(|step| step.kind == StepKind::Tool) {
        turn.ask_person("another version of the program began the turn, and its tools have acted");
        return Ok(());
    }
    let (lease, id, number) = (whose.lease, first.turn_id, first.number);
    let event = NewEvent {
        thread_id: Some(whose.thread),
        mail_id: whose.mail,
        data: json!({ "turn": id, "from_step": number }),
        ..NewEvent::new("turn.set_aside", "silex")
    };
    let now = edge.clock.now_ms();
    let work = transaction(move |tx| {
        async move {
            turns::set_aside(tx, lease, id, number).await?;
            events::append(tx, &event, now).await?;
            Ok(())
        }
        .boxed()
    });
    Ok(edge.store.write("", work).await?)
}

async fn begin(
    edge: &Edge,
    whose: &Whose,
    bundle: &Loaded,
    start: &Start,
) -> Result<Begun, TurnError> {
    let new = NewTurn {
        key: whose.key.clone(),
        thread_id: Some(whose.thread),
        mail_id: whose.mail,
        behaviour: start.behaviour.clone(),
        bundle: bundle.digest().to_owned(),
        inputs: stored(start)?,
    };
    let (lease, now) = (whose.lease, edge.clock.now_ms());
    let work =
        transaction(move |tx| async move { turns::begin(tx, lease, &new, now).await }.boxed());
    Ok(edge.store.write("turn.begun", work).await?)
}

/// A turn goes on with the bundle that it began with.
///
/// # Errors
/// When the store does not have it.
pub async fn bundle_of(edge: &Edge, digest: &str) -> Result<Arc<Loaded>, StoreError> {
    if let Some(known) = edge.bundles.find(digest) {
        return Ok(known);
    }
    let mut reader = edge.store.read().await?;
    bundle_in(&mut reader, &edge.bundles, digest).await
}

/// The bundle of a digest: one that is in memory, or else is read from the store.
///
/// # Errors
/// When the store does not have it.
pub async fn bundle_in(
    db: &mut Connection,
    known: &Bundles,
    digest: &str,
) -> Result<Arc<Loaded>, StoreError> {
    if let Some(known) = known.find(digest) {
        return Ok(known);
    }
    let unreadable = |why: String| StoreError::Corrupt(format!("the bundle {digest}: {why}"));
    let bytes = bundles::find(db, digest).await?;
    let bytes = bytes.ok_or_else(|| unreadable("it is not in the store".to_owned()))?;
    let (bundle, digest) =
        silex_bundle::Bundle::read(&bytes).map_err(|error| unreadable(error.to_string()))?;
    let loaded = Arc::new(Loaded::new(bundle, digest));
    known.keep(loaded.clone());
    Ok(loaded)
}

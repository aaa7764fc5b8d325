//! Finds a turn as it was left: its row, the bundle that it began with, and the steps of its journal
//! as far as they answer what it asks.

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::json;

use super::run::{Edge, TurnError, Whose, digest, stored, understood};
use super::spend::Used;
use super::{Next, Outcome, Start, Turn};
use crate::bundle::Loaded;
use crate::store::events::{self, NewEvent};
use crate::store::jobs;
use crate::store::turns::{self, NewTurn, Step, StepKind};
use crate::store::{bundles, transaction};

/// A turn as it was left.
pub(super) struct Resumed {
    pub(super) id: i64,
    pub(super) turn: Turn,
    pub(super) used: Used,
    pub(super) known: Option<Outcome>,
}

/// The stored turn with its steps applied, or a new one.
pub(super) async fn resume(
    edge: &Edge,
    whose: &Whose,
    bundle: &Arc<Loaded>,
    start: Start,
) -> Result<Resumed, TurnError> {
    let stored = begin(edge, whose, bundle, &start).await?;
    let start: Start = understood(stored.inputs)?;
    let bundle = match bundle.digest() == stored.bundle {
        true => bundle.clone(),
        false => bundle_of(edge, &stored.bundle).await?,
    };
    let known: Option<Outcome> = stored.outcome.map(understood).transpose()?;
    let mut resumed = Resumed {
        id: stored.id,
        turn: Turn::start(bundle, start)?,
        used: Used::default(),
        known,
    };
    let mut reader = edge.store.read().await?;
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

/// Whether a stored step is what the turn asks for next.
fn answers(turn: &Turn, step: &Step) -> bool {
    match turn.next() {
        Next::Ask(request) => {
            step.kind == StepKind::Model && step.request_digest == digest(&request)
        }
        Next::Call(open) => open.iter().any(|(number, call)| {
            i64::from(*number) == step.number && step.request_digest == digest(call)
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
) -> Result<turns::Turn, TurnError> {
    let new = NewTurn {
        key: whose.key.clone(),
        thread_id: Some(whose.thread),
        mail_id: whose.mail,
        behaviour: start.behaviour.clone(),
        bundle: bundle.digest().to_owned(),
        inputs: stored(start)?,
    };
    let (lease, now) = (whose.lease, edge.clock.now_ms());
    let work = transaction(move |tx| {
        async move {
            jobs::still_held(tx, lease).await?;
            turns::begin(tx, &new, now).await
        }
        .boxed()
    });
    Ok(edge.store.write("turn.begun", work).await?)
}

/// A turn goes on with the bundle that it began with.
async fn bundle_of(edge: &Edge, digest: &str) -> Result<Arc<Loaded>, TurnError> {
    if let Some(known) = edge.bundles.find(digest) {
        return Ok(known);
    }
    let mut reader = edge.store.read().await?;
    let bytes = bundles::find(&mut reader, digest).await?;
    let bytes = bytes
        .ok_or_else(|| TurnError::Unusable(format!("its bundle {digest} is not in the store")))?;
    let (bundle, digest) = silex_bundle::Bundle::read(&bytes)
        .map_err(|error| TurnError::Unusable(error.to_string()))?;
    let loaded = Arc::new(Loaded::new(bundle, digest));
    edge.bundles.keep(loaded.clone());
    Ok(loaded)
}

//! What has to be known before a prompt is made: the stage of the behaviour, and what it observes. Each
//! observation is a turn of its own, with a key of its own, so that a retry finds what was found out.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use serde_json::Value;
use silex_bundle::behaviour::Observe;
use silex_bundle::expr::Scope;
use silex_bundle::render::RenderError;

use super::run::{self, Edge, TurnError, Whose};
use super::{Outcome, Start, Turn, inner};
use crate::bundle::Loaded;
use crate::store::{stages, turns};

/// The start of a turn that has not begun, in its stage and with what it observes; of one that has, what
/// is stored counts.
pub(super) async fn prepared(
    edge: &Edge,
    whose: &Whose,
    bundle: &Arc<Loaded>,
    start: Start,
    depth: usize,
) -> Result<Start, TurnError> {
    let Some(behaviour) = bundle.bundle().behaviours.get(&start.behaviour) else {
        return Ok(start);
    };
    // What goes on from an earlier turn is in the stage of that one, and has what it observed.
    let is_plain = behaviour.stages.is_empty() && behaviour.observe.is_empty();
    if is_plain || start.again.is_some() {
        return Ok(start);
    }
    let mut reader = edge.store.read().await?;
    if turns::by_key(&mut reader, &whose.key).await?.is_some() {
        return Ok(start);
    }
    let known = match behaviour.stages.is_empty() {
        true => None,
        false => stages::find(&mut reader, whose.thread, &start.behaviour).await?,
    };
    drop(reader);
    // A stage that another bundle had is no stage of this one: it begins anew.
    let stage = known.filter(|name| behaviour.stage(name).is_some());
    observed(edge, whose, bundle, Start { stage, ..start }, depth).await
}

/// The start with everything in it that the prompt asks for. What stands under a condition that does
/// not hold is not asked.
fn observed<'a>(
    edge: &'a Edge,
    whose: &'a Whose,
    bundle: &'a Arc<Loaded>,
    mut start: Start,
    depth: usize,
) -> BoxFuture<'a, Result<Start, TurnError>> {
    async move {
        let behaviour = bundle.bundle().behaviours.get(&start.behaviour);
        let declared = behaviour.map_or(&[][..], |behaviour| &behaviour.observe);
        for _ in declared {
            let name = match Turn::start(bundle.clone(), start.clone()) {
                Ok(_) => return Ok(start),
                Err(RenderError::NotObserved { name, .. }) => name,
                Err(error) => return Err(error.into()),
            };
            let Some(observe) = declared.iter().find(|observe| observe.name == name) else {
                break;
            };
            let value = find_out(edge, whose, bundle, &start, observe, depth).await?;
            start.inputs.insert(name, value);
        }
        Ok(start)
    }
    .boxed()
}

async fn find_out(
    edge: &Edge,
    whose: &Whose,
    bundle: &Arc<Loaded>,
    start: &Start,
    observe: &Observe,
    depth: usize,
) -> Result<Value, TurnError> {
    let (now, today) = start.instant();
    let scope = Scope::of(&start.inputs)
        .with("now", &now)
        .with("today", &today);
    let inputs = inner::inputs_of(bundle, &observe.call, &scope).map_err(TurnError::Unusable)?;
    let asked = Start {
        behaviour: observe.call.behaviour.clone(),
        inputs,
        stage: None,
        again: None,
        ..start.clone()
    };
    let whose = Whose {
        key: format!("{}/observe {}", whose.key, observe.name),
        ..whose.clone()
    };
    let finished = run::run_at(edge, &whose, bundle, asked, depth + 1).await?;
    settled(&observe.name, &finished.outcome)
}

impl Turn {
    /// What its behaviour observed, by name.
    pub fn observed(&self) -> impl Iterator<Item = (&String, &Value)> {
        let observes = self.behaviour().observe.iter();
        observes.filter_map(|observe| self.given().inputs.get_key_value(&observe.name))
    }
}

/// The value that was found out.
///
/// # Errors
/// [`TurnError::Person`] when nothing was, or there is a doubt about it: nothing is decided on a guess.
pub(crate) fn settled(name: &str, outcome: &Outcome) -> Result<Value, TurnError> {
    let doubts = match outcome {
        Outcome::Returned(returned) => {
            let doubts = returned.doubts();
            if doubts.is_empty() {
                return Ok(returned.value.clone());
            }
            doubts.join("; ")
        }
        Outcome::AskPerson(why) | Outcome::HandedOver(why) => why.clone(),
    };
    Err(TurnError::Person(format!(
        "`{name}` could not be found out: {doubts}"
    )))
}

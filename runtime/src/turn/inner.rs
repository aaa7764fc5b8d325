//! A behaviour that a tool or an agent calls: what it is given, and what its caller learns of its end.

use serde_json::{Map, Value};
use silex_bundle::behaviour::Call;
use silex_bundle::expr::Scope;

use super::{Ended, Outcome, admit};
use crate::bundle::Loaded;

/// The inputs of a behaviour that a tool or an agent calls, defaults filled in.
///
/// # Errors
/// What does not fit, in words.
pub fn inputs_of(
    bundle: &Loaded,
    call: &Call,
    scope: &Scope<'_>,
) -> Result<Map<String, Value>, String> {
    let bundle = bundle.bundle();
    let behaviour = bundle
        .behaviours
        .get(&call.behaviour)
        .ok_or_else(|| format!("there is no behaviour `{}`", call.behaviour))?;
    let mut given = Map::new();
    for (name, value) in &call.args {
        let value = value
            .eval(scope)
            .map_err(|error| error.to_string())?
            .into_owned();
        if !value.is_null() {
            given.insert(name.clone(), value);
        }
    }
    admit::named(
        &behaviour.inputs,
        &Value::Object(given),
        &bundle.declarations,
    )
    .map_err(|violations| {
        format!(
            "the inputs of `{}` do not fit:{}",
            call.behaviour,
            admit::listed(&violations)
        )
    })
}

/// What a behaviour that a tool ran tells the model that called the tool, and how that ended.
pub(crate) fn carried_out(behaviour: &str, outcome: Outcome) -> (String, Ended) {
    let returned = match outcome {
        Outcome::HandedOver(reason) => return (reason.clone(), Ended::HandedOver(reason)),
        Outcome::AskPerson(reason) => {
            let reason = format!("`{behaviour}`: {reason}");
            return (reason.clone(), Ended::Held(reason));
        }
        Outcome::Returned(returned) => returned,
    };
    match returned.broken.first() {
        None if returned.holds.is_empty() => (returned.value.to_string(), Ended::Done),
        // What a gate held in there is for the person who sees the outer draft.
        None => {
            let reason = format!("`{behaviour}`: {}", returned.holds.join("; "));
            (returned.value.to_string(), Ended::DoneHeld(reason))
        }
        Some(broken) => {
            let reason = format!("`{behaviour}` breaks `{}`", broken.rule);
            (
                format!("It is not good enough to be used: {reason}"),
                Ended::Held(reason),
            )
        }
    }
}

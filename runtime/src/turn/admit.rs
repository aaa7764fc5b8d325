//! Whether a call may be carried out: its tool, its arguments, its owner, its gates.
//!
//! Pure, and the same for the runtime and for examples that are played.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use silex_bundle::behaviour::Offer;
use silex_bundle::coerce::{CoerceError, fit_fields};
use silex_bundle::expr::Scope;
use silex_bundle::render::ToolCall;
use silex_bundle::schema::{Declaration, Field, Violation};
use silex_bundle::tool::GateKind;
use silex_bundle::{Bundle, Tool, Type};

use super::{Start, Turn};

/// What is decided about a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Admission {
    /// It is carried out with these arguments, defaults filled in.
    Admitted(Box<Admitted>),
    /// It is not: it names no tool that is offered, or its arguments cannot be read. The model is
    /// told why.
    Misfit(String),
    /// It is not; the model is told why.
    Refused(String),
    /// It is not; the model is told so, and a person sees the draft first.
    Held(String),
}

/// A call that may be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Admitted {
    /// Qualified tool.
    pub tool: String,
    /// Its parameters, and its `for` name, by name.
    pub names: Map<String, Value>,
    /// The entity that its `for` stands for.
    pub owner: Option<Value>,
    /// What was done to the arguments to read them, in order.
    pub repairs: Vec<String>,
}

/// Decides about a call.
#[must_use]
pub fn admit(turn: &Turn, call: &ToolCall) -> Admission {
    let bundle = turn.bundle().bundle();
    let Some((offer, tool)) = offered(turn, bundle, &call.name) else {
        let names: Vec<_> = turn
            .offered()
            .filter_map(|name| bundle.tools.get(name))
            .map(|tool| tool.name.as_str())
            .collect();
        return Admission::Misfit(format!(
            "there is no tool `{}`; there are: {}",
            call.name,
            names.join(", ")
        ));
    };
    let read = match fit_fields(&call.input, &tool.params, &bundle.declarations) {
        Ok(read) => read,
        Err(error) => return Admission::Misfit(misfit(&error)),
    };
    let repairs = read.repairs.iter().map(ToString::to_string).collect();
    let mut names = fields_of(read.value);
    let mut owner = None;
    if let (Some(bound), Some(input)) = (&tool.owner, &offer.owner) {
        if !turn.given().verified {
            return Admission::Held(format!(
                "`{}` is not carried out: the sender is not verified",
                tool.name
            ));
        }
        owner = turn.given().inputs.get(input).cloned();
        names.insert(bound.name.clone(), owner.clone().unwrap_or(Value::Null));
    }
    if let Some(stopped) = stopped(tool, &names, turn.given()) {
        return stopped;
    }
    Admission::Admitted(Box::new(Admitted {
        tool: offer.tool.clone(),
        names,
        owner,
        repairs,
    }))
}

fn offered<'a>(turn: &'a Turn, bundle: &'a Bundle, name: &str) -> Option<(&'a Offer, &'a Tool)> {
    let offers = &turn.behaviour().tools;
    turn.prompt()
        .tools
        .iter()
        .filter_map(|index| offers.get(*index))
        .find_map(|offer| {
            let tool = bundle.tools.get(&offer.tool)?;
            (tool.name == name).then_some((offer, tool))
        })
}

/// Named values as declared, defaults filled in. What is not declared is a violation.
///
/// # Errors
/// Everything that does not fit.
pub fn named(
    declared: &[Field],
    given: &Value,
    declarations: &BTreeMap<String, Declaration>,
) -> Result<Map<String, Value>, Vec<Violation>> {
    silex_bundle::schema::check_fields(declared, given, declarations).map(fields_of)
}

/// A checked value of fields is an object; nothing declared gives nothing.
fn fields_of(checked: Value) -> Map<String, Value> {
    match checked {
        Value::Object(named) => named,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

/// What is wrong with arguments, for the model.
fn misfit(error: &CoerceError) -> String {
    match error {
        CoerceError::Nothing => "the arguments are no JSON object".to_owned(),
        CoerceError::Wrong(violations) => {
            format!("the arguments do not fit:{}", listed(violations))
        }
        CoerceError::CutOff(violations) => {
            format!(
                "the arguments end before they are whole:{}",
                listed(violations)
            )
        }
    }
}

/// Violations as a list that a model or a person reads.
#[must_use]
pub fn listed(violations: &[Violation]) -> String {
    violations
        .iter()
        .map(|violation| format!("\n- {violation}"))
        .collect()
}

/// The first gate that applies. One that cannot be decided applies.
fn stopped(tool: &Tool, names: &Map<String, Value>, start: &Start) -> Option<Admission> {
    let (now, today) = start.instant();
    let scope = Scope::of(names).with("now", &now).with("today", &today);
    let gate = tool.gates.iter().find(|gate| {
        gate.when
            .as_ref()
            .is_none_or(|when| when.holds(&scope).unwrap_or(true))
    })?;
    Some(match gate.kind {
        GateKind::Refuse => Admission::Refused(format!(
            "`{}` refuses this call: a limit of the house",
            tool.name
        )),
        GateKind::Reviewer => {
            Admission::Held(format!("`{}` waits for a person to decide", tool.name))
        }
    })
}

/// Checks what a handler returned.
///
/// # Errors
/// What does not fit, for the model.
pub fn returned(
    value: &Value,
    returns: &Type,
    declarations: &BTreeMap<String, Declaration>,
) -> Result<Value, String> {
    returns.check(value, declarations).map_err(|violations| {
        format!(
            "the tool answered something that does not fit:{}",
            listed(&violations)
        )
    })
}

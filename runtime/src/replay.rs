//! Plays a bundle's examples through the turn loop: what `silex test` runs.
//!
//! The model is the example's script, tools answer what it says, nothing is stored or sent. All
//! else is the runtime's own: the prompt, the admission of calls, the checks.

use std::sync::Arc;

use serde_json::{Map, Value};
use silex_bundle::behaviour::{Kind, Observe, STAGE};
use silex_bundle::example::{CallOutcome, Event as Scripted, Expect, Expectation, Matcher};
use silex_bundle::expr::{Compare, Path, Scope};
use silex_bundle::render::{RenderError, ToolCall, ToolResult};
use silex_bundle::schema::{Declarations, Field, Violation};
use silex_bundle::tokenizer::Tokenizer;
use silex_bundle::{Behaviour, Bundle, Example, Span, Type};

use crate::bundle::Loaded;
use crate::model::{Completion, Stop, Usage};
use crate::turn::admit::{self, Admission};
use crate::turn::judge::Verdict;
use crate::turn::{Ended, Event, Next, Outcome, Returned, Start, Turn};

/// Something in an example that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Where the example says so.
    pub span: Span,
    /// What is the case instead.
    pub message: String,
}

/// What came of an example.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// What does not hold; empty when the example is true.
    pub failures: Vec<Failure>,
    /// Ids of the rules in its prompt.
    pub rules: Vec<String>,
    /// The stage in which it was played, if its behaviour has stages.
    pub stage: Option<String>,
    /// Qualified tools that it called.
    pub tools: Vec<String>,
}

/// Plays an example.
#[must_use]
pub fn play(bundle: &Arc<Loaded>, example: &Example) -> Played {
    let mut played = Played {
        failures: Vec::new(),
        rules: Vec::new(),
        stage: None,
        tools: Vec::new(),
    };
    let fail = |message: String| Failure {
        span: example.span,
        message,
    };
    let mut turn = match turn(bundle, example) {
        Ok(turn) => turn,
        Err(problem) => {
            played.failures.push(fail(problem));
            return played;
        }
    };
    played.rules = rules(&turn);
    played.stage = turn.stage().map(|stage| stage.name.clone());
    if let Err(problem) = perform(&mut turn, example, &mut played.tools) {
        played.failures.push(fail(problem));
    }
    for expected in &example.expects {
        if let Err(message) = holds(&turn, expected) {
            played.failures.push(Failure {
                span: expected.span,
                message,
            });
        }
    }
    played
}

/// The turn of an example, before anything was asked. The example is not shown to itself.
///
/// # Errors
/// Its inputs do not fit, or its prompt cannot be made.
pub(crate) fn turn(bundle: &Arc<Loaded>, example: &Example) -> Result<Turn, String> {
    let behaviours = &bundle.bundle().behaviours;
    let behaviour = behaviours
        .get(&example.behaviour)
        .ok_or_else(|| format!("there is no behaviour `{}`", example.behaviour))?;
    let start = start(
        bundle.bundle(),
        &example.behaviour,
        behaviour,
        &example.given,
    )
    .map_err(|violations| format!("the given inputs do not fit:{}", admit::listed(&violations)))?;
    Turn::start(bundle.clone(), not_shown(start, bundle, example)).map_err(|error| {
        if let RenderError::NotObserved { name, .. } = &error {
            return format!("{error}: add `given {name} = …`");
        }
        error.to_string()
    })
}

/// What a turn starts from: what is given, and defaults for the rest. `now`, `today`, the stage and
/// what is observed may be given too; else it is always the same morning, in the first stage.
///
/// # Errors
/// Everything that is missing or does not fit.
pub fn start(
    bundle: &Bundle,
    name: &str,
    behaviour: &Behaviour,
    given: &[(Path, Value)],
) -> Result<Start, Vec<Violation>> {
    let mut inputs = Map::new();
    let mut stage = None;
    let mut now = "2027-03-01T09:00:00Z".to_owned();
    for (path, value) in given {
        match (path.root.as_str(), value.as_str()) {
            ("now", Some(instant)) => instant.clone_into(&mut now),
            ("today", Some(date)) => now = format!("{date}T09:00:00Z"),
            (STAGE, Some(name)) if !behaviour.stages.is_empty() => stage = Some(name.to_owned()),
            _ => put(&mut inputs, path, value.clone()),
        }
    }
    for input in &behaviour.inputs {
        let empty = matches!(input.of, Type::Named(_))
            && !inputs.contains_key(&input.name)
            && input.default.is_none();
        if empty {
            inputs.insert(input.name.clone(), Value::Object(Map::new()));
        }
    }
    let mut fields = behaviour.inputs.clone();
    for observe in &behaviour.observe {
        if !inputs.contains_key(&observe.name) {
            let by_itself = without_being_given(&observe.of, &bundle.declarations);
            inputs.extend(by_itself.map(|value| (observe.name.clone(), value)));
        }
        // What has no value is asked for where its condition holds.
        if inputs.contains_key(&observe.name) {
            fields.push(observed(observe));
        }
    }
    let inputs = admit::named(&fields, &Value::Object(inputs), &bundle.declarations)?;
    let verified = |input: &Value| {
        input
            .get("verified")
            .and_then(Value::as_bool)
            .unwrap_or(true)
    };
    Ok(Start {
        behaviour: name.to_owned(),
        verified: inputs.values().all(verified),
        inputs,
        stage,
        now,
        seed: "example".to_owned(),
        example: None,
        again: None,
        own: bundle
            .agents
            .values()
            .flat_map(|agent| agent.inbox.clone())
            .collect(),
    })
}

/// The value of a type that needs none to be given: none, or a record of defaults.
fn without_being_given(of: &Type, declarations: &Declarations) -> Option<Value> {
    match of {
        Type::Optional(_) => Some(Value::Null),
        Type::Named(_) => of.check(&Value::Object(Map::new()), declarations).ok(),
        Type::Text { .. }
        | Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone
        | Type::List { .. } => None,
    }
}

/// What is observed, as a value that is given.
fn observed(observe: &Observe) -> Field {
    Field {
        name: observe.name.clone(),
        of: observe.of.clone(),
        default: None,
        doc: String::new(),
    }
}

/// An example that is shown to the model would be its own answer.
fn not_shown(start: Start, bundle: &Loaded, example: &Example) -> Start {
    let examples = &bundle.bundle().examples;
    let name = examples
        .iter()
        .find(|(_, other)| other.span == example.span)
        .map(|(name, _)| name.clone());
    Start {
        example: name,
        ..start
    }
}

fn put(into: &mut Map<String, Value>, path: &Path, value: Value) {
    let mut slot = into
        .entry(path.root.clone())
        .or_insert_with(|| Value::Object(Map::new()));
    for field in &path.fields {
        if !slot.is_object() {
            *slot = Value::Object(Map::new());
        }
        slot = match slot {
            Value::Object(object) => object.entry(field.clone()).or_insert(Value::Null),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => return,
        };
    }
    *slot = value;
}

fn rules(turn: &Turn) -> Vec<String> {
    let active = turn
        .prompt()
        .active
        .iter()
        .zip(&turn.behaviour().segments)
        .filter(|(active, _)| **active);
    active
        .filter_map(|(_, segment)| match &segment.kind {
            Kind::Rule(rule) => Some(rule.id.clone()),
            Kind::Role | Kind::Goal | Kind::Fact { .. } | Kind::Step { .. } => None,
        })
        .collect()
}

/// Lets the script act until it has nothing more to say.
fn perform(turn: &mut Turn, example: &Example, called: &mut Vec<String>) -> Result<(), String> {
    let mut script = example.script.iter();
    let mut answer = None;
    loop {
        match turn.next() {
            Next::Finish(Outcome::Returned(_) | Outcome::HandedOver(_)) => break,
            Next::Finish(Outcome::AskPerson(reason)) => {
                return Err(format!("the turn ends with a person: {reason}"));
            }
            Next::Ask(request) => {
                let Some(event) = script.next() else { break };
                let number = request.messages.len();
                answer = Some(event);
                turn.apply(Event::Answered(completion(turn, event, number)?));
            }
            // What only a model can judge is for `silex eval`.
            Next::Judge(questions) => {
                for (_, rule, _) in questions {
                    let (kept, why) = (true, String::new());
                    turn.apply(Event::Judged(Verdict { rule, kept, why }));
                }
            }
            Next::Call(calls) => {
                for (_, call) in calls {
                    let Some(Scripted::Calls { tool, outcome, .. }) = answer else {
                        break;
                    };
                    let (result, ended) = carry_out(turn, &call, tool, outcome)?;
                    if ended == Ended::Done {
                        called.push(tool.clone());
                    }
                    turn.apply(Event::Returned { result, ended });
                }
            }
        }
    }
    match script.next() {
        None => Ok(()),
        Some(_) => Err(
            "the turn is over before the transcript is: it goes on behind an answer that passed"
                .to_owned(),
        ),
    }
}

fn completion(turn: &Turn, event: &Scripted, number: usize) -> Result<Completion, String> {
    let bundle = turn.bundle().bundle();
    let (text, calls) = match event {
        Scripted::Replies(Value::String(text)) => (text.clone(), Vec::new()),
        Scripted::Replies(value) => (value.to_string(), Vec::new()),
        Scripted::Calls { tool, args, .. } => {
            let declared = bundle
                .tools
                .get(tool)
                .ok_or_else(|| format!("there is no tool `{tool}`"))?;
            let mut input = Map::new();
            if let Matcher::Fields(fields) = args {
                for (name, matcher) in fields {
                    let param = declared.params.iter().find(|param| &param.name == name);
                    let param =
                        param.ok_or_else(|| format!("`{tool}` has no parameter `{name}`"))?;
                    input.insert(
                        name.clone(),
                        matcher.witness(&param.of, &bundle.declarations),
                    );
                }
            }
            for param in &declared.params {
                let optional = param.default.is_some() || matches!(param.of, Type::Optional(_));
                if !optional && !input.contains_key(&param.name) {
                    input.insert(
                        param.name.clone(),
                        Matcher::Any.witness(&param.of, &bundle.declarations),
                    );
                }
            }
            let call = ToolCall {
                id: format!("call_{number}"),
                name: declared.name.clone(),
                input: Value::Object(input),
            };
            (String::new(), vec![call])
        }
    };
    let stop = if calls.is_empty() {
        Stop::End
    } else {
        Stop::ToolUse
    };
    Ok(Completion {
        text,
        calls,
        malformed: Vec::new(),
        stop,
        usage: Usage::default(),
        model: "example".to_owned(),
        provider: String::new(),
        request_id: None,
    })
}

fn carry_out(
    turn: &Turn,
    call: &ToolCall,
    tool: &str,
    outcome: &CallOutcome,
) -> Result<(ToolResult, Ended), String> {
    let bundle = turn.bundle().bundle();
    let (content, ended) = match admit::admit(turn, call) {
        Admission::Misfit(why) | Admission::Refused(why) => match outcome {
            CallOutcome::Returns(_) => {
                return Err(format!("the call of `{tool}` is refused: {why}"));
            }
            CallOutcome::Fails(_) => (why, Ended::Failed),
        },
        Admission::Held(why) => (why.clone(), Ended::Held(why)),
        Admission::Admitted(_) => match outcome {
            CallOutcome::Fails(why) => (why.clone(), Ended::Failed),
            CallOutcome::Returns(value) => {
                let returns = bundle.tools.get(tool).map(|tool| &tool.returns);
                let returns = returns.ok_or_else(|| format!("there is no tool `{tool}`"))?;
                (
                    admit::returned(value, returns, &bundle.declarations)?.to_string(),
                    Ended::Done,
                )
            }
        },
    };
    let is_error = matches!(ended, Ended::Failed | Ended::Held(_));
    Ok((
        ToolResult {
            id: call.id.clone(),
            content,
            is_error,
        },
        ended,
    ))
}

/// Whether something that is expected holds of a turn; else what is the case instead.
pub(crate) fn holds(turn: &Turn, expected: &Expectation) -> Result<(), String> {
    let not = |present: bool| if present { "is not" } else { "is" };
    match &expected.what {
        Expect::Rule { id, present } => {
            let is = rules(turn).contains(id);
            if is == *present {
                Ok(())
            } else {
                Err(format!("the rule `{id}` {} in the prompt", not(*present)))
            }
        }
        Expect::Tool { tool, present } => {
            let is = turn.offered().any(|offered| offered == tool);
            if is == *present {
                Ok(())
            } else {
                Err(format!("the tool `{tool}` {} offered", not(*present)))
            }
        }
        Expect::Prompt { text, present } => {
            let is = turn.prompt().system_text().contains(text.as_str());
            if is == *present {
                Ok(())
            } else {
                let verb = if *present {
                    "does not contain"
                } else {
                    "contains"
                };
                Err(format!("the prompt {verb} {text:?}"))
            }
        }
        Expect::Tokens { op, count } => {
            let tokenizer = Tokenizer::of_behaviour(turn.bundle().bundle(), turn.behaviour());
            let tokens = tokenizer.count(&turn.prompt().system_text());
            if compares(*op, tokens, u64::from(*count)) {
                Ok(())
            } else {
                Err(format!("the prompt has {}", tokenizer.words(tokens)))
            }
        }
        Expect::Stage(name) => match turn.next_stage() {
            Some(next) if next == name => Ok(()),
            Some(next) => Err(format!("the next turn is in the stage `{next}`")),
            None => Err("the behaviour has no stages".to_owned()),
        },
        Expect::ChecksPass => checks(turn).and_then(|failed| match failed.first() {
            None => Ok(()),
            Some(_) => Err(format!("these checks fail: {}", failed.join(", "))),
        }),
        Expect::CheckFails(id) => checks(turn).and_then(|failed| {
            if failed.contains(id) {
                Ok(())
            } else {
                Err(format!(
                    "the check of `{id}` passes, or is not in this prompt"
                ))
            }
        }),
        Expect::That(expr) => {
            let (now, today) = turn.given().instant();
            let last = turn
                .last()
                .map(|returned| &returned.value)
                .unwrap_or(&Value::Null);
            let scope = Scope::of(&turn.given().inputs)
                .with("now", &now)
                .with("today", &today)
                .with("reply", last)
                .with("result", last);
            match expr.holds(&scope) {
                Ok(true) => Ok(()),
                Ok(false) => Err(format!("it does not hold for {last}")),
                Err(error) => Err(error.to_string()),
            }
        }
    }
}

fn checks(turn: &Turn) -> Result<Vec<String>, String> {
    let Some(Returned { broken, missed, .. }) = turn.last() else {
        return Err("the example has no `replies`, so nothing was checked".to_owned());
    };
    Ok(broken
        .iter()
        .chain(missed)
        .map(|judged| judged.rule.clone())
        .collect())
}

fn compares(op: Compare, left: u64, right: u64) -> bool {
    match op {
        Compare::Eq => left == right,
        Compare::Ne => left != right,
        Compare::Lt => left < right,
        Compare::Le => left <= right,
        Compare::Gt => left > right,
        Compare::Ge => left >= right,
    }
}

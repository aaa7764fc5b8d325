//! Plays examples against real models: what `silex eval` runs.
//!
//! The prompt, the loop, the admission of calls and the checks are the runtime's own. Tools answer
//! what the example says that they answer, so nothing is stored, sent or spent but tokens. An
//! example that is shown to the model is left out of its own prompt.

mod stand_in;
pub mod statistics;
pub mod transcript;

use std::sync::Arc;
use std::time::Duration;

use silex_bundle::behaviour::Kind;
use silex_bundle::example::{Event as Scripted, Expect};
use silex_bundle::{Example, Model, Rule, Span, condition};

use crate::bundle::Loaded;
use crate::model::{Cause, Completion, ModelError, Models, Request, Usage};
use crate::queue::Backoff;
use crate::replay;
use crate::turn::judge::Verdict as TurnVerdict;
use crate::turn::{Event, Next, Outcome, Returned, Turn};
use stand_in::StandIn;
use transcript::{Exchange, Tape, Transcript};

/// How often a model is asked again that may answer later.
const TRIES: u32 = 5;
/// Why nothing holds of a run that came to no end.
const NO_ANSWER: &str = "there is no answer";

/// Where answers come from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// The models of a deployment.
    Live(&'a Models),
    /// What was recorded.
    Replay(&'a Transcript),
}

/// One run of an example.
#[derive(Debug, Clone)]
pub struct Run {
    /// What was expected, and whether it held.
    pub expectations: Vec<Verdict>,
    /// The rules with a check that stood in the prompt, and whether the last draft kept them.
    pub rules: Vec<Verdict>,
    /// How it ended, if not with a value.
    pub problem: Option<String>,
    /// Whether it failed before the model could be judged: no answer, or another recording.
    pub broken_off: bool,
    /// Tokens of all exchanges.
    pub usage: Usage,
    /// Drafts that were tried.
    pub attempts: u32,
    /// What was asked and answered.
    pub transcript: Transcript,
}

/// Whether something held in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What: a rule's id, or the expectation in words.
    pub what: String,
    /// Where it stands.
    pub span: Span,
    /// Whether it held.
    pub held: bool,
    /// Why not.
    pub why: String,
    /// The share of runs, in 100, in which its rule asks it to hold.
    pub at_least: Option<u8>,
}

/// Plays an example once.
///
/// # Errors
/// The example cannot be played at all: its inputs do not fit, or its prompt cannot be made.
pub async fn run(
    loaded: &Arc<Loaded>,
    name: &str,
    example: &Example,
    source: Source<'_>,
) -> Result<Run, String> {
    let mut turn = replay::turn(loaded, example)?;
    let model = loaded.model_of(turn.behaviour()).clone();
    let mut tape = Tape::new(name, loaded.digest(), source);
    let mut stand_in = StandIn::new(loaded.bundle(), example);
    let mut usage = Usage::default();
    let mut problem = None;
    let mut broken_off = false;
    'turn: loop {
        match turn.next() {
            Next::Finish(Outcome::Returned(_) | Outcome::HandedOver(_)) => break,
            Next::Finish(Outcome::AskPerson(why)) => {
                problem = Some(format!("a person has to take over: {why}"));
                break;
            }
            Next::Ask(request) => match answer(&mut tape, source, loaded, &model, &request).await {
                Ok(completion) => {
                    add(&mut usage, &completion.usage);
                    turn.apply(Event::Answered(completion));
                }
                Err(why) => {
                    problem = Some(why);
                    broken_off = true;
                    break;
                }
            },
            Next::Judge(questions) => {
                for (_, rule, request) in questions {
                    match answer(&mut tape, source, loaded, &model, &request).await {
                        Ok(completion) => {
                            add(&mut usage, &completion.usage);
                            let verdict = TurnVerdict::read(&rule, &completion.text);
                            turn.apply(Event::Judged(verdict));
                        }
                        Err(why) => {
                            problem = Some(why);
                            broken_off = true;
                            break 'turn;
                        }
                    }
                }
            }
            Next::Call(calls) => {
                for (_, call) in calls {
                    let event = stand_in.call(&turn, &call);
                    turn.apply(event);
                }
            }
        }
    }
    let ended = problem.is_none();
    Ok(Run {
        expectations: expectations(&turn, example, &stand_in, ended),
        rules: rules(&turn),
        problem,
        broken_off,
        usage,
        attempts: turn.last().map_or(0, |last| last.attempts),
        transcript: tape.into_transcript(),
    })
}

/// The next answer: from the tape, or from the model, tried again while it may still come.
async fn answer(
    tape: &mut Tape<'_>,
    source: Source<'_>,
    loaded: &Loaded,
    model: &Model,
    request: &Request,
) -> Result<Completion, String> {
    let models = match source {
        Source::Replay(_) => return tape.replay(request),
        Source::Live(models) => models.of_bundle(loaded.bundle().models.clone()),
    };
    let retry = model.retry;
    let backoff = Backoff {
        base: Duration::from_millis(retry.map_or(500, |retry| retry.from_ms)),
        cap: Duration::from_millis(retry.map_or(30_000, |retry| retry.to_ms)),
    };
    let tries = retry.map_or(TRIES, |retry| retry.attempts.max(1));
    let mut tried = 0;
    loop {
        tried += 1;
        let error = match models.complete(model, request, |_| {}).await {
            Ok(completion) => {
                tape.record(Exchange::of(request, completion.clone()));
                return Ok(completion);
            }
            Err(error) => error,
        };
        let wait = match &error {
            ModelError::GiveUp { .. } => return Err(error.to_string()),
            // Whoever runs this is there to set the account right.
            ModelError::Out { cause, .. } if *cause != Cause::Down => return Err(error.to_string()),
            _ if tried >= tries => return Err(format!("{error}, after {tried} tries")),
            ModelError::Snooze { after, .. } | ModelError::Out { after, .. } => *after,
            ModelError::Retry { after, .. } => after.unwrap_or_else(|| {
                let wait = backoff.wait_ms(i64::from(tried), fastrand::f64());
                Duration::from_millis(u64::try_from(wait).unwrap_or_default())
            }),
        };
        tokio::time::sleep(wait).await;
    }
}

fn add(usage: &mut Usage, more: &Usage) {
    usage.input += more.input;
    usage.output += more.output;
    usage.cache_read += more.cache_read;
    usage.cache_write += more.cache_write;
}

/// What the example says about the model's part: its calls, its checks, its answer. What it says
/// about the prompt is the same in every run, and `silex test` decides it.
fn expectations(
    turn: &Turn,
    example: &Example,
    stand_in: &StandIn<'_>,
    ended: bool,
) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = stand_in.verdicts(example.span);
    if example
        .script
        .iter()
        .any(|event| matches!(event, Scripted::Replies(_)))
    {
        verdicts.push(Verdict {
            what: "gives an answer".to_owned(),
            span: example.span,
            held: ended,
            why: if ended { "" } else { NO_ANSWER }.to_owned(),
            at_least: None,
        });
    }
    for expected in &example.expects {
        let what = match &expected.what {
            Expect::ChecksPass => "checks pass".to_owned(),
            Expect::That(expr) => format!("`{}`", condition::text(expr)),
            Expect::Stage(name) => format!("goes on to {name}"),
            // The first two are of the prompt; the last shows what a bad draft comes to.
            Expect::Rule { .. }
            | Expect::Tool { .. }
            | Expect::Prompt { .. }
            | Expect::Tokens { .. }
            | Expect::CheckFails(_) => continue,
        };
        let held = match ended {
            true => replay::holds(turn, expected),
            false => Err(NO_ANSWER.to_owned()),
        };
        verdicts.push(Verdict {
            what,
            span: expected.span,
            held: held.is_ok(),
            why: held.err().unwrap_or_default(),
            at_least: None,
        });
    }
    verdicts
}

/// The rules that were checked or judged, and whether the last draft keeps them.
fn rules(turn: &Turn) -> Vec<Verdict> {
    let Some(last) = turn.last() else {
        return Vec::new();
    };
    let active = turn.prompt().active.iter();
    let segments = active
        .zip(&turn.behaviour().segments)
        .filter(|(active, _)| **active);
    let mut verdicts = Vec::new();
    for (_, segment) in segments {
        let Kind::Rule(rule) = &segment.kind else {
            continue;
        };
        if !rule.checks.is_empty() {
            verdicts.push(checked(last, rule, segment.span));
        }
        let judged = last.verdicts.iter().find(|one| one.rule == rule.id);
        verdicts.extend(judged.map(|judged| Verdict {
            what: format!("{} (judged)", rule.id),
            span: segment.span,
            held: judged.kept,
            why: judged.why.clone(),
            at_least: rule.at_least,
        }));
    }
    verdicts
}

fn checked(last: &Returned, rule: &Rule, span: Span) -> Verdict {
    let mut judged = last.broken.iter().chain(&last.missed);
    // What a second model says is a verdict of its own.
    let against = judged.find(|judged| judged.rule == rule.id && judged.why.is_none());
    let why = against.and_then(|judged| judged.error.clone());
    Verdict {
        what: rule.id.clone(),
        span,
        held: against.is_none(),
        why: why.unwrap_or_default(),
        at_least: rule.at_least,
    }
}

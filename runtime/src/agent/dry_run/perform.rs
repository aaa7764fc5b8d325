//! A turn without effects: the loop of a real one, with the journal, models and stand-ins at its edge.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use silex_bundle::behaviour::Call;
use silex_bundle::example::Matcher;
use silex_bundle::expr::Scope;
use silex_bundle::render::{RenderError, ToolCall};
use silex_bundle::tool::Handler;

use super::Effort;
use super::journal::{Journal, named};
use crate::agent::Deployment;
use crate::bundle::{Loaded, example_answer};
use crate::model::{Completion, ModelError, Request};
use crate::turn::admit::{self, Admission, Admitted};
use crate::turn::judge::Verdict;
use crate::turn::observe::settled;
use crate::turn::{Ended, Event, Next, Outcome, Start, Turn, inner as called, run};

/// How deep behaviours may call behaviours.
const DEPTH: usize = 8;

/// How often a model is asked that may answer later.
const TRIES: u32 = 4;

/// How long to wait for a model that does not say it itself.
const WAIT: Duration = Duration::from_secs(2);

/// Plays turns and counts what that takes.
pub(super) struct Performance<'a> {
    deployment: &'a Deployment,
    bundle: &'a Arc<Loaded>,
    journal: &'a Journal,
    mail: i64,
    /// How often each call was made.
    made: BTreeMap<String, usize>,
    effort: Effort,
}

/// Why a turn did not come to an outcome.
#[derive(Debug)]
pub(super) enum Stopped {
    /// A person would have to take over.
    Person(String),
    /// It cannot be played.
    Failed(String),
}

impl<'a> Performance<'a> {
    pub(super) fn new(
        deployment: &'a Deployment,
        bundle: &'a Arc<Loaded>,
        journal: &'a Journal,
        mail: i64,
    ) -> Self {
        Self {
            deployment,
            bundle,
            journal,
            mail,
            made: BTreeMap::new(),
            effort: Effort::default(),
        }
    }

    pub(super) fn effort(self) -> Effort {
        self.effort
    }

    /// Plays a turn to its end.
    pub(super) fn turn(
        &mut self,
        start: Start,
        depth: usize,
    ) -> BoxFuture<'_, Result<(Turn, Outcome), Stopped>> {
        async move {
            if depth > DEPTH {
                let why = "behaviours call each other too deep".to_owned();
                return Err(Stopped::Person(why));
            }
            let mut turn = self.started(start, depth).await?;
            loop {
                match turn.next() {
                    Next::Finish(outcome) => return Ok((turn, outcome)),
                    Next::Ask(request) => {
                        let event = match self.known(&request) {
                            Some(event) => event,
                            None => Event::Answered(self.ask(&turn, &request).await?),
                        };
                        turn.apply(event);
                    }
                    Next::Judge(questions) => {
                        for (_, rule, request) in questions {
                            let event = match self.known(&request) {
                                Some(event) => event,
                                None => {
                                    let said = self.ask(&turn, &request).await?;
                                    Event::Judged(Verdict::read(&rule, &said.text))
                                }
                            };
                            turn.apply(event);
                        }
                    }
                    Next::Call(calls) => {
                        for (_, call) in calls {
                            let event = self.call(&turn, &call, depth).await?;
                            turn.apply(event);
                        }
                    }
                }
            }
        }
        .boxed()
    }

    /// The turn with what it observes.
    async fn started(&mut self, mut start: Start, depth: usize) -> Result<Turn, Stopped> {
        let bundle = self.bundle;
        let behaviour = bundle.bundle().behaviours.get(&start.behaviour);
        let observes = behaviour.map_or(&[][..], |behaviour| &behaviour.observe);
        loop {
            let name = match Turn::start(bundle.clone(), start.clone()) {
                Ok(turn) => return Ok(turn),
                Err(RenderError::NotObserved { name, .. }) => name,
                Err(error) => return Err(Stopped::Failed(error.to_string())),
            };
            let Some(observe) = observes.iter().find(|observe| observe.name == name) else {
                return Err(Stopped::Failed(format!("`{name}` is observed nowhere")));
            };
            let asked = inner(bundle, &start, &observe.call, &start.inputs)?;
            let outcome = self.turn(asked, depth + 1).await?.1;
            let value = settled(&name, &outcome);
            let value = value.map_err(|error| Stopped::Person(error.to_string()))?;
            start.inputs.insert(name, value);
        }
    }

    fn known(&mut self, request: &Request) -> Option<Event> {
        let event = self.journal.answer(&run::digest(request))?;
        self.effort.known += 1;
        Some(event.clone())
    }

    async fn ask(&mut self, turn: &Turn, request: &Request) -> Result<Completion, Stopped> {
        let bundle = turn.bundle();
        let model = bundle.model_of(turn.behaviour());
        let models = &self.deployment.edge.models;
        let models = models.of_bundle(bundle.bundle().models.clone());
        let mut tried = 0;
        loop {
            tried += 1;
            let error = match models.complete(model, request, |_| {}).await {
                Ok(said) => {
                    self.count(model.name.as_str(), &said);
                    return Ok(said);
                }
                Err(error) => error,
            };
            let wait = match &error {
                ModelError::Retry { after, .. } if tried < TRIES => after.unwrap_or(WAIT),
                ModelError::Snooze { after, .. } if tried < TRIES => *after,
                ModelError::Retry { .. }
                | ModelError::Snooze { .. }
                | ModelError::Out { .. }
                | ModelError::GiveUp { .. } => return Err(Stopped::Failed(error.to_string())),
            };
            tokio::time::sleep(wait).await;
        }
    }

    fn count(&mut self, model: &str, said: &Completion) {
        let effort = &mut self.effort;
        effort.asked += 1;
        effort.usage.input += said.usage.input;
        effort.usage.output += said.usage.output;
        effort.usage.cache_read += said.usage.cache_read;
        effort.usage.cache_write += said.usage.cache_write;
        let price = self.deployment.edge.spending.prices.of(model);
        effort.cost += price.map_or(0.0, |price| price.of(&said.usage));
    }

    async fn call(&mut self, turn: &Turn, call: &ToolCall, depth: usize) -> Result<Event, Stopped> {
        let (content, ended) = match admit::admit(turn, call) {
            Admission::Refused(why) => (why, Ended::Failed),
            Admission::Misfit(why) => (why, Ended::Misfit),
            Admission::Held(why) => (why.clone(), Ended::Held(why)),
            Admission::Admitted(admitted) => match self.came(call) {
                Some(came) => came,
                None => self.carry_out(turn, &admitted, depth).await?,
            },
        };
        Ok(Event::returned(call, content, ended))
    }

    /// What came of a call that was made before.
    fn came(&mut self, call: &ToolCall) -> Option<(String, Ended)> {
        let made = self.made.entry(named(&call.name, &call.input)).or_default();
        let known = (call.name.as_str(), &call.input);
        let (result, ended) = self.journal.call(known, self.mail, *made)?;
        *made += 1;
        self.effort.known += 1;
        Some((result.content.clone(), ended.clone()))
    }

    /// A behaviour is played, anything else answered by a stand-in.
    async fn carry_out(
        &mut self,
        turn: &Turn,
        admitted: &Admitted,
        depth: usize,
    ) -> Result<(String, Ended), Stopped> {
        let bundle = self.bundle.bundle();
        let Some(tool) = bundle.tools.get(&admitted.tool) else {
            return Ok(("there is no such tool".to_owned(), Ended::Failed));
        };
        match &tool.handler {
            Handler::Behaviour(call) => {
                let start = inner(self.bundle, turn.given(), call, &admitted.names)?;
                let outcome = match self.turn(start, depth + 1).await {
                    Ok((_, outcome)) => outcome,
                    Err(Stopped::Person(why)) => Outcome::AskPerson(why),
                    Err(failed) => return Err(failed),
                };
                return Ok(called::carried_out(&call.behaviour, outcome));
            }
            Handler::AskReviewer { question } => {
                return Err(Stopped::Person(format!("it asks a reviewer: {question}")));
            }
            Handler::HandOver { note } => {
                let said = run::told(note, &admitted.names);
                return Ok((String::new(), Ended::HandedOver(said)));
            }
            Handler::Search { .. }
            | Handler::Get { .. }
            | Handler::Save { .. }
            | Handler::Http { .. }
            | Handler::Mcp { .. }
            | Handler::Native { .. } => {}
        }
        self.effort.stand_ins.push(tool.name.clone());
        let value = example_answer(bundle, tool).cloned();
        let value =
            value.unwrap_or_else(|| Matcher::Any.witness(&tool.returns, &bundle.declarations));
        Ok(
            match admit::returned(&value, &tool.returns, &bundle.declarations) {
                Ok(value) => (value.to_string(), Ended::Done),
                Err(problem) => (problem, Ended::Failed),
            },
        )
    }
}

/// The start of a turn inside another one.
fn inner(
    bundle: &Loaded,
    outer: &Start,
    call: &Call,
    names: &serde_json::Map<String, Value>,
) -> Result<Start, Stopped> {
    let (now, today) = outer.instant();
    let scope = Scope::of(names).with("now", &now).with("today", &today);
    Ok(Start {
        behaviour: call.behaviour.clone(),
        inputs: called::inputs_of(bundle, call, &scope).map_err(Stopped::Failed)?,
        stage: None,
        ..outer.clone()
    })
}

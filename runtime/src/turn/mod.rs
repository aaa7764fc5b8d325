//! One turn of a behaviour: what to do next, decided purely.
//!
//! A [`Turn`] is a state machine. [`Turn::next`] says what to do, [`Turn::apply`] takes in what came
//! of it; neither does any IO, so a turn that was cut short resumes by applying the events that
//! were stored. The prompt is rendered once, when the turn starts, from inputs that are frozen.

pub mod admit;
mod again;
pub mod answers;
mod ask;
mod bound;
mod draft;
mod ending;
mod event;
pub mod inner;
pub mod judge;
pub mod live;
pub(crate) mod observe;
mod outcome;
pub mod resume;
pub mod run;
pub mod spend;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use silex_bundle::behaviour::{Kind, STAGE, Stage};
use silex_bundle::expr::Scope;
use silex_bundle::render::{Message, Prompt, RenderError, Setting, ToolCall, ToolResult};
use silex_bundle::schema::Dialect;
use silex_bundle::{Behaviour, Type};

use crate::bundle::Loaded;
use crate::model::{Completion, OutputSchema, Request, Stop, ToolSpec};
pub use again::Again;
pub use draft::Judged;
pub use event::{Ended, Event};
use judge::Judging;
pub use outcome::{Outcome, Returned};

/// How often the same call with the same arguments may be made.
const SAME_CALL: u32 = 2;
/// How often an unusable answer, or a call that cannot be read, is sent back.
const REPAIRS: u32 = 2;
/// How many calls may go back and forth between two tools that say the same each time.
const BACK_AND_FORTH: usize = 6;
/// Characters that providers take as the name of a cache.
const MOST_CACHE_KEY: usize = 64;

/// What a turn starts from. Stored with the turn, so that it can be rendered again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Qualified behaviour.
    pub behaviour: String,
    /// Its inputs and what it observes by name, checked against their types.
    pub inputs: Map<String, Value>,
    /// The stage in which it is; the first where it says none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The instant of the turn, RFC 3339 in the deployment's zone.
    pub now: String,
    /// What fences are drawn from: unguessable from outside.
    pub seed: String,
    /// Addresses that are ours, so that earlier mails of ours are the model's own words.
    pub own: Vec<String>,
    /// Whether the sender was proven; tools bound to the contact refuse otherwise.
    pub verified: bool,
    /// The example that is being played, which is not shown to itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// The turn that this one goes on from, and what a person says about its draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
}

impl Start {
    /// `now` and `today` as expressions see them.
    #[must_use]
    pub fn instant(&self) -> (Value, Value) {
        instant(&self.now)
    }
}

/// `now` and `today` as expressions see them, from an instant in RFC 3339.
#[must_use]
pub fn instant(now: &str) -> (Value, Value) {
    (Value::from(now), Value::from(now.get(..10).unwrap_or(now)))
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Ask the model.
    Ask(Arc<Request>),
    /// Ask a second model whether the draft keeps these rules: the step, the rule's id, the question.
    Judge(Vec<(u32, String, Arc<Request>)>),
    /// Carry out these calls, each by its place among the steps.
    Call(Vec<(u32, ToolCall)>),
    /// The turn is over.
    Finish(Outcome),
}

/// A turn of a behaviour.
#[derive(Debug)]
pub struct Turn {
    bundle: Arc<Loaded>,
    start: Start,
    prompt: Prompt,
    conversation: Vec<Message>,
    pending: Vec<Pending>,
    called: Vec<String>,
    model: Option<String>,
    judging: Option<Judging>,
    last: Option<Returned>,
    holds: Vec<String>,
    repeats: BTreeMap<String, u32>,
    /// Tools and what they said, in order.
    trail: Vec<(String, String)>,
    steps: u32,
    asks: u32,
    calls: u32,
    attempts: u32,
    repairs: u32,
    misfits: u32,
    longer: bool,
    handed_over: Option<String>,
    outcome: Option<Outcome>,
}

#[derive(Debug)]
struct Pending {
    step: u32,
    call: ToolCall,
    result: Option<ToolResult>,
}

impl Turn {
    /// Starts a turn: renders its prompt.
    ///
    /// # Errors
    /// When the bundle has no such behaviour or the inputs do not fit it.
    pub fn start(bundle: Arc<Loaded>, start: Start) -> Result<Self, RenderError> {
        let (now, today) = start.instant();
        let mut scope = Scope::of(&start.inputs)
            .with("now", &now)
            .with("today", &today);
        if let Some(stage) = &start.stage {
            scope.set(STAGE, Value::from(stage.as_str()));
        }
        let setting = Setting {
            seed: &start.seed,
            own: &start.own,
            without: start.example.as_deref(),
        };
        let prompt = bundle
            .prepared(&start.behaviour)?
            .render(&scope, &setting)?;
        let conversation = prompt.messages.clone();
        Ok(Self {
            bundle,
            start,
            prompt,
            conversation,
            pending: Vec::new(),
            called: Vec::new(),
            model: None,
            judging: None,
            last: None,
            holds: Vec::new(),
            repeats: BTreeMap::new(),
            trail: Vec::new(),
            steps: 0,
            asks: 0,
            calls: 0,
            attempts: 1,
            repairs: 0,
            misfits: 0,
            longer: false,
            handed_over: None,
            outcome: None,
        })
    }

    /// The prompt as it was rendered.
    #[must_use]
    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// What it started from.
    #[must_use]
    pub fn given(&self) -> &Start {
        &self.start
    }

    /// The bundle it runs on.
    #[must_use]
    pub fn bundle(&self) -> &Arc<Loaded> {
        &self.bundle
    }

    /// The behaviour it runs.
    #[must_use]
    pub fn behaviour(&self) -> &Behaviour {
        // INVARIANT: `start` rendered this behaviour, so the bundle has it.
        &self.bundle.bundle().behaviours[&self.start.behaviour]
    }

    /// The ids of the rules that stand in its prompt, in order.
    #[must_use]
    pub fn rules(&self) -> Vec<String> {
        let segments = self.behaviour().segments.iter().zip(&self.prompt.active);
        let active = segments.filter(|(_, active)| **active);
        let rules = active.filter_map(|(segment, _)| match &segment.kind {
            Kind::Rule(rule) => Some(rule.id.clone()),
            Kind::Role | Kind::Goal | Kind::Fact { .. } | Kind::Step { .. } => None,
        });
        rules.collect()
    }

    /// The stage in which it is, if its behaviour has stages.
    #[must_use]
    pub fn stage(&self) -> Option<&Stage> {
        let stages = &self.behaviour().stages;
        match &self.start.stage {
            Some(name) => stages.iter().find(|stage| stage.name == *name),
            None => stages.first(),
        }
    }

    /// The stage in which the next turn is. Of several tools that lead out of this stage the one that
    /// was carried out last decides.
    #[must_use]
    pub fn next_stage(&self) -> Option<&str> {
        let stage = self.stage()?;
        let holds = |when: usize| self.prompt.conditions.get(when) == Some(&Some(true));
        let led = self.called.iter().rev().find_map(|tool| {
            let mut ways = stage.transitions.iter();
            ways.find(|way| way.tool == *tool && holds(way.when))
        });
        Some(led.map_or(stage.name.as_str(), |way| way.target.as_str()))
    }

    /// The model that answered last, as its provider names it.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// What the model has been told and has said so far.
    #[must_use]
    pub fn conversation(&self) -> &[Message] {
        &self.conversation
    }

    /// The number that the next model call has among the steps.
    #[must_use]
    pub fn step(&self) -> u32 {
        self.steps
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// What to do next.
    #[must_use]
    pub fn next(&self) -> Next {
        if let Some(outcome) = &self.outcome {
            return Next::Finish(outcome.clone());
        }
        let open: Vec<_> = self
            .pending
            .iter()
            .filter(|pending| pending.result.is_none())
            .map(|pending| (pending.step, pending.call.clone()))
            .collect();
        if !open.is_empty() {
            return Next::Call(open);
        }
        let questions = self.questions();
        if questions.is_empty() {
            Next::Ask(Arc::new(self.request()))
        } else {
            Next::Judge(questions)
        }
    }

    /// Takes in what came of the last [`Next`].
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Answered(completion) => self.answered(completion),
            Event::Judged(verdict) => {
                let limits = self.behaviour().limits.clone();
                self.decided(verdict, &limits);
                self.bound_asks(limits.turns);
            }
            Event::Returned { result, ended } => self.returned(result, ended),
        }
    }

    fn request(&self) -> Request {
        let behaviour = self.behaviour();
        let bundle = self.bundle.bundle();
        let model = self.bundle.model_of(behaviour);
        let (system, stable) = self.system();
        Request {
            tools: self
                .offered()
                .filter_map(|name| bundle.tools.get(name))
                .map(|tool| ToolSpec {
                    name: tool.name.clone(),
                    description: tool.doc.clone(),
                    input_schema: silex_bundle::schema::fields_schema(
                        &tool.params,
                        &bundle.declarations,
                        Dialect::Full,
                    ),
                })
                .collect(),
            output: (!self.replies()).then(|| OutputSchema {
                name: "result".to_owned(),
                schema: behaviour
                    .returns
                    .json_schema(&bundle.declarations, Dialect::Strict),
            }),
            max_tokens: if self.longer {
                model.max_tokens.saturating_mul(2)
            } else {
                model.max_tokens
            },
            cache_boundary: Some(stable).filter(|bytes| *bytes > 0),
            cache_key: Some(self.cache_key()),
            ..Request::new(model, system, self.conversation.clone())
        }
    }

    /// The instructions, and how many of their bytes are the same for every mail.
    fn system(&self) -> (String, usize) {
        let mut system = self.prompt.system_text();
        let mut stable = self.prompt.stable_bytes(self.behaviour());
        let all_of_it = stable == system.len();
        if self.replies() {
            system.push_str(draft::HOW_TO_ANSWER);
        }
        if all_of_it {
            stable = system.len();
        }
        (system, stable)
    }

    /// Prompts of one behaviour of one bundle begin alike.
    fn cache_key(&self) -> String {
        let digest = self.bundle.digest();
        let bundle = digest.get(..12).unwrap_or(digest);
        let key = format!("{bundle} {}", self.start.behaviour);
        key.chars().take(MOST_CACHE_KEY).collect()
    }

    /// Whether it returns a reply by mail, whose body is the model's text.
    fn replies(&self) -> bool {
        matches!(&self.behaviour().returns, Type::Named(name) if name == "silex.Reply")
    }

    /// Qualified names of the tools that are offered in this variant.
    pub fn offered(&self) -> impl Iterator<Item = &str> {
        let offers = &self.behaviour().tools;
        self.prompt
            .tools
            .iter()
            .filter_map(|index| offers.get(*index))
            .map(|offer| offer.tool.as_str())
    }

    /// The qualified name of an offered tool by the name that the model sees.
    fn qualified(&self, name: &str) -> Option<String> {
        let tools = &self.bundle.bundle().tools;
        self.offered()
            .find(|tool| tools.get(*tool).is_some_and(|tool| tool.name == name))
            .map(str::to_owned)
    }

    /// The last draft and its judgement, also when it was sent back.
    #[must_use]
    pub fn last(&self) -> Option<&Returned> {
        self.last.as_ref()
    }

    fn answered(&mut self, completion: Completion) {
        self.model = Some(completion.model.clone());
        let limits = self.behaviour().limits.clone();
        self.steps += 1;
        self.asks += 1;
        match completion.stop {
            Stop::Refusal => return self.ask_person("the model refused to answer"),
            Stop::ContextWindow => {
                return self.ask_person("the conversation is too long for the model");
            }
            Stop::MaxTokens => return self.cut_short(&completion.text),
            Stop::CallCut => return self.cut_short(""),
            Stop::PauseTurn => {
                // A provider refuses an empty message of the assistant.
                if !completion.text.trim().is_empty() {
                    self.conversation.push(Message::assistant(completion.text));
                }
                return self.bound_asks(limits.turns);
            }
            Stop::End | Stop::ToolUse => {}
        }
        if completion.calls.is_empty() {
            self.drafted(&completion.text, &limits);
        } else {
            self.called_for(completion, &limits);
        }
        self.bound_asks(limits.turns);
    }

    fn bound_asks(&mut self, most: u32) {
        // Calls whose results no answer would read are not made; a draft that waits for its verdicts
        // may still be the value.
        if self.outcome.is_none() && self.judging.is_none() && self.asks >= most {
            self.ask_person(&format!("no answer after {most} model calls"));
        }
    }

    fn called_for(&mut self, mut completion: Completion, limits: &silex_bundle::behaviour::Limits) {
        for call in &completion.calls {
            let count = self
                .repeats
                .entry(format!("{} {}", call.name, call.input))
                .or_default();
            *count += 1;
            if *count > SAME_CALL {
                let name = call.name.clone();
                return self.ask_person(&format!("the model repeats the same call of `{name}`"));
            }
        }
        self.calls += u32::try_from(completion.calls.len()).unwrap_or(u32::MAX);
        if self.calls > limits.calls {
            return self.ask_person(&format!("more than {} tool calls", limits.calls));
        }
        for index in 0..completion.calls.len() {
            let (before, rest) = completion.calls.split_at_mut(index);
            let [call, ..] = rest else { break };
            // Some servers give no ids, or the same one twice; results could not be told apart.
            if call.id.is_empty() || before.iter().any(|other| other.id == call.id) {
                call.id = format!("call_{}", self.steps);
            }
            self.pending.push(Pending {
                step: self.steps,
                call: call.clone(),
                result: None,
            });
            self.steps += 1;
        }
        self.conversation.push(Message::Assistant {
            text: completion.text,
            calls: completion.calls,
        });
    }

    fn returned(&mut self, result: ToolResult, ended: Ended) {
        let Some(pending) = self
            .pending
            .iter_mut()
            .find(|pending| pending.call.id == result.id)
        else {
            return;
        };
        let mut done = None;
        match ended {
            // Calls that were made beside it return first.
            Ended::HandedOver(reason) => self.handed_over = Some(reason),
            Ended::Done => done = Some(pending.call.name.clone()),
            Ended::DoneHeld(reason) => {
                done = Some(pending.call.name.clone());
                self.holds.push(reason);
            }
            Ended::Failed => {}
            Ended::Misfit => self.misfits += 1,
            Ended::Held(reason) => self.holds.push(reason),
        }
        let said = (pending.call.name.clone(), result.content.clone());
        self.trail.push(said);
        pending.result = Some(result);
        if let Some(tool) = done.and_then(|name| self.qualified(&name)) {
            self.called.push(tool);
        }
        if self.pending.iter().all(|pending| pending.result.is_some()) {
            let results = self
                .pending
                .drain(..)
                .filter_map(|pending| pending.result)
                .collect();
            self.conversation.push(Message::Results(results));
            self.bound_calls();
            if let Some(reason) = self.handed_over.take() {
                self.outcome = Some(Outcome::HandedOver(reason));
            }
        }
    }

    /// What goes wrong again and again, or back and forth, is for a person.
    fn bound_calls(&mut self) {
        if self.misfits > REPAIRS {
            return self.ask_person("the model does not call its tools as they are");
        }
        let from = self.trail.len().saturating_sub(BACK_AND_FORTH);
        let last = self.trail.get(from..).unwrap_or_default();
        let [one, other, ..] = last else { return };
        let alternates = last
            .iter()
            .skip(2)
            .zip(last)
            .all(|(now, before)| now == before);
        if last.len() == BACK_AND_FORTH && one.0 != other.0 && alternates {
            let (one, other) = (one.0.clone(), other.0.clone());
            self.ask_person(&format!(
                "the model goes back and forth between `{one}` and `{other}`"
            ));
        }
    }

    /// Ends the turn: a person takes over, for this reason.
    pub(crate) fn ask_person(&mut self, reason: &str) {
        self.pending.clear();
        self.outcome = Some(Outcome::AskPerson(reason.to_owned()));
    }
}

#[cfg(test)]
mod tests;

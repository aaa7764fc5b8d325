//! Carries a turn out: asks the model, calls tools, and journals every step before it is believed.
//!
//! A turn has a key. A job that runs it again finds what was stored, applies it, and goes on from
//! the first step that is missing: nothing that finished is paid for or done twice. A stored answer
//! counts only for the question that it answered.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, join_all};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use silex_bundle::behaviour::Call;
use silex_bundle::expr::Scope;
use silex_bundle::render::{RenderError, ToolCall};
use silex_bundle::tool::Handler;
use tracing::Instrument as _;

use super::admit::{Admission, Admitted, admit};
use super::answers::Answers;
use super::ask::for_a_person;
use super::bound::may_call;
use super::ending::Ending;
use super::live::Live;
use super::observe::prepared;
use super::resume::{Resumed, resume};
use super::spend::{Reserved, SpendError, Spending, Used};
use super::{Ended, Event, Next, Outcome, Start, Turn, admit, inner};
use crate::bundle::{Bundles, Loaded};
use crate::clock::Clock;
use crate::model::{ModelError, Models};
use crate::queue::Progress;
use crate::store::budgets;
use crate::store::entities::{self, Evidence};
use crate::store::events::{self, NewEvent};
use crate::store::jobs::{self, Lease};
use crate::store::questions::{self, NewQuestion};
use crate::store::turns::{self, Step, StepKind};
use crate::store::{Store, StoreError, transaction};
use crate::telemetry::span;
use crate::tools::{self, ToolError, Tools, Write};

/// How deep behaviours may call behaviours; the compiler refuses cycles.
const DEPTH: usize = 8;

/// How many characters of what a failed tool says reach the model.
const WORDS_OF_A_FAILURE: usize = 2000;

/// How often a save that met another is made again.
const COLLISIONS: usize = 8;

/// Hexadecimal digits of an idempotency key that no other installation has.
const UNGUESSABLE: usize = 16;

/// What a turn works with.
#[derive(Debug, Clone)]
pub struct Edge {
    /// The store.
    pub store: Store,
    /// Language models.
    pub models: Models,
    /// Handlers of tools.
    pub tools: Tools,
    /// What time it is.
    pub clock: Clock,
    /// Bundles.
    pub bundles: Arc<Bundles>,
    /// What calls of models cost, and what may be spent.
    pub spending: Arc<Spending>,
    /// Answers of models that are not in the journal yet.
    pub answers: Answers,
    /// Where it is heard what models say.
    pub live: Live,
}

/// Whose turn it is.
#[derive(Debug, Clone)]
pub struct Whose {
    /// One turn for each key.
    pub key: String,
    /// The thread.
    pub thread: i64,
    /// The mail that it answers; none when nobody asked for what it writes.
    pub mail: Option<i64>,
    /// The job that runs it.
    pub lease: Lease,
    /// To be told of every step.
    pub progress: Progress,
}

/// A turn that has ended.
#[derive(Debug)]
pub struct Finished {
    /// Its row.
    pub id: i64,
    /// How it ended.
    pub outcome: Outcome,
    /// The turn, for its prompt.
    pub turn: Turn,
}

/// A turn that cannot go on now.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// No answer from the model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The store did not answer, or the job is no longer ours.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The prompt cannot be made.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A person has to take over before the turn can begin.
    #[error("{0}")]
    Person(String),
    /// What is stored does not fit this program.
    #[error("the turn cannot go on: {0}")]
    Unusable(String),
    /// It asks people, and goes on when they have answered.
    #[error("it asks a person")]
    Asks(Vec<NewQuestion>),
}

impl From<SpendError> for TurnError {
    fn from(error: SpendError) -> Self {
        match error {
            SpendError::Spent(error) => Self::Model(error),
            SpendError::Store(error) => Self::Store(error),
        }
    }
}

/// Runs the turn of this key to its end, from wherever it was left. A new one begins on `bundle`,
/// which its inputs fit.
///
/// # Errors
/// When a model call or the store fails; the finished steps are kept.
pub async fn run(
    edge: &Edge,
    whose: &Whose,
    bundle: &Arc<Loaded>,
    start: Start,
) -> Result<Finished, TurnError> {
    let behaviour = start.behaviour.as_str();
    let span = tracing::info_span!(
        span::TURN,
        turn.key = whose.key,
        turn.behaviour = behaviour,
        thread.id = whose.thread,
        mail.id = whose.mail
    );
    run_at(edge, whose, bundle, start, 0).instrument(span).await
}

pub(super) async fn run_at(
    edge: &Edge,
    whose: &Whose,
    bundle: &Arc<Loaded>,
    start: Start,
    depth: usize,
) -> Result<Finished, TurnError> {
    let start = prepared(edge, whose, bundle, start, depth).await?;
    let Resumed {
        id,
        mut turn,
        used,
        known,
    } = resume(edge, whose, bundle, start).await?;
    if let Some(outcome) = known {
        return Ok(Finished { id, outcome, turn });
    }
    let mut position = Position {
        edge,
        whose,
        id,
        depth,
        used,
        ended: false,
    };
    loop {
        match turn.next() {
            Next::Ask(request) => match position.used.reached(&edge.spending.caps) {
                Some(cap) => turn.ask_person(&cap),
                None => match position.ask(&mut turn, &request).await {
                    Ok(()) => {}
                    Err(error) => turn.ask_person(&for_a_person(error)?),
                },
            },
            Next::Call(calls) => {
                let begun = edge.clock.begin();
                let made = calls.iter();
                let made = made.map(|(step, call)| position.call(&turn, *step, call));
                // Calls that were made beside a question are kept before the turn waits.
                let mut asks = Vec::new();
                for event in join_all(made).await {
                    match event {
                        Err(TurnError::Asks(questions)) => asks.extend(questions),
                        event => turn.apply(event?),
                    }
                }
                if !asks.is_empty() {
                    return Err(TurnError::Asks(asks));
                }
                position.used.took(begun.took_ms());
            }
            Next::Judge(questions) => {
                // One after the other, so that each is counted against the caps before the next.
                if let Some((step, rule, request)) = questions.first() {
                    match position.used.reached(&edge.spending.caps) {
                        Some(cap) => turn.ask_person(&cap),
                        None => match position.judge(&mut turn, *step, rule, request).await {
                            Ok(()) => {}
                            Err(error) => turn.ask_person(&for_a_person(error)?),
                        },
                    }
                }
            }
            Next::Finish(outcome) => {
                if !position.ended {
                    position.finish(&turn).await?;
                }
                return Ok(Finished { id, outcome, turn });
            }
        }
    }
}

/// What a call came to: what the model reads, how it ended, and what is to be stored with it.
type CarriedOut = (String, Ended, Option<Write>);

/// Where a running turn is: what every step needs.
pub(super) struct Position<'a> {
    pub(super) edge: &'a Edge,
    pub(super) whose: &'a Whose,
    pub(super) id: i64,
    pub(super) depth: usize,
    pub(super) used: Used,
    /// Whether its end was stored with its last step.
    pub(super) ended: bool,
}

/// What is stored along with a step.
#[derive(Debug, Default)]
pub(super) struct Along {
    /// What it wrote, and on what evidence.
    pub(super) write: Option<(Write, Evidence)>,
    /// What was reserved in budgets for it.
    pub(super) reserved: Reserved,
    /// The end of the turn, if it is the last.
    pub(super) ending: Option<Ending>,
}

impl Position<'_> {
    async fn call(&self, turn: &Turn, number: u32, call: &ToolCall) -> Result<Event, TurnError> {
        // Calls of one answer run at once, and two may save the same entity. The one that comes
        // second reads it again.
        for _ in 0..COLLISIONS {
            match self.try_call(turn, number, call).await {
                Err(TurnError::Store(StoreError::Conflict(why))) => {
                    tracing::debug!(why, "a save is made again")
                }
                settled => return settled,
            }
        }
        self.try_call(turn, number, call).await
    }

    async fn try_call(
        &self,
        turn: &Turn,
        number: u32,
        call: &ToolCall,
    ) -> Result<Event, TurnError> {
        let begun = self.edge.clock.begin();
        crate::fault::point("turn.before_call");
        // The request is for people, who may ask how the arguments were read.
        let mut request = json!({ "tool": call.name, "input": call.input });
        let (content, ended, write) = match admit(turn, call) {
            Admission::Misfit(why) => (why, Ended::Misfit, None),
            Admission::Refused(why) => (why, Ended::Failed, None),
            Admission::Held(why) => (why.clone(), Ended::Held(why), None),
            Admission::Admitted(admitted) => {
                if !admitted.repairs.is_empty() {
                    request["repairs"] = json!(admitted.repairs);
                }
                let span = tracing::info_span!(span::TOOL_CALL, tool = call.name, step = number);
                self.carry_out(turn, number, &admitted)
                    .instrument(span)
                    .await?
            }
        };
        crate::fault::point("turn.after_call");
        let event = Event::returned(call, content, ended);
        let step = Step {
            turn_id: self.id,
            number: i64::from(number),
            kind: StepKind::Tool,
            request_digest: digest(call),
            request,
            result: Some(stored(&event)?),
            error: None,
            usage: None,
            model: None,
            cost: 0,
            started_at: begun.at,
            finished_at: begun.ends_at(),
        };
        let evidence = Evidence {
            by: turn.given().behaviour.clone(),
            mail: self.whose.mail,
            turn: Some(self.id),
            model: turn.model().map(str::to_owned),
            ..Evidence::default()
        };
        let along = Along {
            write: write.map(|write| (write, evidence)),
            ..Along::default()
        };
        self.journal("turn.called", step, along).await?;
        Ok(event)
    }

    async fn carry_out(
        &self,
        turn: &Turn,
        number: u32,
        admitted: &Admitted,
    ) -> Result<CarriedOut, TurnError> {
        let bundle = turn.bundle().bundle();
        let Some(tool) = bundle.tools.get(&admitted.tool) else {
            return Ok(("there is no such tool".to_owned(), Ended::Failed, None));
        };
        let key = format!("{}/{number}", self.whose.key);
        if let Some(most) = tool.at_most
            && !may_call(self.edge, self.whose, &admitted.tool, (most, &key)).await?
        {
            let why = format!(
                "`{}` is not carried out: it was called as often as it may be for this contact",
                tool.name
            );
            return Ok((why, Ended::Failed, None));
        }
        match &tool.handler {
            Handler::Behaviour(behaviour) => {
                let nested = self.nested(turn, number, behaviour, &admitted.names);
                let limit = Duration::from_millis(tool.timeout_ms);
                return match tokio::time::timeout(limit, nested).await {
                    Ok(carried_out) => carried_out,
                    Err(_) => {
                        let why = format!("no answer within {} ms", tool.timeout_ms);
                        Ok(match tools::may_act(bundle, &behaviour.behaviour) {
                            true => held(unsure(&tool.name, &why)),
                            false => (why, Ended::Failed, None),
                        })
                    }
                };
            }
            Handler::AskReviewer { question } => {
                return self.person(number, question, &admitted.names).await;
            }
            Handler::HandOver { note } => {
                let said = told(note, &admitted.names);
                let saved = json!({ "saved": true }).to_string();
                return Ok((saved, Ended::HandedOver(said), None));
            }
            Handler::Search { .. }
            | Handler::Get { .. }
            | Handler::Save { .. }
            | Handler::Http { .. }
            | Handler::Mcp { .. }
            | Handler::Native { .. } => {}
        }
        let call = tools::Call {
            bundle,
            tool,
            names: &admitted.names,
            owner: admitted.owner.as_ref(),
            idempotency_key: &known_by(turn, &key),
        };
        self.outside(number, &call).await
    }

    /// A call of a handler that is no turn and asks nobody. What may have acted, and cannot be made
    /// again or read, is for a person.
    async fn outside(&self, number: u32, call: &tools::Call<'_>) -> Result<CarriedOut, TurnError> {
        let (tool, declarations) = (call.tool, &call.bundle.declarations);
        let name = &tool.name;
        let unread = |why: &str| {
            format!("`{name}` was carried out, and what it answered cannot be read: {why}")
        };
        if !tools::repeats(tool) && !self.is_first_to_call(number).await? {
            return Ok(held(unsure(name, "an earlier attempt ended in the call")));
        }
        let progress = &self.whose.progress;
        let calling = self.edge.tools.call(call, || progress.made());
        let called = match tools::is_elsewhere(tool) {
            true => progress.outside(calling).await,
            false => calling.await,
        };
        Ok(match called {
            Err(ToolError::Unsure(why)) => held(unsure(name, &why)),
            Err(ToolError::Unread(why)) => held(unread(&why)),
            Err(error) => (short(&error.to_string()), Ended::Failed, None),
            Ok(done) => match admit::returned(&done.value, &tool.returns, declarations) {
                Ok(value) => (value.to_string(), Ended::Done, done.write),
                Err(problem) if tools::acts(tool) => held(unread(&problem)),
                Err(problem) => (problem, Ended::Failed, None),
            },
        })
    }

    /// Notes that a call is about to be made that must not be made twice. `false` means that an earlier
    /// attempt noted it, and did not come to say what came of it.
    async fn is_first_to_call(&self, number: u32) -> Result<bool, TurnError> {
        let (lease, turn, number) = (self.whose.lease, self.id, i64::from(number));
        let work = transaction(move |tx| turns::begin_call(tx, lease, turn, number).boxed());
        Ok(self.edge.store.write("turn.calling", work).await?)
    }

    /// `via ask reviewer`: what a person answered, or the question.
    async fn person(
        &self,
        number: u32,
        question: &str,
        names: &Map<String, Value>,
    ) -> Result<CarriedOut, TurnError> {
        let mut reader = self.edge.store.read().await?;
        let asked = questions::of_step(&mut reader, self.id, i64::from(number)).await?;
        match asked.and_then(|asked| asked.answer) {
            Some(answer) => Ok((json!({ "text": answer }).to_string(), Ended::Done, None)),
            None => Err(TurnError::Asks(vec![NewQuestion {
                turn_id: self.id,
                step: i64::from(number),
                thread_id: self.whose.thread,
                job_id: self.whose.lease.job,
                question: question.to_owned(),
                arguments: Value::Object(names.clone()),
            }])),
        }
    }

    /// `via behaviour`: a turn inside this one, with a key of its own.
    fn nested<'a>(
        &'a self,
        turn: &'a Turn,
        number: u32,
        behaviour: &'a Call,
        names: &'a Map<String, Value>,
    ) -> BoxFuture<'a, Result<CarriedOut, TurnError>> {
        async move {
            if self.depth >= DEPTH {
                return Ok((
                    "behaviours call each other too deep".to_owned(),
                    Ended::Failed,
                    None,
                ));
            }
            let start = match inputs(turn, behaviour, names) {
                Ok(inputs) => Start {
                    behaviour: behaviour.behaviour.clone(),
                    inputs,
                    stage: None,
                    again: None,
                    ..turn.given().clone()
                },
                Err(problem) => return Ok((problem, Ended::Failed, None)),
            };
            let whose = Whose {
                key: format!("{}/{number}", self.whose.key),
                ..self.whose.clone()
            };
            let ran = run_at(self.edge, &whose, turn.bundle(), start, self.depth + 1).await;
            let outcome = match ran {
                Ok(finished) => finished.outcome,
                Err(TurnError::Person(why)) => Outcome::AskPerson(why),
                Err(error) => return Err(error),
            };
            let (content, ended) = inner::carried_out(&behaviour.behaviour, outcome);
            Ok((content, ended, None))
        }
        .boxed()
    }

    /// The step, what is stored along with it and that the job is ours, in one transaction.
    pub(super) async fn journal(
        &self,
        label: &'static str,
        step: Step,
        along: Along,
    ) -> Result<(), TurnError> {
        let Along {
            write,
            reserved,
            ending,
        } = along;
        let (whose, now) = (self.whose.clone(), self.edge.clock.now_ms());
        let work = transaction(move |tx| {
            async move {
                turns::record(tx, whose.lease, &step).await?;
                if let Some(id) = reserved.id {
                    budgets::settle(tx, id, step.cost).await?;
                }
                if let Some((write, evidence)) = &write {
                    let version = Some(write.version);
                    entities::save(tx, &write.entity, version, evidence, now).await?;
                }
                let event = NewEvent {
                    thread_id: Some(whose.thread),
                    mail_id: whose.mail,
                    data: json!({ "turn": step.turn_id, "step": step.number, "kind": step.kind, "request": step.request }),
                    ..NewEvent::new("turn.step", "silex")
                };
                events::append(tx, &event, now).await?;
                match &ending {
                    Some(ending) => ending.store(tx, now).await,
                    None => Ok(()),
                }
            }
            .boxed()
        });
        self.edge.store.write(label, work).await?;
        self.whose.progress.made();
        Ok(())
    }

    /// Ends a turn that did not end with a model's words.
    async fn finish(&self, turn: &Turn) -> Result<(), TurnError> {
        let Some(ending) = Ending::of(self, turn)? else {
            return Ok(());
        };
        let (lease, now) = (self.whose.lease, self.edge.clock.now_ms());
        let work = transaction(move |tx| {
            async move {
                jobs::still_held(tx, lease).await?;
                ending.store(tx, now).await
            }
            .boxed()
        });
        Ok(self.edge.store.write("turn.finished", work).await?)
    }
}

/// What the other side knows a call by: the same for every try of it, and of no other installation or
/// database, in which turns may have the same names.
pub(super) fn known_by(turn: &Turn, call: &str) -> String {
    let given = turn.given();
    let drawn = digest(&(&given.seed, &given.now, call));
    format!("{call} {}", drawn.get(..UNGUESSABLE).unwrap_or(&drawn))
}

/// What a person is told with a call: the sentence of the spec, and the call's arguments.
pub(crate) fn told(note: &str, names: &Map<String, Value>) -> String {
    let named = names.iter().map(|(name, value)| match value.as_str() {
        Some(text) => format!("; {name}: {text}"),
        None => format!("; {name}: {value}"),
    });
    named.fold(note.to_owned(), |told, named| told + &named)
}

/// A server may say a page where a model needs a sentence.
fn short(error: &str) -> String {
    match error.char_indices().nth(WORDS_OF_A_FAILURE) {
        Some((end, _)) => format!("{}…", &error[..end]),
        None => error.to_owned(),
    }
}

/// What nobody knows the end of is for a person.
fn held(why: String) -> CarriedOut {
    (why.clone(), Ended::Held(why), None)
}

fn unsure(tool: &str, why: &str) -> String {
    format!("nobody can say whether `{tool}` was carried out: {why}")
}

fn inputs(
    turn: &Turn,
    call: &Call,
    names: &Map<String, Value>,
) -> Result<Map<String, Value>, String> {
    let (now, today) = turn.given().instant();
    let scope = Scope::of(names).with("now", &now).with("today", &today);
    inner::inputs_of(turn.bundle(), call, &scope)
}

pub(super) fn stored<T: serde::Serialize>(value: &T) -> Result<Value, TurnError> {
    serde_json::to_value(value).map_err(|error| TurnError::Unusable(error.to_string()))
}

pub(super) fn understood<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, TurnError> {
    serde_json::from_value(value).map_err(|error| TurnError::Unusable(error.to_string()))
}

/// What names a request in the journal.
pub(crate) fn digest<T: serde::Serialize>(value: &T) -> String {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    hex::encode(Sha256::digest(&bytes))
}

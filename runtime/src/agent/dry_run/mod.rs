//! A conversation played again on another bundle, with nothing stored and nothing sent: what would it
//! have answered?
//!
//! Each mail is given what its first run was given: the contact as it was stored then, the time, the
//! mails before it. What the journal holds is not asked or done again: an answer of a model to the same
//! request, the result of the same call. Another request goes to the model; another call is answered by
//! an example of the package, or by the least value of its type.

mod compare;
mod journal;
mod perform;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};
use silex_bundle::Agent;
use silex_bundle::agent::{Subject, Target};
use silex_bundle::behaviour::Call;

use super::inputs::{self, Names};
use super::{Deployment, guard, route, seed, zoned};
use crate::bundle::{Loaded, documents};
use crate::model::Usage;
use crate::store::drafts::Draft;
use crate::store::mails::{Direction, Mail, MailState};
use crate::store::threads::Thread;
use crate::store::turns::Turn as StoredTurn;
use crate::store::{StoreError, drafts, entities, mails, threads, turns};
use crate::turn::observe::settled;
use crate::turn::{self, Outcome, Start, Turn, inner};
pub use compare::{Change, Difference};
use journal::Journal;
use perform::Performance;

/// How deep a route may nest.
const DEPTH: usize = 8;

/// A thread that was played again.
#[derive(Debug, Clone, Serialize)]
pub struct Replayed {
    /// The thread.
    pub thread: i64,
    /// Its mails from outside, in order.
    pub mails: Vec<Compared>,
}

impl Replayed {
    /// Whether any mail would be answered in another way.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.mails.iter().any(|mail| mail.differs)
    }
}

/// What becomes of a mail, before and now.
#[derive(Debug, Clone, Serialize)]
pub struct Compared {
    /// The mail.
    pub mail: i64,
    /// Its subject.
    pub subject: String,
    /// What became of it.
    pub before: Fate,
    /// What would become of it.
    pub after: Fate,
    /// Whether these differ.
    pub differs: bool,
    /// The stage in which it would be answered, if the behaviour has stages.
    pub stage: Option<String>,
    /// What would be found out about it, by name.
    pub observed: Map<String, Value>,
    /// How the words of the answer differ.
    pub words: Difference,
    /// How the lines of the prompt differ.
    pub prompt: Difference,
    /// What it took to find out.
    pub effort: Effort,
}

/// What becomes of a mail.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// A draft is written.
    Answered {
        /// Its text.
        text: String,
        /// Why a person sees it first, besides `review`.
        holds: Vec<String>,
    },
    /// A person has to answer, for this reason.
    Person(String),
    /// Nobody answers.
    Dropped,
    /// The guard puts it aside, for this reason.
    Aside(String),
    /// It could not be played.
    Unknown(String),
}

/// What it took to play a mail again.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Effort {
    /// Answers and results that the journal held.
    pub known: u32,
    /// Answers that a model was asked for.
    pub asked: u32,
    /// Calls that were answered by a stand-in: their tools.
    pub stand_ins: Vec<String>,
    /// Tokens that were asked for.
    pub usage: Usage,
    /// What they cost, by the configured prices.
    pub cost: f64,
}

/// Plays a thread again on `bundle`.
///
/// # Errors
/// When the store fails, or has no such thread.
pub async fn replay(
    deployment: &Deployment,
    bundle: &Arc<Loaded>,
    thread: i64,
) -> Result<Replayed, StoreError> {
    let mut reader = deployment.store().read().await?;
    let found = threads::find(&mut reader, thread).await?;
    let found =
        found.ok_or_else(|| StoreError::Conflict(format!("there is no thread {thread}")))?;
    let past = Past {
        mails: mails::of_thread(&mut reader, thread).await?,
        drafts: drafts::of_thread(&mut reader, thread).await?,
        turns: turns::of_thread(&mut reader, thread).await?,
        journal: Journal::of(&mut reader, thread).await?,
        thread: found,
    };
    drop(reader);
    let mut again = Again {
        deployment,
        bundle,
        past: &past,
        stages: BTreeMap::new(),
    };
    let mut compared = Vec::new();
    for mail in &past.mails {
        let played = match mail.state {
            MailState::Screened | MailState::Handled | MailState::Quarantined => {
                mail.direction == Direction::In
            }
            MailState::Received | MailState::Ignored | MailState::Sent => false,
        };
        if played {
            compared.push(again.mail(mail).await?);
        }
    }
    Ok(Replayed {
        thread,
        mails: compared,
    })
}

/// What happened in the thread.
struct Past {
    thread: Thread,
    mails: Vec<Mail>,
    drafts: Vec<Draft>,
    turns: Vec<StoredTurn>,
    journal: Journal,
}

impl Past {
    /// When work on a mail began.
    fn began(&self, mail: &Mail) -> i64 {
        let turns = self
            .turns
            .iter()
            .filter(|turn| turn.mail_id == Some(mail.id));
        let began = turns.map(|turn| turn.started_at).min();
        began.unwrap_or(mail.received_at)
    }

    /// What a turn of the mail started from, if it began.
    fn start(&self, key: &str) -> Option<Start> {
        let turn = self.turns.iter().find(|turn| turn.key == key)?;
        serde_json::from_value(turn.inputs.clone()).ok()
    }

    /// The draft that answers a mail.
    fn draft(&self, mail: &Mail) -> Option<&Draft> {
        self.drafts
            .iter()
            .find(|draft| draft.mail_id == Some(mail.id))
    }

    /// The behaviour of a turn and how it ended.
    fn ended(&self, key: &str) -> Option<(&str, Outcome)> {
        let turn = self.turns.iter().find(|turn| turn.key == key)?;
        let outcome = serde_json::from_value(turn.outcome.clone()?).ok()?;
        Some((&turn.behaviour, outcome))
    }

    fn fate(&self, mail: &Mail) -> Fate {
        if mail.state == MailState::Quarantined {
            return Fate::Aside(mail.reason.clone().unwrap_or_default());
        }
        if let Some((behaviour, outcome)) = self.ended(&format!("reply {}", mail.id)) {
            return answer(behaviour, outcome);
        }
        match self.draft(mail) {
            Some(draft) => Fate::Person(words(&draft.hold_reasons).join("; ")),
            None if mail.state == MailState::Handled => Fate::Dropped,
            None => Fate::Unknown("it is not handled yet".to_owned()),
        }
    }

    /// What the guard's last turn about a mail is known by. A mail that was tried again has several.
    fn guarded(&self, mail: &Mail) -> String {
        let first = guard::first_key(mail);
        let again = format!("{first} ");
        let mut turns = self.turns.iter().rev();
        let last = turns.find(|turn| turn.key == first || turn.key.starts_with(&again));
        last.map_or(first, |turn| turn.key.clone())
    }

    /// Whether a person let a mail go on that the guard had put aside.
    fn was_released(&self, mail: &Mail) -> bool {
        let judged = self.ended(&self.guarded(mail));
        mail.state != MailState::Quarantined
            && judged.is_some_and(|(_, outcome)| guard::aside(&outcome).is_some())
    }
}

fn words(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}

/// What is to be seen of how a mail was played.
#[derive(Default)]
struct Notes {
    prompt: String,
    stage: Option<String>,
    observed: Map<String, Value>,
}

impl Notes {
    /// What is to be seen of the turn that answers.
    fn of(&mut self, turn: &Turn) {
        self.prompt = turn.prompt().system_text();
        self.stage = turn.stage().map(|stage| stage.name.clone());
        let known = turn.observed();
        self.observed
            .extend(known.map(|(name, value)| (name.clone(), value.clone())));
    }
}

/// The thread on the other bundle, as far as it has come.
struct Again<'a> {
    deployment: &'a Deployment,
    bundle: &'a Arc<Loaded>,
    past: &'a Past,
    /// The stage of each behaviour.
    stages: BTreeMap<String, String>,
}

impl Again<'_> {
    async fn mail(&mut self, mail: &Mail) -> Result<Compared, StoreError> {
        let journal = &self.past.journal;
        let mut performance = Performance::new(self.deployment, self.bundle, journal, mail.id);
        let before = self.past.fate(mail);
        let mut notes = Notes::default();
        let after = match self.agent() {
            None => Fate::Unknown(format!("there is no agent `{}`", self.past.thread.agent)),
            Some(agent) => match self.names(&agent, mail).await? {
                Err(why) => Fate::Unknown(why),
                Ok(names) => {
                    let played = self.play(&agent, mail, names, &mut performance, &mut notes);
                    played.await.unwrap_or_else(Fate::Unknown)
                }
            },
        };
        let text = |fate: &Fate| match fate {
            Fate::Answered { text, .. } => text.clone(),
            Fate::Person(_) | Fate::Dropped | Fate::Aside(_) | Fate::Unknown(_) => String::new(),
        };
        let asked = self.past.draft(mail).map(|draft| system(&draft.prompt));
        Ok(Compared {
            mail: mail.id,
            subject: mail.subject.clone(),
            differs: before != after,
            words: Difference::of_words(&text(&before), &text(&after)),
            prompt: Difference::of_lines(&asked.unwrap_or_default(), &notes.prompt),
            stage: notes.stage,
            observed: notes.observed,
            before,
            after,
            effort: performance.effort(),
        })
    }

    fn agent(&self) -> Option<Agent> {
        let agents = &self.bundle.bundle().agents;
        agents.get(&self.past.thread.agent).cloned()
    }

    /// The names as they were when work on the mail began.
    async fn names(&self, agent: &Agent, mail: &Mail) -> Result<Result<Names, String>, StoreError> {
        let Past { thread, mails, .. } = self.past;
        let (contact, bundle) = (&agent.contact, self.bundle.bundle());
        let began = self.past.began(mail);
        let mut reader = self.deployment.store().read().await?;
        let stored = entities::at(&mut reader, &contact.entity, &thread.contact_key, began).await?;
        let owned =
            inputs::owned(&mut reader, bundle, &contact.entity, &thread.contact_key).await?;
        let entity = match stored {
            Some(stored) => documents::fitted(bundle, &contact.entity, &stored),
            None => inputs::new_contact(bundle, contact, &thread.contact_key, &thread.contact_name)
                .map_err(|error| error.to_string()),
        };
        Ok(entity.map(|entity| {
            let mut values = Map::new();
            values.insert(contact.name.clone(), entity);
            let record = inputs::record(thread, mail, mails);
            values.insert("thread".to_owned(), record);
            values.insert("mail".to_owned(), mail.record.clone());
            Names {
                values,
                owned,
                verified: mail.verified,
            }
        }))
    }

    /// Guard, observe, route and answer, as the stages do it.
    async fn play(
        &mut self,
        agent: &Agent,
        mail: &Mail,
        mut names: Names,
        performance: &mut Performance<'_>,
        notes: &mut Notes,
    ) -> Result<Fate, String> {
        if let Some(call) = &agent.guard {
            let key = self.past.guarded(mail);
            let outcome = self.run(&key, call, mail, &names, performance).await?;
            let aside = guard::aside(&outcome.1).filter(|_| !self.past.was_released(mail));
            if let Some(aside) = aside {
                return Ok(Fate::Aside(aside));
            }
        }
        for observe in &agent.observe {
            let key = inputs::observation(&observe.name, mail.id);
            let outcome = self
                .run(&key, &observe.call, mail, &names, performance)
                .await?
                .1;
            match settled(&observe.name, &outcome) {
                Ok(value) => {
                    let name = observe.name.clone();
                    notes.observed.insert(name.clone(), value.clone());
                    names.values.insert(name, value);
                }
                Err(error) => return Ok(Fate::Person(error.to_string())),
            }
        }
        let mut target = &agent.route;
        for depth in 0..DEPTH {
            match target {
                Target::Reviewer(why) => return Ok(Fate::Person(why.clone())),
                Target::Drop => return Ok(Fate::Dropped),
                Target::Match { on, arms } => {
                    let value = match on {
                        Subject::Value(expr) => {
                            let now = self.now(mail, "");
                            let (instant, today) = turn::instant(&now);
                            let scope = names.scope(&instant, &today);
                            let value = expr.eval(&scope);
                            Ok(value.map_err(|error| error.to_string())?.into_owned())
                        }
                        Subject::Call(call) => {
                            let key = format!("route {depth} {}", mail.id);
                            let outcome = self.run(&key, call, mail, &names, performance).await?.1;
                            route::decided(outcome)
                        }
                    };
                    let arm = value.and_then(|value| {
                        route::arm(arms, &value).ok_or_else(|| format!("no route for {value}"))
                    });
                    match arm {
                        Ok(next) => target = next,
                        Err(why) => return Ok(Fate::Person(why)),
                    }
                }
                Target::Call(call) => {
                    let key = format!("reply {}", mail.id);
                    let (turn, outcome) = self.run(&key, call, mail, &names, performance).await?;
                    if let Some(turn) = &turn {
                        notes.of(turn);
                    }
                    return Ok(answer(&call.behaviour, outcome));
                }
            }
        }
        Err("the route is nested too deep".to_owned())
    }

    /// Runs a behaviour for a mail: the turn, if it could begin, and how it ended.
    async fn run(
        &mut self,
        key: &str,
        call: &Call,
        mail: &Mail,
        names: &Names,
        performance: &mut Performance<'_>,
    ) -> Result<(Option<Turn>, Outcome), String> {
        let now = self.now(mail, key);
        let (instant, today) = turn::instant(&now);
        let inputs = inner::inputs_of(self.bundle, call, &names.scope(&instant, &today))?;
        let behaviour = self.bundle.bundle().behaviours.get(&call.behaviour);
        let stage = self.stages.get(&call.behaviour).cloned();
        let start = Start {
            behaviour: call.behaviour.clone(),
            inputs,
            now,
            seed: seed(&self.deployment.secret, key),
            own: self.deployment.site().addresses,
            verified: names.verified,
            example: None,
            again: None,
            stage: stage.filter(|name| behaviour.is_some_and(|it| it.stage(name).is_some())),
        };
        let (turn, outcome) = match performance.turn(start, 0).await {
            Ok(played) => played,
            Err(perform::Stopped::Person(why)) => {
                return Ok((None, Outcome::AskPerson(why)));
            }
            Err(perform::Stopped::Failed(why)) => return Err(why),
        };
        if let Some(next) = turn.next_stage() {
            self.stages.insert(call.behaviour.clone(), next.to_owned());
        }
        Ok((Some(turn), outcome))
    }

    /// The time of the first run.
    fn now(&self, mail: &Mail, key: &str) -> String {
        let start = self.past.start(key);
        start.map_or_else(
            || zoned(self.past.began(mail), &self.deployment.config.timezone),
            |start| start.now,
        )
    }
}

/// The draft that a turn comes to.
fn answer(behaviour: &str, outcome: Outcome) -> Fate {
    match outcome {
        Outcome::AskPerson(why) | Outcome::HandedOver(why) => {
            Fate::Person(format!("`{behaviour}`: {why}"))
        }
        Outcome::Returned(returned) => Fate::Answered {
            text: returned
                .value
                .get("body")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            holds: returned.doubts(),
        },
    }
}

/// The system prompt of a stored draft.
fn system(prompt: &Value) -> String {
    let parts = prompt.get("system").and_then(Value::as_array);
    let parts = parts.into_iter().flatten();
    parts
        .filter_map(|part| part.get("text").and_then(Value::as_str))
        .collect()
}

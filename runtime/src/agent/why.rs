//! Why a model was told what it was told: the prompt of a turn, made again from what the turn started
//! from, each line with the rule behind it, and what was kept out with the condition that did it.

use serde::Serialize;
use serde_json::{Map, Value};
use silex_bundle::render::message::Message;
use silex_bundle::render::why::Named;
use silex_bundle::{Behaviour, Bundle, Span, condition, site};

use super::Deployment;
use crate::store::{Connection, StoreError, turns};
use crate::turn::{Next, Start, Turn};

/// The prompt of a turn, and where all of it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Why {
    /// The behaviour.
    pub behaviour: String,
    /// The package of the bundle, its version and digest.
    pub package: String,
    /// See above.
    pub version: String,
    /// See above.
    pub digest: String,
    /// The stage in which it was.
    pub stage: Option<String>,
    /// The model that the behaviour names, as its provider does.
    pub model: String,
    /// Tokens of the system prompt, estimated.
    pub tokens: u32,
    /// The system prompt in order.
    pub lines: Vec<Line>,
    /// What the runtime says behind it.
    pub tail: String,
    /// The conversation that the model was given.
    pub messages: Vec<Said>,
    /// The tools that it was offered.
    pub tools: Vec<String>,
    /// What is not in the prompt.
    pub absent: Vec<Absent>,
    /// Every condition that was asked, and what came of it.
    pub conditions: Vec<Asked>,
    /// What the behaviour was given, and what it observed.
    pub inputs: Map<String, Value>,
    /// The instant that it was told.
    pub now: String,
}

/// A piece of the prompt with one origin.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Line {
    /// What the layout says before it, on the same line.
    pub before: String,
    /// As it was sent.
    pub text: String,
    /// What the layout says behind it, to the end of the line.
    pub behind: String,
    /// Where it comes from; none for what the layout says.
    pub of: Option<Of>,
}

/// A segment of a behaviour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Of {
    /// `role`, `goal`, `fact`, `rule` or `step`.
    pub kind: &'static str,
    /// A rule's id, a fact's or step's name.
    pub id: String,
    /// A rule's strength.
    pub strength: &'static str,
    /// Rulesets through which it came.
    pub via: Vec<String>,
    /// `path:line`.
    pub place: String,
    /// The conditions that it stands under, outermost first.
    pub when: Vec<String>,
}

/// A segment that is not in the prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Absent {
    /// Which.
    pub of: Of,
    /// What it would say.
    pub text: String,
    /// The condition that kept it out; none when a list that it is repeated for was empty.
    pub because: Option<String>,
    /// Where that condition stands.
    pub place: Option<String>,
}

/// A condition of the behaviour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// In the words of the language.
    pub text: String,
    /// Whether it held; none when one around it did not, so that it was not asked.
    pub held: Option<bool>,
    /// `path:line`.
    pub place: String,
}

/// A message of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// `user` or `assistant`.
    pub by: &'static str,
    /// Its text.
    pub text: String,
}

/// Makes the prompt of a turn again. None if there is no such turn.
///
/// # Errors
/// When the store fails, or what is stored does not fit this program.
pub async fn of_turn(
    db: &mut Connection,
    deployment: &Deployment,
    turn: i64,
) -> Result<Option<Why>, StoreError> {
    let Some(stored) = turns::find(db, turn).await? else {
        return Ok(None);
    };
    let corrupt =
        |why: String| StoreError::Corrupt(format!("turn {turn} cannot be rendered: {why}"));
    let start: Start =
        serde_json::from_value(stored.inputs).map_err(|error| corrupt(error.to_string()))?;
    let bundle = deployment.bundle_of_digest(db, &stored.bundle).await?;
    let turn = Turn::start(bundle, start).map_err(|error| corrupt(error.to_string()))?;
    Ok(Some(why(&turn)))
}

fn why(turn: &Turn) -> Why {
    let (bundle, behaviour, prompt) = (turn.bundle().bundle(), turn.behaviour(), turn.prompt());
    let model = turn.bundle().model_of(behaviour);
    let tail = match turn.next() {
        Next::Ask(request) => {
            let own = prompt.system_text();
            request.system.strip_prefix(&own).map(str::to_owned)
        }
        Next::Judge(_) | Next::Call(_) | Next::Finish(_) => None,
    };
    let absent = prompt.absent(behaviour).into_iter().map(|absent| Absent {
        of: of(bundle, behaviour, &absent.segment),
        text: behaviour
            .segments
            .get(absent.segment.index)
            .map(|segment| site::said(&segment.text))
            .unwrap_or_default(),
        because: absent.condition.map(|at| condition::own(behaviour, at)),
        place: absent.span.map(|span| place(bundle, span)),
    });
    let conditions = behaviour.conditions.iter().zip(&prompt.conditions);
    let conditions = conditions.enumerate().map(|(at, (asked, held))| Asked {
        text: condition::own(behaviour, at),
        held: *held,
        place: place(bundle, asked.span),
    });
    Why {
        behaviour: turn.given().behaviour.clone(),
        package: bundle.package.clone(),
        version: bundle.version.clone(),
        digest: turn.bundle().digest().to_owned(),
        stage: turn.stage().map(|stage| stage.name.clone()),
        model: format!("{} {}", model.provider, model.name),
        tokens: prompt.tokens,
        lines: lines(turn),
        tail: tail.unwrap_or_default(),
        messages: turn.conversation().iter().map(said).collect(),
        tools: turn.offered().map(str::to_owned).collect(),
        absent: absent.collect(),
        conditions: conditions.collect(),
        inputs: turn.given().inputs.clone(),
        now: turn.given().now.clone(),
    }
}

/// The prompt in lines: what the layout says around a segment stands beside it.
fn lines(turn: &Turn) -> Vec<Line> {
    let (bundle, behaviour) = (turn.bundle().bundle(), turn.behaviour());
    let mut lines: Vec<Line> = Vec::new();
    let mut before = String::new();
    for origin in turn.prompt().origins(behaviour) {
        let Some(named) = origin.segment else {
            let text = match lines.last_mut().filter(|line| !line.is_whole()) {
                Some(line) => line.take_end(origin.text),
                None => origin.text,
            };
            let at = text.rfind('\n').map_or(0, |at| at + 1);
            let (whole, begun) = text.split_at(at);
            if !whole.is_empty() {
                lines.push(Line {
                    text: whole.to_owned(),
                    ..Line::default()
                });
            }
            begun.clone_into(&mut before);
            continue;
        };
        lines.push(Line {
            before: std::mem::take(&mut before),
            text: origin.text.to_owned(),
            behind: String::new(),
            of: Some(of(bundle, behaviour, &named)),
        });
    }
    if !before.is_empty() {
        lines.push(Line {
            text: before,
            ..Line::default()
        });
    }
    lines
}

impl Line {
    fn is_whole(&self) -> bool {
        self.of.is_none() || self.text.ends_with('\n')
    }

    /// Takes what is left of the line, and gives the rest.
    fn take_end<'a>(&mut self, text: &'a str) -> &'a str {
        let Some(at) = text.find('\n') else {
            return text;
        };
        let (end, rest) = text.split_at(at + 1);
        end.clone_into(&mut self.behind);
        rest
    }
}

fn of(bundle: &Bundle, behaviour: &Behaviour, named: &Named<'_>) -> Of {
    let segment = behaviour.segments.get(named.index);
    let when = segment.and_then(|segment| segment.when);
    Of {
        kind: named.kind,
        id: named.id.to_owned(),
        strength: named.strength,
        via: named.via.to_vec(),
        place: place(bundle, named.span),
        when: when.map_or_else(Vec::new, |at| condition::whole(behaviour, at)),
    }
}

fn place(bundle: &Bundle, span: Span) -> String {
    let at = bundle.line_at(span);
    at.map_or_else(String::new, |(path, line, _)| format!("{path}:{line}"))
}

fn said(message: &Message) -> Said {
    match message {
        Message::User { text } => Said {
            by: "user",
            text: text.clone(),
        },
        Message::Assistant { text, .. } => Said {
            by: "assistant",
            text: text.clone(),
        },
        Message::Results(results) => Said {
            by: "user",
            text: results
                .iter()
                .map(|result| result.content.as_str())
                .collect::<Vec<_>>()
                .join("\n"),
        },
    }
}

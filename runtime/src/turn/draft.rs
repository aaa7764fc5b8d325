//! From the model's last words to a value, and the rules that it breaks.
//!
//! A broken `must` or `never` goes back to the model with the rule, as often as the behaviour's
//! attempts allow; what is still broken then is for a person.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use silex_bundle::behaviour::{Kind, Limits, Rule, Strength};
use silex_bundle::coerce::{CoerceError, Coerced, Partial, coerce};
use silex_bundle::expr::Scope;
use silex_bundle::render::Message;

use super::{Outcome, REPAIRS, Returned, Turn, admit};

/// What a behaviour that replies is told by the runtime, behind the author's prompt.
pub(super) const HOW_TO_ANSWER: &str = "\n\nAnswer with the text of your mail alone: no subject line, no comment on it. \
If a person should look at it before it is sent, answer with JSON instead: \
{\"body\": \"the text\", \"hold\": \"why\"}.\n";

/// A rule whose check failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// Id of the rule.
    pub rule: String,
    /// The rule as the model read it.
    pub text: String,
    /// Why the check could not be decided, if that is the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why a second model says so, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Turn {
    pub(super) fn drafted(&mut self, text: &str, limits: &Limits) {
        match self.value_of(text) {
            Ok(read) => self.judged(text, read, limits),
            Err(problem) if self.repairs < REPAIRS => {
                self.repairs += 1;
                self.say_again(
                    text,
                    &format!(
                        "Your answer cannot be used: {problem}\nGive the whole answer again, and nothing else."
                    ),
                );
            }
            Err(problem) => self.ask_person(&format!("the answer stays unusable: {problem}")),
        }
    }

    /// A reply's body is the text itself, unless the model wrote the reply as JSON.
    fn value_of(&self, text: &str) -> Result<Coerced, String> {
        let declarations = &self.bundle.bundle().declarations;
        let returns = &self.behaviour().returns;
        if !self.replies() {
            return coerce(text, returns, declarations).map_err(|error| unusable(&error));
        }
        let text = text.trim();
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        if (text.starts_with('{') || text.starts_with("```"))
            && let Ok(read) = coerce(text, returns, declarations)
        {
            return Ok(read);
        }
        let value = returns
            .check(&json!({ "body": text }), declarations)
            .map_err(|violations| admit::listed(&violations))?;
        Ok(Coerced {
            value,
            repairs: Vec::new(),
        })
    }

    fn judged(&mut self, text: &str, read: Coerced, limits: &Limits) {
        let Coerced { value, repairs } = read;
        let (broken, missed) = self.judge(&value);
        let mut holds = self.holds.clone();
        if self.replies() {
            holds.extend(
                value
                    .get("hold")
                    .and_then(Value::as_str)
                    .map(|why| format!("the model asks: {why}")),
            );
        }
        let returned = Returned {
            value,
            broken,
            missed,
            verdicts: Vec::new(),
            holds,
            attempts: self.attempts,
            repairs: repairs.iter().map(ToString::to_string).collect(),
        };
        self.last = Some(returned.clone());
        if !self.send_back(text, &returned, limits) {
            self.have_judged(text, returned);
        }
    }

    /// What was cut short is asked for once more with twice the room. If that does not do, what has come
    /// is for a person, as far as it is a value.
    pub(super) fn cut_short(&mut self, text: &str) {
        if !self.longer {
            self.longer = true;
            return;
        }
        let why = "the answer is longer than the model's `max_tokens`";
        match self.part_of(text) {
            None => self.ask_person(why),
            Some(value) => {
                let (broken, missed) = self.judge(&value);
                self.holds.push(format!("{why}: this is its beginning"));
                let returned = Returned {
                    value,
                    broken,
                    missed,
                    verdicts: Vec::new(),
                    holds: self.holds.clone(),
                    attempts: self.attempts,
                    repairs: Vec::new(),
                };
                self.last = Some(returned.clone());
                self.outcome = Some(Outcome::Returned(Box::new(returned)));
            }
        }
    }

    /// Sends a draft that breaks rules back to the model, if it may be tried again.
    pub(super) fn send_back(&mut self, text: &str, returned: &Returned, limits: &Limits) -> bool {
        if returned.broken.is_empty() || self.attempts >= limits.attempts {
            return false;
        }
        self.attempts += 1;
        let mut rules = String::new();
        for judged in &returned.broken {
            rules.push_str(&format!("\n- {}", judged.text));
            if let Some(why) = judged.why.as_deref().filter(|why| !why.is_empty()) {
                rules.push_str(&format!(" ({why})"));
            }
        }
        self.say_again(text, &format!("Your draft breaks these rules:{rules}\nWrite it again so that it keeps all your rules."));
        true
    }

    fn say_again(&mut self, text: &str, problem: &str) {
        // A provider refuses an empty message of the assistant.
        let said = if text.trim().is_empty() {
            "(nothing)"
        } else {
            text
        };
        self.conversation.push(Message::assistant(said));
        self.conversation.push(Message::user(problem));
    }

    /// The value that the beginning of an answer is, if it is one.
    pub(super) fn part_of(&self, text: &str) -> Option<Value> {
        if self.replies() {
            return self.value_of(text).ok().map(|read| read.value);
        }
        let declarations = &self.bundle.bundle().declarations;
        let returns = &self.behaviour().returns;
        let mut part = Partial::new(returns, declarations);
        part.feed(text);
        returns.check(&part.so_far().value?, declarations).ok()
    }

    /// The checks of the rules in the prompt, in source order.
    pub(super) fn judge(&self, value: &Value) -> (Vec<Judged>, Vec<Judged>) {
        let name = if self.replies() { "reply" } else { "result" };
        let (now, today) = self.start.instant();
        let scope = Scope::of(&self.start.inputs)
            .with("now", &now)
            .with("today", &today)
            .with(name, value)
            .with_called(&self.called);
        let (mut broken, mut missed) = (Vec::new(), Vec::new());
        for (index, segment) in self.behaviour().segments.iter().enumerate() {
            let Kind::Rule(rule) = &segment.kind else {
                continue;
            };
            if !self.prompt.active.get(index).copied().unwrap_or(false) {
                continue;
            }
            if let Some(judged) = self.breaks(index, rule, &scope) {
                match rule.strength {
                    Strength::Must | Strength::Never => broken.push(judged),
                    Strength::Should | Strength::Avoid | Strength::May => missed.push(judged),
                }
            }
        }
        (broken, missed)
    }

    /// A check that cannot be decided counts as broken: nothing is delivered on a guess.
    fn breaks(&self, segment: usize, rule: &Rule, scope: &Scope<'_>) -> Option<Judged> {
        rule.checks.iter().find_map(|check| {
            let error = match check.holds(scope) {
                Ok(true) => return None,
                Ok(false) => None,
                Err(error) => Some(error.to_string()),
            };
            Some(Judged {
                rule: rule.id.clone(),
                text: self.words_of(segment, rule),
                error,
                why: None,
            })
        })
    }

    /// The rule as it stands in the prompt.
    pub(crate) fn words_of(&self, segment: usize, rule: &Rule) -> String {
        let words: String = self
            .prompt
            .system
            .iter()
            .filter(|part| part.segment == Some(segment))
            .map(|part| part.text.as_str())
            .collect();
        format!("{}: {}", rule.strength.word(), words.trim())
    }
}

/// What is wrong with an answer, for the model: everything at once, so that one more try can do.
fn unusable(error: &CoerceError) -> String {
    match error {
        CoerceError::Nothing => error.to_string(),
        CoerceError::Wrong(violations) => admit::listed(violations),
        CoerceError::CutOff(violations) => {
            format!("it ends before it is whole:{}", admit::listed(violations))
        }
    }
}

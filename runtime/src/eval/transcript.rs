//! Runs on record: what was asked, by its digests, and what was answered.
//!
//! A request is not kept, but a digest of each of its parts, so a replay that asks something else
//! can say which part is another.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Source;
use crate::model::{Completion, Request};

/// The number of the format.
pub const FORMAT: u32 = 1;

/// A recorded run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// The example.
    pub example: String,
    /// Digest of the bundle that it was recorded with; a replay may use another.
    pub bundle: String,
    /// What was asked and answered, in order.
    pub exchanges: Vec<Exchange>,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Digests of the parts of the request.
    pub request: Parts,
    /// What was answered.
    pub response: Completion,
}

/// Digests of the parts of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// The model's name, for people as it is.
    pub model: String,
    /// The system prompt.
    pub system: String,
    /// The conversation.
    pub messages: String,
    /// The tools and whether they must be called.
    pub tools: String,
    /// The form of the answer.
    pub output: String,
    /// Temperature and the most tokens.
    pub sampling: String,
}

impl Exchange {
    /// An exchange as it is recorded.
    #[must_use]
    pub fn of(request: &Request, response: Completion) -> Self {
        Self {
            request: Parts::of(request),
            response,
        }
    }
}

impl Parts {
    /// The digests of a request.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self {
            model: request.model.clone(),
            system: digest(&request.system),
            messages: digest(&request.messages),
            tools: digest(&(&request.tools, &request.tool_choice)),
            output: digest(&request.output),
            sampling: digest(&(request.temperature, request.max_tokens)),
        }
    }

    /// The parts in which two requests differ, in words.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        [
            ("the model", &self.model, &other.model),
            ("the system prompt", &self.system, &other.system),
            ("the conversation", &self.messages, &other.messages),
            ("the tools", &self.tools, &other.tools),
            ("the form of the answer", &self.output, &other.output),
            ("temperature or max_tokens", &self.sampling, &other.sampling),
        ]
        .into_iter()
        .filter(|(_, one, other)| one != other)
        .map(|(name, _, _)| name)
        .collect()
    }
}

fn digest(part: &impl Serialize) -> String {
    // What a request holds is plain data, which always has its JSON.
    let text = serde_json::to_value(part)
        .map_or_else(|error| error.to_string(), |value: Value| value.to_string());
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

/// What a run writes, or reads again.
#[derive(Debug)]
pub(super) struct Tape<'a> {
    written: Transcript,
    read: std::slice::Iter<'a, Exchange>,
}

impl<'a> Tape<'a> {
    pub(super) fn new(example: &str, bundle: &str, source: Source<'a>) -> Self {
        let recorded: &[Exchange] = match source {
            Source::Live(_) => &[],
            Source::Replay(transcript) => &transcript.exchanges,
        };
        Self {
            written: Transcript {
                format: FORMAT,
                example: example.to_owned(),
                bundle: bundle.to_owned(),
                exchanges: Vec::new(),
            },
            read: recorded.iter(),
        }
    }

    pub(super) fn record(&mut self, exchange: Exchange) {
        self.written.exchanges.push(exchange);
    }

    /// The recorded answer to a request, if it is the one that was recorded.
    pub(super) fn replay(&mut self, request: &Request) -> Result<Completion, String> {
        let number = self.written.exchanges.len() + 1;
        let Some(recorded) = self.read.next() else {
            return Err(format!(
                "the recording ends before request {number}: record it again"
            ));
        };
        let differences = recorded.request.differences(&Parts::of(request));
        if !differences.is_empty() {
            return Err(format!(
                "request {number} is not the recorded one: {} changed; record it again",
                differences.join(", ")
            ));
        }
        self.record(recorded.clone());
        Ok(recorded.response.clone())
    }

    pub(super) fn into_transcript(self) -> Transcript {
        self.written
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use silex_bundle::render::Message;

    use super::*;

    fn request() -> Request {
        let model = serde_json::from_value(json!({ "provider": "anthropic", "name": "m-1" }));
        Request::new(&model.unwrap(), "Be kind.", vec![Message::user("Hi.")])
    }

    #[track_caller]
    fn check(change: impl Fn(&mut Request), expected: &[&str]) {
        let mut other = request();
        change(&mut other);
        assert_eq!(
            Parts::of(&request()).differences(&Parts::of(&other)),
            expected
        );
    }

    #[test]
    fn a_request_that_changed_is_told_by_its_part() {
        check(|_| {}, &[]);
        check(|other| other.system.push('!'), &["the system prompt"]);
        check(|other| other.model.push('2'), &["the model"]);
        check(
            |other| other.messages.push(Message::assistant("Yes.")),
            &["the conversation"],
        );
        check(
            |other| other.temperature = Some(1.0),
            &["temperature or max_tokens"],
        );
        check(
            |other| {
                other.tool_choice = crate::model::ToolChoice::Any;
                other.output = Some(crate::model::OutputSchema {
                    name: "x".to_owned(),
                    schema: json!({}),
                });
            },
            &["the tools", "the form of the answer"],
        );
        // How it is sent is no part of what is asked.
        check(|other| other.stream = !other.stream, &[]);
    }
}

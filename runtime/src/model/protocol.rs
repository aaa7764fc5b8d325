//! A wire protocol: how a question is written and an answer is read. Pure.
//!
//! Sending, retries and time-outs live in the client. What both protocols share about errors
//! (what a status means to the caller) is here too, so that the table exists once.

use serde_json::Value;
use silex_bundle::render::message::ToolCall;

use super::{Cause, Completion, Delta, Malformed, ModelError, Request};

/// A wire protocol as pure functions.
pub trait Protocol: std::fmt::Debug + Send + Sync {
    /// Path behind the provider's base URL.
    fn path(&self) -> &'static str;

    /// The body to send.
    fn request(&self, request: &Request) -> Value;

    /// Reads the body of a successful answer that was not streamed.
    ///
    /// # Errors
    /// The body is not an answer.
    fn response(&self, body: &Value) -> Result<Completion, ModelError>;

    /// Starts to read a streamed answer.
    fn stream(&self) -> Box<dyn Accumulator>;

    /// What the body of a failed answer says: the provider's words, and a cause where it names
    /// one that the status does not.
    fn failure(&self, body: &Value) -> Complaint;
}

/// Reads a streamed answer, event by event. Knows nothing of time or of the connection.
pub trait Accumulator: std::fmt::Debug + Send {
    /// Takes the next event.
    ///
    /// # Errors
    /// The provider reports an error inside the stream, or the event cannot be read.
    fn event(&mut self, event: &str, data: &str) -> Result<Option<Delta>, ModelError>;

    /// Whether the answer is whole, so that nothing more needs to be read.
    fn is_done(&self) -> bool;

    /// The answer, after the last event.
    ///
    /// # Errors
    /// The stream ended before the answer did.
    fn finish(self: Box<Self>) -> Result<Completion, ModelError>;
}

/// What a provider says about a failed request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Complaint {
    /// Its words; empty when the body holds none.
    pub message: String,
    /// What must change, where the body says more than the status.
    pub cause: Option<Cause>,
}

/// What a failed request means to the caller: the one table of statuses.
#[must_use]
pub fn judge(
    status: u16,
    complaint: Complaint,
    retry_after: Option<std::time::Duration>,
) -> ModelError {
    let Complaint { mut message, cause } = complaint;
    if message.is_empty() {
        "the provider gave no reason".clone_into(&mut message);
    }
    if let Some(cause) = cause {
        return ModelError::give_up(cause, Some(status), message);
    }
    let fault = super::Fault::new(Some(status), message);
    let cause = match status {
        429 => {
            return match retry_after {
                Some(after) => ModelError::Snooze { after, fault },
                None => ModelError::Retry { after: None, fault },
            };
        }
        408 | 409 | 425 | 500..=599 => {
            return ModelError::Retry {
                after: retry_after,
                fault,
            };
        }
        401 | 403 => Cause::Key,
        402 => Cause::Quota,
        404 => Cause::Missing,
        // A redirect is a wrong base URL: keys are not sent on to wherever it points.
        300..=399 => Cause::Config,
        _ => Cause::Request,
    };
    ModelError::GiveUp { cause, fault }
}

/// Whether the words of an error say that money, not pace, is the limit. Single words would not do: a tool
/// may be named after them, and who is told of a pace is told where to pay for more.
#[must_use]
pub fn speaks_of_money(message: &str) -> bool {
    let message = message.to_lowercase();
    [
        "credit balance",
        "spend limit",
        "spending limit",
        "api usage limit",
        "plan and billing details",
        "billing hard limit",
        "exceeded your current quota",
        "insufficient balance",
    ]
    .iter()
    .any(|words| message.contains(words))
}

/// Whether the words of an error say that the conversation is too long.
#[must_use]
pub fn speaks_of_length(message: &str) -> bool {
    let message = message.to_lowercase();
    [
        "prompt is too long",
        "context length",
        "context window",
        "maximum context",
        "exceed context limit",
    ]
    .iter()
    .any(|words| message.contains(words))
}

/// Makes calls of what a model wrote: id, name and the text of the arguments. No text at all is
/// an empty object, as both providers send it for a tool without parameters.
#[must_use]
pub fn calls(written: Vec<(String, String, String)>) -> (Vec<ToolCall>, Vec<Malformed>) {
    let mut malformed = Vec::new();
    let calls = written
        .into_iter()
        .map(|(id, name, raw)| {
            let text = if raw.trim().is_empty() {
                "{}"
            } else {
                raw.as_str()
            };
            let input = match serde_json::from_str(text) {
                Ok(input) => input,
                Err(error) => {
                    malformed.push(Malformed {
                        id: id.clone(),
                        raw: raw.clone(),
                        error: error.to_string(),
                    });
                    Value::String(raw)
                }
            };
            ToolCall { id, name, input }
        })
        .collect();
    (calls, malformed)
}

/// A number of tokens in a provider's usage object; absent counts as none.
#[must_use]
pub fn tokens(usage: &Value, pointer: &str) -> u64 {
    usage.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

/// The events of a stream that was kept in a file.
#[cfg(test)]
pub(super) fn sse_of_test(text: &str) -> Vec<(String, String)> {
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
    blocks
        .map(|block| (field(block, "event:"), field(block, "data:")))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[track_caller]
    fn check_judge(status: u16, after: Option<u64>, expected: &str) {
        let error = judge(status, Complaint::default(), after.map(Duration::from_secs));
        let found = match error {
            ModelError::Retry { after, .. } => format!("retry {after:?}"),
            ModelError::Snooze { after, .. } => format!("snooze {after:?}"),
            ModelError::Out { after, .. } => format!("out {after:?}"),
            ModelError::GiveUp { cause, .. } => format!("give up {cause:?}"),
        };
        assert_eq!(found, expected, "status {status}");
    }

    #[test]
    fn every_status_says_what_the_caller_can_do() {
        for status in [408, 409, 425, 500, 502, 503, 504, 529] {
            check_judge(status, None, "retry None");
        }
        check_judge(503, Some(3), "retry Some(3s)");
        check_judge(429, None, "retry None");
        check_judge(429, Some(7), "snooze 7s");
        check_judge(400, Some(7), "give up Request");
        check_judge(413, None, "give up Request");
        check_judge(422, None, "give up Request");
        check_judge(401, None, "give up Key");
        check_judge(403, None, "give up Key");
        check_judge(402, None, "give up Quota");
        check_judge(404, None, "give up Missing");
        check_judge(302, None, "give up Config");
    }

    #[test]
    fn a_cause_in_the_body_outweighs_the_status() {
        let complaint = Complaint {
            message: "no credit".to_owned(),
            cause: Some(Cause::Quota),
        };
        let error = judge(429, complaint, Some(Duration::from_secs(1)));
        assert!(
            matches!(
                error,
                ModelError::GiveUp {
                    cause: Cause::Quota,
                    ..
                }
            ),
            "{error:?}"
        );
    }

    #[test]
    fn what_only_mentions_money_is_not_about_it() {
        for about_it in [
            "Your credit balance is too low to access the API.",
            "You exceeded your current quota, please check your plan and billing details.",
            "You have reached your specified API usage limits.",
        ] {
            assert!(speaks_of_money(about_it), "{about_it}");
        }
        for not_about_it in [
            "Invalid schema for function 'billing_lookup': object has no properties",
            "Rate limit reached for requests. Limit: 3 / min. You can increase your rate limit by adding \
             a payment method at https://platform.openai.com/account/billing.",
        ] {
            assert!(!speaks_of_money(not_about_it), "{not_about_it}");
        }
    }

    #[test]
    fn arguments_that_are_not_json_are_kept_beside_the_call() {
        let written = vec![
            ("a".to_owned(), "find".to_owned(), String::new()),
            (
                "b".to_owned(),
                "find".to_owned(),
                "{\"query\": \"be".to_owned(),
            ),
        ];
        let (calls, malformed) = calls(written);
        assert_eq!(calls[0].input, serde_json::json!({}));
        assert_eq!(calls[1].input, Value::String("{\"query\": \"be".to_owned()));
        assert_eq!(malformed.len(), 1);
        assert_eq!(malformed[0].id, "b");
        assert!(malformed[0].error.contains("EOF"), "{}", malformed[0].error);
    }
}

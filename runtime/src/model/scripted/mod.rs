//! The scripted model: answers without a network, a key or a bill.
//!
//! It either plays a transcript, entry by entry, as the examples of a bundle do, or makes up a
//! plain answer to whatever it is asked ([`Scripted::demo`]), which says that it is a script. The
//! demo is a pure function of the request: the same question gets the same answer, and a turn that
//! is run again goes the same way.

mod conversation;
mod fill;
mod matter;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use silex_bundle::render::message::ToolCall;

use super::{Cause, Completion, Delta, ModelError, Request, Stop, Usage};

/// A model that needs no provider. Clones share what is left of a transcript.
#[derive(Debug, Clone)]
pub struct Scripted {
    planned: Option<Arc<Mutex<VecDeque<Planned>>>>,
}

/// One answer of a transcript.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    /// Words; with an output schema, JSON text.
    Text(String),
    /// Calls in parallel: tool and arguments.
    Calls(Vec<(String, Value)>),
}

impl Scripted {
    /// Plays these answers in order, then gives up.
    #[must_use]
    pub fn transcript(planned: Vec<Planned>) -> Self {
        Self {
            planned: Some(Arc::new(Mutex::new(planned.into()))),
        }
    }

    /// Answers anything sensibly and says that it is a script.
    #[must_use]
    pub fn demo() -> Self {
        Self { planned: None }
    }

    /// Answers of the transcript that were not asked for; none of a demo.
    #[must_use]
    pub fn left(&self) -> usize {
        self.planned.as_ref().map_or(0, |left| {
            left.lock().unwrap_or_else(PoisonError::into_inner).len()
        })
    }

    /// Answers a request, in small pieces if it wants them.
    ///
    /// # Errors
    /// The transcript is at its end.
    pub fn answer(
        &self,
        request: &Request,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Completion, ModelError> {
        let planned = match &self.planned {
            None => conversation::answer(request),
            Some(left) => left
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front()
                .ok_or_else(|| {
                    ModelError::give_up(
                        Cause::Request,
                        None,
                        "the transcript has no further answer",
                    )
                })?,
        };
        let completion = completion(request, planned);
        if request.stream {
            for piece in completion.text.split_inclusive(' ') {
                on_delta(Delta::Text(piece.to_owned()));
            }
            for call in &completion.calls {
                on_delta(Delta::Call {
                    name: call.name.clone(),
                });
            }
        }
        Ok(completion)
    }
}

fn completion(request: &Request, planned: Planned) -> Completion {
    let (text, calls) = match planned {
        Planned::Text(text) => (text, Vec::new()),
        Planned::Calls(calls) => (String::new(), calls),
    };
    let round = request.messages.len();
    let calls: Vec<_> = calls
        .into_iter()
        .enumerate()
        .map(|(index, (name, input))| ToolCall {
            id: format!("call_{round}_{index}"),
            name,
            input,
        })
        .collect();
    Completion {
        stop: if calls.is_empty() {
            Stop::End
        } else {
            Stop::ToolUse
        },
        usage: Usage {
            input: tokens(request),
            output: quarter(text.len()),
            ..Usage::default()
        },
        text,
        calls,
        malformed: Vec::new(),
        model: "scripted".to_owned(),
        provider: String::new(),
        request_id: None,
    }
}

/// A quarter of the bytes: what a rule of thumb says of tokens.
fn quarter(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(4)
}

fn tokens(request: &Request) -> u64 {
    let messages = serde_json::to_string(&request.messages).map_or(0, |text| text.len());
    quarter(request.system.len() + messages)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use silex_bundle::render::message::Message;

    use super::*;

    fn ask() -> Request {
        let model: silex_bundle::Model =
            serde_json::from_value(json!({ "provider": "scripted", "name": "demo" })).unwrap();
        Request::new(
            &model,
            "Be kind.",
            vec![Message::user("Hello there, Ada here.")],
        )
    }

    #[test]
    fn a_transcript_is_played_in_order_and_then_gives_up() {
        let script = Scripted::transcript(vec![
            Planned::Calls(vec![
                ("find".to_owned(), json!({ "q": 1 })),
                ("list".to_owned(), json!({})),
            ]),
            Planned::Text("Done.".to_owned()),
        ]);
        let first = script.answer(&ask(), &mut |_| {}).unwrap();
        assert_eq!((first.stop, first.calls.len()), (Stop::ToolUse, 2));
        assert_ne!(first.calls[0].id, first.calls[1].id);
        assert_eq!(
            script.clone().answer(&ask(), &mut |_| {}).unwrap().text,
            "Done."
        );
        assert_eq!(script.left(), 0);
        assert!(matches!(
            script.answer(&ask(), &mut |_| {}),
            Err(ModelError::GiveUp { .. })
        ));
    }

    #[test]
    fn the_pieces_of_a_streamed_answer_are_the_answer() {
        let mut seen = String::new();
        let answer = Scripted::demo().answer(&ask(), &mut |delta| match delta {
            Delta::Text(text) => seen.push_str(&text),
            Delta::Call { name } => panic!("called {name}"),
        });
        assert_eq!(seen, answer.unwrap().text);
        assert!(seen.contains("scripted model"), "{seen}");
    }

    #[test]
    fn the_same_question_gets_the_same_answer() {
        let answer = || Scripted::demo().answer(&ask(), &mut |_| {}).unwrap();
        assert_eq!(answer(), answer());
    }
}

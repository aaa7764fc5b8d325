//! Tools that answer what an example says, and remember what was called.

use silex_bundle::example::{CallOutcome, Event as Scripted, Matcher};
use silex_bundle::render::ToolCall;
use silex_bundle::tool::Handler;
use silex_bundle::{Bundle, Example, Span};

use super::Verdict;
use crate::turn::admit::{self, Admission};
use crate::turn::{Ended, Event, Turn};

/// The scripted calls of an example, and which of them were made.
#[derive(Debug)]
pub(super) struct StandIn<'a> {
    bundle: &'a Bundle,
    scripted: Vec<Call<'a>>,
}

#[derive(Debug)]
struct Call<'a> {
    tool: &'a str,
    args: &'a Matcher,
    outcome: &'a CallOutcome,
    made: bool,
}

impl<'a> StandIn<'a> {
    pub(super) fn new(bundle: &'a Bundle, example: &'a Example) -> Self {
        let scripted = example.script.iter().filter_map(|event| match event {
            Scripted::Calls {
                tool,
                args,
                outcome,
            } => Some(Call {
                tool,
                args,
                outcome,
                made: false,
            }),
            Scripted::Replies(_) => None,
        });
        Self {
            bundle,
            scripted: scripted.collect(),
        }
    }

    /// Answers a call: admitted as by the runtime, carried out by the script. One that the script
    /// does not foresee gets the least value of its type.
    pub(super) fn call(&mut self, turn: &Turn, call: &ToolCall) -> Event {
        let (content, ended) = match admit::admit(turn, call) {
            Admission::Misfit(why) => (why, Ended::Misfit),
            Admission::Refused(why) => (why, Ended::Failed),
            Admission::Held(why) => (why.clone(), Ended::Held(why)),
            Admission::Admitted(admitted) => {
                let args = serde_json::Value::Object(admitted.names.clone());
                match self.scripted(&admitted.tool, &args) {
                    Some(CallOutcome::Returns(value)) => self.returned(&admitted.tool, value),
                    Some(CallOutcome::Fails(why)) => (why.clone(), Ended::Failed),
                    None => {
                        let tool = self.bundle.tools.get(&admitted.tool);
                        let least = tool.map(|tool| {
                            Matcher::Any.witness(&tool.returns, &self.bundle.declarations)
                        });
                        self.returned(&admitted.tool, &least.unwrap_or_default())
                    }
                }
            }
        };
        Event::returned(call, content, ended)
    }

    /// The outcome of the call that fits best: by its arguments, else by its tool; one that was not
    /// made yet before one that was.
    fn scripted(&mut self, tool: &str, args: &serde_json::Value) -> Option<&'a CallOutcome> {
        let mut best: Option<(u8, usize)> = None;
        for (at, call) in self.scripted.iter().enumerate() {
            if call.tool != tool {
                continue;
            }
            let rank = 2 * u8::from(call.args.matches(args)) + u8::from(!call.made);
            if best.is_none_or(|(most, _)| rank > most) {
                best = Some((rank, at));
            }
        }
        let (rank, at) = best?;
        let call = self.scripted.get_mut(at)?;
        call.made |= rank >= 2;
        Some(call.outcome)
    }

    fn returned(&self, tool: &str, value: &serde_json::Value) -> (String, Ended) {
        let declarations = &self.bundle.declarations;
        let returns = self.bundle.tools.get(tool).map(|tool| &tool.returns);
        match returns.map(|returns| admit::returned(value, returns, declarations)) {
            Some(Ok(value)) if self.hands_over(tool) => {
                (value.to_string(), Ended::HandedOver(tool.to_owned()))
            }
            Some(Ok(value)) => (value.to_string(), Ended::Done),
            Some(Err(why)) => (why, Ended::Failed),
            None => ("there is no such tool".to_owned(), Ended::Failed),
        }
    }

    fn hands_over(&self, tool: &str) -> bool {
        let handler = self.bundle.tools.get(tool).map(|tool| &tool.handler);
        matches!(handler, Some(Handler::HandOver { .. }))
    }

    /// Whether each scripted call was made with the arguments that it names.
    pub(super) fn verdicts(&self, span: Span) -> Vec<Verdict> {
        self.scripted
            .iter()
            .map(|call| {
                let name = call.tool.rsplit('.').next().unwrap_or(call.tool);
                Verdict {
                    what: format!("calls {name}"),
                    span,
                    held: call.made,
                    why: if call.made {
                        String::new()
                    } else {
                        "it does not, or with other arguments".to_owned()
                    },
                    at_least: None,
                }
            })
            .collect()
    }
}

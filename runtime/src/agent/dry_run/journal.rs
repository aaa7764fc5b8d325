//! What the journal of a thread holds, by what was asked.

use std::collections::BTreeMap;

use serde_json::Value;
use silex_bundle::render::ToolResult;

use crate::store::turns::{self, StepKind};
use crate::store::{Connection, StoreError};
use crate::turn::{Ended, Event};

/// Answers and results of a thread. Where the same request was answered more than once, as when a mail is
/// tried again, the last answer is what stood.
#[derive(Debug, Default)]
pub(super) struct Journal {
    answers: BTreeMap<String, Event>,
    calls: BTreeMap<String, (ToolResult, Ended)>,
}

impl Journal {
    pub(super) async fn of(db: &mut Connection, thread: i64) -> Result<Self, StoreError> {
        let mut journal = Self::default();
        for turn in turns::of_thread(db, thread).await? {
            for step in turns::steps(db, turn.id).await? {
                let result = step.result.unwrap_or_default();
                let Ok(event) = serde_json::from_value::<Event>(result) else {
                    continue;
                };
                match (step.kind, event) {
                    (StepKind::Model, event) => {
                        journal.answers.insert(step.request_digest, event);
                    }
                    (StepKind::Tool, Event::Returned { result, ended }) => {
                        let call = named(
                            step.request["tool"].as_str().unwrap_or_default(),
                            &step.request["input"],
                        );
                        journal.calls.entry(call).or_insert((result, ended));
                    }
                    (StepKind::Tool, Event::Answered(_) | Event::Judged(_)) => {}
                }
            }
        }
        Ok(journal)
    }

    /// What a model said to the request of this digest.
    pub(super) fn answer(&self, digest: &str) -> Option<&Event> {
        self.answers.get(digest)
    }

    /// What came of the same call.
    pub(super) fn call(&self, tool: &str, input: &Value) -> Option<&(ToolResult, Ended)> {
        self.calls.get(&named(tool, input))
    }
}

fn named(tool: &str, input: &Value) -> String {
    format!("{tool} {input}")
}

//! What the journal of a thread holds, by what was asked.

use std::collections::BTreeMap;

use serde_json::Value;
use silex_bundle::render::ToolResult;

use crate::store::turns::{self, StepKind};
use crate::store::{Connection, StoreError};
use crate::turn::{Ended, Event};

/// Answers and results of a thread. Where the same request was answered more than once, as when a mail is
/// tried again, the last answer is what stood. The same call may have come to something else for each mail.
#[derive(Debug, Default)]
pub(super) struct Journal {
    answers: BTreeMap<String, Event>,
    calls: BTreeMap<String, Vec<Called>>,
}

/// What came of a call, and for which mail it was made.
#[derive(Debug)]
struct Called {
    mail: Option<i64>,
    came: (ToolResult, Ended),
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
                        journal.calls.entry(call).or_default().push(Called {
                            mail: turn.mail_id,
                            came: (result, ended),
                        });
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

    /// What came of the same call when it was made for this mail for the `nth` time, or the last; else for
    /// any.
    pub(super) fn call(
        &self,
        (tool, input): (&str, &Value),
        mail: i64,
        nth: usize,
    ) -> Option<&(ToolResult, Ended)> {
        let all = self.calls.get(&named(tool, input))?;
        let of_mail = || all.iter().filter(|called| called.mail == Some(mail));
        let called = of_mail().nth(nth).or_else(|| of_mail().next_back());
        Some(&called.or_else(|| all.first())?.came)
    }
}

pub(super) fn named(tool: &str, input: &Value) -> String {
    format!("{tool} {input}")
}

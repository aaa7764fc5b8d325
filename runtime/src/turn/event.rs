//! What came of a step of a turn, as the journal holds it.

use serde::{Deserialize, Serialize};
use silex_bundle::render::{ToolCall, ToolResult};

use super::judge::Verdict;
use crate::model::Completion;

/// What came of it. This is what the journal holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The model answered.
    Answered(Completion),
    /// A second model judged a rule.
    Judged(Verdict),
    /// A call returned.
    Returned {
        /// What the model reads.
        result: ToolResult,
        /// How it ended.
        ended: Ended,
    },
}

impl Event {
    /// What the model reads of a call that ended so.
    pub(crate) fn returned(call: &ToolCall, content: String, ended: Ended) -> Self {
        let is_error = matches!(ended, Ended::Failed | Ended::Misfit | Ended::Held(_));
        let result = ToolResult {
            id: call.id.clone(),
            content,
            is_error,
        };
        Self::Returned { result, ended }
    }
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Carried out.
    Done,
    /// Carried out, but a person must see the draft that comes of it, for this reason.
    DoneHeld(String),
    /// Failed or refused; the model was told.
    Failed,
    /// Not understood, and so not made; the model was told.
    Misfit,
    /// A person must decide, or do it; the draft is held with this reason.
    Held(String),
    /// A person has the thread from here on, for this reason; the turn is over.
    HandedOver(String),
}

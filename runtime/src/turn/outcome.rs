//! How a turn ended, and the value that it gave.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::draft::Judged;
use super::judge::Verdict;

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It gave a value of the return type.
    Returned(Box<Returned>),
    /// A person must take over, for this reason.
    AskPerson(String),
    /// The thread was given to a person, for this reason, and stays theirs.
    HandedOver(String),
}

/// The value of a turn, and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Returned {
    /// A value of the return type.
    pub value: Value,
    /// Rules that the last draft breaks: must and never.
    pub broken: Vec<Judged>,
    /// Rules that it misses: should and avoid.
    pub missed: Vec<Judged>,
    /// What a second model says about the rules that only a model can judge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
    /// Why a person must look first, besides rules.
    pub holds: Vec<String>,
    /// Drafts that were tried.
    pub attempts: u32,
    /// What was done to the model's words to read them as the value, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<String>,
}

impl Returned {
    /// Why a person must look at the value before it counts: what holds it and the rules it breaks.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let broken = self
            .broken
            .iter()
            .map(|judged| format!("it breaks `{}`", judged.rule));
        self.holds.iter().cloned().chain(broken).collect()
    }
}

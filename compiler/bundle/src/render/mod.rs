//! Rendering: a behaviour and its inputs become what a model is sent.
//!
//! A prompt is a list of parts that each know their segment, and a conversation of typed
//! messages. It is never a flat string that something parses again.

//!
//! The work is in [`Prepared`]: it decides the conditions, takes the skeleton that the layout made
//! for the active segments, and fills its holes. Data meets neither the layout nor another hole.

mod conversation;
mod fence;
pub mod message;
mod output;
mod prepared;
mod shown;
mod skeleton;
#[cfg(test)]
pub(crate) mod tests;
pub mod why;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::behaviour::{Behaviour, Segment};
use crate::expr::EvalError;

pub use message::{Message, ToolCall, ToolResult};
pub use output::{Output, output_schema};
pub use prepared::Prepared;
pub use skeleton::Layout;

/// What varies from render to render besides the inputs.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// From what the delimiter of fences is drawn: unknown to whoever wrote the data, and the
    /// same when a prompt is made again.
    pub seed: &'a str,
    /// Our own addresses: their mails in a thread are what the model said.
    pub own: &'a [String],
    /// A shown example that is left out: the one that is being played, which would be its own
    /// answer.
    pub without: Option<&'a str>,
}

/// Why there is no prompt.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RenderError {
    /// The bundle has no behaviour of the name.
    #[error("the bundle has no behaviour `{0}`")]
    NoBehaviour(String),
    /// The bundle has no layout of the name.
    #[error("the bundle has no layout `{0}`")]
    NoLayout(String),
    /// The layout does not parse or fails.
    #[error("layout `{name}`: {}{reason}", in_line(*line))]
    Layout {
        /// Its name.
        name: String,
        /// The line, counted from 1, where it is known.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
    },
    /// The layout does not print a segment that is in the prompt.
    #[error("layout `{layout}` leaves out segment {segment}")]
    LeftOut {
        /// Name of the layout.
        layout: String,
        /// Index of the segment.
        segment: usize,
    },
    /// The behaviour is not in a stage that it has.
    #[error("`{behaviour}` has no stage `{stage}`")]
    NoStage {
        /// Qualified behaviour.
        behaviour: String,
        /// What the scope says the stage is.
        stage: String,
    },
    /// What the behaviour observes is not in scope.
    #[error("`{name}`, which `{by}` finds out, has no value")]
    NotObserved {
        /// The observed name.
        name: String,
        /// Qualified behaviour that is observed.
        by: String,
    },
    /// A condition cannot be decided.
    #[error("condition {index} cannot be decided")]
    Condition {
        /// Its index.
        index: usize,
        /// Why.
        #[source]
        error: EvalError,
    },
    /// A hole cannot be filled.
    #[error("`{label}` has no value")]
    Hole {
        /// The hole as the author wrote it.
        label: String,
        /// Why.
        #[source]
        error: EvalError,
    },
    /// A segment is repeated for too many items.
    #[error("segment {segment} is repeated too often")]
    TooMany {
        /// Index of the segment.
        segment: usize,
    },
}

impl RenderError {
    fn layout(name: &str, error: &minijinja::Error) -> Self {
        let reason = error.detail().map(str::to_owned);
        Self::Layout {
            name: name.to_owned(),
            line: error.line(),
            reason: reason.unwrap_or_else(|| error.kind().to_string()),
        }
    }
}

fn in_line(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}

/// What a model is sent, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// The system prompt in order, in parts of one origin each.
    pub system: Vec<Part>,
    /// The conversation: alternating, the first and the last from outside.
    pub messages: Vec<Message>,
    /// The offers that hold, by index into [`crate::Behaviour::tools`].
    pub tools: Vec<usize>,
    /// Whether each segment of the behaviour is in the prompt.
    pub active: Vec<bool>,
    /// The value of each condition; none where its parent is false, so that it was not asked.
    pub conditions: Vec<Option<bool>>,
    /// Estimated tokens of the system prompt: a quarter of its bytes, rounded up.
    pub tokens: u32,
    /// The delimiter of this render's fences.
    pub fence: String,
}

/// A piece of the system prompt with one origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its text.
    pub text: String,
    /// Index of its segment; none for what the layout or the compiler says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<usize>,
}

/// A piece of the system prompt before its holes are filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPart {
    /// Index of its segment; none for what the layout or the compiler says.
    pub segment: Option<usize>,
    /// Its words and holes.
    pub text: Vec<Open>,
}

/// Words, or the place of a hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// Words.
    Words(String),
    /// A hole, by its index into the pieces of the segment.
    Hole(usize),
    /// The delimiter of fences, which is drawn for each render.
    Delimiter,
}

impl Prompt {
    /// The system prompt as one text.
    #[must_use]
    pub fn system_text(&self) -> String {
        self.system.iter().map(|part| part.text.as_str()).collect()
    }

    /// Bytes of [`Self::system_text`] before the first that differ from one prompt of `behaviour`,
    /// whose prompt this is, to the next: what a provider can keep.
    #[must_use]
    pub fn stable_bytes(&self, behaviour: &Behaviour) -> usize {
        let varies = |part: &&Part| {
            let segment = part.segment.and_then(|at| behaviour.segments.get(at));
            segment.is_some_and(Segment::varies) || part.text.contains(&self.fence)
        };
        let stable = self.system.iter().take_while(|part| !varies(part));
        stable.map(|part| part.text.len()).sum()
    }
}

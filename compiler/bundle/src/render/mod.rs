//! Rendering: a behaviour and its inputs become what a model is sent.
//!
//! A prompt is a list of parts that each know their segment, and a conversation of typed
//! messages. It is never a flat string that something parses again.

pub mod message;

pub use message::{Message, ToolCall, ToolResult};

use serde::{Deserialize, Serialize};

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

impl Prompt {
    /// The system prompt as one text.
    #[must_use]
    pub fn system_text(&self) -> String {
        self.system.iter().map(|part| part.text.as_str()).collect()
    }
}

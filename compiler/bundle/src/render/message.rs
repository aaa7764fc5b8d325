//! The provider-neutral conversation: what a prompt starts and a turn continues.
//!
//! A protocol of the runtime writes it in a provider's own form. Roles are variants, never text,
//! so nothing that a mail or a tool says can become a turn of somebody else.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An entry of a model conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Message {
    /// What the model is told from outside: a mail, or what the runtime asks.
    User {
        /// Its text.
        text: String,
    },
    /// What the model said.
    Assistant {
        /// Its text; may be empty when it only calls tools.
        text: String,
        /// The tools it calls, in its order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<ToolCall>,
    },
    /// What its calls gave: one for each call of the message before.
    Results(Vec<ToolResult>),
}

/// A call of a tool by the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// The provider's name for the call, which its result repeats.
    pub id: String,
    /// The tool's name as the model sees it.
    pub name: String,
    /// The arguments. Text that was not JSON stands here as a JSON string, so that the schema
    /// check refuses it and the model is told.
    pub input: Value,
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolResult {
    /// [`ToolCall::id`].
    pub id: String,
    /// What the model reads: JSON text, or what went wrong.
    pub content: String,
    /// Whether the call failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_error: bool,
}

impl Message {
    /// A message from outside.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self::User { text: text.into() }
    }

    /// An answer of the model without calls.
    #[must_use]
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::Assistant {
            text: text.into(),
            calls: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_survives_being_stored() {
        let conversation = vec![
            Message::user("Find it."),
            Message::Assistant {
                text: String::new(),
                calls: vec![ToolCall {
                    id: "c1".to_owned(),
                    name: "select_document".to_owned(),
                    input: serde_json::json!({ "query": "bees" }),
                }],
            },
            Message::Results(vec![ToolResult {
                id: "c1".to_owned(),
                content: "[]".to_owned(),
                is_error: false,
            }]),
            Message::assistant("There is none."),
        ];
        let text = serde_json::to_string(&conversation).unwrap();
        assert_eq!(
            serde_json::from_str::<Vec<Message>>(&text).unwrap(),
            conversation
        );
        assert!(
            text.contains(r#"{"results":[{"id":"c1","content":"[]"}]}"#),
            "{text}"
        );
    }
}

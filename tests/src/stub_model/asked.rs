//! Reading a request in either format, for functions that answer it.

use serde_json::Value;

use super::{Seen, Wire};

impl Seen {
    /// The system prompt.
    #[must_use]
    pub fn system(&self) -> String {
        match self.wire {
            Wire::Anthropic => words(&self.body["system"]),
            Wire::OpenAi => self
                .messages()
                .iter()
                .filter(|message| message["role"] == "system")
                .map(|message| words(&message["content"]))
                .collect(),
        }
    }

    /// What the newest tool results say; empty when the newest message holds none.
    #[must_use]
    pub fn results(&self) -> Vec<String> {
        match self.wire {
            Wire::Anthropic => {
                let parts = self
                    .messages()
                    .last()
                    .and_then(|message| message["content"].as_array());
                let results = parts
                    .into_iter()
                    .flatten()
                    .filter(|part| part["type"] == "tool_result");
                results.map(|part| words(&part["content"])).collect()
            }
            Wire::OpenAi => {
                let newest = self
                    .messages()
                    .iter()
                    .rev()
                    .take_while(|message| message["role"] == "tool");
                let mut results: Vec<_> =
                    newest.map(|message| words(&message["content"])).collect();
                results.reverse();
                results
            }
        }
    }

    /// The newest message's words.
    #[must_use]
    pub fn newest(&self) -> String {
        self.messages()
            .last()
            .map(|message| words(&message["content"]))
            .unwrap_or_default()
    }

    fn messages(&self) -> &[Value] {
        self.body["messages"].as_array().map_or(&[], Vec::as_slice)
    }
}

/// The text of a string, or of the text parts of a list.
fn words(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

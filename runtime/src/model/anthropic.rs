//! The Anthropic Messages protocol.
//!
//! A message of theirs is a list of blocks. The results of all calls stand first in the one user
//! message that follows the calls, so neighbours of the same role are written as one message.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use silex_bundle::manifest;
use silex_bundle::render::message::Message;

use super::protocol::{
    Accumulator, Complaint, Protocol, calls, judge, speaks_of_length, speaks_of_money, tokens,
};
use super::{Cause, Completion, Delta, ModelError, Request, Stop, ToolChoice, Usage, output};

/// The Anthropic Messages protocol.
#[derive(Debug, Clone, Copy)]
pub struct Anthropic;

impl Protocol for Anthropic {
    fn path(&self) -> &'static str {
        "/messages"
    }

    fn request(&self, request: &Request) -> Value {
        let mut body = json!({
            "model": request.model,
            "max_tokens": request.max_tokens,
            "messages": messages(request),
        });
        if !request.system.is_empty() {
            body["system"] = system(request);
        }
        if !request.tools.is_empty() {
            body["tools"] = tools(request);
            body["tool_choice"] = match &request.tool_choice {
                ToolChoice::Auto => json!({ "type": "auto" }),
                ToolChoice::Any => json!({ "type": "any" }),
                ToolChoice::None => json!({ "type": "none" }),
                ToolChoice::Tool(name) => json!({ "type": "tool", "name": name }),
            };
        }
        if let Some(wanted) = &request.output {
            let schema = output::without_bounds(&output::envelope(&wanted.schema));
            body["output_config"] =
                json!({ "format": { "type": "json_schema", "schema": schema } });
        }
        if let Some(temperature) = request.temperature {
            body["temperature"] = json!(temperature);
        }
        if request.stream {
            body["stream"] = json!(true);
        }
        body
    }

    fn response(&self, body: &Value) -> Result<Completion, ModelError> {
        let Some(content) = body.get("content").and_then(Value::as_array) else {
            return Err(ModelError::retry(None, "the answer has no content"));
        };
        let mut answer = Answer::default();
        answer.begin(body);
        for (index, block) in content.iter().enumerate() {
            answer.blocks.insert(index as u64, Block::begin(block));
        }
        answer.stop = text(body, "/stop_reason");
        Ok(answer.complete())
    }

    fn stream(&self) -> Box<dyn Accumulator> {
        Box::new(Answer::default())
    }

    fn failure(&self, body: &Value) -> Complaint {
        let message = text(body, "/error/message").unwrap_or_default();
        let cause = if speaks_of_length(&message) {
            Some(Cause::Context)
        } else if speaks_of_money(&message)
            || text(body, "/error/type").as_deref() == Some("billing_error")
        {
            Some(Cause::Quota)
        } else {
            None
        };
        Complaint { message, cause }
    }
}

/// Marks what ends with `block` as worth keeping. A provider takes four marks: one for the tools,
/// one for the instructions, two for the conversation.
fn mark(block: Option<&mut Value>) {
    if let Some(block) = block {
        block["cache_control"] = json!({ "type": "ephemeral" });
    }
}

/// The tools, which stand before everything else and are the same for each mail.
fn tools(request: &Request) -> Value {
    let mut tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            manifest::anthropic_form(&tool.name, &tool.description, tool.input_schema.clone())
        })
        .collect();
    mark(tools.last_mut());
    Value::Array(tools)
}

/// The instructions; what stands before the boundary is cached, and with it the tools.
fn system(request: &Request) -> Value {
    let boundary = request.cache_boundary.filter(|at| *at > 0);
    let Some((stable, rest)) = boundary.and_then(|at| request.system.split_at_checked(at)) else {
        return json!([{ "type": "text", "text": request.system }]);
    };
    let mut blocks = vec![json!({ "type": "text", "text": stable })];
    mark(blocks.last_mut());
    // A block of white space alone is refused.
    if !rest.trim().is_empty() {
        blocks.push(json!({ "type": "text", "text": rest }));
    }
    Value::Array(blocks)
}

fn messages(request: &Request) -> Value {
    let mut written: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in &request.messages {
        let (role, blocks) = match message {
            Message::User { text } => ("user", vec![json!({ "type": "text", "text": text })]),
            Message::Assistant { text, calls } => {
                let mut blocks = Vec::new();
                if !text.trim().is_empty() {
                    blocks.push(json!({ "type": "text", "text": text.trim_end() }));
                }
                blocks.extend(calls.iter().map(|call| {
                    json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": object(&call.input) })
                }));
                ("assistant", blocks)
            }
            Message::Results(results) => {
                let blocks = results.iter().map(|result| {
                    let mut block = json!({ "type": "tool_result", "tool_use_id": result.id, "content": result.content });
                    if result.is_error {
                        block["is_error"] = json!(true);
                    }
                    block
                });
                ("user", blocks.collect())
            }
        };
        match written.last_mut() {
            // An answer without words or calls is not written at all.
            _ if blocks.is_empty() => {}
            Some((last, before)) if *last == role => before.extend(blocks),
            Some(_) | None => written.push((role, blocks)),
        }
    }
    if !request.tools.is_empty() {
        // A turn with tools asks again with more behind: it reads what the request before wrote,
        // which ended with the last but one of these, and writes up to the last.
        let asked = written.iter_mut().rev().filter(|(role, _)| *role == "user");
        asked
            .take(2)
            .for_each(|(_, blocks)| mark(blocks.last_mut()));
    }
    written
        .into_iter()
        .map(|(role, content)| json!({ "role": role, "content": content }))
        .collect()
}

/// Arguments as the object that the provider insists on, also where the model wrote none.
pub(super) fn object(input: &Value) -> Value {
    if input.is_object() {
        input.clone()
    } else {
        json!({ "malformed_arguments": input })
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// An answer as far as it has come.
#[derive(Debug, Default)]
struct Answer {
    model: String,
    usage: Usage,
    blocks: BTreeMap<u64, Block>,
    stop: Option<String>,
    done: bool,
}

#[derive(Debug)]
enum Block {
    Text(String),
    Call {
        id: String,
        name: String,
        arguments: String,
    },
    /// Thinking and whatever else comes: not for us.
    Other,
}

impl Block {
    fn begin(block: &Value) -> Self {
        match block.get("type").and_then(Value::as_str) {
            Some("text") => Self::Text(text(block, "/text").unwrap_or_default()),
            Some("tool_use") => Self::Call {
                id: text(block, "/id").unwrap_or_default(),
                name: text(block, "/name").unwrap_or_default(),
                // In a stream the input starts empty and its text follows.
                arguments: match block.get("input") {
                    Some(Value::Object(input)) if input.is_empty() => String::new(),
                    Some(input) => input.to_string(),
                    None => String::new(),
                },
            },
            _ => Self::Other,
        }
    }
}

impl Answer {
    fn begin(&mut self, message: &Value) {
        self.model = text(message, "/model").unwrap_or_default();
        self.count(message.get("usage"));
    }

    /// Takes over counts; in a stream the later ones include the earlier.
    fn count(&mut self, usage: Option<&Value>) {
        let Some(usage) = usage else { return };
        let take = |field: &mut u64, key: &str| *field = tokens(usage, key).max(*field);
        take(&mut self.usage.input, "/input_tokens");
        take(&mut self.usage.output, "/output_tokens");
        take(&mut self.usage.cache_read, "/cache_read_input_tokens");
        take(&mut self.usage.cache_write, "/cache_creation_input_tokens");
    }

    fn delta(&mut self, data: &Value) -> Option<Delta> {
        let block = self.blocks.get_mut(&data.get("index")?.as_u64()?)?;
        match block {
            Block::Text(so_far) => {
                let more = text(data, "/delta/text")?;
                so_far.push_str(&more);
                Some(Delta::Text(more))
            }
            Block::Call { arguments, .. } => {
                arguments.push_str(&text(data, "/delta/partial_json")?);
                None
            }
            Block::Other => None,
        }
    }

    fn complete(self) -> Completion {
        let mut words = String::new();
        let mut written = Vec::new();
        for block in self.blocks.into_values() {
            match block {
                Block::Text(text) => words.push_str(&text),
                Block::Call {
                    id,
                    name,
                    arguments,
                } => written.push((id, name, arguments)),
                Block::Other => {}
            }
        }
        let (mut calls, mut malformed) = calls(written);
        let stop = match self.stop.as_deref() {
            Some("max_tokens" | "model_context_window_exceeded") if !calls.is_empty() => {
                Stop::CallCut
            }
            Some("max_tokens") => Stop::MaxTokens,
            Some("model_context_window_exceeded") => Stop::ContextWindow,
            Some("refusal") => Stop::Refusal,
            Some("pause_turn") => Stop::PauseTurn,
            _ if !calls.is_empty() => Stop::ToolUse,
            _ => Stop::End,
        };
        if matches!(stop, Stop::CallCut | Stop::Refusal) {
            calls.clear();
            malformed.clear();
        }
        Completion {
            text: words,
            calls,
            malformed,
            stop,
            usage: self.usage,
            model: self.model,
            provider: String::new(),
            request_id: None,
        }
    }
}

impl Accumulator for Answer {
    fn event(&mut self, event: &str, data: &str) -> Result<Option<Delta>, ModelError> {
        let data: Value = serde_json::from_str(data).map_err(|error| {
            ModelError::retry(None, format!("an event of the stream is not JSON: {error}"))
        })?;
        let kind = data.get("type").and_then(Value::as_str).unwrap_or(event);
        match kind {
            "message_start" => self.begin(&data["message"]),
            "content_block_start" => {
                let block = Block::begin(&data["content_block"]);
                let delta = match &block {
                    Block::Call { name, .. } => Some(Delta::Call { name: name.clone() }),
                    Block::Text(_) | Block::Other => None,
                };
                self.blocks
                    .insert(data["index"].as_u64().unwrap_or(0), block);
                return Ok(delta);
            }
            "content_block_delta" => return Ok(self.delta(&data)),
            "message_delta" => {
                self.stop = text(&data, "/delta/stop_reason").or(self.stop.take());
                self.count(data.get("usage"));
            }
            "message_stop" => self.done = true,
            "error" => return Err(reported(&data)),
            // `ping`, `content_block_stop`, and what comes one day.
            _ => {}
        }
        Ok(None)
    }

    fn is_done(&self) -> bool {
        self.done
    }

    fn finish(self: Box<Self>) -> Result<Completion, ModelError> {
        if self.done {
            Ok(self.complete())
        } else {
            Err(ModelError::retry(
                None,
                "the stream ended before the answer did",
            ))
        }
    }
}

/// An error event: the status was 200, so its type stands for one.
fn reported(data: &Value) -> ModelError {
    let status = match data.pointer("/error/type").and_then(Value::as_str) {
        Some("invalid_request_error") => 400,
        Some("authentication_error") => 401,
        Some("billing_error") => 402,
        Some("permission_error") => 403,
        Some("not_found_error") => 404,
        Some("request_too_large") => 413,
        Some("rate_limit_error") => 429,
        Some("timeout_error") => 504,
        Some("overloaded_error") => 529,
        _ => 500,
    };
    judge(status, Anthropic.failure(data), None)
}

#[cfg(test)]
mod tests {
    use silex_bundle::render::message::{ToolCall, ToolResult};

    use super::super::ToolSpec;
    use super::*;

    const TOOLS: &str = include_str!("bodies/anthropic_tools.json");
    const TOOLS_STREAM: &str = include_str!("bodies/anthropic_tools.sse");
    const OVERLOADED_STREAM: &str = include_str!("bodies/anthropic_overloaded.sse");

    fn ask(messages: Vec<Message>) -> Request {
        Request {
            model: "claude-sonnet-4-5".to_owned(),
            system: "Be kind. Today is Friday.".to_owned(),
            cache_boundary: Some(8),
            cache_key: None,
            messages,
            tools: Vec::new(),
            tool_choice: ToolChoice::Auto,
            output: None,
            temperature: None,
            max_tokens: 100,
            stream: false,
        }
    }

    fn play(stream: &str) -> Result<(Vec<Delta>, Completion), ModelError> {
        let mut answer = Anthropic.stream();
        let mut deltas = Vec::new();
        for (event, data) in super::super::protocol::sse_of_test(stream) {
            deltas.extend(answer.event(&event, &data)?);
        }
        answer.finish().map(|completion| (deltas, completion))
    }

    #[test]
    fn results_stand_first_in_the_one_message_after_the_calls() {
        let call = |id: &str| ToolCall {
            id: id.to_owned(),
            name: "find".to_owned(),
            input: json!({}),
        };
        let result = |id: &str, is_error| ToolResult {
            id: id.to_owned(),
            content: "x".to_owned(),
            is_error,
        };
        let body = Anthropic.request(&ask(vec![
            Message::user("Find."),
            Message::Assistant {
                text: String::new(),
                calls: vec![call("a"), call("b")],
            },
            Message::Results(vec![result("a", false), result("b", true)]),
            Message::user("Go on."),
        ]));
        assert_eq!(
            body["messages"],
            json!([
                { "role": "user", "content": [{ "type": "text", "text": "Find." }] },
                { "role": "assistant", "content": [
                    { "type": "tool_use", "id": "a", "name": "find", "input": {} },
                    { "type": "tool_use", "id": "b", "name": "find", "input": {} } ] },
                { "role": "user", "content": [
                    { "type": "tool_result", "tool_use_id": "a", "content": "x" },
                    { "type": "tool_result", "tool_use_id": "b", "content": "x", "is_error": true },
                    { "type": "text", "text": "Go on." } ] },
            ])
        );
    }

    #[test]
    fn the_stable_part_of_the_instructions_is_a_cached_block() {
        let body = Anthropic.request(&ask(vec![Message::user("Hi.")]));
        assert_eq!(
            body["system"],
            json!([
                { "type": "text", "text": "Be kind.", "cache_control": { "type": "ephemeral" } },
                { "type": "text", "text": " Today is Friday." },
            ])
        );
        let mut whole = ask(vec![Message::user("Hi.")]);
        whole.cache_boundary = Some(999);
        assert_eq!(
            Anthropic.request(&whole)["system"],
            json!([{ "type": "text", "text": whole.system }])
        );
    }

    #[test]
    fn a_turn_with_tools_marks_four_places_and_reads_what_it_wrote_before() {
        let call = ToolCall {
            id: "a".to_owned(),
            name: "find".to_owned(),
            input: json!({}),
        };
        let result = ToolResult {
            id: "a".to_owned(),
            content: "x".to_owned(),
            is_error: false,
        };
        let mut first = ask(vec![Message::user("Find.")]);
        first.tools = vec![ToolSpec {
            name: "find".to_owned(),
            description: "Finds.".to_owned(),
            input_schema: json!({ "type": "object" }),
        }];
        let mut second = first.clone();
        second.messages.extend([
            Message::Assistant {
                text: String::new(),
                calls: vec![call],
            },
            Message::Results(vec![result]),
        ]);
        let marks = |body: &Value| body.to_string().matches("cache_control").count();
        let (first, second) = (Anthropic.request(&first), Anthropic.request(&second));
        assert_eq!((marks(&first), marks(&second)), (3, 4));
        // What the first wrote to the cache is what the second begins with, mark and all.
        assert_eq!(
            (&first["tools"], &first["system"], &first["messages"][0]),
            (&second["tools"], &second["system"], &second["messages"][0])
        );
    }

    #[test]
    fn malformed_arguments_are_sent_back_as_an_object() {
        let call = ToolCall {
            id: "a".to_owned(),
            name: "find".to_owned(),
            input: json!("{\"q\":"),
        };
        let body = Anthropic.request(&ask(vec![
            Message::user("Find."),
            Message::Assistant {
                text: "  ".to_owned(),
                calls: vec![call],
            },
        ]));
        assert_eq!(
            body["messages"][1]["content"],
            json!([
                { "type": "tool_use", "id": "a", "name": "find", "input": { "malformed_arguments": "{\"q\":" } },
            ])
        );
    }

    #[test]
    fn tools_and_the_form_of_the_answer_are_written_their_way() {
        let mut request = ask(vec![Message::user("Hi.")]);
        request.tools = vec![ToolSpec {
            name: "find".to_owned(),
            description: "Finds.".to_owned(),
            input_schema: json!({ "type": "object" }),
        }];
        request.tool_choice = ToolChoice::Tool("find".to_owned());
        request.output = Some(super::super::OutputSchema {
            name: "kind".to_owned(),
            schema: json!({ "type": "string", "maxLength": 9 }),
        });
        let body = Anthropic.request(&request);
        assert_eq!(
            body["tools"][0],
            json!({ "name": "find", "description": "Finds.", "input_schema": { "type": "object" }, "cache_control": { "type": "ephemeral" } })
        );
        assert_eq!(
            body["tool_choice"],
            json!({ "type": "tool", "name": "find" })
        );
        assert_eq!(
            body["output_config"]["format"]["schema"]["properties"]["value"],
            json!({ "type": "string", "description": "(maxLength: 9)" }),
        );
    }

    #[test]
    fn the_same_answer_is_read_whole_and_streamed() {
        let whole = Anthropic
            .response(&serde_json::from_str(TOOLS).unwrap())
            .unwrap();
        let (deltas, streamed) = play(TOOLS_STREAM).unwrap();
        assert_eq!(whole, streamed);
        assert_eq!(streamed.stop, Stop::ToolUse);
        assert_eq!(streamed.calls.len(), 2);
        assert_eq!(
            streamed.calls[0].input,
            json!({ "query": "bees", "limit": 3 })
        );
        assert_eq!(streamed.calls[1].input, json!({}));
        assert_eq!(
            streamed.usage,
            Usage {
                input: 472,
                output: 89,
                cache_read: 1024,
                cache_write: 0
            }
        );
        assert_eq!(
            deltas,
            [
                Delta::Text("I will ".to_owned()),
                Delta::Text("look.".to_owned()),
                Delta::Call {
                    name: "select_document".to_owned()
                },
                Delta::Call {
                    name: "list_topics".to_owned()
                },
            ]
        );
    }

    #[test]
    fn a_stream_without_its_end_is_no_answer() {
        let cut = TOOLS_STREAM.split("event: message_stop").next().unwrap();
        assert!(matches!(play(cut), Err(ModelError::Retry { .. })));
    }

    #[test]
    fn an_error_event_after_200_is_an_error() {
        let error = play(OVERLOADED_STREAM).unwrap_err();
        assert!(
            matches!(&error, ModelError::Retry { fault, .. } if fault.status == Some(529)),
            "{error:?}"
        );
    }

    #[track_caller]
    fn check_stop(reason: &str, content: &Value, expected: Stop, calls: usize) {
        let body = json!({ "type": "message", "content": content, "stop_reason": reason });
        let completion = Anthropic.response(&body).unwrap();
        assert_eq!(
            (completion.stop, completion.calls.len()),
            (expected, calls),
            "{reason}"
        );
    }

    #[test]
    fn every_reason_to_stop_is_told_apart() {
        let words = json!([{ "type": "text", "text": "Well" }]);
        let call = json!([{ "type": "tool_use", "id": "a", "name": "find", "input": {} }]);
        check_stop("end_turn", &words, Stop::End, 0);
        check_stop("end_turn", &json!([]), Stop::End, 0);
        check_stop("stop_sequence", &words, Stop::End, 0);
        check_stop("tool_use", &call, Stop::ToolUse, 1);
        check_stop("max_tokens", &words, Stop::MaxTokens, 0);
        check_stop("max_tokens", &call, Stop::CallCut, 0);
        check_stop("pause_turn", &words, Stop::PauseTurn, 0);
        check_stop("refusal", &words, Stop::Refusal, 0);
        check_stop(
            "model_context_window_exceeded",
            &words,
            Stop::ContextWindow,
            0,
        );
    }

    #[test]
    fn a_spend_limit_and_an_overlong_prompt_are_not_plain_bad_requests() {
        let body = |message: &str| json!({ "type": "error", "error": { "type": "invalid_request_error", "message": message } });
        let cause = |message: &str| Anthropic.failure(&body(message)).cause;
        assert_eq!(
            cause("Your credit balance is too low to access the API."),
            Some(Cause::Quota)
        );
        assert_eq!(
            cause("prompt is too long: 210000 tokens > 200000 maximum"),
            Some(Cause::Context)
        );
        assert_eq!(cause("messages: at least one message is required"), None);
    }
}

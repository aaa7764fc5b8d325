//! The OpenAI chat completions protocol, which many other providers speak too.
//!
//! Arguments of a call travel as a string that the model wrote; it need not be JSON. A refusal is
//! a field of its own. Nothing marks a tool's result as an error, so its text says so.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use silex_bundle::manifest;
use silex_bundle::render::message::Message;

use super::anthropic::object;
use super::protocol::{
    Accumulator, Complaint, Protocol, calls, judge, speaks_of_length, speaks_of_money, tokens,
};
use super::{Cause, Completion, Delta, ModelError, Request, Stop, ToolChoice, Usage, output};

/// The OpenAI chat completions protocol.
#[derive(Debug, Clone, Copy)]
pub struct OpenAi {
    /// What the provider calls the bound of the answer: `max_completion_tokens` at OpenAI itself,
    /// `max_tokens` at those that follow its older form.
    pub max_tokens: &'static str,
    /// Whether it knows `prompt_cache_key`. The cache itself needs no mark: it goes by the bytes
    /// with which requests begin.
    pub cache_key: bool,
}

impl Protocol for OpenAi {
    fn path(&self) -> &'static str {
        "/chat/completions"
    }

    fn request(&self, request: &Request) -> Value {
        let mut body = json!({ "model": request.model, "messages": messages(request) });
        body[self.max_tokens] = json!(request.max_tokens);
        if !request.tools.is_empty() {
            body["tools"] = request
                .tools
                .iter()
                .map(|tool| {
                    manifest::openai_form(&tool.name, &tool.description, tool.input_schema.clone())
                })
                .collect();
            body["tool_choice"] = match &request.tool_choice {
                ToolChoice::Auto => json!("auto"),
                ToolChoice::Any => json!("required"),
                ToolChoice::None => json!("none"),
                ToolChoice::Tool(name) => {
                    json!({ "type": "function", "function": { "name": name } })
                }
            };
        }
        if let Some(wanted) = &request.output {
            let schema = output::envelope(&wanted.schema);
            let strict = output::is_strict(&schema);
            body["response_format"] = json!({
                "type": "json_schema",
                "json_schema": { "name": wanted.name, "strict": strict, "schema": schema },
            });
        }
        if let Some(temperature) = request.temperature {
            body["temperature"] = json!(temperature);
        }
        if let Some(key) = request.cache_key.as_ref().filter(|_| self.cache_key) {
            body["prompt_cache_key"] = json!(key);
        }
        if request.stream {
            body["stream"] = json!(true);
            body["stream_options"] = json!({ "include_usage": true });
        }
        body
    }

    fn response(&self, body: &Value) -> Result<Completion, ModelError> {
        if body.get("error").is_some_and(|error| !error.is_null()) {
            return Err(reported(body));
        }
        let Some(choice) = body.pointer("/choices/0") else {
            return Err(ModelError::retry(None, "the answer has no choice"));
        };
        let mut answer = Answer::default();
        answer.take_head(body);
        answer.take(&choice["message"]);
        answer.stop = text(choice, "/finish_reason");
        Ok(answer.complete())
    }

    fn stream(&self) -> Box<dyn Accumulator> {
        Box::new(Answer::default())
    }

    fn failure(&self, body: &Value) -> Complaint {
        complaint(body)
    }
}

fn messages(request: &Request) -> Value {
    let mut written = Vec::new();
    if !request.system.is_empty() {
        written.push(json!({ "role": "system", "content": request.system }));
    }
    for message in &request.messages {
        match message {
            Message::User { text } => written.push(json!({ "role": "user", "content": text })),
            Message::Assistant { text, calls } => {
                let mut entry = json!({ "role": "assistant", "content": text });
                if !calls.is_empty() {
                    if text.is_empty() {
                        entry["content"] = Value::Null;
                    }
                    entry["tool_calls"] = calls
                        .iter()
                        .map(|call| {
                            json!({ "id": call.id, "type": "function", "function": {
                                "name": call.name, "arguments": object(&call.input).to_string(),
                            } })
                        })
                        .collect();
                }
                written.push(entry);
            }
            Message::Results(results) => written.extend(results.iter().map(|result| {
                let mark = if result.is_error { "Error: " } else { "" };
                json!({ "role": "tool", "tool_call_id": result.id, "content": format!("{mark}{}", result.content) })
            })),
        }
    }
    Value::Array(written)
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// What an error body says. Followers of the protocol write `error` as text, or only a `message`.
fn complaint(body: &Value) -> Complaint {
    let message = text(body, "/error/message")
        .or_else(|| text(body, "/error"))
        .or_else(|| text(body, "/message"))
        .unwrap_or_default();
    let names = [text(body, "/error/code"), text(body, "/error/type")];
    let named = |any: &[&str]| {
        names
            .iter()
            .flatten()
            .any(|name| any.contains(&name.as_str()))
    };
    let cause = if named(&["context_length_exceeded", "string_above_max_length"])
        || speaks_of_length(&message)
    {
        Some(Cause::Context)
    } else if named(&[
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "quota_exceeded",
        "exceeded_current_quota_error",
    ]) || speaks_of_money(&message)
    {
        Some(Cause::Quota)
    } else if named(&["model_not_found"]) {
        Some(Cause::Missing)
    } else {
        None
    };
    Complaint { message, cause }
}

/// An error inside a successful answer: its code stands for a status.
fn reported(body: &Value) -> ModelError {
    let code = body.pointer("/error/code");
    let status = match code
        .and_then(Value::as_u64)
        .and_then(|code| u16::try_from(code).ok())
    {
        Some(status) => status,
        None => match code
            .or_else(|| body.pointer("/error/type"))
            .and_then(Value::as_str)
        {
            Some("rate_limit_exceeded" | "slow_down") => 429,
            Some("invalid_request_error" | "invalid_prompt") => 400,
            Some("invalid_api_key") => 401,
            _ => 500,
        },
    };
    judge(status, complaint(body), None)
}

/// An answer as far as it has come.
#[derive(Debug, Default)]
struct Answer {
    model: String,
    usage: Usage,
    words: String,
    refusal: String,
    /// Id, name and arguments by index.
    calls: BTreeMap<u64, (String, String, String)>,
    stop: Option<String>,
    done: bool,
}

impl Answer {
    fn take_head(&mut self, body: &Value) {
        if let Some(model) = text(body, "/model") {
            self.model = model;
        }
        if let Some(usage) = body.get("usage").filter(|usage| usage.is_object()) {
            let cached = tokens(usage, "/prompt_tokens_details/cached_tokens");
            self.usage = Usage {
                input: tokens(usage, "/prompt_tokens").saturating_sub(cached),
                output: tokens(usage, "/completion_tokens"),
                cache_read: cached,
                cache_write: 0,
            };
        }
    }

    /// Takes a message or a piece of one: they have the same form.
    fn take(&mut self, piece: &Value) -> Option<Delta> {
        let mut delta = None;
        if let Some(more) = text(piece, "/content").filter(|more| !more.is_empty()) {
            self.words.push_str(&more);
            delta = Some(Delta::Text(more));
        }
        if let Some(more) = text(piece, "/refusal") {
            self.refusal.push_str(&more);
        }
        for call in piece
            .get("tool_calls")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let id = text(call, "/id").filter(|id| !id.is_empty());
            // Some followers leave the index out; an id then begins a new call.
            let next = self.calls.len() as u64;
            let index = call
                .get("index")
                .and_then(Value::as_u64)
                .unwrap_or(match id {
                    Some(_) => next,
                    None => next.saturating_sub(1),
                });
            let begun = self
                .calls
                .entry(index)
                .or_insert_with(|| (format!("call_{index}"), String::new(), String::new()));
            if let Some(id) = id {
                begun.0 = id;
            }
            if let Some(name) = text(call, "/function/name").filter(|name| !name.is_empty()) {
                begun.1.push_str(&name);
                delta = Some(Delta::Call { name });
            }
            if let Some(more) = text(call, "/function/arguments") {
                begun.2.push_str(&more);
            }
        }
        delta
    }

    fn complete(self) -> Completion {
        let (mut calls, mut malformed) = calls(self.calls.into_values().collect());
        let stop = match self.stop.as_deref() {
            _ if !self.refusal.is_empty() => Stop::Refusal,
            Some("content_filter") => Stop::Refusal,
            Some("length") if !calls.is_empty() => Stop::CallCut,
            Some("length") => Stop::MaxTokens,
            // Followers say `stop` with calls beside it.
            _ if !calls.is_empty() => Stop::ToolUse,
            _ => Stop::End,
        };
        if matches!(stop, Stop::CallCut | Stop::Refusal) {
            calls.clear();
            malformed.clear();
        }
        let text = if self.refusal.is_empty() {
            self.words
        } else {
            self.refusal
        };
        Completion {
            text,
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
    fn event(&mut self, _event: &str, data: &str) -> Result<Option<Delta>, ModelError> {
        if data.trim() == "[DONE]" {
            self.done = true;
            return Ok(None);
        }
        let data: Value = serde_json::from_str(data).map_err(|error| {
            ModelError::retry(None, format!("an event of the stream is not JSON: {error}"))
        })?;
        if data.get("error").is_some_and(|error| !error.is_null()) {
            return Err(reported(&data));
        }
        self.take_head(&data);
        let Some(choice) = data.pointer("/choices/0") else {
            return Ok(None);
        };
        if let Some(reason) = text(choice, "/finish_reason") {
            self.stop = Some(reason);
        }
        Ok(self.take(&choice["delta"]))
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

#[cfg(test)]
mod tests {
    use silex_bundle::render::message::{ToolCall, ToolResult};

    use super::super::{OutputSchema, ToolSpec};
    use super::*;

    const PROTOCOL: OpenAi = OpenAi {
        max_tokens: "max_completion_tokens",
        cache_key: true,
    };
    const TOOLS: &str = include_str!("bodies/openai_tools.json");
    const TOOLS_STREAM: &str = include_str!("bodies/openai_tools.sse");

    fn ask(messages: Vec<Message>) -> Request {
        Request {
            model: "gpt-5".to_owned(),
            system: "Be kind.".to_owned(),
            cache_boundary: None,
            cache_key: None,
            messages,
            tools: Vec::new(),
            tool_choice: ToolChoice::Auto,
            output: None,
            temperature: Some(0.5),
            max_tokens: 100,
            stream: true,
        }
    }

    fn play(stream: &str) -> Result<(Vec<Delta>, Completion), ModelError> {
        let mut answer = PROTOCOL.stream();
        let mut deltas = Vec::new();
        for (event, data) in super::super::protocol::sse_of_test(stream) {
            deltas.extend(answer.event(&event, &data)?);
        }
        answer.finish().map(|completion| (deltas, completion))
    }

    #[test]
    fn a_conversation_is_written_with_one_tool_message_for_each_call() {
        let call = |id: &str, input| ToolCall {
            id: id.to_owned(),
            name: "find".to_owned(),
            input,
        };
        let result = |id: &str, is_error| ToolResult {
            id: id.to_owned(),
            content: "x".to_owned(),
            is_error,
        };
        let body = PROTOCOL.request(&ask(vec![
            Message::user("Find."),
            Message::Assistant {
                text: String::new(),
                calls: vec![call("a", json!({ "q": 1 })), call("b", json!("{"))],
            },
            Message::Results(vec![result("a", false), result("b", true)]),
        ]));
        assert_eq!(
            body["messages"],
            json!([
                { "role": "system", "content": "Be kind." },
                { "role": "user", "content": "Find." },
                { "role": "assistant", "content": null, "tool_calls": [
                    { "id": "a", "type": "function", "function": { "name": "find", "arguments": "{\"q\":1}" } },
                    { "id": "b", "type": "function", "function": { "name": "find", "arguments": "{\"malformed_arguments\":\"{\"}" } } ] },
                { "role": "tool", "tool_call_id": "a", "content": "x" },
                { "role": "tool", "tool_call_id": "b", "content": "Error: x" },
            ])
        );
        assert_eq!(body["max_completion_tokens"], 100);
        assert_eq!(body["stream_options"]["include_usage"], true);
    }

    #[test]
    fn tools_and_the_form_of_the_answer_are_written_their_way() {
        let mut request = ask(vec![Message::user("Hi.")]);
        request.tools = vec![ToolSpec {
            name: "find".to_owned(),
            description: "Finds.".to_owned(),
            input_schema: json!({ "type": "object" }),
        }];
        request.tool_choice = ToolChoice::Any;
        request.output = Some(OutputSchema {
            name: "kind".to_owned(),
            schema: json!({ "enum": ["a", "b"], "type": "string" }),
        });
        let body = PROTOCOL.request(&request);
        assert_eq!(
            body["tools"][0]["function"]["parameters"],
            json!({ "type": "object" })
        );
        assert_eq!(body["tool_choice"], "required");
        let format = &body["response_format"]["json_schema"];
        assert_eq!(
            (&format["name"], &format["strict"]),
            (&json!("kind"), &json!(true))
        );
        assert_eq!(format["schema"]["required"], json!(["value"]));
    }

    #[test]
    fn the_same_answer_is_read_whole_and_streamed() {
        let whole = PROTOCOL
            .response(&serde_json::from_str(TOOLS).unwrap())
            .unwrap();
        let (deltas, streamed) = play(TOOLS_STREAM).unwrap();
        assert_eq!(whole, streamed);
        assert_eq!(streamed.stop, Stop::ToolUse);
        assert_eq!(streamed.calls[0].input, json!({ "query": "bees" }));
        assert_eq!(streamed.malformed[0].raw, "{\"title\": \"Roo");
        assert_eq!(streamed.malformed("call_b"), Some(&streamed.malformed[0]));
        assert_eq!(
            streamed.usage,
            Usage {
                input: 100,
                output: 31,
                cache_read: 28,
                cache_write: 0
            }
        );
        assert_eq!(deltas.len(), 3);
    }

    #[test]
    fn a_stream_without_done_is_no_answer() {
        let cut = TOOLS_STREAM.split("data: [DONE]").next().unwrap();
        assert!(matches!(play(cut), Err(ModelError::Retry { .. })));
    }

    #[track_caller]
    fn check_stop(reason: &str, message: &Value, expected: Stop, text: &str) {
        let body = json!({ "choices": [{ "message": message, "finish_reason": reason }] });
        let completion = PROTOCOL.response(&body).unwrap();
        assert_eq!(
            (completion.stop, completion.text.as_str()),
            (expected, text),
            "{reason}"
        );
        assert!(expected == Stop::ToolUse || completion.calls.is_empty());
    }

    #[test]
    fn every_reason_to_stop_is_told_apart() {
        let words = json!({ "content": "Well" });
        let call = json!({ "content": null, "tool_calls": [{ "id": "a", "function": { "name": "find", "arguments": "{" } }] });
        check_stop("stop", &words, Stop::End, "Well");
        check_stop("stop", &call, Stop::ToolUse, "");
        check_stop("tool_calls", &call, Stop::ToolUse, "");
        check_stop("length", &words, Stop::MaxTokens, "Well");
        check_stop("length", &call, Stop::CallCut, "");
        check_stop("content_filter", &words, Stop::Refusal, "Well");
        check_stop(
            "stop",
            &json!({ "content": null, "refusal": "No." }),
            Stop::Refusal,
            "No.",
        );
    }

    #[track_caller]
    fn check_cause(body: &Value, expected: Option<Cause>) {
        assert_eq!(complaint(body).cause, expected, "{body}");
    }

    #[test]
    fn the_two_meanings_of_429_are_told_apart() {
        check_cause(
            &json!({ "error": { "message": "Slow.", "type": "requests", "code": "rate_limit_exceeded" } }),
            None,
        );
        check_cause(
            &json!({ "error": { "message": "You exceeded your current quota.", "type": "insufficient_quota", "code": "insufficient_quota" } }),
            Some(Cause::Quota),
        );
        check_cause(
            &json!({ "error": { "message": "Too long.", "code": "context_length_exceeded" } }),
            Some(Cause::Context),
        );
        check_cause(
            &json!({ "error": { "message": "?", "code": "model_not_found" } }),
            Some(Cause::Missing),
        );
        assert_eq!(
            complaint(&json!({ "error": "model not found" })).message,
            "model not found"
        );
    }

    #[test]
    fn an_error_inside_a_stream_is_an_error() {
        let error =
            play("data: {\"error\":{\"message\":\"busy\",\"code\":\"rate_limit_exceeded\"}}\n\n")
                .unwrap_err();
        assert!(
            matches!(&error, ModelError::Retry { fault, .. } if fault.status == Some(429)),
            "{error:?}"
        );
    }

    #[test]
    fn calls_without_an_index_are_kept_apart_by_their_ids() {
        let piece = |id: Value, arguments: &str| json!({ "tool_calls": [{ "id": id, "function": { "name": "", "arguments": arguments } }] });
        let mut answer = Answer::default();
        answer.take(&piece(json!("a"), "{"));
        answer.take(&piece(Value::Null, "}"));
        answer.take(&piece(json!("b"), "[]"));
        let ids: Vec<_> = answer
            .complete()
            .calls
            .into_iter()
            .map(|call| (call.id, call.input.to_string()))
            .collect();
        assert_eq!(
            ids,
            [
                ("a".to_owned(), "{}".to_owned()),
                ("b".to_owned(), "[]".to_owned())
            ]
        );
    }
}

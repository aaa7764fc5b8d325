//! Answers in the providers' own formats.

use serde_json::{Value, json};

use super::{Said, Wire};

/// The body of a good answer.
pub(super) fn answer(wire: Wire, request: &Value, said: &Said, streams: bool) -> String {
    match (wire, streams) {
        (Wire::Anthropic, false) => anthropic(request, said).to_string(),
        (Wire::Anthropic, true) => anthropic_stream(request, said),
        (Wire::OpenAi, false) => openai(request, said).to_string(),
        (Wire::OpenAi, true) => openai_stream(request, said),
    }
}

/// The beginning of a stream that an error ends.
pub(super) fn broken_off(wire: Wire, kind: &str) -> String {
    match wire {
        Wire::Anthropic => {
            let start = json!({ "type": "message_start", "message": { "model": "stub", "content": [], "usage": { "input_tokens": 9 } } });
            let error =
                json!({ "type": "error", "error": { "type": kind, "message": "It went wrong." } });
            event("message_start", &start) + &event("error", &error)
        }
        Wire::OpenAi => {
            let error = json!({ "error": { "message": "It went wrong.", "type": "server_error", "code": kind } });
            chunk("stub", &json!({ "content": "It " }), None) + &format!("data: {error}\n\n")
        }
    }
}

/// Ids that no other answer of the conversation has.
fn ids(request: &Value, said: &Said) -> Vec<String> {
    let round = request["messages"].as_array().map_or(0, Vec::len);
    (0..said.calls.len())
        .map(|index| format!("call_{round}_{index}"))
        .collect()
}

fn anthropic_stop(said: &Said) -> &'static str {
    said.stop
        .unwrap_or(match (said.refuses, said.calls.is_empty()) {
            (true, _) => "refusal",
            (false, false) => "tool_use",
            (false, true) => "end_turn",
        })
}

fn anthropic(request: &Value, said: &Said) -> Value {
    let mut content = Vec::new();
    if !said.text.is_empty() {
        content.push(json!({ "type": "text", "text": said.text }));
    }
    for ((name, arguments), id) in said.calls.iter().zip(ids(request, said)) {
        // Whole answers carry parsed arguments; what cannot be parsed comes as it is.
        let input = serde_json::from_str(arguments).unwrap_or_else(|_| json!(arguments));
        content.push(json!({ "type": "tool_use", "id": id, "name": name, "input": input }));
    }
    json!({
        "id": "msg_stub", "type": "message", "role": "assistant", "model": request["model"],
        "content": content, "stop_reason": anthropic_stop(said), "stop_sequence": null,
        "usage": { "input_tokens": 40, "output_tokens": 12, "cache_read_input_tokens": 8, "cache_creation_input_tokens": 2 },
    })
}

fn anthropic_stream(request: &Value, said: &Said) -> String {
    let mut out = event(
        "message_start",
        &json!({ "type": "message_start", "message": {
        "id": "msg_stub", "type": "message", "role": "assistant", "model": request["model"], "content": [],
        "stop_reason": null,
        "usage": { "input_tokens": 40, "output_tokens": 1, "cache_read_input_tokens": 8, "cache_creation_input_tokens": 2 },
    } }),
    );
    out += &event("ping", &json!({ "type": "ping" }));
    let mut index = 0;
    let mut block = |start: Value, deltas: Vec<Value>| {
        let mut out = event(
            "content_block_start",
            &json!({ "type": "content_block_start", "index": index, "content_block": start }),
        );
        for delta in deltas {
            out += &event(
                "content_block_delta",
                &json!({ "type": "content_block_delta", "index": index, "delta": delta }),
            );
        }
        out += &event(
            "content_block_stop",
            &json!({ "type": "content_block_stop", "index": index }),
        );
        index += 1;
        out
    };
    if !said.text.is_empty() {
        let deltas = pieces(&said.text)
            .map(|piece| json!({ "type": "text_delta", "text": piece }))
            .collect();
        out += &block(json!({ "type": "text", "text": "" }), deltas);
    }
    for ((name, arguments), id) in said.calls.iter().zip(ids(request, said)) {
        let deltas = pieces(arguments)
            .map(|piece| json!({ "type": "input_json_delta", "partial_json": piece }))
            .collect();
        out += &block(
            json!({ "type": "tool_use", "id": id, "name": name, "input": {} }),
            deltas,
        );
    }
    out += &event(
        "message_delta",
        &json!({
            "type": "message_delta", "delta": { "stop_reason": anthropic_stop(said), "stop_sequence": null },
            "usage": { "output_tokens": 12 },
        }),
    );
    out + &event("message_stop", &json!({ "type": "message_stop" }))
}

fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

fn openai_stop(said: &Said) -> &'static str {
    said.stop.unwrap_or(if said.calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    })
}

fn openai_usage() -> Value {
    json!({ "prompt_tokens": 50, "completion_tokens": 12, "total_tokens": 62, "prompt_tokens_details": { "cached_tokens": 8 } })
}

fn openai(request: &Value, said: &Said) -> Value {
    let mut message = json!({ "role": "assistant", "content": said.text, "refusal": null });
    if said.refuses {
        message["refusal"] = message["content"].take();
    }
    if !said.calls.is_empty() {
        message["tool_calls"] = said.calls.iter().zip(ids(request, said)).map(|((name, arguments), id)| {
            json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } })
        }).collect();
    }
    json!({
        "id": "chatcmpl-stub", "object": "chat.completion", "created": 0, "model": request["model"],
        "choices": [{ "index": 0, "message": message, "finish_reason": openai_stop(said) }],
        "usage": openai_usage(),
    })
}

fn openai_stream(request: &Value, said: &Said) -> String {
    let model = request["model"].as_str().unwrap_or_default();
    let field = if said.refuses { "refusal" } else { "content" };
    let mut out = chunk(model, &json!({ "role": "assistant", "content": "" }), None);
    for piece in pieces(&said.text) {
        out += &chunk(model, &json!({ field: piece }), None);
    }
    for (index, ((name, arguments), id)) in said.calls.iter().zip(ids(request, said)).enumerate() {
        let first = json!({ "index": index, "id": id, "type": "function", "function": { "name": name, "arguments": "" } });
        out += &chunk(model, &json!({ "tool_calls": [first] }), None);
        for piece in pieces(arguments) {
            let more = json!({ "index": index, "function": { "arguments": piece } });
            out += &chunk(model, &json!({ "tool_calls": [more] }), None);
        }
    }
    out += &chunk(model, &json!({}), Some(openai_stop(said)));
    if request.pointer("/stream_options/include_usage") == Some(&Value::Bool(true)) {
        let last = json!({ "object": "chat.completion.chunk", "model": model, "choices": [], "usage": openai_usage() });
        out += &format!("data: {last}\n\n");
    }
    out + "data: [DONE]\n\n"
}

fn chunk(model: &str, delta: &Value, stop: Option<&str>) -> String {
    let chunk = json!({
        "id": "chatcmpl-stub", "object": "chat.completion.chunk", "created": 0, "model": model,
        "choices": [{ "index": 0, "delta": delta, "finish_reason": stop }],
    });
    format!("data: {chunk}\n\n")
}

/// A text in pieces of a few characters, so that nothing arrives whole.
fn pieces(text: &str) -> impl Iterator<Item = String> {
    let characters: Vec<char> = text.chars().collect();
    let pieces: Vec<String> = characters
        .chunks(7)
        .map(|piece| piece.iter().collect())
        .collect();
    pieces.into_iter()
}

//! What the real providers refuse.

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use serde_json::Value;

use super::Wire;

/// The key of a request, from where its protocol carries it.
pub(super) fn key(wire: Wire, headers: &HeaderMap) -> Option<String> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match wire {
        Wire::Anthropic => header("x-api-key").map(str::to_owned),
        Wire::OpenAi => header("authorization")?
            .strip_prefix("Bearer ")
            .map(str::to_owned),
    }
}

/// Says what is wrong with a request.
pub(super) fn request(wire: Wire, headers: &HeaderMap, body: &Value) -> Result<(), String> {
    text(body, "model")?;
    let messages = list(body, "messages")?;
    if messages.is_empty() {
        return Err("messages: at least one message is required".to_owned());
    }
    match wire {
        Wire::Anthropic => {
            if !headers.contains_key("anthropic-version") {
                return Err("anthropic-version: header is required".to_owned());
            }
            anthropic(body, messages)
        }
        Wire::OpenAi => openai(body, messages),
    }
}

fn anthropic(body: &Value, messages: &[Value]) -> Result<(), String> {
    known(
        body,
        &[
            "model",
            "messages",
            "max_tokens",
            "system",
            "temperature",
            "tools",
            "tool_choice",
            "stream",
            "output_config",
            "stop_sequences",
            "metadata",
            "top_p",
            "top_k",
            "thinking",
        ],
    )?;
    if !body.get("max_tokens").is_some_and(Value::is_u64) {
        return Err("max_tokens: field required".to_owned());
    }
    let marks = body.to_string().matches("\"cache_control\":").count();
    if marks > 4 {
        return Err(format!(
            "A maximum of 4 blocks with cache_control may be provided. Found {marks}."
        ));
    }
    for block in body
        .get("system")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        full_text(block, "system")?;
    }
    for tool in body
        .get("tools")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        tool_name(text(tool, "name")?)?;
        object_schema(tool.get("input_schema"))?;
    }
    if let Some(schema) = body.pointer("/output_config/format/schema") {
        object_schema(Some(schema))?;
        unbounded(schema)?;
    }
    let mut open: BTreeSet<String> = BTreeSet::new();
    for (index, message) in messages.iter().enumerate() {
        let role = text(message, "role")?;
        if !matches!(role, "user" | "assistant") {
            return Err(format!(
                "messages.{index}.role: `{role}` is not allowed; use the top-level system"
            ));
        }
        if index == 0 && role != "user" {
            return Err("messages: first message must use the user role".to_owned());
        }
        let blocks = list(message, "content")?;
        if blocks.is_empty() {
            return Err(format!(
                "messages.{index}: all messages must have non-empty content"
            ));
        }
        anthropic_blocks(index, role, blocks, &mut open)?;
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("tool_use ids without tool_result: {open:?}"))
    }
}

fn anthropic_blocks(
    index: usize,
    role: &str,
    blocks: &[Value],
    open: &mut BTreeSet<String>,
) -> Result<(), String> {
    let mut other = false;
    for block in blocks {
        match (text(block, "type")?, role) {
            ("text", _) => {
                full_text(block, &format!("messages.{index}"))?;
                other = true;
            }
            ("tool_use", "assistant") => {
                if !block.get("input").is_some_and(Value::is_object) {
                    return Err(format!(
                        "messages.{index}: tool_use.input should be a valid dictionary"
                    ));
                }
                if !open.insert(text(block, "id")?.to_owned()) {
                    return Err(format!("messages.{index}: tool_use ids must be unique"));
                }
            }
            ("tool_result", "user") => {
                if other {
                    return Err(format!(
                        "messages.{index}: tool_result blocks must stand first"
                    ));
                }
                let id = text(block, "tool_use_id")?;
                if !open.remove(id) {
                    return Err(format!("messages.{index}: unexpected tool_use_id `{id}`"));
                }
            }
            (kind, role) => {
                return Err(format!(
                    "messages.{index}: `{kind}` is not allowed for {role}"
                ));
            }
        }
    }
    if role == "user" && !open.is_empty() {
        return Err(format!(
            "messages.{index}: tool_use ids without tool_result immediately after: {open:?}"
        ));
    }
    Ok(())
}

fn openai(body: &Value, messages: &[Value]) -> Result<(), String> {
    known(
        body,
        &[
            "model",
            "messages",
            "prompt_cache_key",
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "tools",
            "tool_choice",
            "stream",
            "stream_options",
            "response_format",
            "stop",
            "parallel_tool_calls",
            "top_p",
            "user",
        ],
    )?;
    for tool in body
        .get("tools")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        tool_name(
            tool.pointer("/function/name")
                .and_then(Value::as_str)
                .ok_or("tools: function.name is required")?,
        )?;
        object_schema(tool.pointer("/function/parameters"))?;
    }
    if let Some(form) = body.pointer("/response_format/json_schema") {
        tool_name(text(form, "name")?)?;
        object_schema(form.get("schema"))?;
        if form.get("strict").and_then(Value::as_bool) == Some(true) {
            strict(&form["schema"])?;
        }
    }
    openai_messages(messages)
}

fn openai_messages(messages: &[Value]) -> Result<(), String> {
    let mut open: BTreeSet<String> = BTreeSet::new();
    for (index, message) in messages.iter().enumerate() {
        let role = text(message, "role")?;
        if role != "tool" && !open.is_empty() {
            return Err(format!(
                "messages.{index}: tool_call_ids without response messages: {open:?}"
            ));
        }
        match role {
            "system" if index == 0 => full_content(message, index)?,
            "user" => full_content(message, index)?,
            "assistant" => {
                let calls = message.get("tool_calls").and_then(Value::as_array);
                if calls.is_none() && message.get("content").is_none_or(Value::is_null) {
                    return Err(format!(
                        "messages.{index}: content is required without tool_calls"
                    ));
                }
                for call in calls.into_iter().flatten() {
                    if !call
                        .pointer("/function/arguments")
                        .is_some_and(Value::is_string)
                    {
                        return Err(format!(
                            "messages.{index}: function.arguments must be a string"
                        ));
                    }
                    open.insert(text(call, "id")?.to_owned());
                }
            }
            "tool" => {
                let id = text(message, "tool_call_id")?;
                if !open.remove(id) {
                    return Err(format!("messages.{index}: unexpected tool_call_id `{id}`"));
                }
                text(message, "content")?;
            }
            role => {
                return Err(format!(
                    "messages.{index}: role `{role}` is not allowed here"
                ));
            }
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("tool_call_ids without response messages: {open:?}"))
    }
}

fn text<'v>(value: &'v Value, field: &str) -> Result<&'v str, String> {
    value
        .get(field)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("{field}: a string is required"))
}

fn list<'v>(value: &'v Value, field: &str) -> Result<&'v [Value], String> {
    value
        .get(field)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .ok_or_else(|| format!("{field}: a list is required"))
}

fn full_content(message: &Value, index: usize) -> Result<(), String> {
    match text(message, "content")? {
        "" => Err(format!("messages.{index}: content is empty")),
        _ => Ok(()),
    }
}

fn full_text(block: &Value, place: &str) -> Result<(), String> {
    if text(block, "text")?.trim().is_empty() {
        return Err(format!(
            "{place}: text content blocks must contain non-whitespace text"
        ));
    }
    Ok(())
}

fn known(body: &Value, fields: &[&str]) -> Result<(), String> {
    let unknown = body
        .as_object()
        .into_iter()
        .flat_map(serde_json::Map::keys)
        .find(|key| !fields.contains(&key.as_str()));
    unknown.map_or(Ok(()), |field| {
        Err(format!("{field}: Extra inputs are not permitted"))
    })
}

fn tool_name(name: &str) -> Result<(), String> {
    let fits = (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if fits {
        Ok(())
    } else {
        Err(format!(
            "name: `{name}` should match ^[a-zA-Z0-9_-]{{1,64}}$"
        ))
    }
}

fn object_schema(schema: Option<&Value>) -> Result<(), String> {
    match schema
        .and_then(|schema| schema.get("type"))
        .and_then(Value::as_str)
    {
        Some("object") => Ok(()),
        kind => Err(format!(
            "schema: the root must be of type object, not {kind:?}"
        )),
    }
}

/// Every schema inside a schema.
fn schemas(schema: &Value) -> Vec<&Value> {
    let mut all = vec![schema];
    for list in ["properties", "$defs"] {
        all.extend(
            schema
                .get(list)
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .flat_map(|(_, inner)| schemas(inner)),
        );
    }
    for list in ["anyOf", "oneOf", "allOf"] {
        all.extend(
            schema
                .get(list)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .flat_map(schemas),
        );
    }
    all.extend(schema.get("items").into_iter().flat_map(schemas));
    all
}

/// What Anthropic cannot decode against.
fn unbounded(schema: &Value) -> Result<(), String> {
    for inner in schemas(schema) {
        for bound in [
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "maxItems",
            "multipleOf",
        ] {
            if inner.get(bound).is_some() {
                return Err(format!(
                    "output_config.format.schema: property '{bound}' is not supported"
                ));
            }
        }
        if inner.get("properties").is_some()
            && inner.get("additionalProperties") != Some(&Value::Bool(false))
        {
            return Err(
                "output_config.format.schema: 'additionalProperties' must be false".to_owned(),
            );
        }
    }
    Ok(())
}

/// What OpenAI asks of a strict schema.
fn strict(schema: &Value) -> Result<(), String> {
    for inner in schemas(schema) {
        let Some(properties) = inner.get("properties").and_then(Value::as_object) else {
            continue;
        };
        if inner.get("additionalProperties") != Some(&Value::Bool(false)) {
            return Err(
                "response_format: 'additionalProperties' is required to be false".to_owned(),
            );
        }
        let required = inner.get("required").and_then(Value::as_array);
        for name in properties.keys() {
            if !required.is_some_and(|names| names.iter().any(|n| n == name.as_str())) {
                return Err(format!(
                    "response_format: 'required' must name every property; missing '{name}'"
                ));
            }
        }
    }
    Ok(())
}

//! `via http`: a signed JSON request to a configured endpoint.
//!
//! The body is `{"tool", "arguments", "for"}`. `X-Silex-Signature: sha256=HEX` is the HMAC-SHA256
//! of the body by the endpoint's secret; `Idempotency-Key` is the same for every try of a step.

use hmac::{Hmac, Mac};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Call, Done, ToolError};
use crate::config::Endpoint;

/// The greatest answer, bytes.
const MAX_ANSWER: usize = 1024 * 1024;

pub(super) async fn request(
    client: &reqwest::Client,
    call: &Call<'_>,
    method: &str,
    endpoint: &Endpoint,
) -> Result<Done, ToolError> {
    let failed = |error: &dyn std::fmt::Display| ToolError::Failed(error.to_string());
    let bound = call.tool.owner.as_ref().map(|owner| owner.name.as_str());
    let mut arguments = call.names.clone();
    if let Some(bound) = bound {
        arguments.remove(bound);
    }
    let body =
        json!({ "tool": call.tool.name, "arguments": arguments, "for": call.owner }).to_string();
    let method = reqwest::Method::from_bytes(method.as_bytes()).map_err(|error| failed(&error))?;
    let request = client
        .request(method, &endpoint.url)
        .header("content-type", "application/json")
        .header("idempotency-key", call.idempotency_key)
        .header(
            "x-silex-signature",
            format!("sha256={}", sign(endpoint, &body)),
        )
        .body(body);
    // The URL can hold a secret of its own, so it is in no message.
    let mut response = request
        .send()
        .await
        .map_err(|error| match error.is_connect() {
            true => ToolError::Passing(error.without_url().to_string()),
            false => ToolError::Unsure(error.without_url().to_string()),
        })?;
    let status = response.status();
    let answered = format!("the endpoint answered {status}");
    if status.is_server_error() {
        // It, or what stands before it, gave up in the middle.
        return Err(ToolError::Unsure(answered));
    }
    if status == reqwest::StatusCode::TOO_MANY_REQUESTS {
        return Err(ToolError::Passing(answered));
    }
    if !status.is_success() {
        return Err(ToolError::Failed(answered));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| ToolError::Unsure(error.without_url().to_string()))?
    {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_ANSWER {
            return Err(ToolError::Unread(format!(
                "the endpoint answered more than {MAX_ANSWER} bytes"
            )));
        }
    }
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|error| ToolError::Unread(format!("the endpoint answered no JSON: {error}")))?;
    Ok(Done { value, write: None })
}

fn sign(endpoint: &Endpoint, body: &str) -> String {
    let key = endpoint.secret.expose_secret().as_bytes();
    // HMAC takes keys of any length, so this cannot fail; an empty tag would only be refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

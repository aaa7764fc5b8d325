//! Tools: what the model may call, what it does, and what stands between.

use crate::condition;
use crate::duration;
use crate::spelling;
use crate::tool::{Audience, GateKind, Handler};
use crate::{Bundle, Tool};
use serde_json::{Value, json};

use super::words;

/// All that is shown of a tool.
pub(super) fn view(bundle: &Bundle, name: &str, tool: &Tool) -> Value {
    let offered = bundle
        .behaviours
        .iter()
        .filter(|(_, it)| it.tools.iter().any(|offer| offer.tool == *name));
    let offered =
        offered.map(|(name, _)| json!({ "name": name, "page": words::behaviour_page(name) }));
    json!({
        "id": name, "name": tool.name, "doc": tool.doc,
        "params": words::fields(&tool.params),
        "owner": tool.owner, "returns": words::type_of(&tool.returns),
        "effects": effects(tool), "handler": handler(&tool.handler),
        "gates": gates(tool), "timeout": duration::write(tool.timeout_ms),
        "retry": tool.retry.map(|it| format!(
            "{} tries, {} to {} apart", it.attempts, duration::write(it.from_ms), duration::write(it.to_ms)
        )),
        "at_most": tool.at_most.map(|it| format!("{} per {}", it.count, duration::write(it.per_ms))),
        "offered": offered.collect::<Vec<_>>(), "place": words::place(bundle, tool.span),
    })
}

/// What a tool touches, a phrase each.
fn effects(tool: &Tool) -> Vec<String> {
    let of = &tool.effects;
    let reads = of
        .reads
        .iter()
        .map(|it| format!("reads {}", spelling::bare(it)));
    let writes = of
        .writes
        .iter()
        .map(|it| format!("writes {}", spelling::bare(it)));
    let sends = of.sends.map(|audience| match audience {
        Audience::Thread => "sends to the thread".to_owned(),
        Audience::Contact => "sends to the contact".to_owned(),
        Audience::Anyone => "sends to anyone".to_owned(),
    });
    let spends = of.spends.iter().map(|it| format!("spends {it}"));
    reads.chain(writes).chain(sends).chain(spends).collect()
}

fn handler(handler: &Handler) -> String {
    match handler {
        Handler::Search { entity } => format!("searches {}", spelling::bare(entity)),
        Handler::Get { entity } => format!("finds one {} by its key", spelling::bare(entity)),
        Handler::Save { path, value } => format!("saves {path} = {}", condition::text(value)),
        Handler::Behaviour(call) => {
            format!("runs the behaviour {}", spelling::bare(&call.behaviour))
        }
        Handler::Http { method, endpoint } => format!("{method} to the endpoint “{endpoint}”"),
        Handler::Mcp { server, tool } => format!("the tool “{tool}” of the MCP server “{server}”"),
        Handler::Native { name } => format!("the built-in function “{name}”"),
        Handler::AskReviewer { question } => format!("asks a reviewer: “{question}”"),
        Handler::HandOver { note } => format!("ends the turn; a person takes over: “{note}”"),
    }
}

fn gates(tool: &Tool) -> Vec<String> {
    let gate = |gate: &crate::tool::Gate| {
        let what = match gate.kind {
            GateKind::Reviewer => "waits for a reviewer",
            GateKind::Refuse => "is refused",
        };
        match &gate.when {
            Some(when) => format!("{what} when {}", condition::text(when)),
            None => format!("{what} always"),
        }
    };
    tool.gates.iter().map(gate).collect()
}

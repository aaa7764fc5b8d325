//! The way of a thread's mails, told from its events.

use serde::Serialize;
use serde_json::Value;

use crate::store::events::Event;
use crate::store::turns::Turn;

/// Something that happened, as the page tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Happened {
    at: i64,
    class: &'static str,
    what: String,
    by: Option<String>,
    detail: Option<String>,
    link: Option<String>,
}

/// The way in order.
pub(super) fn of(events: &[Event], turns: &[Turn]) -> Vec<Happened> {
    events.iter().map(|event| told(event, turns)).collect()
}

fn told(event: &Event, turns: &[Turn]) -> Happened {
    let text = |name: &str| {
        event
            .data
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let mut happened = Happened {
        at: event.at,
        class: "",
        what: event.kind.replace('.', " "),
        by: Some(event.actor.clone()).filter(|actor| actor != "silex"),
        detail: text("reason")
            .or_else(|| text("why"))
            .or_else(|| text("note")),
        link: event.draft_id.map(|id| format!("/drafts/{id}")),
    };
    match event.kind.as_str() {
        "mail.received" => {
            let sender = if event.data["verified"] == true {
                "the sender is verified"
            } else {
                "the sender is not verified"
            };
            happened.detail = Some(sender.to_owned());
        }
        "mail.screened" => happened.what = "the guard let it through".to_owned(),
        "turn.step" => {
            happened.class = "step";
            let turn = turns.iter().find(|turn| event.data["turn"] == turn.id);
            happened.by = turn.map(|turn| turn.behaviour.clone());
            let request = &event.data["request"];
            happened.what = match request.get("tool").and_then(Value::as_str) {
                Some(tool) => format!("called {tool}"),
                None => format!(
                    "asked {}",
                    request
                        .get("model")
                        .and_then(Value::as_str)
                        .unwrap_or("the model")
                ),
            };
            happened.detail = request.get("input").map(ToString::to_string);
        }
        "draft.held" | "draft.written" => {
            let reasons = event
                .data
                .get("reasons")
                .or_else(|| event.data.get("holds"));
            let reasons: Vec<_> = reasons
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            happened.detail = Some(reasons.join("; ")).filter(|reasons| !reasons.is_empty());
            if let Some(reviewer) = text("reviewer") {
                happened.what = format!("the draft is held for {reviewer}");
            }
        }
        "draft.reassigned" | "draft.escalated" => {
            happened.detail = text("to").map(|to| format!("to {to}"));
        }
        "question.asked" => happened.detail = text("asks"),
        "draft.delivered" => happened.detail = text("to").map(|to| format!("to {to}")),
        _ => {}
    }
    happened
}

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
        "turn.step" => step(&mut happened, event, turns),
        "draft.held" | "draft.written" => {
            happened.detail = reasons(event);
            if let Some(reviewer) = text("reviewer") {
                happened.what = format!("the draft is held for {reviewer}");
            }
        }
        "draft.reassigned" | "draft.escalated" => {
            happened.detail = text("to").map(|to| format!("to {to}"));
        }
        "thread.staged" => {
            let (from, to) = (text("from"), text("to"));
            happened.what = format!("went on to {}", to.unwrap_or_default());
            happened.detail = from.map(|from| format!("from {from}"));
        }
        "contact.saved" => {
            happened.what = format!("saved {}", text("field").unwrap_or_default());
            happened.detail = text("model").map(|model| format!("said by {model}"));
        }
        "relay.told" => {
            happened.what = format!("told the relay {}", text("relay").unwrap_or_default());
        }
        "job.dead" => {
            happened.what = format!("{} gave up", text("kind").unwrap_or_default());
            happened.detail = text("error");
        }
        "question.asked" => happened.detail = text("asks"),
        "draft.delivered" => happened.detail = text("to").map(|to| format!("to {to}")),
        _ => {}
    }
    happened
}

/// A call of a model or a tool.
fn step(happened: &mut Happened, event: &Event, turns: &[Turn]) {
    happened.class = "step";
    let turn = turns.iter().find(|turn| event.data["turn"] == turn.id);
    happened.by = turn.map(|turn| turn.behaviour.clone());
    let request = &event.data["request"];
    let said = |name: &str| request.get(name).and_then(Value::as_str);
    happened.what = match (said("tool"), said("judge")) {
        (Some(tool), _) => format!("called {tool}"),
        (None, Some(rule)) => format!("asked whether {rule} is kept"),
        (None, None) => format!("asked {}", said("model").unwrap_or("the model")),
    };
    happened.detail = request.get("input").map(ToString::to_string);
}

/// Why a draft is held.
fn reasons(event: &Event) -> Option<String> {
    let reasons = event.data.get("reasons");
    let reasons = reasons.or_else(|| event.data.get("holds"))?.as_array()?;
    let reasons: Vec<_> = reasons.iter().filter_map(Value::as_str).collect();
    Some(reasons.join("; ")).filter(|reasons| !reasons.is_empty())
}

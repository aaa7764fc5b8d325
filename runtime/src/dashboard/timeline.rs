//! What happened in a thread, in order: its events, each with the mail, the call, the draft or the
//! sending that it is about.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::store::drafts::Draft;
use crate::store::events::Event;
use crate::store::mails::{Direction, Mail};
use crate::store::turns::{Step, StepKind};

/// All that a thread's events speak of.
#[derive(Debug, Default)]
pub(super) struct Around {
    pub(super) mails: Vec<Mail>,
    pub(super) drafts: Vec<Draft>,
    /// The behaviour of each turn.
    pub(super) behaviours: BTreeMap<i64, String>,
    pub(super) steps: Vec<Step>,
}

/// Something that happened, as the page tells it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Moment {
    id: i64,
    at: i64,
    /// How it is coloured: `good`, `warn`, `bad`, `busy`, or nothing.
    tone: &'static str,
    what: String,
    by: Option<String>,
    detail: Option<String>,
    /// The mail that came.
    mail: Option<Mail>,
    /// The call that was made.
    call: Option<Call>,
    /// The draft that it is about, and its text where it was just written.
    draft: Option<i64>,
    text: Option<String>,
    /// Rules that the draft breaks or misses.
    broken: Vec<String>,
}

/// A call of a model or a tool.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Call {
    kind: StepKind,
    turn: i64,
    took: i64,
    cost: i64,
    /// Tokens read and written; none for tools.
    read: Option<u64>,
    wrote: Option<u64>,
    /// The arguments of a tool.
    input: Option<Value>,
    /// What came back: the model's words, the tool's result.
    result: Option<Value>,
    /// The tools that the model called.
    calls: Vec<String>,
}

/// The moments in order.
pub(super) fn of(events: &[Event], around: &Around) -> Vec<Moment> {
    events.iter().map(|event| told(event, around)).collect()
}

fn told(event: &Event, around: &Around) -> Moment {
    let text = |name: &str| said(&event.data, name);
    let mut moment = Moment {
        id: event.id,
        at: event.at,
        tone: tone(&event.kind),
        what: plainly(&event.kind),
        by: Some(event.actor.clone()).filter(|actor| actor != "silex"),
        detail: text("reason")
            .or_else(|| text("why"))
            .or_else(|| text("note")),
        mail: None,
        call: None,
        draft: event.draft_id,
        text: None,
        broken: Vec::new(),
    };
    match event.kind.as_str() {
        "mail.received" => {
            moment.by = None;
            let mail = around
                .mails
                .iter()
                .find(|mail| Some(mail.id) == event.mail_id);
            moment.mail = mail.filter(|mail| mail.direction == Direction::In).cloned();
        }
        "turn.step" => step(&mut moment, event, around),
        "draft.held" | "draft.written" | "draft.rewritten" => draft(&mut moment, event, around),
        "draft.stale" => {
            moment.detail = Some("newer mail came, and is answered together with it".to_owned());
        }
        "draft.delivered" => {
            moment.detail = text("to").map(|to| format!("to {to}"));
            let draft = around
                .drafts
                .iter()
                .find(|draft| Some(draft.id) == event.draft_id);
            moment.text = draft.map(|draft| draft.body.clone());
        }
        "draft.reassigned" | "draft.escalated" => {
            moment.detail = text("to").map(|to| format!("to {to}"));
        }
        "thread.staged" => {
            moment.what = format!("Went on to the stage {}", text("to").unwrap_or_default());
            moment.detail = text("from").map(|from| format!("from {from}"));
        }
        "contact.saved" => {
            moment.what = format!("Noted {} of the contact", text("field").unwrap_or_default());
            moment.detail = text("model").map(|model| format!("said by {model}"));
        }
        "relay.told" => {
            moment.what = format!("Told the relay {}", text("relay").unwrap_or_default());
        }
        "job.dead" => {
            moment.what = format!("{} gave up", text("kind").unwrap_or_default());
            moment.detail = text("error");
        }
        "job.retried" => {
            moment.what = format!("Had {} run again", text("kind").unwrap_or_default());
        }
        "job.cancelled" => {
            moment.what = format!("Took {} back", text("kind").unwrap_or_default());
        }
        "question.asked" => moment.detail = text("asks"),
        "delivery.arrived"
        | "delivery.bounced"
        | "delivery.complained"
        | "delivery.rejected"
        | "delivery.delayed" => moment.detail = text("detail").filter(|it| !it.is_empty()),
        _ => {}
    }
    moment
}

/// What a kind of event says without its data.
fn plainly(kind: &str) -> String {
    let what = match kind {
        "mail.received" => "A mail came",
        "mail.screened" => "The guard let it through",
        "mail.quarantined" => "It was put aside",
        "mail.released" => "It was let go on",
        "mail.redriven" => "It was tried again",
        "draft.approved" => "Approved",
        "draft.rejected" => "Rejected",
        "draft.sent_back" => "Sent back to be written again",
        "draft.edited" => "Edited",
        "draft.undone" => "The decision was taken back",
        "draft.stale" => "The draft is stale",
        "draft.delivered" => "Sent",
        "delivery.arrived" => "It arrived",
        "delivery.bounced" => "It came back",
        "delivery.complained" => "The contact called it spam",
        "delivery.rejected" => "SES did not send it on",
        "delivery.delayed" => "It is delayed on its way",
        "draft.reassigned" | "draft.escalated" => "Given to another",
        "thread.taken" => "A person took the thread over",
        "thread.given_back" => "The thread is its agent's again",
        "question.asked" => "Asked a person",
        "question.answered" => "A person answered",
        _ => return kind.replace(['.', '_'], " "),
    };
    what.to_owned()
}

fn said(data: &Value, name: &str) -> Option<String> {
    data.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn tone(kind: &str) -> &'static str {
    match kind {
        "draft.approved" | "draft.delivered" | "mail.screened" | "mail.released"
        | "delivery.arrived" => "good",
        "draft.held" | "mail.quarantined" | "question.asked" | "draft.stale" | "draft.overdue"
        | "draft.due_soon" | "delivery.delayed" | "delivery.unknown" | "draft.unassigned"
        | "draft.kept_back" => "warn",
        "job.dead"
        | "draft.rejected"
        | "delivery.bounced"
        | "delivery.failed"
        | "delivery.rejected"
        | "delivery.complained" => "bad",
        "mail.received" | "turn.step" => "busy",
        _ => "",
    }
}

/// A draft was written: its text, and the rules that it does not keep.
fn draft(moment: &mut Moment, event: &Event, around: &Around) {
    let reviewer = said(&event.data, "reviewer");
    moment.what = match (event.kind.as_str(), reviewer) {
        ("draft.held", Some(reviewer)) => format!("The draft waits for {reviewer}"),
        ("draft.held", None) => "The draft waits for a person".to_owned(),
        ("draft.rewritten", _) => "The draft was written again".to_owned(),
        _ => "A draft was written".to_owned(),
    };
    moment.by = None;
    moment.detail = reasons(event);
    let draft = around
        .drafts
        .iter()
        .find(|draft| Some(draft.id) == event.draft_id);
    let Some(draft) = draft.filter(|_| event.kind != "draft.held") else {
        return;
    };
    moment.text = Some(draft.original_body.clone());
    let rules = [
        (&draft.broken_rules, "breaks"),
        (&draft.missed_rules, "misses"),
    ];
    for (list, does) in rules {
        let list = list.as_array().into_iter().flatten();
        let names =
            list.filter_map(|rule| said(rule, "rule").or_else(|| rule.as_str().map(str::to_owned)));
        moment
            .broken
            .extend(names.map(|rule| format!("{does} {rule}")));
    }
}

/// Why a draft is held.
fn reasons(event: &Event) -> Option<String> {
    let reasons = event.data.get("reasons");
    let reasons = reasons.or_else(|| event.data.get("holds"))?.as_array()?;
    let reasons: Vec<_> = reasons.iter().filter_map(Value::as_str).collect();
    Some(reasons.join("; ")).filter(|reasons| !reasons.is_empty())
}

/// A call of a model or a tool, as the journal has it.
fn step(moment: &mut Moment, event: &Event, around: &Around) {
    let turn = event.data["turn"].as_i64();
    moment.by = turn.and_then(|turn| around.behaviours.get(&turn).cloned());
    let request = &event.data["request"];
    moment.what = match (said(request, "tool"), said(request, "judge")) {
        (Some(tool), _) => format!("Called {tool}"),
        (None, Some(rule)) => format!("Asked whether {rule} is kept"),
        (None, None) => format!("Asked {}", said(request, "model").unwrap_or_default()),
    };
    let step = around
        .steps
        .iter()
        .find(|step| event.data["turn"] == step.turn_id && event.data["step"] == step.number);
    let Some(step) = step else { return };
    let result = step.result.as_ref();
    let part = |path: &str| result.and_then(|result| result.pointer(path)).cloned();
    let kept = part("/judged/kept").and_then(|kept| kept.as_bool());
    if let Some(kept) = kept {
        moment.detail = Some(if kept { "it is kept" } else { "it is not kept" }.to_owned());
    }
    let failed = part("/returned/result/is_error") == Some(Value::Bool(true));
    if failed || kept == Some(false) || step.error.is_some() {
        moment.tone = "bad";
    }
    let calls = part("/answered/calls").unwrap_or_default();
    let calls = calls.as_array().into_iter().flatten();
    let tokens = |name: &str| step.usage.as_ref()?.get(name)?.as_u64();
    moment.call = Some(Call {
        kind: step.kind,
        turn: step.turn_id,
        took: step.finished_at - step.started_at,
        cost: step.cost,
        read: tokens("input").map(|read| read + tokens("cache_read").unwrap_or(0)),
        wrote: tokens("output"),
        input: request.get("input").cloned(),
        result: part("/answered/text")
            .or_else(|| part("/returned/result/content"))
            .or_else(|| part("/judged/why"))
            .or_else(|| step.error.clone().map(Value::from))
            .filter(|result| result.as_str() != Some("")),
        calls: calls.filter_map(|call| said(call, "name")).collect(),
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: &str, data: Value) -> Event {
        Event {
            id: 1,
            at: 0,
            kind: kind.to_owned(),
            actor: "silex".to_owned(),
            thread_id: Some(1),
            mail_id: None,
            draft_id: None,
            data,
        }
    }

    fn step_of(kind: StepKind, request: &Value, result: Value) -> (Event, Around) {
        let step = Step {
            turn_id: 3,
            number: 1,
            kind,
            request_digest: String::new(),
            request: request.clone(),
            result: Some(result),
            error: None,
            usage: Some(json!({ "input": 5, "output": 2, "cache_read": 10, "cache_write": 0 })),
            model: None,
            cost: 7,
            started_at: 100,
            finished_at: 350,
        };
        let around = Around {
            steps: vec![step],
            ..Around::default()
        };
        (
            event(
                "turn.step",
                json!({ "turn": 3, "step": 1, "request": request }),
            ),
            around,
        )
    }

    #[test]
    fn a_tool_is_told_with_its_arguments_and_what_it_gave() {
        let result = json!({ "returned": { "result": { "id": "1", "content": "no such book", "is_error": true }, "ended": "failed" } });
        let (event, around) = step_of(
            StepKind::Tool,
            &json!({ "tool": "find", "input": { "book": "Momo" } }),
            result,
        );
        let [moment] = &of(&[event], &around)[..] else {
            panic!()
        };
        let call = moment.call.as_ref().unwrap();
        assert_eq!((moment.what.as_str(), moment.tone), ("Called find", "bad"));
        assert_eq!(call.input, Some(json!({ "book": "Momo" })));
        assert_eq!(
            (call.result.clone(), call.took),
            (Some(json!("no such book")), 250)
        );
    }

    #[test]
    fn a_models_words_are_told_with_what_they_cost() {
        let result = json!({ "answered": { "text": "Dear Ada", "calls": [{ "name": "find" }] } });
        let (event, around) = step_of(StepKind::Model, &json!({ "model": "haiku" }), result);
        let [moment] = &of(&[event], &around)[..] else {
            panic!()
        };
        let call = moment.call.as_ref().unwrap();
        assert_eq!(moment.what, "Asked haiku");
        assert_eq!((call.read, call.wrote, call.cost), (Some(15), Some(2), 7));
        assert_eq!(
            (call.result.clone(), call.calls.clone()),
            (Some(json!("Dear Ada")), vec!["find".to_owned()])
        );
    }

    #[test]
    fn a_verdict_says_whether_the_rule_is_kept() {
        let result = json!({ "judged": { "rule": "a.kind", "kept": false, "why": "it is rude" } });
        let (event, around) = step_of(
            StepKind::Model,
            &json!({ "model": "haiku", "judge": "a.kind" }),
            result,
        );
        let [moment] = &of(&[event], &around)[..] else {
            panic!()
        };
        assert_eq!(moment.what, "Asked whether a.kind is kept");
        assert_eq!(
            (moment.detail.as_deref(), moment.tone),
            (Some("it is not kept"), "bad")
        );
    }

    #[test]
    fn why_a_draft_is_held_is_told() {
        let held = event(
            "draft.held",
            json!({ "reasons": ["no rule covers it"], "reviewer": "rosa" }),
        );
        let [moment] = &of(&[held], &Around::default())[..] else {
            panic!()
        };
        assert_eq!(moment.what, "The draft waits for rosa");
        assert_eq!(moment.detail.as_deref(), Some("no rule covers it"));
    }
}

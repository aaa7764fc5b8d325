//! What a turn does next, for every kind of answer.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a check function fails for all but one case"
)]

use std::sync::Arc;

use serde_json::{Value, json};
use silex_bundle::render::{Message, ToolCall, ToolResult};

use super::admit::{Admission, admit};
use super::run::known_by;
use super::{Ended, Event, Next, Outcome, Returned, Start, Turn};
use crate::bundle::Loaded;
use crate::model::{Completion, Stop, Usage};

/// A behaviour that replies, with one rule of each kind and two tools; and one that judges.
fn bundle() -> Arc<Loaded> {
    let span = json!({ "source": 0, "start": 0, "end": 0 });
    let rule = |name: &str, strength: &str, check: Value| {
        json!({ "text": [{ "words": format!("{name} it.") }], "span": span,
            "kind": { "rule": { "name": name, "id": format!("t.assist.{name}"), "strength": strength, "checks": [check] } } })
    };
    let no = |text: &str| json!({ "not": { "call": { "function": "mentions", "args": [{ "path": "reply.body" }, { "literal": text }] } } });
    let text = json!({ "text": { "max": 200 } });
    let limits = json!({ "turns": 4, "tokens": 1000, "history": 1000, "attempts": 2, "calls": 3 });
    let bundle = json!({
        "format": silex_bundle::FORMAT, "compiler": "0.1.0", "package": "t", "version": "0.1.0", "models": {}, "agents": {}, "examples": {},
        "layouts": { "plain": "{% for segment in segments %}{{ segment.text }}\n{% endfor %}" },
        "sources": [{ "path": "t.silex", "text": "" }],
        "declarations": {
            "silex.Reply": { "span": span, "shape": { "record": { "fields": [
                { "name": "subject", "type": { "optional": text } },
                { "name": "body", "type": { "text": { "min": 1, "max": 2000 } } },
                { "name": "hold", "type": { "optional": text } } ] } } },
            "t.Person": { "span": span, "shape": { "entity": { "key": "address", "fields": [
                { "name": "address", "type": "email" } ] } } },
            "t.Kind": { "span": span, "shape": { "enum": { "cases": [{ "name": "good" }, { "name": "poor" }] } } },
        },
        "behaviours": {
            "t.assist": { "inputs": [{ "name": "person", "type": { "named": "t.Person" } }], "returns": { "named": "silex.Reply" },
                "limits": limits, "layout": "plain", "conditions": [], "span": span,
                "segments": [rule("promise", "never", no("tomorrow")), rule("shout", "avoid", no("HURRY"))],
                "tools": [{ "tool": "t.look_up" }, { "tool": "t.note", "owner": "person" }, { "tool": "t.pay" }] },
            "t.judge": { "inputs": [], "returns": { "named": "t.Kind" }, "limits": limits, "layout": "plain",
                "conditions": [], "span": span, "segments": [], "tools": [] },
        },
        "tools": {
            "t.look_up": { "name": "look_up", "params": [{ "name": "query", "type": text }], "returns": text, "effects": {},
                "handler": { "native": { "name": "x" } }, "timeout_ms": 1000, "span": span },
            "t.note": { "name": "note", "params": [], "owner": { "name": "person", "entity": "t.Person" }, "returns": text,
                "effects": {}, "handler": { "native": { "name": "x" } }, "timeout_ms": 1000, "span": span },
            "t.pay": { "name": "pay", "params": [{ "name": "amount", "type": { "int": {} } }], "returns": text, "effects": {},
                "handler": { "native": { "name": "x" } }, "timeout_ms": 1000, "span": span,
                "gates": [
                    { "kind": "refuse", "when": { "compare": { "op": ">", "order": "number", "left": { "path": "amount" }, "right": { "literal": 100 } } } },
                    { "kind": "reviewer", "when": { "compare": { "op": ">", "order": "number", "left": { "path": "amount" }, "right": { "literal": 10 } } } },
                ] },
        },
    });
    Arc::new(Loaded::new(
        serde_json::from_value(bundle).unwrap(),
        "d".to_owned(),
    ))
}

fn turn(behaviour: &str, verified: bool) -> Turn {
    let inputs = match behaviour {
        "t.assist" => json!({ "person": { "address": "ada@example.org" } }),
        _ => json!({}),
    };
    let start = Start {
        behaviour: behaviour.to_owned(),
        inputs: inputs.as_object().unwrap().clone(),
        now: "2027-03-01T09:00:00Z".to_owned(),
        seed: "seed".to_owned(),
        own: Vec::new(),
        verified,
        example: None,
        again: None,
        stage: None,
    };
    Turn::start(bundle(), start).unwrap()
}

fn answer(text: &str, calls: Vec<ToolCall>, stop: Stop) -> Event {
    Event::Answered(Completion {
        text: text.to_owned(),
        calls,
        malformed: Vec::new(),
        stop,
        usage: Usage::default(),
        model: "m".to_owned(),
        provider: String::new(),
        request_id: None,
    })
}

fn says(text: &str) -> Event {
    answer(text, Vec::new(), Stop::End)
}

fn call(id: &str, name: &str, input: Value) -> ToolCall {
    ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        input,
    }
}

fn calls(calls: Vec<ToolCall>) -> Event {
    answer("", calls, Stop::ToolUse)
}

fn done(id: &str) -> Event {
    let result = ToolResult {
        id: id.to_owned(),
        content: "\"ok\"".to_owned(),
        is_error: false,
    };
    Event::Returned {
        result,
        ended: Ended::Done,
    }
}

fn after(events: Vec<Event>) -> Turn {
    let mut turn = turn("t.assist", true);
    events.into_iter().for_each(|event| turn.apply(event));
    turn
}

fn returned(turn: &Turn) -> Returned {
    match turn.next() {
        Next::Finish(Outcome::Returned(returned)) => *returned,
        other => panic!("not returned: {other:?}"),
    }
}

fn person(turn: &Turn) -> String {
    match turn.next() {
        Next::Finish(Outcome::AskPerson(why)) => why,
        other => panic!("no person is asked: {other:?}"),
    }
}

fn last_said(turn: &Turn) -> String {
    match (turn.next(), turn.conversation().last()) {
        (Next::Ask(_), Some(Message::User { text })) => text.clone(),
        other => panic!("the model is not told anything: {other:?}"),
    }
}

#[test]
fn the_text_of_an_answer_is_the_body_of_the_reply() {
    let returned = returned(&after(vec![says(" Here it is. ")]));
    assert_eq!(returned.value["body"], "Here it is.");
    assert!(returned.broken.is_empty() && returned.holds.is_empty());
}

#[test]
fn a_reply_may_be_json_that_asks_for_a_person() {
    let returned = returned(&after(vec![says(
        r#"{"body": "Here.", "hold": "I am not sure"}"#,
    )]));
    assert_eq!(returned.value["body"], "Here.");
    assert_eq!(returned.holds, ["the model asks: I am not sure"]);
}

#[test]
fn a_draft_that_breaks_a_rule_goes_back_with_the_rule() {
    let turn = after(vec![says("You have it tomorrow.")]);
    let said = last_said(&turn);
    assert!(said.contains("never: promise it."), "{said}");
}

#[test]
fn a_draft_that_stays_broken_is_returned_with_the_rule() {
    let returned = returned(&after(vec![says("Tomorrow!"), says("I said tomorrow.")]));
    assert_eq!(returned.attempts, 2);
    assert_eq!(returned.broken[0].rule, "t.assist.promise");
}

#[test]
fn a_weak_rule_is_missed_and_not_sent_back() {
    let returned = returned(&after(vec![says("HURRY up.")]));
    assert_eq!(
        (returned.broken.len(), returned.missed[0].rule.as_str()),
        (0, "t.assist.shout")
    );
}

#[test]
fn calls_of_one_answer_are_made_at_once_and_answered_together() {
    let two = vec![
        call("a", "look_up", json!({ "query": "x" })),
        call("b", "look_up", json!({ "query": "y" })),
    ];
    let mut turn = after(vec![calls(two)]);
    let Next::Call(open) = turn.next() else {
        panic!("no calls")
    };
    assert_eq!(
        open.iter()
            .map(|(step, call)| (*step, call.id.as_str()))
            .collect::<Vec<_>>(),
        [(1, "a"), (2, "b")]
    );
    turn.apply(done("b"));
    let Next::Call(open) = turn.next() else {
        panic!("no calls")
    };
    assert_eq!(open.len(), 1, "the one that has not returned");
    turn.apply(done("a"));
    let Some(Message::Results(results)) = turn.conversation().last() else {
        panic!("no results")
    };
    assert_eq!(
        results
            .iter()
            .map(|result| result.id.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"],
        "in the order of the calls"
    );
    assert!(matches!(turn.next(), Next::Ask(_)));
}

#[test]
fn a_turn_resumes_where_its_stored_events_end() {
    let events = vec![
        calls(vec![call("a", "look_up", json!({ "query": "x" }))]),
        done("a"),
        says("Tomorrow."),
        says("Soon."),
    ];
    for cut in 0..=events.len() {
        let text = serde_json::to_string(&events[..cut]).unwrap();
        let stored: Vec<Event> = serde_json::from_str(&text).unwrap();
        let mut resumed = after(stored);
        events[cut..]
            .iter()
            .cloned()
            .for_each(|event| resumed.apply(event));
        assert_eq!(resumed.next(), after(events.clone()).next(), "cut at {cut}");
        assert_eq!(resumed.conversation(), after(events.clone()).conversation());
    }
}

#[test]
fn a_model_that_repeats_a_call_goes_to_a_person() {
    let same = |id: &str| calls(vec![call(id, "look_up", json!({ "query": "x" }))]);
    assert!(
        person(&after(vec![
            same("a"),
            done("a"),
            same("b"),
            done("b"),
            same("c")
        ]))
        .contains("repeats")
    );
}

#[test]
fn model_calls_and_tool_calls_have_an_end() {
    let ask = |n: u32| {
        calls(vec![call(
            &n.to_string(),
            "look_up",
            json!({ "query": n.to_string() }),
        )])
    };
    let mut many = Vec::new();
    for n in 0..3 {
        many.extend([ask(n), done(&n.to_string())]);
    }
    many.push(ask(3));
    assert_eq!(person(&after(many)), "more than 3 tool calls");
    let talk = (0..4)
        .map(|_| answer("", Vec::new(), Stop::PauseTurn))
        .collect();
    assert_eq!(person(&after(talk)), "no answer after 4 model calls");
}

#[test]
fn a_cut_answer_is_asked_for_once_more_at_twice_the_length() {
    let turn = after(vec![answer("Dear", Vec::new(), Stop::MaxTokens)]);
    let Next::Ask(request) = turn.next() else {
        panic!("not asked")
    };
    assert_eq!(
        request.max_tokens,
        2 * silex_bundle::model::default_max_tokens()
    );
    let cut = || answer("Dear", Vec::new(), Stop::CallCut);
    assert!(person(&after(vec![cut(), cut()])).contains("max_tokens"));
}

#[test]
fn what_has_come_of_an_answer_that_stays_cut_is_for_a_person() {
    let cut = |text: &str| answer(text, Vec::new(), Stop::MaxTokens);
    let turn = after(vec![cut("Dear"), cut("Dear Ada, your bicycle")]);
    let part = returned(&turn);
    assert_eq!(part.value["body"], "Dear Ada, your bicycle");
    assert!(part.doubts()[0].contains("this is its beginning"));
    let mut turn = self::turn("t.judge", true);
    turn.apply(cut("{\"value\": \"go"));
    turn.apply(cut("{\"value\": \"go"));
    assert!(
        person(&turn).contains("max_tokens"),
        "half a word is no value"
    );
}

#[test]
fn a_refusal_is_for_a_person() {
    assert!(person(&after(vec![answer("No.", Vec::new(), Stop::Refusal)])).contains("refused"));
}

#[test]
fn an_unusable_answer_is_repaired_by_telling_the_model_twice_at_most() {
    let mut turn = turn("t.judge", true);
    let Next::Ask(request) = turn.next() else {
        panic!("not asked")
    };
    assert!(request.output.is_some());
    for _ in 0..2 {
        turn.apply(says("I would say so."));
        assert!(matches!(turn.next(), Next::Ask(_)));
    }
    turn.apply(says("Hmm."));
    assert!(person(&turn).contains("unusable"));
}

#[test]
fn a_typed_answer_is_the_value() {
    let mut turn = turn("t.judge", true);
    turn.apply(says("```json\n\"good\"\n```"));
    assert_eq!(returned(&turn).value, "good");
}

fn admission(verified: bool, name: &str, input: Value) -> Admission {
    admit(&turn("t.assist", verified), &call("a", name, input))
}

#[test]
fn a_call_is_admitted_with_checked_arguments() {
    let Admission::Admitted(admitted) = admission(true, "look_up", json!({ "query": "x" })) else {
        panic!("not admitted")
    };
    assert_eq!(admitted.tool, "t.look_up");
}

#[test]
fn what_does_not_fit_is_told_to_the_model() {
    let misfit = |name: &str, input: Value| match admission(true, name, input) {
        Admission::Misfit(why) => why,
        other => panic!("{other:?}"),
    };
    assert!(misfit("lookup", json!({})).contains("look_up, note, pay"));
    assert!(misfit("look_up", json!({ "qeury": "x" })).contains("query"));
    assert!(misfit("look_up", json!("{\"query\": ")).contains("arguments"));
    assert!(
        matches!(admission(true, "pay", json!({ "amount": 101 })), Admission::Refused(why) if why.contains("refuses"))
    );
}

#[test]
fn a_gate_or_an_unproven_sender_holds_the_draft() {
    assert!(matches!(
        admission(true, "pay", json!({ "amount": 11 })),
        Admission::Held(_)
    ));
    assert!(matches!(
        admission(true, "pay", json!({ "amount": 10 })),
        Admission::Admitted(_)
    ));
    assert!(
        matches!(admission(false, "note", json!({})), Admission::Held(why) if why.contains("not verified"))
    );
    let Admission::Admitted(admitted) = admission(true, "note", json!({})) else {
        panic!("not admitted")
    };
    assert_eq!(admitted.owner.unwrap()["address"], "ada@example.org");
}

#[test]
fn a_held_call_holds_the_draft_that_follows() {
    let result = ToolResult {
        id: "a".to_owned(),
        content: "waits".to_owned(),
        is_error: true,
    };
    let held = Event::Returned {
        result,
        ended: Ended::Held("a person must decide".to_owned()),
    };
    let turn = after(vec![
        calls(vec![call("a", "pay", json!({ "amount": 11 }))]),
        held,
        says("Done."),
    ]);
    assert_eq!(returned(&turn).holds, ["a person must decide"]);
}

#[test]
fn what_a_call_held_on_its_way_holds_the_draft_though_it_was_carried_out() {
    let mut turn = after(vec![calls(vec![call(
        "a",
        "look_up",
        json!({ "query": "x" }),
    )])]);
    turn.apply(Event::Returned {
        result: ToolResult {
            id: "a".to_owned(),
            content: "\"ok\"".to_owned(),
            is_error: false,
        },
        ended: Ended::DoneHeld("`pay` waits for a person".to_owned()),
    });
    turn.apply(says("Here it is."));
    assert_eq!(returned(&turn).doubts(), ["`pay` waits for a person"]);
}

#[test]
fn calls_without_ids_of_their_own_are_told_apart() {
    let same = |query: &str| call("", "look_up", json!({ "query": query }));
    let mut turn = after(vec![calls(vec![same("x"), same("y")])]);
    let Next::Call(open) = turn.next() else {
        panic!("no calls")
    };
    for (_, call) in open {
        turn.apply(done(&call.id));
    }
    assert!(
        matches!(turn.next(), Next::Ask(_)),
        "each has its own result"
    );
}

#[test]
fn a_pause_without_words_adds_nothing_to_the_conversation() {
    let turn = after(vec![answer("", Vec::new(), Stop::PauseTurn)]);
    assert!(
        turn.conversation().iter().all(|message| {
            !matches!(message, Message::Assistant { text, .. } if text.is_empty())
        })
    );
}

fn misfit(id: &str) -> Event {
    let result = ToolResult {
        id: id.to_owned(),
        content: "the arguments do not fit".to_owned(),
        is_error: true,
    };
    Event::Returned {
        result,
        ended: Ended::Misfit,
    }
}

#[test]
fn a_model_that_cannot_call_its_tools_is_told_twice_and_then_a_person_is() {
    let broken = |id: &str| calls(vec![call(id, "look_up", json!({ "qeury": id }))]);
    let mut turn = after(Vec::new());
    for id in ["a", "b"] {
        turn.apply(broken(id));
        turn.apply(misfit(id));
        assert!(matches!(turn.next(), Next::Ask(_)), "{id}");
    }
    turn.apply(broken("c"));
    turn.apply(misfit("c"));
    assert!(person(&turn).contains("as they are"));
}

#[test]
fn two_tools_that_send_the_model_back_and_forth_end_with_a_person() {
    let mut bundle = (*bundle().bundle()).clone();
    let limits = &mut bundle.behaviour_mut("t.assist").unwrap().limits;
    (limits.turns, limits.calls) = (20, 20);
    let go = |differ: bool| {
        let bundle = Arc::new(Loaded::new(bundle.clone(), "d".to_owned()));
        let mut turn = Turn::start(bundle, turn("t.assist", true).given().clone()).unwrap();
        for round in 0..6 {
            let id = round.to_string();
            let tool = ["look_up", "note"][round % 2];
            turn.apply(calls(vec![call(&id, tool, json!({ "query": id }))]));
            let content = if differ { id.clone() } else { tool.to_owned() };
            let result = ToolResult {
                id,
                content,
                is_error: false,
            };
            turn.apply(Event::Returned {
                result,
                ended: Ended::Done,
            });
        }
        turn
    };
    assert!(person(&go(false)).contains("between `look_up` and `note`"));
    assert!(
        matches!(go(true).next(), Next::Ask(_)),
        "what says something new may go on"
    );
}

#[test]
fn what_all_mails_share_is_told_to_the_provider() {
    let Next::Ask(request) = turn("t.assist", true).next() else {
        panic!("not asked")
    };
    let stable = request.cache_boundary.unwrap();
    assert!(request.system[..stable].contains("promise it."));
    assert_eq!(request.cache_key.as_deref(), Some("d t.assist"));
}

/// A turn whose rule `own` only a model can judge, after this answer.
fn judged(strength: &str, text: &str) -> Turn {
    let mut bundle = bundle().bundle().clone();
    let behaviour = bundle.behaviour_mut("t.assist").unwrap();
    let mut segment = behaviour.segments[0].clone();
    let span = json!({ "source": 0, "start": 0, "end": 0 });
    let rule = json!({ "name": "own", "id": "t.assist.own", "strength": strength, "judge": true });
    segment.text = serde_json::from_value(json!([{ "words": "Own it." }])).unwrap();
    segment.kind = serde_json::from_value(json!({ "rule": rule })).unwrap();
    segment.span = serde_json::from_value(span).unwrap();
    behaviour.segments.push(segment);
    let start = turn("t.assist", true).given().clone();
    let mut turn = Turn::start(Arc::new(Loaded::new(bundle, "d".to_owned())), start).unwrap();
    turn.apply(says(text));
    turn
}

fn verdict(kept: bool) -> Event {
    Event::Judged(super::judge::Verdict {
        rule: "t.assist.own".to_owned(),
        kept,
        why: "so it is".to_owned(),
    })
}

#[test]
fn a_rule_that_is_judged_is_asked_about_last_and_its_verdict_counts() {
    let mut turn = judged("must", "Hello.");
    let questions = match turn.next() {
        Next::Judge(questions) => questions,
        other => panic!("nothing is judged: {other:?}"),
    };
    assert_eq!(
        (questions[0].0, questions[0].1.as_str()),
        (1, "t.assist.own")
    );
    turn.apply(verdict(false));
    assert!(last_said(&turn).contains("must: Own it. (so it is)"));
    assert_eq!(turn.step(), 2, "the verdict is a step of its own");
    turn.apply(says("Hello, my fault."));
    turn.apply(verdict(true));
    let returned = returned(&turn);
    assert!(returned.broken.is_empty() && returned.verdicts[0].kept);
    assert_eq!(returned.attempts, 2);
}

#[test]
fn what_is_still_found_wanting_is_for_a_person() {
    let mut turn = judged("must", "Hello.");
    turn.apply(verdict(false));
    turn.apply(says("Hello again."));
    turn.apply(verdict(false));
    assert_eq!(returned(&turn).doubts(), ["it breaks `t.assist.own`"]);
    let mut turn = judged("should", "Hello.");
    turn.apply(verdict(false));
    assert_eq!(returned(&turn).missed[0].rule, "t.assist.own");
    // A draft that breaks a check goes back before anybody is asked.
    let turn = judged("must", "It comes tomorrow.");
    assert!(last_said(&turn).contains("promise it."));
}

#[test]
fn another_installation_or_database_knows_a_call_of_the_same_name_by_another_key() {
    let here = turn("t.assist", true);
    let key = |given: Start| known_by(&Turn::start(bundle(), given).unwrap(), "reply 12/3");
    let ours = key(here.given().clone());
    assert!(
        ours.starts_with("reply 12/3 ") && ours.len() == 27,
        "{ours}"
    );
    assert_eq!(key(here.given().clone()), ours, "a restart knows it again");
    let installation = Start {
        seed: "other".to_owned(),
        ..here.given().clone()
    };
    let database = Start {
        now: "2027-03-02T09:00:00Z".to_owned(),
        ..here.given().clone()
    };
    assert!(key(installation) != ours && key(database) != ours);
    assert_ne!(known_by(&here, "reply 12/4"), ours);
}

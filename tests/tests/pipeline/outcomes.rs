//! What becomes of a mail for every way in which a model can fail to answer it: an outcome with its
//! reason, and a person at the end.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};
use silex_bundle::Bundle;
use silex_runtime::store::drafts::{self, Draft};
use silex_runtime::store::{budgets, events, jobs, mails};
use silex_tests::silexd::Silexd;
use silex_tests::stub_model::{Reply, Said, Seen, Wire};
use silex_tests::wait::until;

use crate::desk::{Peers, SILEXD, answers, clerk, desk, mail};

/// The desk with its model at the provider that speaks `wire`.
fn desk_at(wire: Wire) -> Bundle {
    let mut bundle = desk("otherwise pass");
    for model in bundle.models.values_mut() {
        model.provider = match wire {
            Wire::Anthropic => "anthropic".to_owned(),
            Wire::OpenAi => "openai".to_owned(),
        };
    }
    bundle
}

fn call(round: u32) -> Reply {
    Reply::calls(&[("open_ticket", json!({ "about": format!("try {round}") }))])
}

/// What the model says in a case, the `round`th time that it is asked.
fn says(wire: Wire, case: &str, round: u32) -> Reply {
    let cut = match wire {
        Wire::Anthropic => "max_tokens",
        Wire::OpenAi => "length",
    };
    let malformed = Said::malformed("open_ticket", &format!("open it, round {round}"));
    match (case, round) {
        ("refusal", _) => Reply::Say(Said {
            refuses: true,
            ..Said::text("I will not.")
        }),
        ("cut call", _) => Reply::Say(Said {
            stop: Some(cut),
            ..malformed
        }),
        ("empty", _) => Reply::text(""),
        ("malformed", _) => Reply::Say(malformed),
        ("unknown tool", _) => Reply::calls(&[("close_ticket", json!({ "round": round }))]),
        ("overflow", _) => match wire {
            Wire::Anthropic => Reply::error(
                wire,
                400,
                "invalid_request_error",
                "prompt is too long: 210000 tokens > 200000 maximum",
                &[],
            ),
            Wire::OpenAi => Reply::error(wire, 400, "context_length_exceeded", "Too long.", &[]),
        },
        ("huge", _) => Reply::Huge { bytes: 400_000 },
        ("same call", _) => call(0),
        ("endless", round) => call(round),
        ("two calls", 0) => Reply::calls(&[
            ("open_ticket", json!({ "about": "one" })),
            ("open_ticket", json!({ "about": "two" })),
        ]),
        ("pause", 0) if wire == Wire::Anthropic => Reply::Say(Said {
            stop: Some("pause_turn"),
            ..Said::text("One moment.")
        }),
        ("pause", 0) => call(0),
        _ => Reply::text("Dear writer, it is noted as T-1."),
    }
}

/// Cases and why a person sees the draft; none where it is sent.
const CASES: [(&str, Option<&str>, u32); 11] = [
    ("refusal", Some("the model refused to answer"), 1),
    ("cut call", Some("longer than the model's `max_tokens`"), 2),
    ("empty", Some("the answer stays unusable: it is empty"), 3),
    ("malformed", Some("does not call its tools as they are"), 3),
    (
        "unknown tool",
        Some("does not call its tools as they are"),
        3,
    ),
    ("overflow", Some("the conversation is too long"), 1),
    ("huge", Some("is of no use"), 1),
    (
        "same call",
        Some("repeats the same call of `open_ticket`"),
        3,
    ),
    ("endless", Some("no answer after 8 model calls"), 8),
    ("two calls", None, 2),
    ("pause", None, 2),
];

fn check_cases(wire: Wire) {
    let asked: &'static Mutex<BTreeMap<String, u32>> = Box::leak(Box::default());
    let peers = Peers::new(move |seen: &Seen| {
        if seen.system().contains("You open the post.") {
            return Reply::text(json!({ "kind": "allow" }).to_string());
        }
        let body = seen.body.to_string();
        let mut cases = CASES.iter().map(|case| case.0);
        let case = cases
            .find(|case| body.contains(&format!("The case: {case}.")))
            .unwrap();
        let mut asked = asked.lock().unwrap();
        let round = asked.entry(case.to_owned()).or_default();
        *round += 1;
        says(wire, case, *round - 1)
    });
    let mut settings = peers.settings();
    for provider in ["anthropic", "openai"] {
        settings["models"]["providers"][provider]["max_bytes"] = json!(300_000);
    }
    let mut silexd = Silexd::new(SILEXD, &desk_at(wire), &settings);
    silexd.serve();
    let id = |index: usize| format!("case-{index}@a.example");
    for (index, (case, _, _)) in CASES.iter().enumerate() {
        let from = format!("writer-{index}@a.example");
        let letter = mail(&id(index), &from, "", &format!("The case: {case}."));
        silexd.drop_mail(&format!("case-{index}"), &letter);
    }
    let drafted = || -> Vec<Draft> {
        peers.read(&silexd, async |db| {
            let mut found = Vec::new();
            for draft in 1..=i64::try_from(CASES.len()).unwrap() {
                found.extend(drafts::find(db, draft).await.unwrap());
            }
            found
        })
    };
    until("a draft for each case", || {
        (drafted().len() == CASES.len()).then_some(())
    });
    peers.until_idle(&silexd);
    for (index, (case, reason, rounds)) in CASES.iter().enumerate() {
        let mail = peers.read(&silexd, async |db| {
            mails::by_message_id(db, &id(index)).await.unwrap().unwrap()
        });
        let draft = drafted()
            .into_iter()
            .find(|draft| draft.mail_id == Some(mail.id))
            .unwrap();
        let reasons = draft.hold_reasons.to_string();
        match reason {
            Some(reason) => assert!(reasons.contains(reason), "{wire:?} {case}: {reasons}"),
            None => assert_eq!(reasons, "[]", "{wire:?} {case}"),
        }
        let sent = silexd.outbox().iter().any(|sent| answers(sent, &id(index)));
        assert_eq!(sent, reason.is_none(), "{wire:?} {case}");
        assert_eq!(asked.lock().unwrap()[*case], *rounds, "{wire:?} {case}");
    }
    assert_eq!(peers.model.refusals(), Vec::<String>::new());
}

#[test]
fn whatever_a_model_says_instead_of_an_answer_ends_with_a_person_at_anthropic() {
    check_cases(Wire::Anthropic);
}

#[test]
fn whatever_a_model_says_instead_of_an_answer_ends_with_a_person_at_openai() {
    check_cases(Wire::OpenAi);
}

/// The events of a kind.
fn events_of(peers: &Peers, silexd: &Silexd, kind: &str) -> Vec<Value> {
    let all = peers.read(silexd, async |db| {
        events::after(db, 0, 1_000).await.unwrap()
    });
    let of_kind = all.into_iter().filter(|event| event.kind == kind);
    of_kind.map(|event| event.data).collect()
}

#[test]
fn a_refused_account_is_an_alarm_and_keeps_every_mail() {
    let peers =
        Peers::new(|_| Reply::error(Wire::Anthropic, 402, "billing_error", "No credit.", &[]));
    let mut silexd = peers.silexd(&desk("otherwise pass"));
    silexd.serve();
    let drop = |name: &str| {
        let from = format!("{name}@a.example");
        silexd.drop_mail(
            name,
            &mail(&format!("{name}@x.example"), &from, "", "Please."),
        );
    };
    // What comes at the same time as the first may be asked before its refusal is known.
    drop("ada");
    until("the alarm", || {
        events_of(&peers, &silexd, "model.out").pop()
    });
    for name in ["bert", "cleo"] {
        drop(name);
    }
    until("all mails to wait", || {
        let all = peers.read(&silexd, async |db| {
            jobs::list(db, &jobs::Filter::default(), 100).await.unwrap()
        });
        let wait = |job: &&jobs::Job| {
            job.error
                .as_deref()
                .is_some_and(|error| error.contains("No credit."))
        };
        (all.iter().filter(wait).count() == 3).then_some(())
    });
    let alarms = events_of(&peers, &silexd, "model.out");
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!(alarms[0]["circuit"], "anthropic");
    assert_eq!(alarms[0]["cause"], "quota");
    assert_eq!(peers.model.seen().len(), 1, "the others are not even tried");
}

#[test]
fn a_budget_is_never_overdrawn_by_more_than_one_call() {
    let peers = Peers::new(clerk);
    let mut settings = peers.settings();
    // A call of the stub costs 104 millionths: the third begins when 208 are spent.
    settings["models"]["budget"] = json!({ "day": 0.000_25 });
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings);
    silexd.serve();
    for index in 0..4 {
        let from = format!("writer-{index}@a.example");
        silexd.drop_mail(
            &format!("mail-{index}"),
            &mail(&format!("mail-{index}@x.example"), &from, "", "Please."),
        );
    }
    let told = until("the budget to be spent", || {
        events_of(&peers, &silexd, "budget.spent").pop()
    });
    let name = told["budget"].as_str().unwrap().to_owned();
    let spent = peers.read(&silexd, async |db| budgets::spent(db, &name).await.unwrap());
    assert_eq!((spent, peers.model.seen().len()), (312, 3));
    let mut sum = 0;
    peers.read(&silexd, async |db| {
        let each = |cost: budgets::Cost| {
            assert_eq!(cost.agent, "desk.desk");
            sum += cost.cost;
        };
        budgets::costs(db, 0, i64::MAX, each).await.unwrap();
    });
    assert_eq!(sum, spent);
    let costs = silexd.prints(&["costs", "--by", "model"]);
    assert!(
        costs.contains("claude-haiku-4-5") && costs.contains("0.000312"),
        "{costs}"
    );
}

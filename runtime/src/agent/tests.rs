//! Stages, run one after another over a store of their own, without the queue's clock.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::{Value, json};
use silex_bundle::{Bundle, Type};

use super::{Deployment, deliver, guard, post, receive, review, sending, settle};
use crate::bundle::Loaded;
use crate::config::Config;
use crate::jobs;
use crate::mail::Mailbox;
use crate::mail::inbound::{Source, raw};
use crate::mail::transport::{Accepted, SendError};
use crate::model::scripted::Planned;
use crate::model::{Delta, Models, Scripted};
use crate::queue::{Attempt, JobError, Progress};
use crate::store::deliveries::{DeliveryState, Purpose};
use crate::store::drafts::{Decision, Draft, DraftState};
use crate::store::entities::{self, Evidence, NewEntity};
use crate::store::inbox::{self, Asked};
use crate::store::mails::{Mail, MailState};
use crate::store::tests::put_back;
use crate::store::{Access, deliveries, drafts, jobs as rows, mails, turns};
use crate::tools::Natives;
use crate::turn::live::Part;
use crate::turn::run::{Edge, Finished, TurnError, Whose, run};
use crate::turn::{Outcome, Start};

/// A deployment of `hello` whose model is the script.
struct Desk {
    deployment: Deployment,
    _folder: tempfile::TempDir,
}

const LEASE_MS: i64 = 30_000;

impl Desk {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With a bundle that is changed first.
    async fn with(change: impl FnOnce(&mut Bundle)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bytes = include_bytes!("../../../tests/bundles/hello.json");
        let (mut bundle, digest) = Bundle::read(bytes).unwrap();
        change(&mut bundle);
        let mut config = Config {
            database: crate::store::tests::database(&folder).await,
            secret: "of all nodes".into(),
            ..Config::default()
        };
        config.outbound.outbox = folder.path().join("outbox");
        config.models.scripted = true;
        config.stand_ins = true;
        let loaded = Arc::new(Loaded::new(bundle, digest));
        let natives = Natives::standard();
        let opened = crate::open(config, loaded, natives, Access::Own, None).await;
        Self {
            deployment: opened.unwrap(),
            _folder: folder,
        }
    }

    async fn post(&self, id: &str, subject: &str, more: &str) {
        let mail = format!(
            "From: Anna <anna@b.example>\r\nTo: desk@library.example\r\nMessage-ID: <{id}@b.example>\r\n\
             {more}Subject: {subject}\r\n\r\nWhen do you open, and is it {id}?\r\n"
        );
        let received = raw::receive(mail.into_bytes(), Source::File, None, &[]);
        receive::accept(&self.deployment, received).await.unwrap();
    }

    /// Somebody else, who is known to the store.
    async fn contact(&self, address: &str) {
        let entity = NewEntity {
            kind: "hello.Reader".to_owned(),
            key: address.to_owned(),
            owner: None,
            value: json!({ "address": address }),
        };
        let saved = self.deployment.store().write("", move |tx| {
            Box::pin(
                async move { entities::save(tx, &entity, None, &Evidence::of("test"), 1).await },
            )
        });
        saved.await.unwrap();
    }

    async fn claim(&self) -> Option<Attempt> {
        let now = self.deployment.clock().now_ms();
        let claim = self.deployment.store().write("", move |tx| {
            Box::pin(async move {
                rows::stage(tx, now).await?;
                rows::claim(tx, "test 1", 1, now + LEASE_MS, || now).await
            })
        });
        let job = claim.await.unwrap().pop()?;
        let progress = Progress::starting(self.deployment.clock().clone());
        Some(Attempt { job, progress })
    }

    async fn run(&self, attempt: Attempt) -> Result<(), JobError> {
        let over = jobs::run(self.deployment.clone(), attempt).await?;
        let now = self.deployment.clock().now_ms();
        put_back(self.deployment.store(), over, now).await;
        Ok(())
    }

    /// Runs jobs until one of `kind` is claimed, or none is left.
    async fn until(&self, kind: &str) -> Option<Attempt> {
        while let Some(attempt) = self.claim().await {
            if attempt.job.kind == kind {
                return Some(attempt);
            }
            self.run(attempt).await.unwrap();
        }
        None
    }

    async fn draft(&self, id: i64) -> Draft {
        let mut reader = self.deployment.store().read().await.unwrap();
        drafts::find(&mut reader, id).await.unwrap().unwrap()
    }

    async fn mails(&self, thread: i64) -> Vec<Mail> {
        let mut reader = self.deployment.store().read().await.unwrap();
        mails::of_thread(&mut reader, thread).await.unwrap()
    }

    async fn decide(&self, by: &str, act: review::Act) -> Result<i64, String> {
        let decision = Decision {
            draft_id: 1,
            revision: self.draft(1).await.revision,
            by: by.to_owned(),
            note: None,
        };
        let acted = review::act(&self.deployment, decision, act).await;
        acted.map_err(|error| error.to_string())
    }

    /// A draft that was approved, and the job that is to deliver it.
    async fn approved(&self) -> Attempt {
        self.post("one", "Hours", "").await;
        assert!(self.until("").await.is_none());
        self.decide("ada", review::Act::Approve).await.unwrap();
        self.claim().await.unwrap()
    }

    /// What delivering comes to when the way out says `said`.
    async fn sent(&self, attempt: &Attempt, said: SendError) {
        let written = deliver::write(&self.deployment, attempt).await.unwrap();
        let deliver::Written::Ready(look) = written else {
            panic!("it may leave: {written:?}")
        };
        let sender = "desk@library.example";
        let begun = sending::begin(&self.deployment, attempt, sender, move |tx| {
            Box::pin(async move { look.look(tx).await })
        });
        let ControlFlow::Continue(delivery) = begun.await.unwrap() else {
            panic!("there is something to send")
        };
        sending::conclude(&self.deployment, attempt, delivery, Err(said))
            .await
            .unwrap();
    }

    async fn delivery(&self) -> DeliveryState {
        let mut reader = self.deployment.store().read().await.unwrap();
        let sent = deliveries::of_draft(&mut reader, 1).await.unwrap();
        sent.last().unwrap().state
    }

    async fn thread_state(&self) -> inbox::ThreadState {
        let mut reader = self.deployment.store().read().await.unwrap();
        inbox::page(&mut reader, &Asked::default(), 1)
            .await
            .unwrap()[0]
            .state
    }
}

#[tokio::test]
async fn a_mail_that_the_way_out_refuses_goes_back_to_people() {
    let desk = Desk::new().await;
    let attempt = desk.approved().await;
    desk.sent(&attempt, SendError::Refused("no such mailbox".into()))
        .await;
    let draft = desk.draft(1).await;
    assert_eq!((draft.state, draft.revision), (DraftState::Held, 2));
    let reasons = draft.hold_reasons.to_string();
    assert!(reasons.contains("no such mailbox"), "{reasons}");
    desk.decide("ada", review::Act::Approve).await.unwrap();
    assert!(desk.until("").await.is_none());
    assert_eq!(desk.draft(1).await.state, DraftState::Delivered);
}

#[tokio::test]
async fn a_sending_that_nobody_knows_the_end_of_is_stuck_until_a_person_knows() {
    for (arrived, ends) in [(true, DraftState::Delivered), (false, DraftState::Held)] {
        let desk = Desk::new().await;
        let attempt = desk.approved().await;
        desk.sent(&attempt, SendError::Unknown("no answer".into()))
            .await;
        assert_eq!(desk.delivery().await, DeliveryState::Unknown);
        assert_eq!(desk.thread_state().await, inbox::ThreadState::Stuck);
        let act = review::Act::Settle { arrived };
        desk.decide("ada", act.clone()).await.unwrap();
        assert!(desk.until("").await.is_none());
        assert_eq!(desk.draft(1).await.state, ends);
        assert_ne!(desk.delivery().await, DeliveryState::Unknown);
        assert!(desk.decide("ada", act).await.is_err(), "it is known by now");
    }
}

#[tokio::test]
async fn what_we_sent_stays_a_value_of_its_type_however_long_it_is() {
    let desk = Desk::new().await;
    desk.post("one", "Hours", "").await;
    assert!(desk.until("").await.is_none());
    let act = review::Act::Edit {
        subject: "s".repeat(900),
        body: "b".repeat(60_000),
    };
    desk.decide("ada", act).await.unwrap();
    desk.decide("ada", review::Act::Approve).await.unwrap();
    assert!(desk.until("").await.is_none());
    let mails = desk.mails(1).await;
    let ours = &mails.iter().find(|mail| mail.state == MailState::Sent);
    let bundle = desk.deployment.bundles().current();
    let mail = Type::Named("silex.Mail".to_owned());
    mail.check(&ours.unwrap().record, &bundle.bundle().declarations)
        .unwrap();
}

#[tokio::test]
async fn what_a_guard_never_judged_is_shown_to_no_behaviour() {
    let desk = Desk::new().await;
    desk.post("one", "Hours", "").await;
    let screen = desk.until("screen").await.unwrap();
    let (lease, now) = (screen.job.lease, desk.deployment.clock().now_ms());
    let buried = desk.deployment.store().write("", move |tx| {
        Box::pin(async move { rows::bury(tx, lease, "it killed the process", now).await })
    });
    buried.await.unwrap();
    desk.post("two", "Re: Hours", "In-Reply-To: <one@b.example>\r\n")
        .await;
    let handle = desk.until("handle").await.unwrap();
    let (mail, said) = guard::subject(&desk.deployment, &handle).await.unwrap();
    let bundle = desk.deployment.bundles().current();
    let contact = &bundle.bundle().agents["hello.library"].contact;
    let names = super::inputs::names(
        &desk.deployment,
        bundle.bundle(),
        contact,
        &said,
        Some(&mail),
    );
    assert_eq!(names.await.unwrap().values["thread"]["earlier"], json!([]));
    assert_eq!(desk.thread_state().await, inbox::ThreadState::Stuck);
}

#[tokio::test]
async fn a_text_that_a_person_edits_is_not_passed_by_a_policy() {
    let desk = Desk::with(|bundle| {
        for agent in bundle.agents.values_mut() {
            agent.review.otherwise = silex_bundle::agent::Decision::Pass;
        }
    })
    .await;
    desk.post("one", "Hours", "").await;
    let review = desk.until("review").await.unwrap();
    let act = review::Act::Edit {
        subject: "Hours".to_owned(),
        body: "Not ready".to_owned(),
    };
    desk.decide("ada", act).await.unwrap();
    desk.run(review).await.unwrap();
    assert!(desk.until("").await.is_none());
    assert_eq!(desk.draft(1).await.state, DraftState::Held);
}

#[tokio::test]
async fn nobody_decides_under_the_name_of_the_policy() {
    let desk = Desk::new().await;
    desk.post("one", "Hours", "").await;
    assert!(desk.until("").await.is_none());
    assert!(desk.decide("policy", review::Act::Approve).await.is_err());
}

#[tokio::test]
async fn a_mail_whose_contact_cannot_be_made_is_put_aside() {
    let desk = Desk::with(|bundle| {
        let reader = bundle.declarations.get_mut("hello.Reader").unwrap();
        let mut declared = serde_json::to_value(&*reader).unwrap();
        let field = json!({ "name": "age", "type": { "int": {} } });
        let fields = declared["shape"]["entity"]["fields"].as_array_mut();
        fields.unwrap().push(field);
        *reader = serde_json::from_value(declared).unwrap();
    })
    .await;
    desk.post("one", "Hours", "").await;
    assert!(desk.until("").await.is_none());
    let mail = desk.mails(1).await.remove(0);
    assert_eq!(mail.state, MailState::Quarantined);
    assert!(mail.reason.unwrap().contains("age"));
}

/// A behaviour that has a tool by another behaviour, which has a tool with a gate.
fn nested() -> Arc<Loaded> {
    nested_saying("Help.")
}

fn nested_saying(words: &str) -> Arc<Loaded> {
    let span = json!({ "source": 0, "start": 0, "end": 0 });
    let text = json!({ "text": { "max": 200 } });
    let limits = json!({ "turns": 4, "tokens": 1000, "history": 1000, "attempts": 2, "calls": 3 });
    let behaviour = |tool: &str| {
        json!({ "inputs": [], "returns": text, "limits": limits, "layout": "plain", "conditions": [], "span": span,
            "segments": [], "tools": [{ "tool": tool }] })
    };
    let tool = |name: &str, handler: Value, gates: Value| {
        json!({ "name": name, "params": [], "returns": text, "effects": {}, "handler": handler, "timeout_ms": 1000,
            "span": span, "gates": gates })
    };
    let helper = json!({ "behaviour": { "behaviour": "t.inner", "args": {} } });
    let bundle = json!({
        "format": silex_bundle::FORMAT, "compiler": "0.1.0", "package": "t", "version": "0.1.0", "models": {}, "agents": {},
        "examples": {}, "declarations": {}, "layouts": { "plain": words },
        "sources": [{ "path": "t.silex", "text": "" }],
        "behaviours": { "t.outer": behaviour("t.help"), "t.inner": behaviour("t.pay") },
        "tools": {
            "t.help": tool("help", helper, json!([])),
            "t.pay": tool("pay", json!({ "native": { "name": "x" } }), json!([{ "kind": "reviewer" }])),
        },
    });
    Arc::new(Loaded::new(
        serde_json::from_value(bundle).unwrap(),
        "nested".to_owned(),
    ))
}

/// Runs the turn of `t.outer`, from wherever it was left.
async fn outer(
    desk: &Desk,
    handle: &Attempt,
    bundle: &Arc<Loaded>,
    script: Scripted,
) -> Result<Finished, TurnError> {
    let edge = Edge {
        models: Models::scripted(script),
        ..desk.deployment.edge.clone()
    };
    let whose = Whose {
        key: "reply 1".to_owned(),
        thread: 1,
        mail: Some(1),
        lease: handle.job.lease,
        progress: handle.progress.clone(),
    };
    let start = Start {
        behaviour: "t.outer".to_owned(),
        inputs: serde_json::Map::new(),
        now: "2027-03-01T09:00:00Z".to_owned(),
        seed: "seed".to_owned(),
        own: Vec::new(),
        verified: true,
        example: None,
        again: None,
        stage: None,
    };
    run(&edge, &whose, bundle, start).await
}

#[tokio::test]
async fn a_stored_answer_counts_only_for_the_question_that_it_answered() {
    let desk = Desk::new().await;
    desk.post("one", "Hours", "").await;
    let handle = desk.until("handle").await.unwrap();
    // Too long to be used: it is asked again, and the script has no more.
    let long = Scripted::transcript(vec![Planned::Text("long ".repeat(50))]);
    assert!(outer(&desk, &handle, &nested(), long).await.is_err());
    let script = || Scripted::transcript(vec![Planned::Text("done".to_owned())]);
    // Another program says the same bundle in other words.
    let asked = nested_saying("Help, please.");
    let finished = outer(&desk, &handle, &asked, script()).await.unwrap();
    let Outcome::Returned(returned) = finished.outcome else {
        panic!("a person takes over: {:?}", finished.outcome)
    };
    assert_eq!(returned.value, "done");
    let mut reader = desk.deployment.store().read().await.unwrap();
    let steps = turns::steps(&mut reader, finished.id).await.unwrap();
    assert_eq!(
        steps.len(),
        1,
        "what answered another question is set aside"
    );
}

#[tokio::test]
async fn whoever_watches_hears_what_a_model_says() {
    let desk = Desk::new().await;
    desk.post("one", "Hours", "").await;
    let handle = desk.until("handle").await.unwrap();
    let mut watch = desk.deployment.edge.live.watch();
    let script = Scripted::transcript(vec![Planned::Text("all is done".to_owned())]);
    outer(&desk, &handle, &nested(), script).await.unwrap();
    let mut heard = String::new();
    while let Ok(piece) = watch.try_recv() {
        assert_eq!((piece.thread, piece.step), (1, 0));
        if let Part::Said(Delta::Text(text)) = piece.part {
            heard.push_str(&text);
        }
    }
    assert_eq!(heard, "all is done");
}

#[tokio::test]
async fn a_turn_of_another_program_whose_tools_have_acted_is_for_a_person() {
    let desk = Desk::new().await;
    desk.post("one", "Hours", "").await;
    let handle = desk.until("handle").await.unwrap();
    let calls = Scripted::transcript(vec![Planned::Calls(vec![(
        "nothing".to_owned(),
        json!({}),
    )])]);
    assert!(outer(&desk, &handle, &nested(), calls).await.is_err());
    let script = Scripted::transcript(vec![Planned::Text("done".to_owned())]);
    let asked = nested_saying("Help, please.");
    let finished = outer(&desk, &handle, &asked, script).await.unwrap();
    assert!(
        matches!(&finished.outcome, Outcome::AskPerson(why) if why.contains("another version")),
        "{:?}",
        finished.outcome
    );
}

#[tokio::test]
async fn a_gate_inside_a_called_behaviour_holds_the_draft_on_the_bundle_that_the_turn_began_with() {
    // What the deployment runs by now is another bundle, as after a reload.
    let desk = Desk::new().await;
    desk.post("one", "Hours", "").await;
    let handle = desk.until("handle").await.unwrap();
    let script = Scripted::transcript(vec![
        Planned::Calls(vec![("help".to_owned(), json!({}))]),
        Planned::Calls(vec![("pay".to_owned(), json!({}))]),
        Planned::Text("paid".to_owned()),
        Planned::Text("done".to_owned()),
    ]);
    let finished = outer(&desk, &handle, &nested(), script).await.unwrap();
    let Outcome::Returned(returned) = finished.outcome else {
        panic!("a person takes over: {:?}", finished.outcome)
    };
    let doubts = returned.doubts().join("; ");
    assert!(
        doubts.contains("t.inner") && doubts.contains("`pay` waits"),
        "{doubts}"
    );
}

#[tokio::test]
async fn the_secret_is_printed_nowhere() {
    let desk = Desk::new().await;
    let secret = format!("{:?}", desk.deployment.secret);
    assert!(!format!("{:?}", desk.deployment).contains(&secret));
    assert_ne!(Value::from(secret), Value::Null);
}

fn notice() -> post::NewPost {
    let mailbox = |address: &str| Mailbox::read(address, "").unwrap();
    post::NewPost {
        purpose: Purpose::Review,
        unique: "draft-1".to_owned(),
        agent: Some("hello.library".to_owned()),
        from: mailbox("desk@library.example"),
        to: mailbox("ada@library.example"),
        reply_to: None,
        subject: "A draft waits\r\nBcc: eve@x.example".to_owned(),
        text: "Please look.".to_owned(),
        in_reply_to: None,
        headers: vec![("X-Silex-Draft", "1\r\nBcc: eve@x.example".to_owned())],
        thread: None,
        draft: None,
    }
}

#[tokio::test]
async fn a_post_leaves_once_however_often_it_is_told() {
    let desk = Desk::new().await;
    for _ in 0..2 {
        let ours = desk.deployment.clone();
        let told = desk.deployment.store().write("", move |tx| {
            Box::pin(async move { post::enqueue(tx, &ours, &notice(), 5).await })
        });
        assert_eq!(told.await.unwrap(), 1);
        assert!(desk.until("").await.is_none());
    }
    let folder = &desk.deployment.config.outbound.outbox;
    let sent: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
    assert_eq!(sent.len(), 1);
    let mail = std::fs::read_to_string(sent[0].path()).unwrap();
    assert!(
        mail.contains("\r\nAuto-Submitted: auto-generated\r\n"),
        "{mail}"
    );
    assert!(mail.contains("\r\nX-Silex-Draft: 1 Bcc: eve"), "{mail}");
    assert!(!mail.contains("\nBcc:"), "{mail}");
    let mut reader = desk.deployment.store().read().await.unwrap();
    let delivery = deliveries::find(&mut reader, 1).await.unwrap().unwrap();
    assert_eq!(delivery.state, DeliveryState::Accepted);
    assert_eq!(delivery.sends(), None);
}

/// With every guard and rule out of the way: whatever a person approves is looked at once more.
#[tokio::test]
async fn what_must_not_leave_goes_back_to_people_however_it_was_approved() {
    let desk = Desk::with(|bundle| {
        for agent in bundle.agents.values_mut() {
            agent.guard = None;
        }
    })
    .await;
    desk.post("one", "Hours", "").await;
    assert!(desk.until("").await.is_none());
    desk.contact("bert@c.example").await;
    for (body, reason) in [
        ("See https://evil.example/?q=1", "http://evil.example"),
        ("![x](https://b.example/i.png)", "an image"),
        ("Ask bert@c.example too.", "another contact"),
        ("The key is AKIAA1B2C3D4E5A1B2C3 today", "a key"),
    ] {
        let act = review::Act::Edit {
            subject: "Hours".to_owned(),
            body: body.to_owned(),
        };
        desk.decide("ada", act).await.unwrap();
        desk.decide("ada", review::Act::Approve).await.unwrap();
        let deliver = desk.until("deliver").await.unwrap();
        desk.run(deliver).await.unwrap();
        let draft = desk.draft(1).await;
        let reasons = draft.hold_reasons.to_string();
        assert_eq!(draft.state, DraftState::Held, "{body}");
        assert!(reasons.contains(reason), "{reasons}");
    }
    let act = review::Act::Edit {
        subject: "Hours".to_owned(),
        body: "We open at nine.".to_owned(),
    };
    desk.decide("ada", act).await.unwrap();
    desk.decide("ada", review::Act::Approve).await.unwrap();
    assert!(desk.until("").await.is_none());
    assert_eq!(desk.draft(1).await.state, DraftState::Delivered);
}

#[tokio::test]
async fn an_approved_draft_waits_for_its_undo_window() {
    let desk = Desk::with(|bundle| {
        for agent in bundle.agents.values_mut() {
            agent.deliver.undo_ms = Some(120_000);
        }
    })
    .await;
    desk.post("one", "Hours", "").await;
    assert!(desk.until("").await.is_none());
    desk.decide("ada", review::Act::Approve).await.unwrap();
    assert!(desk.claim().await.is_none());
    assert_eq!(desk.draft(1).await.state, DraftState::Approved);
}

#[tokio::test]
async fn a_report_settles_what_nobody_knew_and_what_was_believed_lost() {
    for looked_up in [false, true] {
        let desk = Desk::new().await;
        let attempt = desk.approved().await;
        desk.sent(&attempt, SendError::Unknown("no answer".into()))
            .await;
        if looked_up {
            let act = review::Act::Settle { arrived: false };
            desk.decide("ada", act).await.unwrap();
        }
        let mut reader = desk.deployment.store().read().await.unwrap();
        let intent = deliveries::of_draft(&mut reader, 1).await.unwrap()[0]
            .intent
            .clone();
        drop(reader);
        for _ in 0..2 {
            let (ours, intent) = (desk.deployment.clone(), intent.clone());
            let told = desk.deployment.store().write("", move |tx| {
                let accepted = Accepted {
                    id: "0100".to_owned(),
                    message_id: Some("0100@email.amazonses.com".to_owned()),
                };
                Box::pin(async move { settle::by_event(tx, &ours, &intent, accepted, 9).await })
            });
            told.await.unwrap();
        }
        let sent: Vec<_> = desk.mails(1).await;
        let ours = sent.iter().filter(|mail| mail.state == MailState::Sent);
        assert_eq!(ours.count(), 1, "it is one mail, however often it is told");
        let draft = desk.draft(1).await;
        let held = draft.hold_reasons.to_string();
        match looked_up {
            false => assert_eq!(draft.state, DraftState::Delivered),
            true => assert!(held.contains("did arrive"), "{held}"),
        }
    }
}

/// Two mails of one conversation that name nothing in common: `b`, which ties them, is on its way.
async fn parted(desk: &Desk) {
    let child = "In-Reply-To: <b@b.example>\r\nReferences: <b@b.example>\r\n";
    desk.post("c", "Re: Hours", child).await;
    desk.post("a", "Hours", "").await;
    assert!(desk.until("").await.is_none());
    assert_eq!(
        (desk.mails(1).await.len(), desk.mails(2).await.len()),
        (1, 1)
    );
}

const TIE: &str = "In-Reply-To: <a@b.example>\r\nReferences: <a@b.example>\r\n";

#[tokio::test]
async fn two_threads_that_a_late_mail_ties_together_become_one() {
    let desk = Desk::new().await;
    parted(&desk).await;
    desk.post("b", "Re: Hours", TIE).await;
    assert!(desk.until("").await.is_none());
    let ids: Vec<_> = desk
        .mails(1)
        .await
        .into_iter()
        .map(|mail| mail.message_id)
        .collect();
    assert_eq!(ids, ["c@b.example", "a@b.example", "b@b.example"]);
    assert_eq!(desk.mails(2).await.len(), 0);
    assert_eq!(
        desk.draft(2).await.thread_id,
        1,
        "what was drafted goes along"
    );
    let mut reader = desk.deployment.store().read().await.unwrap();
    let listed = inbox::page(&mut reader, &Asked::default(), 9)
        .await
        .unwrap();
    assert_eq!(listed.len(), 1, "an empty thread is not shown");
}

#[tokio::test]
async fn threads_stay_apart_once_one_was_answered() {
    let desk = Desk::new().await;
    parted(&desk).await;
    desk.decide("ada", review::Act::Approve).await.unwrap();
    assert!(desk.until("").await.is_none());
    desk.post("b", "Re: Hours", TIE).await;
    assert!(desk.until("").await.is_none());
    let mut reader = desk.deployment.store().read().await.unwrap();
    assert_eq!(
        inbox::page(&mut reader, &Asked::default(), 9)
            .await
            .unwrap()
            .len(),
        2
    );
    let told = crate::store::events::after(&mut reader, 0, 999)
        .await
        .unwrap();
    assert_eq!(
        told.iter()
            .filter(|event| event.kind == "thread.beside")
            .count(),
        1
    );
}

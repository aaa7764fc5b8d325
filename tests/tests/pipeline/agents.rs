//! An agent that does more than answer: it goes through stages, observes, has its drafts judged, learns
//! from a conversation and tells others, also when it is killed on the way.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use silex_bundle::Bundle;
use silex_runtime::store::jobs::{self, Filter};
use silex_runtime::store::{drafts, entities, events, mails, turns};
use silex_tests::package::{compiled, of_text};
use silex_tests::receiver::{Receiver, SECRET, Told};
use silex_tests::silexd::Silexd;
use silex_tests::stub_model::{Reply, Seen};
use silex_tests::wait::until;

use crate::desk::{Peers, answers, mail};

/// A workshop in two stages.
const WORKSHOP: &str = r#"//! A workshop that listens.

model clerk { provider anthropic name "claude-haiku-4-5" timeout 20s }

/// How somebody feels.
enum Mood { calm, upset }

/// What somebody rides.
record Riding { bicycle: text 1..40 = "plain", weekly_km: int 0..1000 = 30 }

/// Somebody who writes.
entity Writer key address {
  address: email
  name: text 0..80 = ""
  riding: Riding?
  greeted: bool = false
}

/// What the ticket system answers.
record Ticket { number: text 1..40 }

/// Open a ticket.
tool open_ticket(
  /// What it is about.
  about: text 1..200,
) for writer: Writer -> Ticket {
  via http POST "tickets"
  timeout 10s
  at_most 1 per 1d
}

/// Reads the mood of a mail.
behaviour read_mood(mail: Mail) -> Mood {
  model clerk
  role "You read moods."
  must judge_words "Judge the words."
}

/// Learns what somebody rides.
behaviour learn(writer: Writer, thread: Thread) -> Riding {
  model clerk
  role "You note what they ride."
  must only_said "Note only what {{ writer.name | inline(80) }} said."
}

/// Answers a mail.
behaviour answer(writer: Writer, thread: Thread, mail: Mail) -> Reply {
  model clerk
  role "You are the desk."
  observe mood = read_mood(mail)
  when mood == upset {
    must own_it "Say that you are sorry."
      check judge
  }
  stage asking {
    goal "Open a ticket."
    tools open_ticket
    on open_ticket -> closing
  }
  stage closing final {
    goal "Say goodbye."
    tools open_ticket
  }
}

agent desk {
  inbox "desk@desk.example"
  contact writer: Writer by address
  observe urgency = read_mood(mail)
  route match urgency { upset, calm -> answer(writer, thread, mail) }
  after delivered {
    run learn(writer, thread) when writer.riding is none
    save writer.greeted = true when urgency == upset
  }
  review { hold when urgency == calm otherwise pass }
  deliver { from "The desk <desk@desk.example>" }
  relay books { on received, delivered to webhook "books" retry 5 from 50ms to 200ms }
  relay alarm { on failed to webhook "books" retry 5 from 50ms to 200ms }
  relay owner { on delivered to mail "owner@office.example" }
  relay archive { on delivered to webhook "archive" retry 5 from 50ms to 200ms }
}
"#;

const FIRST: &str = "first@a.example";
const SECOND: &str = "second@a.example";

fn workshop() -> Bundle {
    compiled(&of_text("desk", WORKSHOP))
}

/// A model that knows its part. The first draft of a thread is not sorry enough.
fn clerk(seen: &Seen) -> Reply {
    let system = seen.system();
    if system.contains("You read moods.") {
        return Reply::text(json!({ "value": "upset" }).to_string());
    }
    if system.contains("You note what they ride.") {
        return Reply::text(json!({ "bicycle": "cargo", "weekly_km": 120 }).to_string());
    }
    if system.contains("You judge whether a draft keeps one rule") {
        let kept = seen.newest().contains("We are sorry");
        return Reply::text(json!({ "kept": kept, "why": "It has to say so." }).to_string());
    }
    if seen.newest().contains("breaks these rules") {
        return Reply::text("We are sorry. It is noted as T-1.");
    }
    if seen.results().is_empty() {
        let about = match system.contains("Open a ticket.") {
            true => "what is broken",
            false => "the goodbye",
        };
        return Reply::calls(&[("open_ticket", json!({ "about": about }))]);
    }
    Reply::text("It is noted as T-1.")
}

/// A `silexd` with the workshop, whose relays go to a receiver and to a file.
fn start(peers: &Peers, receiver: &Receiver) -> Silexd {
    let mut settings = peers.settings();
    settings["queue"] = json!({ "workers": 1, "threads": 1, "nice": 0 });
    settings["webhooks"] = json!({
        "books": { "url": receiver.url(), "secret": SECRET, "private": true },
        "archive": { "file": "relays/archive.jsonl" },
    });
    Silexd::new(crate::desk::SILEXD, &workshop(), &settings)
}

/// A conversation whose first mail is answered, and all that follows from it is done.
fn begun(answers: &[u16]) -> (Peers, Receiver, Silexd) {
    let peers = Peers::new(clerk);
    let receiver = peers.wait(Receiver::start(answers)).unwrap();
    let mut silexd = start(&peers, &receiver);
    silexd.serve();
    silexd.drop_mail("1", &first());
    until_sent(&silexd, 1);
    peers.until_idle(&silexd);
    (peers, receiver, silexd)
}

fn first() -> String {
    mail(FIRST, "ada@a.example", "", "The chain of my bicycle broke!")
}

fn second() -> String {
    let refers = format!("In-Reply-To: <{FIRST}>\r\nReferences: <{FIRST}>\r\n");
    mail(SECOND, "ada@a.example", &refers, "And the saddle too!")
}

fn until_sent(silexd: &Silexd, count: usize) {
    until("the answers", || {
        (answered(silexd).len() == count).then_some(())
    });
}

/// The mails that were sent to somebody.
fn sent_to(silexd: &Silexd, address: &str) -> Vec<String> {
    let mut sent = silexd.outbox();
    sent.retain(|mail| {
        let mut lines = mail.lines();
        lines.any(|line| line.starts_with("To:") && line.contains(address))
    });
    sent
}

/// Who is told by mail.
const OWNER: &str = "owner@office.example";

/// The answers that were sent, without what others were told.
fn answered(silexd: &Silexd) -> Vec<String> {
    let mut sent = silexd.outbox();
    let told = sent_to(silexd, OWNER);
    sent.retain(|mail| !told.contains(mail));
    sent
}

/// The archive's lines, each once: a kill may have written one twice.
fn archived(silexd: &Silexd) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(silexd.path("relays/archive.jsonl")).unwrap_or_default();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines
        .map(|line: Value| (line["id"].as_str().unwrap_or_default().to_owned(), line))
        .collect()
}

/// The whole way, once in peace.
#[test]
fn a_conversation_goes_through_its_stages_and_others_are_told() {
    let (peers, receiver, silexd) = begun(&[500]);
    silexd.drop_mail("2", &second());
    until_sent(&silexd, 2);
    peers.until_idle(&silexd);
    assert_eq!(peers.model.refusals(), Vec::<String>::new());

    let asked: Vec<_> = peers
        .model
        .seen()
        .iter()
        .map(|seen| (seen.system(), seen.newest()))
        .collect();
    let count = |part: &str| {
        asked
            .iter()
            .filter(|(system, _)| system.contains(part))
            .count()
    };
    assert_eq!(
        count("You read moods."),
        4,
        "by agent and behaviour, once a mail each"
    );
    assert_eq!(count("You judge whether"), 4, "each draft of both mails");
    assert_eq!(
        count("You note what they ride."),
        1,
        "what is known is not learned again"
    );
    assert!(
        asked
            .iter()
            .any(|(_, said)| said.contains("It has to say so."))
    );
    assert!(count("Open a ticket.") > 0 && count("Say goodbye.") > 0);

    let calls = peers.tickets.calls();
    assert_eq!(calls.len(), 1, "at most one a day for a contact: {calls:?}");
    for sent in answered(&silexd) {
        assert!(sent.contains("We are sorry."), "{sent}");
    }
    check_learned(&peers, &silexd);
    check_told(&silexd, &receiver.told());
}

/// What was learned stands with its evidence, and can be taken back.
fn check_learned(peers: &Peers, silexd: &Silexd) {
    let writer = peers.read(silexd, async |db| {
        let found = entities::find(db, "desk.Writer", "ada@a.example").await;
        found.unwrap().unwrap()
    });
    assert_eq!(
        (&writer.value["riding"], &writer.value["greeted"]),
        (
            &json!({ "bicycle": "cargo", "weekly_km": 120 }),
            &json!(true)
        )
    );
    let history = peers.read(silexd, async |db| {
        entities::history(db, writer.id).await.unwrap()
    });
    let learned = history
        .iter()
        .find(|one| one.evidence.by == "desk.learn")
        .unwrap();
    let turn = learned.evidence.turn.unwrap();
    let turn = peers.read(silexd, async |db| turns::find(db, turn).await.unwrap());
    assert_eq!(turn.unwrap().behaviour, "desk.learn");
    assert_eq!(learned.evidence.model.as_deref(), Some("claude-haiku-4-5"));
    assert_eq!(learned.evidence.mail, Some(1));

    let shown = silexd.prints(&["contacts", "history", "ada@a.example"]);
    assert!(
        shown.contains("by desk.learn  (mail 1, turn") && shown.contains("claude-haiku-4-5"),
        "{shown}"
    );
    silexd.prints(&[
        "contacts",
        "revert",
        "ada@a.example",
        "--version",
        "1",
        "--note",
        "a joke",
    ]);
    let shown = silexd.prints(&["contacts", "show", "ada@a.example"]);
    assert!(!shown.contains("cargo"), "{shown}");
    let history = silexd.prints(&["contacts", "history", "ada@a.example"]);
    assert!(
        history.contains("cargo") && history.contains("a joke"),
        "{history}"
    );
}

/// A refused post is made again with the same id, and each event is told once.
fn check_told(silexd: &Silexd, told: &[Told]) {
    assert!(told.iter().all(|one| one.signed), "{told:?}");
    let taken: Vec<_> = told.iter().filter(|one| one.status == 204).collect();
    let words: Vec<_> = taken
        .iter()
        .map(|one| one.body["type"].as_str().unwrap())
        .collect();
    assert_eq!(words.len(), 4, "{words:?}");
    assert_eq!(words.iter().filter(|word| **word == "delivered").count(), 2);
    let refused = told.iter().find(|one| one.status == 500).unwrap();
    assert!(
        taken
            .iter()
            .any(|one| one.id == refused.id && one.body == refused.body)
    );
    let delivered = taken
        .iter()
        .find(|one| one.body["type"] == "delivered")
        .unwrap();
    let data = &delivered.body["data"];
    assert_eq!(data["thread"]["contact"]["address"], "ada@a.example");
    assert_eq!(data["draft"]["text"], "We are sorry. It is noted as T-1.");
    assert_eq!(archived(silexd).len(), 2);
    let mails = sent_to(silexd, OWNER);
    assert_eq!(mails.len(), 2, "{mails:?}");
    for mail in &mails {
        assert!(
            mail.contains("\r\n> We are sorry. It is noted as T-1."),
            "{mail}"
        );
        assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
    }
    let listed = silexd.prints(&["relays"]);
    assert!(
        listed.contains("desk.desk books to webhook books: 4 told"),
        "{listed}"
    );
}

/// A relay that gives up is shown, and told again by a person's word.
#[test]
fn a_relay_that_gave_up_is_told_again() {
    let peers = Peers::new(clerk);
    let receiver = peers.wait(Receiver::start(&[410])).unwrap();
    let mut silexd = start(&peers, &receiver);
    silexd.serve();
    silexd.drop_mail("1", &first());
    until_sent(&silexd, 1);
    until("the relay to give up", || {
        silexd
            .prints(&["relays"])
            .contains("it wants no more")
            .then_some(())
    });
    silexd.prints(&["jobs", "retry", "--dead", "--kind", "relay"]);
    until("the receiver to be told", || {
        let received = |one: &Told| one.body["type"] == "received" && one.status == 204;
        receiver.told().iter().any(received).then_some(())
    });
}

/// What ends the process again and again is given up, and whoever listens is told.
#[test]
fn what_is_given_up_is_told() {
    let peers = Peers::new(clerk);
    let receiver = peers.wait(Receiver::start(&[])).unwrap();
    let mut silexd = start(&peers, &receiver);
    silexd.drop_mail("1", &first());
    for _ in 0..2 {
        silexd.start(Some("kill:turn.before_call"));
        until("it to be killed", || silexd.was_killed());
    }
    silexd.start(None);
    let told = until("the failure to be told", || {
        let mut told = receiver.told().into_iter();
        told.find(|one| one.body["type"] == "failed")
    });
    let data = &told.body["data"];
    assert_eq!(data["details"]["kind"], "handle", "{data}");
    let error = data["details"]["error"].as_str().unwrap();
    assert!(error.contains("quarantined"), "{error}");
    assert_eq!(data["thread"]["contact"]["address"], "ada@a.example");
}

/// What came of the first mail when the process was killed on its way.
struct Outcome {
    killed: bool,
    model_calls: usize,
    /// How many versions there are of what is known, and the last.
    learned: (usize, Value),
    told: BTreeMap<String, usize>,
    archived: usize,
    mailed: usize,
    skipped: usize,
}

fn tell(fault: &str) -> Outcome {
    let peers = Peers::new(clerk);
    let receiver = peers.wait(Receiver::start(&[])).unwrap();
    let mut silexd = start(&peers, &receiver);
    silexd.drop_mail("1", &first());
    silexd.start(Some(fault));
    let mut killed = false;
    until("all to be done", || {
        if silexd.was_killed().is_some() {
            killed = true;
            silexd.start(None);
        }
        (answered(&silexd).len() == 1 && peers.is_idle(&silexd)).then_some(())
    });
    let _serving = silexd.address();
    let status = silexd.terminate();
    killed |= status.signal().is_some();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
    let (learned, skipped) = peers.read(&silexd, async |db| {
        let found = entities::find(db, "desk.Writer", "ada@a.example")
            .await
            .unwrap();
        let history = entities::history(db, found.unwrap().id).await.unwrap();
        let events = events::of_thread(db, 1).await.unwrap();
        let skipped = events.iter().filter(|event| event.kind == "after.skipped");
        let skipped = skipped.count();
        let versions = history.len();
        let last = history.into_iter().next_back();
        ((versions, last.unwrap().value), skipped)
    });
    let mut told = BTreeMap::new();
    for one in receiver.told() {
        *told.entry(one.id).or_insert(0) += 1;
    }
    Outcome {
        killed,
        model_calls: peers.model.seen().len(),
        learned,
        told,
        archived: archived(&silexd).len(),
        mailed: sent_to(&silexd, OWNER).len(),
        skipped,
    }
}

#[test]
fn killed_at_any_point_it_learns_once_and_tells_everyone() {
    let folder = tempfile::tempdir().unwrap();
    let points = folder.path().join("points");
    let clean = tell(&format!("record:{}", points.display()));
    assert!(!clean.killed);
    assert_eq!((clean.told.len(), clean.archived), (2, 1));
    assert_eq!((clean.mailed, clean.skipped), (1, 0));
    let points = fs::read_to_string(points).unwrap();
    // The points of the pipeline itself are killed at in `faults`.
    let ours = [
        "turn.judged",
        "turn.slot",
        "after.",
        "relay.",
        "deliver.after_send",
    ];
    let chosen: Vec<_> = points
        .lines()
        .enumerate()
        .filter(|(_, point)| ours.iter().any(|one| point.contains(one)))
        .map(|(at, point)| (at + 1, point))
        .collect();
    assert!(chosen.len() > 15, "{points}");
    let (next, killed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((n, point)) = chosen.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let told = tell(&format!("kill:{n}"));
                    killed.fetch_add(usize::from(told.killed), Ordering::SeqCst);
                    assert!(told.model_calls <= clean.model_calls + 1, "{point}");
                    assert_eq!(told.learned, clean.learned, "{point}");
                    assert_eq!((told.told.len(), told.archived), (2, 1), "{point}");
                    assert_eq!(told.mailed, 1, "mail is never sent twice: {point}");
                    let twice: usize = told.told.values().map(|times| times - 1).sum();
                    assert!(
                        twice <= 1,
                        "one post may be made again, with its id: {point}"
                    );
                    assert_eq!(told.skipped, 0, "{point}");
                }
            });
        }
    });
    assert_eq!(
        killed.into_inner(),
        chosen.len(),
        "every point killed a process"
    );
}

/// The conversation keeps its bundle, another begins on the new one, and a bundle that stored
/// documents do not fit is refused.
#[test]
fn a_conversation_keeps_its_bundle_while_another_is_taken_into_use() {
    let (peers, _receiver, silexd) = begun(&[]);

    silexd.put("bundle.json", b"{ \"format\": ");
    silexd.hang_up();
    until("the broken bundle to be refused", || {
        silexd.said().contains("bundle refused").then_some(())
    });
    let impossible = WORKSHOP.replace(
        "record Riding { bicycle: text 1..40 = \"plain\"",
        "/// A kind.\nenum Kind { plain, electric }\nrecord Riding { bicycle: Kind = plain",
    );
    silexd.put(
        "bundle.json",
        &compiled(&of_text("desk", &impossible)).to_bytes(),
    );
    silexd.hang_up();
    until("the bundle to be refused", || {
        silexd
            .said()
            .contains("ada@a.example: it does not fit")
            .then_some(())
    });

    let next = WORKSHOP
        .replace("You are the desk.", "You are the new desk.")
        .replace(
            "  riding: Riding?\n",
            "  riding: Riding?\n  shoe: int = 38\n",
        );
    silexd.put("bundle.json", &compiled(&of_text("desk", &next)).to_bytes());
    silexd.hang_up();
    until("the bundle to be taken into use", || {
        silexd
            .said()
            .contains("bundle taken into use")
            .then_some(())
    });
    let before = peers.model.seen().len();
    silexd.drop_mail("2", &second());
    until_sent(&silexd, 2);
    let new = |from: usize| {
        let seen = peers.model.seen();
        seen.iter()
            .skip(from)
            .any(|seen| seen.system().contains("You are the new desk."))
    };
    assert!(!new(before), "the conversation keeps its bundle");
    silexd.drop_mail(
        "3",
        &mail("third@b.example", "bert@b.example", "", "Hello!"),
    );
    until_sent(&silexd, 3);
    assert!(new(before), "another begins on the new one");
}

/// A thread played again comes out the same, asks nobody and changes nothing; on another bundle the
/// difference is shown.
#[test]
fn a_thread_is_played_again_without_effects() {
    let (peers, receiver, silexd) = begun(&[]);
    silexd.drop_mail("2", &second());
    until_sent(&silexd, 2);
    peers.until_idle(&silexd);
    let (asked, told) = (peers.model.seen().len(), receiver.told().len());
    let before = stored(&peers, &silexd);
    let called = peers.tickets.calls();

    let same = silexd.prints(&["replay", "1"]);
    assert!(same.contains("2 mails of 1 threads: 0 differ"), "{same}");
    assert_eq!(peers.model.seen().len(), asked, "the journal answers");

    let next = WORKSHOP.replace(
        "Say that you are sorry.",
        "Say that you are sorry, and why.",
    );
    silexd.put("next.json", &compiled(&of_text("desk", &next)).to_bytes());
    let output = silexd.run(&["replay", "1", "--bundle", "next.json", "--format", "json"]);
    let played: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mail = &played[0]["mails"][0];
    assert!(mail["effort"]["asked"].as_u64().unwrap() > 0, "{mail}");
    assert!(
        mail["prompt"].to_string().contains("sorry, and why."),
        "{mail}"
    );
    assert_eq!(
        output.status.code(),
        Some(0),
        "the drafts are the same: {mail}"
    );

    let other = WORKSHOP.replace(
        "route match urgency { upset, calm -> answer(writer, thread, mail) }",
        "route reviewer \"We are closed.\"",
    );
    silexd.put(
        "closed.json",
        &compiled(&of_text("desk", &other)).to_bytes(),
    );
    let output = silexd.run(&[
        "replay",
        "--all",
        "--since",
        "1d",
        "--bundle",
        "closed.json",
    ]);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(
        shown.contains("a person answers: We are closed."),
        "{shown}"
    );
    assert!(
        shown.contains("[-We are sorry. It is noted as T-1.-]"),
        "{shown}"
    );

    assert_eq!(stored(&peers, &silexd), before, "nothing is stored");
    assert_eq!(peers.tickets.calls(), called, "no tool acts");
    assert_eq!(silexd.outbox().len(), 4, "nothing is sent");
    assert_eq!(receiver.told().len(), told, "nobody is told");
    assert!(answers(&answered(&silexd)[0], FIRST));
}

/// All that a conversation leaves in the store.
fn stored(peers: &Peers, silexd: &Silexd) -> Vec<String> {
    peers.read(silexd, async |db| {
        let told = events::after(db, 0, 10_000).await.unwrap();
        let turns = turns::of_thread(db, 1).await.unwrap();
        let jobs = jobs::list(db, &Filter::default(), 10_000).await.unwrap();
        let mails = mails::of_thread(db, 1).await.unwrap();
        let drafts = drafts::of_thread(db, 1).await.unwrap();
        let writer = entities::find(db, "desk.Writer", "ada@a.example").await;
        let mut all = vec![
            format!("{told:?}"),
            format!("{turns:?}"),
            format!("{jobs:?}"),
            format!("{mails:?}"),
            format!("{drafts:?}"),
            format!("{:?}", writer.unwrap()),
        ];
        for turn in turns {
            let steps = turns::steps(db, turn.id).await.unwrap();
            all.push(format!("{steps:?}"));
        }
        all
    })
}

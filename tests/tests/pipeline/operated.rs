//! What operators do on the pages, from their click to what comes of it; and that nobody else does it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::{Value, json};
use silex_bundle::Bundle;
use silex_runtime::store::jobs::{self, Filter, Job, JobState};
use silex_runtime::store::{entities, events};
use silex_tests::package::{compiled, of_text};
use silex_tests::silexd::Silexd;
use silex_tests::stub_model::{Reply, Seen};
use silex_tests::wait::until;

use crate::browser::{Browser, form, guarded};
use crate::desk::{Peers, mail};

/// A desk that answers at once, and learns from that.
const DESK: &str = r#"//! A desk that notes what people like.

model clerk { provider anthropic name "claude-haiku-4-5" timeout 20s }

/// What somebody likes.
record Liking { greeting: text 1..40 = "Hello" }

/// Somebody who writes.
entity Writer key address { address: email, name: text 0..80 = "", liking: Liking? }

/// Says whether a mail may be answered.
behaviour screen(mail: Mail) -> Verdict {
  model clerk
  role "You open the post."
}

/// Learns what somebody likes.
behaviour learn(writer: Writer, thread: Thread) -> Liking {
  model clerk
  role "You note what they like."
}

/// Answers a mail.
behaviour answer(writer: Writer, thread: Thread, mail: Mail) -> Reply {
  model clerk
  role "You are the desk."
}

agent desk {
  inbox "desk@desk.example"
  contact writer: Writer by address
  guard screen(mail)
  route answer(writer, thread, mail)
  after delivered { run learn(writer, thread) when writer.liking is none }
  review { otherwise pass }
  deliver { from "The desk <desk@desk.example>" }
}
"#;

fn bundle() -> Bundle {
    compiled(&of_text("desk", DESK))
}

/// A house with an operator, a reviewer and a viewer at their browsers.
struct House {
    peers: Peers,
    silexd: Silexd,
    /// While it is false, the guard blocks advertisements and the provider refuses riddles.
    lenient: Arc<AtomicBool>,
}

impl House {
    fn new() -> Self {
        let lenient = Arc::new(AtomicBool::new(false));
        let (is_lenient, riddles) = (Arc::clone(&lenient), AtomicUsize::new(0));
        let peers =
            Peers::new(move |seen| clerk(seen, is_lenient.load(Ordering::Relaxed), &riddles));
        let mut silexd = guarded(&peers, &bundle());
        silexd.serve();
        Self {
            peers,
            silexd,
            lenient,
        }
    }

    fn browser(&self, name: &str) -> Browser<'_> {
        Browser::of(&self.peers, &self.silexd, name)
    }

    /// Somebody writes.
    fn writes(&self, name: &str, text: &str) {
        let id = format!("{name}@a.example");
        let letter = mail(&id, &format!("{name}@a.example"), "", text);
        self.silexd.drop_mail(name, &letter);
    }

    /// Sends a form as those who may not, then without the proof of the session, and at last as it is to be.
    /// What it is for is not so before, and becomes so.
    fn only_an_operator(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        is_done: impl Fn(&Browser<'_>) -> bool,
    ) {
        let otto = self.browser("otto");
        assert!(!is_done(&otto), "{path} is done before");
        for name in ["vera", "rita"] {
            let refused = self.browser(name).post(path, fields);
            assert_eq!(refused.status, 403, "{path} by {name}: {}", refused.body);
        }
        let bare = self
            .peers
            .ask(form(otto.request(Method::POST, path), fields));
        assert_eq!(bare.status, 403, "{path} without a proof: {}", bare.body);
        assert!(!is_done(&otto), "{path} was done for nobody");
        let done = otto.post(path, fields);
        assert_eq!(done.status, 303, "{path}: {}", done.body);
        until(path, || is_done(&otto).then_some(()));
    }

    fn answers(&self) -> usize {
        self.silexd.outbox().len()
    }

    /// The newest job of a kind.
    fn job(&self, kind: &str) -> Option<Job> {
        let filter = Filter {
            kind: Some(kind.to_owned()),
            ..Filter::default()
        };
        let found = self.peers.read(&self.silexd, async |db| {
            jobs::list(db, &filter, 1).await.unwrap()
        });
        found.into_iter().next()
    }

    fn until_job(&self, kind: &str, state: JobState) -> Job {
        until("the job", || {
            self.job(kind).filter(|job| job.state == state)
        })
    }
}

fn clerk(seen: &Seen, is_lenient: bool, riddles: &AtomicUsize) -> Reply {
    let (system, newest) = (seen.system(), seen.newest());
    if system.contains("You open the post.") {
        let blocked = json!({ "kind": "block", "reason": "an advertisement" });
        let is_blocked = !is_lenient && newest.contains("lottery");
        let verdict = if is_blocked {
            blocked
        } else {
            json!({ "kind": "allow" })
        };
        return Reply::text(verdict.to_string());
    }
    if system.contains("You note what they like.") {
        return Reply::text(json!({ "greeting": "Ahoy" }).to_string());
    }
    if !is_lenient && newest.contains("riddle") {
        let error = |code, kind, says| Reply::error(seen.wire, code, kind, says, &[]);
        return match riddles.fetch_add(1, Ordering::Relaxed) {
            // A call is made twice before its job has to come again.
            0 | 1 => error(500, "api_error", "A fuse has blown."),
            _ => error(400, "invalid_request_error", "Nobody knows this."),
        };
    }
    Reply::text("It is noted.")
}

#[test]
fn mail_that_was_put_aside_is_tried_again_one_by_one_or_all_of_a_cause() {
    let house = House::new();
    for name in ["ada", "ben", "cleo"] {
        house.writes(name, "You have won the lottery.");
    }
    let otto = house.browser("otto");
    until("three mails aside", || {
        let page = otto.get("/aside?cause=blocked").body;
        (page.matches("an advertisement").count() == 3).then_some(())
    });
    house.lenient.store(true, Ordering::Relaxed);
    house.only_an_operator("/mails/1/redrive", &[], |_| house.answers() == 1);
    let of_cause = [("cause", "blocked")];
    house.only_an_operator("/aside/redrive", &of_cause, |_| house.answers() == 3);
    assert!(otto.get("/aside").body.contains("Nothing is put aside"));
    let events = otto.get("/audit?kind=mail.redriven&actor=otto").body;
    assert_eq!(events.matches("<strong>mail.redriven</strong>").count(), 3);
}

#[test]
fn mail_that_was_put_aside_is_let_through() {
    let house = House::new();
    house.writes("ada", "You have won the lottery.");
    let otto = house.browser("otto");
    until("the mail aside", || {
        otto.get("/aside")
            .body
            .contains("an advertisement")
            .then_some(())
    });
    house.only_an_operator("/mails/1/release", &[], |_| house.answers() == 1);
    let events = otto.get("/audit?kind=mail.released&actor=otto").body;
    assert!(
        events.contains("<strong>mail.released</strong>"),
        "{events}"
    );
}

#[test]
fn what_the_guard_let_through_at_the_second_try_is_not_taken_for_what_a_person_let_go_on() {
    let house = House::new();
    for name in ["ada", "ben"] {
        house.writes(name, "You have won the lottery.");
        until("the mail aside", || {
            let page = house.browser("otto").get("/aside").body;
            page.contains(&format!("{name}@a.example")).then_some(())
        });
    }
    house.lenient.store(true, Ordering::Relaxed);
    house.only_an_operator("/mails/1/redrive", &[], |_| house.answers() == 1);
    house.only_an_operator("/mails/2/release", &[], |_| house.answers() == 2);
    house.peers.until_idle(&house.silexd);
    house.lenient.store(false, Ordering::Relaxed);
    let same = house.silexd.run(&["replay", "1"]);
    assert!(same.status.success(), "what the guard said last stands");
    // Another guard is asked, and says no.
    let strict = DESK.replace("You open the post.", "You open the post. Be strict.");
    let strict = compiled(&of_text("desk", &strict));
    house.silexd.put("strict.json", &strict.to_bytes());
    let fate = |thread: &str| {
        let arguments = [
            "replay",
            thread,
            "--bundle",
            "strict.json",
            "--format",
            "json",
        ];
        let told = house.silexd.run(&arguments).stdout;
        let told: Value = serde_json::from_slice(&told).unwrap();
        told[0]["mails"][0]["after"].clone()
    };
    assert_eq!(fate("1"), json!({ "aside": "blocked: an advertisement" }));
    assert_eq!(fate("2")["answered"]["text"], "It is noted.");
}

#[test]
fn jobs_rest_are_taken_back_run_again_and_go_on() {
    let house = House::new();
    let rests = |otto: &Browser<'_>| {
        otto.get("/jobs")
            .body
            .contains("otto let jobs of the kind handle rest")
    };
    house.only_an_operator("/jobs/pause", &[("kind", "handle")], rests);
    house.writes("ada", "Hello");
    let id = house.until_job("handle", JobState::Ready).id;
    let state =
        |wanted| move |house: &House| house.job("handle").is_some_and(|job| job.state == wanted);
    let because = [("reason", "Ada called.")];
    let path = format!("/jobs/{id}/cancel");
    house.only_an_operator(&path, &because, |_| state(JobState::Cancelled)(&house));
    let page = house.browser("vera").get(&format!("/jobs/{id}")).body;
    assert!(page.contains("cancelled by otto: Ada called."), "{page}");
    let path = format!("/jobs/{id}/retry");
    house.only_an_operator(&path, &[], |_| state(JobState::Ready)(&house));
    assert_eq!(house.answers(), 0, "its kind rests still");
    house.only_an_operator("/jobs/resume", &[("kind", "handle")], |otto| !rests(otto));
    until("the answer", || (house.answers() == 1).then_some(()));
    let unknown = house
        .browser("otto")
        .post("/jobs/pause", &[("kind", "nothing")]);
    assert_eq!(unknown.status, 409, "{}", unknown.body);
    let noted = noted(&house, "otto");
    let job = |kind: &str, was: &str, why: Value| {
        let data = json!({ "job": id, "kind": "handle", "was": was, "reason": why });
        (kind.to_owned(), Some(1), data)
    };
    let rest = |kind: &str| (kind.to_owned(), None, json!({ "kind": "handle" }));
    let done = [
        rest("jobs.paused"),
        job("job.cancelled", "ready", json!("Ada called.")),
        job("job.retried", "cancelled", Value::Null),
        rest("jobs.resumed"),
    ];
    assert_eq!(noted, done);
    let page = house.browser("vera").get("/audit?actor=otto").body;
    for (kind, _, _) in done {
        assert!(page.contains(&format!("<strong>{kind}</strong>")), "{page}");
    }
    let thread = house.browser("vera").get("/threads/1").body;
    assert!(
        thread.contains("Took handle back") && thread.contains("Ada called."),
        "{thread}"
    );
}

#[test]
fn what_is_done_on_the_command_line_is_noted_with_who_did_it_and_sealed() {
    let house = House::new();
    let ann = |words: &str| {
        let words: Vec<_> = words.split(' ').chain(["--by", "ann"]).collect();
        house.silexd.prints(&words)
    };
    assert_eq!(
        ann("jobs pause handle").trim(),
        "jobs of the kind `handle` are paused"
    );
    assert_eq!(
        ann("jobs pause handle").trim(),
        "jobs of the kind `handle` are paused already"
    );
    house.writes("ada", "Hello");
    let id = house.until_job("handle", JobState::Ready).id;
    ann(&format!("jobs cancel {id}"));
    assert_eq!(
        house.job("handle").unwrap().error.as_deref(),
        Some("cancelled by ann")
    );
    ann(&format!("jobs retry {id}"));
    let again = house
        .silexd
        .run(&["jobs", "retry", &id.to_string(), "--by", "ann"]);
    assert!(!again.status.success(), "it is not dead");
    ann("jobs resume handle");
    assert!(ann("jobs resume handle").contains("not paused"));
    until("the answer", || (house.answers() == 1).then_some(()));
    ann("reviewers link vera");
    let kinds: Vec<_> = noted(&house, "ann")
        .into_iter()
        .map(|(kind, _, _)| kind)
        .collect();
    // What changed nothing is not there.
    let done = [
        "jobs.paused",
        "job.cancelled",
        "job.retried",
        "jobs.resumed",
        "reviewer.link",
    ];
    assert_eq!(kinds, done);
    house.peers.until_idle(&house.silexd);
    let otto = house.browser("otto");
    // A server seals nothing while whoever else uses it is in the middle of a transaction.
    until("all of it to be sealed", || {
        let verified = otto.post("/audit/verify", &[]).body;
        assert!(verified.contains("The log is what it was"), "{verified}");
        verified.contains("0 not sealed yet").then_some(())
    });
}

/// What somebody did that was no sign-in, in order: the kind, the thread and what else was noted.
fn noted(house: &House, who: &str) -> Vec<(String, Option<i64>, Value)> {
    let filter = events::Filter {
        actor: Some(who.to_owned()),
        ..events::Filter::default()
    };
    let mut found = house.peers.read(&house.silexd, async |db| {
        events::list(db, &filter, 100).await.unwrap()
    });
    found.retain(|event| event.kind != "reviewer.signed_in");
    found.reverse();
    let told = |event: events::Event| (event.kind, event.thread_id, event.data);
    found.into_iter().map(told).collect()
}

#[test]
fn the_page_of_a_job_tells_each_attempt_with_what_it_said() {
    let house = House::new();
    house.writes("ada", "A riddle for you.");
    let job = house.until_job("handle", JobState::Dead);
    let vera = house.browser("vera");
    let path = format!("/jobs/{}", job.id);
    let check = || {
        let page = vera.get(&path).body;
        for said in [
            "Attempt 1",
            "A fuse has blown.",
            "Attempt 2",
            "Nobody knows this.",
        ] {
            assert!(page.contains(said), "{said}: {page}");
        }
        page
    };
    assert!(
        !check().contains("/retry"),
        "there is nothing to press for a viewer"
    );
    let shown = house.silexd.prints(&["jobs", "show", &job.id.to_string()]);
    assert!(shown.contains("A fuse has blown."), "{shown}");
    house.lenient.store(true, Ordering::Relaxed);
    let retry = format!("{path}/retry");
    house.only_an_operator(&retry, &[], |_| house.answers() == 1);
    check();
}

#[test]
fn what_was_learned_of_a_contact_is_taken_back() {
    let house = House::new();
    house.writes("ada", "Ahoy!");
    let vera = house.browser("vera");
    let page = until("what was learned", || {
        let page = vera.get("/contacts/ada@a.example").body;
        page.contains("<ins>")
            .then_some(())
            .filter(|()| page.contains("Ahoy"))
            .map(|()| page)
    });
    for said in [
        "by desk.learn, said by claude-haiku-4-5",
        "href=\"/mails/1\"",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let liking = |house: &House| {
        let writer = house.peers.read(&house.silexd, async |db| {
            entities::find(db, "desk.Writer", "ada@a.example").await
        });
        writer.unwrap().unwrap().value["liking"].clone()
    };
    assert_eq!(liking(&house), json!({ "greeting": "Ahoy" }));
    let before = [
        ("kind", "desk.Writer"),
        ("version", "1"),
        ("note", "She only greeted."),
    ];
    house.only_an_operator("/contacts/ada@a.example/revert", &before, |_| {
        liking(&house).is_null()
    });
    let page = vera.get("/contacts/ada@a.example").body;
    assert!(
        page.contains("by otto") && page.contains("She only greeted."),
        "{page}"
    );
    assert!(
        page.contains("said by claude-haiku-4-5"),
        "what was taken back stays: {page}"
    );
    let missing = [("kind", "desk.Writer"), ("version", "99")];
    let missing = house
        .browser("otto")
        .post("/contacts/ada@a.example/revert", &missing);
    assert_eq!(missing.status, 409, "{}", missing.body);
}

#[test]
fn an_address_gets_no_mail_until_it_is_lifted() {
    let house = House::new();
    house.writes("ada", "Hello");
    until("the answer", || (house.answers() == 1).then_some(()));
    let is_listed = |otto: &Browser<'_>| otto.get("/suppressed").body.contains("ada@a.example");
    let add = [
        ("address", "Ada@a.example"),
        ("note", "She called."),
        ("from", "contact"),
    ];
    house.only_an_operator("/suppressed/add", &add, is_listed);
    let page = house.browser("vera").get("/contacts/ada@a.example").body;
    assert!(page.contains("Nothing is sent to this address"), "{page}");
    assert!(page.contains("She called."), "{page}");
    let remove = [("address", "ada@a.example")];
    house.only_an_operator("/suppressed/remove", &remove, |otto| !is_listed(otto));
    let otto = house.browser("otto");
    assert_eq!(
        otto.post("/suppressed/remove", &remove).status,
        409,
        "twice"
    );
    assert_eq!(
        otto.post("/suppressed/add", &[("address", "nobody")])
            .status,
        409
    );
}

#[test]
fn reviewers_are_added_weighed_sent_away_and_taken_out() {
    let house = House::new();
    let says =
        |words: &'static str| move |otto: &Browser<'_>| otto.get("/reviewers").body.contains(words);
    let nora = [
        ("name", "nora"),
        ("address", "nora@house.example"),
        ("role", "reviewer"),
        ("weight", "1"),
        ("cap", ""),
        ("hours", "mon-fri 09:00..17:00 in Europe/Berlin"),
        ("escalates_to", "otto"),
    ];
    house.only_an_operator("/reviewers/set", &nora, says("nora@house.example"));
    let weighed = [
        ("name", "nora"),
        ("address", "nora@house.example"),
        ("role", "reviewer"),
        ("weight", "7"),
        ("cap", "3"),
    ];
    house.only_an_operator("/reviewers/set", &weighed, says("data-label=\"weight\">7<"));
    let away = [("from", ""), ("until", "2099-01-31")];
    house.only_an_operator("/reviewers/nora/away", &away, says("badge warn\">away"));
    house.only_an_operator("/reviewers/nora/back", &[], |otto| {
        !says("badge warn\">away")(otto)
    });
    house.only_an_operator("/reviewers/nora/remove", &[], |otto| {
        !says("nora@house.example")(otto)
    });
    let otto = house.browser("otto");
    let wrong = [
        ("name", "nils"),
        ("address", "nils@house.example"),
        ("role", "reviewer"),
        ("weight", "many"),
    ];
    let wrong = otto.post("/reviewers/set", &wrong);
    assert_eq!(wrong.status, 409, "{}", wrong.body);
    assert!(wrong.body.contains("is a number"), "{}", wrong.body);
}

#[test]
fn the_log_is_verified_and_what_was_changed_in_it_is_found() {
    let house = House::new();
    house.writes("ada", "Hello");
    until("the answer", || (house.answers() == 1).then_some(()));
    house.peers.until_idle(&house.silexd);
    for name in ["vera", "rita"] {
        assert_eq!(house.browser(name).post("/audit/verify", &[]).status, 403);
    }
    let otto = house.browser("otto");
    let bare = form(otto.request(Method::POST, "/audit/verify"), &[]);
    assert_eq!(house.peers.ask(bare).status, 403);
    // On a server an event is sealed a look after it was seen.
    let whole = until("every event to be sealed", || {
        let whole = otto.post("/audit/verify", &[]);
        assert_eq!(whole.status, 200, "{}", whole.body);
        whole.body.contains(", 0 not sealed yet").then_some(whole)
    });
    assert!(
        whole.body.contains("The log is what it was"),
        "{}",
        whole.body
    );
    house
        .peers
        .meddle(&house.silexd, "update event set actor = 'eve' where id = 2");
    let changed = otto.post("/audit/verify", &[]);
    assert!(
        changed.body.contains("The log is not what it was"),
        "{}",
        changed.body
    );
}

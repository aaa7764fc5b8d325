//! What watches: logs, traces and numbers tell of a story, and hold no word of its mails or secrets.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use silex_tests::collector::Collector;
use silex_tests::silexd::{Silexd, TOKEN};
use silex_tests::stub_model::{KEY, Reply, Seen, Wire};
use silex_tests::wait::until;

use crate::desk::{Peers, SILEXD, clerk, client, desk, mail};

/// Words that stand in a mail, in what a model says, in a provider's error and in the settings: none
/// may be told.
const WORDS: [&str; 9] = [
    "markedsubject",
    "markedbody",
    "markedname",
    "markedaddress",
    "markedanswer",
    "markederror",
    "markedsecret",
    KEY,
    TOKEN,
];

/// A clerk who fails at first, quoting what was asked.
fn quoting(seen: &Seen, failed: &AtomicBool) -> Reply {
    if !failed.swap(true, Ordering::SeqCst) {
        let words = format!("markederror: I will not read `markedbody` with the key {KEY}");
        return Reply::error(Wire::Anthropic, 500, "api_error", &words, &[]);
    }
    if seen.results().is_empty() {
        clerk(seen)
    } else {
        Reply::text("Dear writer, it is noted: markedanswer.")
    }
}

fn marked(id: &str) -> String {
    let mail = mail(
        id,
        "markedaddress@a.example",
        "X-Marked: markedsubject\r\n",
        "Please note this: markedbody.",
    );
    mail.replace("Subject: About", "Subject: markedsubject about")
        .replace(
            "From: markedaddress@a.example",
            "From: Ada markedname <markedaddress@a.example>",
        )
}

/// Lets a story happen: a mail that is dropped, one that is posted, one that is no mail. Gives the log.
fn story(settings: &Value) -> String {
    let failed = AtomicBool::new(false);
    let peers = Peers::new(move |seen| quoting(seen, &failed));
    let mut all = peers.settings();
    silex_tests::silexd::merge(&mut all, settings);
    all["secret"] = json!("markedsecret of an installation");
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &all);
    silexd.set("SILEX_LOG", "debug");
    silexd.serve();
    silexd.drop_mail("1", &marked("first@a.example"));
    let post = |body: String, token: &str| {
        let request = client().post(format!("{}/mail", silexd.address()));
        peers.ask(request.bearer_auth(token).body(body)).status
    };
    assert_eq!(
        post("markedbody, and no mail at all".to_owned(), TOKEN),
        202
    );
    assert_eq!(post(marked("second@a.example"), "markedsecret"), 401);
    assert_eq!(post(marked("second@a.example"), TOKEN), 202);
    until("both answers", || {
        (silexd.outbox().len() == 2).then_some(())
    });
    peers.until_idle(&silexd);
    silexd.terminate();
    silexd.said()
}

fn tells_no_word(text: &str) {
    for word in WORDS {
        let line = text.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "`{word}` is told");
    }
}

#[test]
fn the_log_is_lines_of_json_with_ids_and_no_word_of_a_mail_or_a_secret() {
    let said = story(&json!({ "json_logs": true }));
    let (_, log) = said.split_once('\n').unwrap();
    let lines: Vec<Value> = said
        .lines()
        .filter(|line| !line.starts_with("silexd listens on "))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    assert!(!log.is_empty());
    let job = lines
        .iter()
        .find(|line| line["fields"]["message"] == "job ended");
    let job = job.unwrap_or_else(|| panic!("no job is told of:\n{said}"));
    assert!(job["span"]["job.id"].is_i64(), "{job}");
    let again = |line: &&Value| line["fields"]["message"] == "model asked again";
    assert!(lines.iter().any(|line| again(&line)), "{said}");
    tells_no_word(&said);
}

#[test]
fn the_log_as_text_tells_no_word_either() {
    tells_no_word(&story(&json!({})));
}

#[test]
fn every_request_job_turn_call_and_delivery_is_a_span_at_the_collector() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let collector = runtime.block_on(Collector::start()).unwrap();
    story(&json!({ "telemetry": { "otlp": collector.url() } }));
    let spans = collector.spans();
    let names: BTreeSet<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    for name in [
        "request",
        "job",
        "turn",
        "model call",
        "tool call",
        "delivery",
    ] {
        assert!(names.contains(name), "{names:?}");
    }
    for span in &spans {
        tells_no_word(&span.whole);
    }
    let of = |name: &str, attribute: &str, value: &str| {
        let found = spans.iter().find(|span| {
            span.name == name && span.attributes.get(attribute).is_some_and(|it| it == value)
        });
        found.unwrap_or_else(|| panic!("no `{name}` has {attribute} {value}: {spans:#?}"))
    };
    of("request", "route", "/mail");
    of("delivery", "purpose", "reply");
    let handled = of("job", "job.kind", "handle");
    let turn = spans
        .iter()
        .find(|span| span.name == "turn" && span.parent == handled.id);
    let turn = turn.unwrap_or_else(|| panic!("the job has no turn: {spans:#?}"));
    assert_eq!(turn.attributes["turn.behaviour"], "desk.answer");
    for part in ["model call", "tool call"] {
        let parts = spans.iter().filter(|span| span.name == part);
        assert!(
            parts.clone().any(|span| span.parent == turn.id),
            "{part}: {spans:#?}"
        );
    }
}

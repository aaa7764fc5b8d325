//! `silex eval` against a provider on this machine: keys and addresses from the configuration,
//! rates, bounds, recordings.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::place::{Outcome, Place, lines};

/// The bodies of the requests that a provider got.
type Asked = Arc<Mutex<Vec<String>>>;

/// A provider that gives every question the same answer, as OpenAI streams it. It ends with the
/// test's process.
fn provider(answer: &'static str) -> (u16, Asked) {
    let asked = Asked::default();
    let kept = Arc::clone(&asked);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let kept = Arc::clone(&kept);
            thread::spawn(move || give(&stream, answer, &kept));
        }
    });
    (port, asked)
}

fn give(mut stream: &TcpStream, answer: &str, asked: &Asked) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let header = line.to_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    asked.lock().unwrap().push(String::from_utf8(body).unwrap());
    let delta = serde_json::json!({ "id": "x", "object": "chat.completion.chunk", "created": 0, "model": "stub-1",
        "choices": [{ "index": 0, "delta": { "role": "assistant", "content": answer }, "finish_reason": "stop" }] });
    let usage = serde_json::json!({ "object": "chat.completion.chunk", "model": "stub-1", "choices": [],
        "usage": { "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120 } });
    let body = format!("data: {delta}\n\ndata: {usage}\n\ndata: [DONE]\n\n");
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
}

/// The package `hello`, whose provider says this.
fn hello(answer: &'static str) -> Place {
    hello_asked(answer).0
}

/// The same, and what the provider was asked.
fn hello_asked(answer: &'static str) -> (Place, Asked) {
    let place = Place::hello();
    let (port, asked) = provider(answer);
    place.write(
        "hello/silexd.yaml",
        &format!(
            "models:\n  providers:\n    openai: {{ key: sk-test, base_url: \"http://127.0.0.1:{port}/v1\" }}\n  prices:\n    stub-1: {{ input: 2, output: 10 }}\n"
        ),
    );
    (place, asked)
}

fn eval(place: &Place, more: &[&str]) -> Outcome {
    let mut all = vec!["eval", "hello", "--model", "openai/stub-1", "--runs", "4"];
    all.extend(more);
    place.run(&all)
}

const SHORT: &str = "Dear Ada, we are closed on Sundays.";
/// More than the 120 words that the rule allows.
const LONG: &str = "we are closed and we are closed and we are closed and we are closed and we are closed \
and we are closed and we are closed and we are closed and we are closed and we are closed and we are closed \
and we are closed and we are closed and we are closed and we are closed and we are closed and we are closed \
and we are closed and we are closed and we are closed and we are closed and we are closed and we are closed \
and we are closed and we are closed and we are closed and we are closed and we are closed and we are closed \
and we are closed and we are closed and we are closed";

#[test]
fn rates_come_with_their_intervals_and_what_they_cost() {
    let said = eval(&hello(SHORT), &[]).ok();
    let held = said
        .lines()
        .find(|line| line.contains("checks pass"))
        .unwrap();
    assert!(held.contains("4/4") && held.contains("51–100 %"), "{said}");
    // Four runs of 100 tokens at 2 and 20 at 10 for a million.
    assert!(
        said.contains("400 tokens read") && said.contains("cost 0.0016"),
        "{said}"
    );
}

#[test]
fn a_rate_that_is_surely_below_its_bound_is_a_finding() {
    let place = hello(LONG);
    let said = eval(&place, &["--at-least", "70"]).findings();
    assert!(
        said.contains("surely below 70 %") && said.contains("hello.answer.be_brief"),
        "{said}"
    );
    // Without a bound a low rate is a number and no finding.
    eval(&place, &[]).ok();
    let few = eval(&place, &["--at-least", "40"]).ok();
    assert!(few.contains("at least 40 %: more runs would tell"), "{few}");
    let junit = eval(&place, &["--at-least", "70", "--format", "junit"]).findings();
    assert!(junit.contains("holds in 0 of 4 runs"), "{junit}");
}

#[test]
fn a_recording_is_replayed_without_a_key_until_the_prompt_changes() {
    let place = hello(SHORT);
    let live = eval(&place, &["--record", "runs", "--format", "json"]).ok();
    assert!(place.has("runs/hello.opening_hours.4.json"));
    place.write("hello/silexd.yaml", "");
    let again = eval(&place, &["--replay", "runs", "--format", "json"]).ok();
    let rates = |said: &str| -> Vec<_> {
        lines(said)
            .into_iter()
            .filter(|line| line.get("rate").is_some())
            .collect()
    };
    assert_eq!(rates(&live), rates(&again));

    place.edit(
        "hello/specs/hello.silex",
        "Answer in at most",
        "Reply in at most",
    );
    let changed = eval(&place, &["--replay", "runs"]).failed();
    assert!(
        changed.contains("request 1 is not the recorded one: the system prompt changed"),
        "{changed}"
    );
    let more = place.run(&[
        "eval",
        "hello",
        "--model",
        "openai/stub-1",
        "--runs",
        "5",
        "--replay",
        "runs",
    ]);
    let more = more.failed();
    assert!(
        more.contains("run 5 of hello.opening_hours is not recorded"),
        "{more}"
    );
}

#[test]
fn an_example_that_is_shown_is_left_out_of_its_own_prompt_and_stands_in_the_others() {
    let (place, asked) = hello_asked(SHORT);
    let spec = "hello/specs/hello.silex";
    place.edit(
        spec,
        "example opening_hours for answer {",
        "example opening_hours for answer shown {",
    );
    let late = "example late for answer shown {
  given reader = { address: \"bob@example.org\" }
  mail \"Walden is late.\"
  replies \"No harm done.\"
  expect checks pass
}
example unseen for answer {
  given reader = { address: \"bob@example.org\" }
  mail \"Is it warm inside?\"
  replies \"It is.\"
  expect checks pass
}
";
    place.write(spec, &(place.read(spec) + late));
    let said = eval(&place, &["--leave-one-out"]).ok();
    assert!(
        said.contains("hello.late") && !said.contains("hello.unseen"),
        "{said}"
    );
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 8, "two examples, four times each");
    for body in asked.iter() {
        let is_late = !body.contains("No harm done.");
        let of_hours = !body.contains("You will find us here");
        assert!(is_late != of_hours, "{body}");
        // Its mail is what is asked, and that of the other is shown.
        assert!(
            body.contains("Walden is late.") && body.contains("open on Sundays?"),
            "{body}"
        );
    }
    let late = asked.iter().filter(|body| !body.contains("No harm done."));
    assert_eq!(late.count(), 4);
}

#[test]
fn what_cannot_be_asked_is_said_before_anything_is() {
    let place = Place::hello();
    let said = place.run(&["eval", "hello"]).failed();
    assert!(
        said.contains("set the environment variable ANTHROPIC_API_KEY"),
        "{said}"
    );
    let said = eval(&place, &[]).failed();
    assert!(
        said.contains("set the environment variable OPENAI_API_KEY"),
        "{said}"
    );
    let said = place.run(&["eval", "hello", "--model", "opnai/x"]).failed();
    assert!(said.contains("there is no provider `opnai`"), "{said}");
    let said = eval(&place, &["--replay", "nowhere"]).failed();
    assert!(said.contains("no such folder"), "{said}");
    let said = eval(&place, &["--leave-one-out"]).failed();
    assert!(said.contains("has no such example"), "{said}");
    place.edit(
        "hello/specs/hello.silex",
        "provider anthropic",
        "provider scripted",
    );
    let said = place.run(&["eval", "hello"]).failed();
    assert!(
        said.contains("`--model PROVIDER/NAME` chooses one"),
        "{said}"
    );
}

//! `silex play` as a child process: a page for this machine alone, and the compiler behind it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::place::Place;

/// No test waits longer for one answer.
const LIMIT: Duration = Duration::from_secs(120);

struct Play {
    child: Child,
    page: String,
}

impl Play {
    #[track_caller]
    fn start(place: &Place, more: &[&str]) -> Self {
        let arguments = [&["play", "--port", "0", "--no-open"], more].concat();
        let mut child = place
            .command(&arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = said.find_map(|line| line.ok().filter(|it| it.contains("http://")));
        let page = line
            .unwrap()
            .split("http://")
            .nth(1)
            .unwrap()
            .trim()
            .to_owned();
        Self { child, page }
    }

    /// The head and the body of an answer.
    fn ask(&self, head: &str, body: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.page).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    fn get(&self, path: &str) -> (String, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}", self.page), "")
    }

    fn look(&self, asked: &Value) -> Value {
        let kind = "Content-Type: application/json";
        let head = format!("POST /look HTTP/1.1\r\nHost: {}\r\n{kind}", self.page);
        let (head, body) = self.ask(&head, &asked.to_string());
        assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{body}");
        serde_json::from_str(&body).unwrap()
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_text_is_looked_at_among_the_modules_of_its_package() {
    let place = Place::example("desk");
    let play = Play::start(&place, &["desk/specs/desk.silex"]);
    let (head, text) = play.get("/spec");
    assert!(head.contains("default-src 'none'"), "{head}");
    assert_eq!(text, place.read("desk/specs/desk.silex"));
    let seen = play.look(&json!({ "text": text, "behaviour": "desk.serve" }));
    assert_eq!(seen["findings"], json!([]));
    assert_eq!(seen["prompt"]["Ok"]["behaviour"], "desk.serve");
    let seen = play.look(&json!({ "text": text.replace("limit turns", "limit turn") }));
    assert_eq!(seen["findings"][0]["severity"], "error");
    assert!(seen["prompt"]["Err"].as_str().unwrap().contains("errors"));
    // What was written on the page is on no disk.
    assert_eq!(text, place.read("desk/specs/desk.silex"));
}

#[test]
fn only_a_page_of_this_machine_is_answered() {
    let place = Place::empty();
    let mut play = Play::start(&place, &[]);
    let (head, _) = play.ask("GET / HTTP/1.1\r\nHost: evil.example", "");
    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
    let form = "Content-Type: text/plain";
    let head = format!("POST /look HTTP/1.1\r\nHost: {}\r\n{form}", play.page);
    let (head, _) = play.ask(&head, "{\"text\": \"\"}");
    assert!(head.starts_with("HTTP/1.1 415"), "{head}");
    kill_process(Pid::from_child(&play.child), Signal::INT).unwrap();
    assert_eq!(play.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_file_that_is_not_there_is_said_so() {
    let place = Place::empty();
    let done = place.run(&["play", "nothing.silex", "--no-open"]);
    assert!(done.failed().contains("nothing.silex"));
}

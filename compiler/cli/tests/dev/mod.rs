//! `silex dev` as a child process: a page that answers, mail that becomes drafts, specs that are
//! read again.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::place::Place;

/// No test waits longer for one thing. A machine that is busy with other builds is slow.
const LIMIT: Duration = Duration::from_secs(120);

const MAIL: &str = "From: Grace <grace@example.org>\nTo: desk@library.example\nSubject: Sundays\n\
Message-ID: <sundays@example.org>\nDate: Mon, 1 Mar 2027 09:00:00 +0000\n\nAre you open on Sundays?\n";

/// A running `silex dev`. It is killed when a test leaves it behind.
struct Dev {
    child: Child,
    said: Receiver<String>,
    passed: Vec<String>,
    page: String,
}

impl Dev {
    #[track_caller]
    fn start(place: &Place, more: &[&str]) -> Self {
        Self::of_package(place, "hello", more)
    }

    #[track_caller]
    fn of_package(place: &Place, package: &str, more: &[&str]) -> Self {
        let arguments = [&["dev", package, "--port", "0", "--no-open"], more].concat();
        let mut child = place
            .command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, said) = mpsc::channel();
        let streams: [Box<dyn Read + Send>; 2] = [
            Box::new(child.stdout.take().unwrap()),
            Box::new(child.stderr.take().unwrap()),
        ];
        for stream in streams {
            let sender = sender.clone();
            std::thread::spawn(move || {
                BufReader::new(stream)
                    .lines()
                    .map_while(Result::ok)
                    .for_each(|line| drop(sender.send(line)));
            });
        }
        Self {
            child,
            said,
            passed: Vec::new(),
            page: String::new(),
        }
    }

    /// Waits until it listens.
    #[track_caller]
    fn listening(mut self) -> Self {
        let line = self.until("http://127.0.0.1:");
        self.page = line.split("http://").nth(1).unwrap().trim().to_owned();
        self
    }

    /// Waits for a line that contains a text. Lines that were passed over stay: the two streams of
    /// a process keep no order between them.
    #[track_caller]
    fn until(&mut self, text: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(at) = self.passed.iter().position(|line| line.contains(text)) {
                return self.passed.remove(at);
            }
            match self
                .said
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => self.passed.push(line),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("it never said {text:?} but:\n{}", self.passed.join("\n"))
                }
            }
        }
    }

    /// A page, by its path.
    fn get(&self, path: &str) -> String {
        self.ask("GET", path, "")
    }

    /// What it answers to a request, with a form if there is one.
    fn ask(&self, method: &str, path: &str, form: &str) -> String {
        let mut stream = TcpStream::connect(&self.page).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close",
            self.page
        );
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let length = form.len();
        write!(
            stream,
            "{head}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{form}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Interrupts it, as Ctrl-C does, and waits for its end.
    #[track_caller]
    fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self.until("stopped");
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_mail_that_is_dropped_into_the_folder_becomes_a_draft_and_once_approved_a_mail() {
    let place = Place::hello();
    let mut dev = Dev::start(&place, &[]).listening();
    assert!(dev.get("/").starts_with("HTTP/1.1 200"));
    place.write("hello/.silex/mail/mine.eml", MAIL);
    dev.until("received");
    dev.until("draft 1 held");
    let drafts = dev.get("/drafts");
    assert!(drafts.contains("Sundays"), "{drafts}");
    let form = "act=approve&revision=1&subject=Re%3A+Sundays&body=We+are+closed+on+Sundays.";
    assert!(
        dev.ask("POST", "/drafts/1/decide", form)
            .starts_with("HTTP/1.1 303")
    );
    dev.until("delivered");
    let sent = std::fs::read_dir(place.path("hello/.silex/outbox")).unwrap();
    let sent: Vec<_> = sent
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0].contains("To: ") && sent[0].contains("We are closed on Sundays."),
        "{}",
        sent[0]
    );
    dev.stop();
}

#[test]
fn a_saved_spec_is_in_use_at_once_and_a_broken_one_is_not() {
    let place = Place::hello();
    let mut dev = Dev::start(&place, &[]).listening();
    place.edit(
        "hello/specs/hello.silex",
        "at most 120 words",
        "at most 90 words",
    );
    let line = dev.until("reloaded");
    assert!(
        line.contains("rule hello.answer.be_brief changed"),
        "{line}"
    );
    place.edit(
        "hello/specs/hello.silex",
        "words(reply.body)",
        "words(reply.bdy)",
    );
    dev.until("did you mean `body`?");
    dev.until("not reloaded: the last bundle stays in use");
    assert!(dev.get("/").starts_with("HTTP/1.1 200"));
    dev.stop();
}

#[test]
fn a_package_with_errors_is_waited_for() {
    let place = Place::hello();
    place.edit(
        "hello/specs/hello.silex",
        "words(reply.body)",
        "words(reply.bdy)",
    );
    let mut dev = Dev::start(&place, &[]);
    dev.until("waiting for a change");
    place.edit(
        "hello/specs/hello.silex",
        "words(reply.bdy)",
        "words(reply.body)",
    );
    dev.listening().stop();
}

#[test]
fn sample_mails_are_fed_once_and_what_came_of_them_is_kept_when_asked_for() {
    let place = Place::hello();
    place.write("hello/mail/sundays.eml", MAIL);
    let mut dev = Dev::start(&place, &[]).listening();
    dev.until("draft 1 held");
    let second = place
        .run(&["dev", "hello", "--port", "0", "--no-open"])
        .failed();
    assert!(
        second.contains("another `silex dev` runs in hello"),
        "{second}"
    );
    dev.stop();
    let dev = Dev::start(&place, &["--keep"]).listening();
    assert!(dev.get("/drafts").contains("Sundays"));
    dev.stop();
}

#[test]
fn a_live_model_without_a_key_names_its_variable() {
    let said = Place::hello()
        .run(&["dev", "hello", "--live", "--port", "0", "--no-open"])
        .failed();
    assert!(
        said.contains("set the environment variable ANTHROPIC_API_KEY"),
        "{said}"
    );
}

#[test]
fn a_spec_that_stored_documents_do_not_fit_is_not_taken_into_use() {
    let place = Place::hello();
    place.write("hello/mail/sundays.eml", MAIL);
    let mut dev = Dev::start(&place, &[]).listening();
    dev.until("draft 1 held");
    let (spec, name) = ("hello/specs/hello.silex", "name: text 0..80 = \"\"");
    place.edit(spec, name, "name: text 0..3 = \"\"");
    dev.until("not reloaded: documents in the store do not fit this bundle");
    dev.until("grace@example.org: it does not fit `hello.Reader`");
    dev.stop();
}

#[test]
fn the_desk_runs_and_shows_what_it_observed_in_which_stage() {
    let place = Place::desk();
    let mut dev = Dev::of_package(&place, "desk", &[]).listening();
    for draft in ["draft 1 held", "draft 2 held"] {
        dev.until(draft);
    }
    let pages = [dev.get("/drafts/1/why"), dev.get("/drafts/2/why")];
    for shown in [
        "<dt>Stage</dt><dd>asking</dd>",
        "<code>mood</code>",
        "My chain jumps",
    ] {
        assert!(pages.iter().any(|page| page.contains(shown)), "{pages:?}");
    }
    assert!(dev.get("/threads/1").contains("Told the relay books"));
    let told = std::fs::read_dir(place.path("desk/.silex/relays/books")).unwrap();
    assert!(told.count() >= 2);
    dev.stop();
}

#[test]
fn the_workshop_runs_without_a_calendar_of_its_own() {
    let place = Place::example("workshop");
    let mut dev = Dev::of_package(&place, "workshop", &[]).listening();
    dev.until("draft 1 held");
    dev.stop();
}

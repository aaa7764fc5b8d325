//! What burns the processor, one of each kind that mail, models and people can bring.
//!
//! A hog runs until its guard is dropped. The mails that bring it say `burn`; all others are to go
//! their way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;
use silex_tests::silexd::TOKEN;
use silex_tests::stub_model::{Reply, Seen};

use silex_tests::house::{House, clerk, mail};

/// How many threads keep bringing more.
const BRINGING: usize = 4;

/// Numbers of mails that burn; those of others are far below.
const BURNING: usize = 1_000_000;

pub(crate) struct Hog {
    pub(crate) name: &'static str,
    /// What no reply may match.
    pub(crate) pattern: &'static str,
    pub(crate) brain: fn(&Seen) -> Reply,
    pub(crate) start: fn(&House) -> anyhow::Result<Burning>,
}

pub(crate) const HOGS: [Hog; 4] = [
    Hog {
        name: "native tool",
        pattern: "by monday",
        brain: measures_much,
        // Each has a million characters come from the provider and go back to it, which is more work
        // there than here: it would be the one that is starved.
        start: |house| {
            let often = Duration::from_millis(200);
            Ok(Burning::posting(house, often, |number| {
                burning(number, "burn")
            }))
        },
    },
    Hog {
        name: "regular expression",
        pattern: r"by monday|([a-z]+[ ,.]?){60,150}(day|week) after",
        brain: writes_much,
        start: |house| {
            Ok(Burning::posting(house, Duration::ZERO, |number| {
                burning(number, "burn")
            }))
        },
    },
    Hog {
        name: "MIME",
        pattern: "by monday",
        brain: clerk,
        start: |house| Ok(Burning::posting(house, Duration::ZERO, parts)),
    },
    Hog {
        name: "differences",
        pattern: "by monday",
        brain: holds_much,
        start: differences,
    },
];

/// Whether the mail that is answered is one of those that burn.
fn burns(seen: &Seen) -> bool {
    seen.body["messages"].to_string().contains("please burn")
}

fn measures_much(seen: &Seen) -> Reply {
    if burns(seen) && seen.results().is_empty() && !seen.system().contains("You open the post.") {
        let text = "a word, and one. ".repeat(60_000);
        return Reply::calls(&[("measure_text", json!({ "text": text }))]);
    }
    clerk(seen)
}

fn writes_much(seen: &Seen) -> Reply {
    if burns(seen) && !seen.results().is_empty() {
        return Reply::text("one day, and one week, ".repeat(800));
    }
    clerk(seen)
}

fn holds_much(seen: &Seen) -> Reply {
    if burns(seen) && !seen.results().is_empty() {
        let body: String = (0..4000).map(|line| format!("{}\n", line % 977)).collect();
        return Reply::text(json!({ "body": body, "hold": "look at it" }).to_string());
    }
    clerk(seen)
}

/// A hog that runs until this is dropped.
pub(crate) struct Burning {
    stop: Arc<AtomicBool>,
    bringing: Vec<JoinHandle<()>>,
}

impl Drop for Burning {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for bringing in self.bringing.drain(..) {
            // What it could not bring is no matter.
            let _ = bringing.join();
        }
    }
}

impl Burning {
    /// Posts mail after mail, each thread with a pause between two.
    fn posting(house: &House, pause: Duration, mail: fn(usize) -> String) -> Self {
        let address = house.silexd.address();
        Self::asking(house, pause, move |client, number| {
            client
                .post(format!("{address}/mail"))
                .bearer_auth(TOKEN)
                .body(mail(number))
        })
    }

    /// Sends request after request, each thread one at a time.
    fn asking(
        house: &House,
        pause: Duration,
        request: impl Fn(&reqwest::Client, usize) -> reqwest::RequestBuilder + Clone + Send + 'static,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let bring = |thread: usize| {
            let (stop, client, request) = (stop.clone(), house.client(), request.clone());
            let handle = house.handle();
            std::thread::spawn(move || {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let number = BURNING + thread + BRINGING * number;
                    // A refusal is an answer too.
                    let _ = handle
                        .block_on(async { request(&client, number).send().await?.bytes().await });
                    std::thread::sleep(pause);
                }
            })
        };
        let bringing = (0..BRINGING).map(bring).collect();
        Self { stop, bringing }
    }
}

fn burning(number: usize, how: &str) -> String {
    mail(number).replace("Could you say", &format!("Now please {how}. Could you say"))
}

/// A mail of thousands of parts in parts.
fn parts(number: usize) -> String {
    let whole = mail(number);
    let Some((head, _)) = whole.split_once("\r\n\r\n") else {
        return whole;
    };
    let mut text = format!(
        "{head}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
    );
    for part in 0..30_000 {
        text.push_str(&format!(
            "--b\r\nContent-Type: text/html\r\n\r\n<p><b>part</b> {part}</p>\r\n"
        ));
    }
    text.push_str("--b--\r\n");
    text
}

/// A long draft is held, a person turns it around, and everybody looks at what has changed.
fn differences(house: &House) -> anyhow::Result<Burning> {
    house.post_mail(burning(BURNING, "burn"))?;
    let held = silex_tests::wait::until("a draft to be held", || {
        let list = house.silexd.prints(&["drafts", "list"]);
        list.split_whitespace()
            .find_map(|word| word.trim_start_matches('#').parse::<u64>().ok())
    });
    let text: String = (0..4000)
        .rev()
        .map(|line| format!("{}\n", line % 983))
        .collect();
    house.silexd.put("turned", text.as_bytes());
    let id = held.to_string();
    house
        .silexd
        .prints(&["drafts", "edit", &id, "--revision", "1", "--body", "turned"]);
    let page = format!("{}/drafts/{id}", house.silexd.address());
    Ok(Burning::asking(house, Duration::ZERO, move |client, _| {
        client.get(&page)
    }))
}

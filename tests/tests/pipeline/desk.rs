//! The package that these tests run, the peers that it talks to, and the mails that it gets.

use std::future::Future;

use serde_json::{Value, json};
use silex_bundle::Bundle;
use silex_runtime::store::Connection;
use silex_tests::endpoint::Endpoint;
use silex_tests::history;
use silex_tests::meddling::meddle;
use silex_tests::package::{compiled, of_text};
use silex_tests::silexd::{MAIL_SERVER, Silexd};
use silex_tests::stub_model::{KEY, Reply, Seen, StubModel};
use silex_tests::wait::until;
use tokio::runtime::Runtime;

/// The program under test.
pub(crate) const SILEXD: &str = env!("CARGO_BIN_EXE_silexd-with-faults");

/// An agent that screens a mail, opens a ticket and answers, without a person.
pub(crate) const DESK: &str = r#"//! A desk that answers everything at once.

model clerk { provider anthropic name "claude-haiku-4-5" timeout 20s }

/// Somebody who writes.
entity Writer key address { address: email, name: text 0..80 = "" }

/// What the ticket system answers.
record Ticket { number: text 1..40 }

/// Open a ticket.
tool open_ticket(
  /// What it is about.
  about: text 1..200,
) for writer: Writer -> Ticket {
  via http POST "tickets"
  timeout 10s
}

/// Says whether a mail may be answered.
behaviour screen(mail: Mail) -> Verdict {
  model clerk
  role "You open the post."
  must allow_people "Answer `allow` for anything that a person wrote."
}

/// Answers a mail.
behaviour answer(writer: Writer, thread: Thread, mail: Mail) -> Reply {
  model clerk
  role "You are the desk."
  must open_first "Open a ticket before you answer." about tool open_ticket
  never promise_dates "Promise a date."
    check not matches(reply.body, /by monday/i)
    bad "You will have it by Monday."
  tools open_ticket
}

agent desk {
  inbox "desk@desk.example"
  contact writer: Writer by address
  guard screen(mail)
  route answer(writer, thread, mail)
  review { POLICY }
  deliver { from "The desk <desk@desk.example>" }
}
"#;

/// The desk, with what decides about its drafts.
pub(crate) fn desk(policy: &str) -> Bundle {
    compiled(&of_text("desk", &DESK.replace("POLICY", policy)))
}

/// What the web edge answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: String,
}

/// A client that follows no redirect.
pub(crate) fn client() -> reqwest::Client {
    // Another test may have done it.
    let _already = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// A model provider and a ticket system, each counting.
#[derive(Debug)]
pub(crate) struct Peers {
    runtime: Runtime,
    pub(crate) model: StubModel,
    pub(crate) tickets: Endpoint,
}

impl Peers {
    /// Peers whose model answers with `brain`.
    pub(crate) fn new(brain: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let model = runtime
            .block_on(StubModel::start(Vec::new()))
            .unwrap()
            .with_brain(brain);
        let tickets = runtime.block_on(Endpoint::start(system)).unwrap();
        Self {
            runtime,
            model,
            tickets,
        }
    }

    /// The settings that lead to them.
    pub(crate) fn settings(&self) -> Value {
        let account = json!({ "key": KEY, "base_url": self.model.base_url() });
        json!({
            "models": { "providers": { "anthropic": account, "openai": account } },
            "endpoints": { "tickets": { "url": self.tickets.url(), "secret": "shared" } },
        })
    }

    /// Prepares a `silexd` that talks to them; one job at a time, so that its way is always the same.
    pub(crate) fn silexd(&self, bundle: &Bundle) -> Silexd {
        let mut settings = self.settings();
        settings["queue"] = json!({ "workers": 1, "threads": 1, "nice": 0 });
        Silexd::new(SILEXD, bundle, &settings)
    }

    /// Whether every job of a `silexd` is done.
    pub(crate) fn is_idle(&self, silexd: &Silexd) -> bool {
        self.wait(async {
            // The database may be in the hands of a process that is just starting.
            let Ok(store) = silexd.store().await else {
                return false;
            };
            let unfinished = history::unfinished(&store).await;
            store.close().await;
            unfinished.is_ok_and(|unfinished| unfinished.is_empty())
        })
    }

    /// Waits until every job of a `silexd` is done.
    pub(crate) fn until_idle(&self, silexd: &Silexd) {
        until("all jobs to be done", || self.is_idle(silexd).then_some(()));
    }

    /// Reads the store of a `silexd`.
    pub(crate) fn read<T>(
        &self,
        silexd: &Silexd,
        read: impl AsyncFnOnce(&mut Connection) -> T,
    ) -> T {
        self.wait(async {
            let store = silexd.store().await.unwrap();
            let mut reader = store.read().await.unwrap();
            let found = read(&mut reader).await;
            drop(reader);
            store.close().await;
            found
        })
    }

    /// Writes into the store of a `silexd` what nobody should.
    pub(crate) fn meddle(&self, silexd: &Silexd, sql: &'static str) {
        self.wait(async {
            let store = silexd.store().await.unwrap();
            meddle(&store, sql).await.unwrap();
            store.close().await;
        });
    }

    /// What no history may show. The `silexd` must have ended.
    pub(crate) fn violations(&self, silexd: &Silexd) -> Vec<String> {
        self.wait(async {
            let store = silexd.store().await.unwrap();
            let violations = history::violations(&store).await.unwrap();
            store.close().await;
            violations
        })
    }

    /// A request to a `silexd`: its status, its headers as text, and its body.
    pub(crate) fn ask(&self, request: reqwest::RequestBuilder) -> Answer {
        self.wait(async {
            let response = request.send().await.unwrap();
            Answer {
                status: response.status().as_u16(),
                headers: format!("{:?}", response.headers()),
                body: response.text().await.unwrap(),
            }
        })
    }

    /// Waits for something of theirs or of the store's.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

/// What the systems of the house answer to a tool.
fn system(body: &Value) -> Value {
    match body["tool"].as_str() {
        Some("see_allowance") => json!({ "pieces_left": 1, "renews": "2026-04-01" }),
        Some(_) | None => json!({ "number": "T-1" }),
    }
}

/// What a model says that knows its work: allows, opens a ticket, answers.
pub(crate) fn clerk(seen: &Seen) -> Reply {
    if seen.system().contains("You open the post.") {
        Reply::text(json!({ "kind": "allow" }).to_string())
    } else if seen.results().is_empty() {
        Reply::calls(&[("open_ticket", json!({ "about": "what was asked" }))])
    } else {
        Reply::text("Dear writer, it is noted as T-1.")
    }
}

/// A mail to the desk, its sender proven. `id` is its Message-ID, `extra` more header lines.
pub(crate) fn mail(id: &str, from: &str, extra: &str, body: &str) -> String {
    let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain);
    format!(
        "Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from={domain}\r\n\
         From: {from}\r\nTo: desk@desk.example\r\nSubject: About {id}\r\nMessage-ID: <{id}>\r\n\
         Date: Mon, 2 Mar 2026 09:41:06 +0000\r\n{extra}\r\n{body}\r\n"
    )
}

/// The same mail without what our own mail server says about it: as a service gets it.
pub(crate) fn unjudged(mail: &str) -> String {
    let (_, rest) = mail.split_once("\r\n").unwrap();
    rest.to_owned()
}

/// Whether a mail of the outbox answers the mail of this id.
pub(crate) fn answers(sent: &str, id: &str) -> bool {
    sent.lines().any(|line| {
        line.strip_prefix("In-Reply-To:")
            .is_some_and(|value| value.contains(&format!("<{id}>")))
    })
}

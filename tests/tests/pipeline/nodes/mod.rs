//! Several nodes on one PostgreSQL server: real processes, killed, paused, cut off and started again.
//!
//! Without a server (`tests/postgres`) there is nothing to share, and these tests are not run.

mod away;
mod bouncer;
mod clocks;
mod cuts;
mod duties;
mod faults;
mod live;
mod webhooks;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use silex_bundle::Bundle;
use silex_runtime::store::deliveries::{self, DeliveryState};
use silex_runtime::store::jobs::{self, Filter, Job};
use silex_tests::postgres;
use silex_tests::silexd::{Silexd, TOKEN, merge};
use silex_tests::smtp_sink::{Fault, SmtpSink};
use silex_tests::stub_model::{Reply, Seen};
use silex_tests::wait::until;
use tempfile::TempDir;

use crate::desk::{Peers, SILEXD, answers, client, desk, mail};

/// How mail leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By a mail server, which knows no mail again.
    Server,
    /// Into a folder that all nodes share, where a mail is known by its intent.
    Folder,
}

/// Nodes of one database, and the peers that they talk to.
struct Cluster {
    peers: Peers,
    sink: SmtpSink,
    shared: TempDir,
    nodes: Vec<Silexd>,
}

impl Cluster {
    /// Prepares nodes on a database that answer everything at once. None of them runs yet.
    fn new(
        database: &str,
        nodes: usize,
        way: Way,
        brain: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let bundle = desk("otherwise pass");
        let mut cluster = Self::empty(&[], brain);
        for _ in 0..nodes {
            cluster.join(&bundle, database, way, &json!({}));
        }
        cluster
    }

    /// Peers without a node. The mail server does as `script` says.
    fn empty(script: &[Fault], brain: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let peers = Peers::new(brain);
        let sink = peers.wait(SmtpSink::start(script)).unwrap();
        Self {
            peers,
            sink,
            shared: TempDir::new().unwrap(),
            nodes: Vec::new(),
        }
    }

    /// Adds a node, with more settings.
    fn join(&mut self, bundle: &Bundle, database: &str, way: Way, more: &Value) {
        let mut settings = self.peers.settings();
        let outbound = match way {
            Way::Server => json!({ "smtp": {
                "host": "127.0.0.1", "port": self.sink.port(), "tls": "none" } }),
            Way::Folder => json!({ "outbox": self.outbox() }),
        };
        let own = json!({
            "database": database,
            "outbound": outbound,
            "queue": { "node": format!("node {}", self.nodes.len()), "threads": 1, "nice": 0 },
        });
        merge(&mut settings, &own);
        merge(&mut settings, more);
        self.nodes.push(Silexd::new(SILEXD, bundle, &settings));
    }

    fn outbox(&self) -> PathBuf {
        self.shared.path().join("out")
    }

    /// Starts all of them at once, and waits until they serve.
    fn serve(&mut self) {
        for node in &mut self.nodes {
            node.start(None);
        }
        for node in &self.nodes {
            let _listening = node.address();
        }
    }

    /// Posts a mail to a node until it is taken, as a mail server does.
    fn post(&self, node: usize, id: &str) {
        until(&format!("{id} to be taken"), || {
            (self.post_once(node, id) / 100 == 2).then_some(())
        });
    }

    /// Posts a mail to a node. Gives the status.
    fn post_once(&self, node: usize, id: &str) -> u16 {
        self.peers.ask(self.letter(node, id)).status
    }

    /// A mail on its way to a node.
    fn letter(&self, node: usize, id: &str) -> reqwest::RequestBuilder {
        client()
            .post(format!("{}/mail", self.nodes[node].address()))
            .bearer_auth(TOKEN)
            .body(mail(id, &sender(id), "", "Please note this."))
    }

    /// Looks at a page of a node. Gives the status.
    fn look(&self, node: usize, path: &str) -> u16 {
        let page = format!("{}{path}", self.nodes[node].address());
        self.peers.ask(client().get(page)).status
    }

    /// Everything that left.
    fn sent(&self) -> Vec<String> {
        let taken = self.sink.taken().into_iter().map(|taken| taken.mail);
        let written = fs::read_dir(self.outbox()).into_iter().flatten().flatten();
        let written = written.map(|entry| entry.path());
        let written = written.filter(|path| path.extension().is_some_and(|it| it == "eml"));
        taken
            .chain(written.filter_map(|path| fs::read_to_string(path).ok()))
            .collect()
    }

    /// How often a mail was answered.
    fn answers(&self, id: &str) -> usize {
        let sent = self.sent();
        sent.iter().filter(|sent| answers(sent, id)).count()
    }

    fn until_answered(&self, ids: &[String]) {
        for id in ids {
            until(&format!("the answer to {id}"), || {
                (self.answers(id) > 0).then_some(())
            });
        }
    }

    fn jobs(&self) -> Vec<Job> {
        // The first may be asleep, or dead.
        self.peers.read(self.nodes.last().unwrap(), async |db| {
            jobs::list(db, &Filter::default(), 10_000).await.unwrap()
        })
    }

    fn has_crashed(&self, kind: &str) -> Option<()> {
        let jobs = self.jobs();
        let crashed = |job: &Job| job.kind == kind && job.crashes > 0;
        jobs.iter().any(crashed).then_some(())
    }

    /// Stops all nodes, and checks what they left: each of these mails was answered once, whoever did
    /// it, and no history is broken.
    fn check(&mut self, ids: &[String]) {
        self.peers.until_idle(&self.nodes[0]);
        for node in &mut self.nodes {
            let status = node.terminate();
            assert!(status.success(), "{status}");
        }
        for id in ids {
            assert_eq!(self.answers(id), 1, "answers to {id}");
        }
        assert_eq!(self.sent().len(), ids.len(), "nothing else was sent");
        assert_eq!(self.peers.violations(&self.nodes[0]), Vec::<String>::new());
        let unknown = self.peers.read(&self.nodes[0], async |db| {
            deliveries::list(db, Some(DeliveryState::Unknown), None, 9)
                .await
                .unwrap()
        });
        assert_eq!(unknown, [], "what became of each sending is known");
        assert_eq!(self.peers.model.refusals(), Vec::<String>::new());
    }
}

/// The ids of so many mails of different writers.
fn ids(number: usize) -> Vec<String> {
    (0..number)
        .map(|number| format!("mail-{number}@a.example"))
        .collect()
}

/// The writer of a mail.
fn sender(id: &str) -> String {
    format!("writer-of-{id}")
}

/// A new database of the server, if there is one.
fn database() -> Option<String> {
    postgres::fresh()
}

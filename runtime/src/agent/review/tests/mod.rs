//! Review over a store of its own: stages run one after another, reviewers answer by mail, and the
//! clock is moved.

mod asking;
mod by_mail;
mod clock;
mod deciding;
mod rewriting;

use std::sync::Arc;

use serde_json::{Value, json};
use silex_bundle::Bundle;
use silex_bundle::agent::{Due, Overdue};

use super::{Act, act, due};
use crate::agent::{Deployment, Parts, receive};
use crate::bundle::Loaded;
use crate::clock::Clock;
use crate::config::{Config, Variables};
use crate::jobs;
use crate::mail::inbound::{Source, raw};
use crate::mail::transport::{Outbox, Transport};
use crate::mail::{Incoming, Site, parse};
use crate::model::scripted::Planned;
use crate::model::{Models, Scripted};
use crate::queue::{Attempt, JobError, Progress};
use crate::store::drafts::{Decision, Draft, DraftState};
use crate::store::events::Event;
use crate::store::jobs::JobState;
use crate::store::tests::put_back;
use crate::store::{Access, StoreError, drafts, events, jobs as rows};
use crate::tools::Natives;
use crate::turn::run::Edge;

const LEASE_MS: i64 = 30_000;
pub(super) const HOUR: i64 = 3_600_000;

/// Friday, 6 March 2026, 15:00 in Berlin.
pub(super) const FRIDAY: i64 = 1_772_805_600_000;

/// Two reviewers, and one above them who gets nothing by turns.
const REVIEWERS: &str = "
reviewers:
- { name: ann, address: ann@house.example, escalates_to: lead }
- { name: bob, address: bob@house.example, escalates_to: lead }
- { name: lead, address: lead@house.example, cap: 0 }
";

/// A library whose drafts are reviewed.
pub(super) struct Office {
    pub(super) deployment: Deployment,
    folder: tempfile::TempDir,
}

/// What an office starts from.
pub(super) struct Plan {
    pub(super) reviewers: &'static str,
    pub(super) due: Option<(i64, Overdue)>,
    pub(super) says: Vec<Planned>,
    pub(super) undo_s: u64,
}

impl Default for Plan {
    fn default() -> Self {
        let says = (1..9).map(|number| Planned::Text(format!("Answer {number}.")));
        Self {
            reviewers: REVIEWERS,
            due: None,
            says: says.collect(),
            undo_s: 60,
        }
    }
}

impl Office {
    pub(super) async fn new() -> Self {
        Self::of(Plan::default()).await
    }

    pub(super) async fn of(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "{}\ninbound: {{ authserv_id: mx.library.example }}\ntimezone: Europe/Berlin\n",
            plan.reviewers
        );
        let mut config = Config::parse(&text, &Variables::default()).unwrap();
        config.database = folder.path().join("silex.db").into();
        config.outbound.outbox = folder.path().join("outbox");
        config.outbound.delay_s = plan.undo_s;
        config.models.scripted = true;
        config.stand_ins = true;
        let loaded = Arc::new(Loaded::new(library(plan.due), "library".to_owned()));
        let natives = Natives::standard();
        let opened = crate::open(config, loaded, natives, Access::Own, None).await;
        let opened = opened.unwrap();
        let edge = Edge {
            clock: Clock::fixed(FRIDAY),
            models: Models::scripted(Scripted::transcript(plan.says)),
            ..opened.edge.clone()
        };
        let parts = Parts {
            config: opened.config.clone(),
            edge,
            transport: Transport::Outbox(Outbox::new(&opened.config.outbound.outbox)),
            certificates: opened.certificates.clone(),
            bucket: opened.bucket.clone(),
            webhooks: opened.webhooks.clone(),
            secret: opened.secret.clone(),
            stop: opened.stop.clone(),
        };
        Self {
            deployment: Deployment::new(parts),
            folder,
        }
    }

    /// A contact's mail comes in, and everything is done that can be.
    pub(super) async fn mail(&self, id: &str, extra: &str) {
        self.post(&format!(
            "{}From: Ada <ada@reader.example>\r\nTo: desk@library.example\r\n\
             Message-ID: <{id}@reader.example>\r\n{extra}Subject: Hours\r\n\r\nWhen do you open? {id}\r\n",
            proof("reader.example")
        ))
        .await;
        self.idle().await;
    }

    pub(super) async fn post(&self, mail: &str) {
        let received = raw::receive(mail.as_bytes().to_vec(), Source::File, None, &[]);
        receive::accept(&self.deployment, received).await.unwrap();
    }

    /// A reviewer answers the newest mail that they got, and everything is done that can be.
    pub(super) async fn answer(&self, name: &str, text: &str) {
        let letter = self.letters(name).pop().unwrap();
        self.reply(name, &letter, text).await;
    }

    pub(super) async fn reply(&self, name: &str, letter: &Incoming, text: &str) {
        self.post(&reply(name, letter, text)).await;
        self.idle().await;
    }

    /// The mails that a reviewer got, oldest first.
    pub(super) fn letters(&self, name: &str) -> Vec<Incoming> {
        self.outbox(&format!("{name}@house.example"))
    }

    /// The mails that somebody got, oldest first.
    pub(super) fn outbox(&self, address: &str) -> Vec<Incoming> {
        let Ok(listed) = std::fs::read_dir(self.folder.path().join("outbox")) else {
            return Vec::new();
        };
        let mut files: Vec<_> = listed.map(|entry| entry.unwrap()).collect();
        files.sort_by_key(|file| file.metadata().unwrap().modified().unwrap());
        let mails = files.iter().filter_map(|file| {
            let bytes = std::fs::read(file.path()).unwrap();
            parse(&bytes, &Site::default()).ok()
        });
        let to = |mail: &Incoming| mail.to.iter().any(|to| to.address == address);
        mails.filter(|mail| to(mail)).collect()
    }

    pub(super) async fn claim(&self) -> Option<Attempt> {
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

    pub(super) async fn run(&self, attempt: Attempt) -> Result<(), JobError> {
        let over = jobs::run(self.deployment.clone(), attempt).await?;
        put_back(
            self.deployment.store(),
            over,
            self.deployment.clock().now_ms(),
        )
        .await;
        Ok(())
    }

    /// Runs jobs until none is left that is due.
    pub(super) async fn idle(&self) {
        while let Some(attempt) = self.claim().await {
            self.run(attempt).await.unwrap();
        }
    }

    /// Runs jobs until one of `kind` is claimed.
    pub(super) async fn until(&self, kind: &str) -> Attempt {
        loop {
            let attempt = self.claim().await.unwrap();
            if attempt.job.kind == kind {
                return attempt;
            }
            self.run(attempt).await.unwrap();
        }
    }

    /// Lets time pass, the duties are looked after, and everything is done that can be.
    pub(super) async fn pass(&self, ms: i64) {
        self.deployment.clock().advance(ms);
        due::tick(&self.deployment).await.unwrap();
        self.idle().await;
    }

    pub(super) async fn draft(&self, id: i64) -> Draft {
        let mut reader = self.deployment.store().read().await.unwrap();
        drafts::find(&mut reader, id).await.unwrap().unwrap()
    }

    /// Where the first draft is: its state, revision and reviewer.
    pub(super) async fn stands(&self) -> (DraftState, i64, String) {
        let draft = self.draft(1).await;
        (
            draft.state,
            draft.revision,
            draft.reviewer.unwrap_or_default(),
        )
    }

    pub(super) async fn events(&self, kind: &str) -> Vec<Event> {
        let mut reader = self.deployment.store().read().await.unwrap();
        let mut events = events::after(&mut reader, 0, 10_000).await.unwrap();
        events.retain(|event| event.kind == kind);
        events
    }

    pub(super) async fn decide(&self, by: &str, revision: i64, what: Act) -> Result<i64, String> {
        self.decide_with(by, revision, None, what).await
    }

    pub(super) async fn decide_with(
        &self,
        by: &str,
        revision: i64,
        note: Option<&str>,
        what: Act,
    ) -> Result<i64, String> {
        let decision = Decision {
            draft_id: 1,
            revision,
            by: by.to_owned(),
            note: note.map(str::to_owned),
        };
        let acted = act(&self.deployment, decision, what).await;
        acted.map_err(|error: StoreError| error.to_string())
    }

    pub(super) async fn jobs(&self, state: JobState) -> Vec<rows::Job> {
        let mut reader = self.deployment.store().read().await.unwrap();
        let filter = rows::Filter {
            state: Some(state),
            ..rows::Filter::default()
        };
        rows::list(&mut reader, &filter, 100).await.unwrap()
    }
}

fn proof(domain: &str) -> String {
    format!("Authentication-Results: mx.library.example; dmarc=pass header.from={domain}\r\n")
}

/// What a mail program sends when `name` answers a letter: the text on top, the letter quoted below.
pub(super) fn reply(name: &str, letter: &Incoming, text: &str) -> String {
    let to = letter.reply_to.as_ref().unwrap();
    let quoted: String = letter
        .text
        .lines()
        .map(|line| format!("> {line}\r\n"))
        .collect();
    let id: u64 = fastrand::u64(..);
    format!(
        "{}From: {name} <{name}@house.example>\r\nTo: {}\r\nMessage-ID: <{id}@house.example>\r\n\
         Subject: Re: {}\r\n\r\n{text}\r\n\r\nOn Fri, 6 Mar 2026 at 15:01, Library <{}> wrote:\r\n{quoted}",
        proof("house.example"),
        to.address,
        letter.subject,
        to.address
    )
}

/// The bundle of `hello`, with a tool that asks and one that hands over.
fn library(due: Option<(i64, Overdue)>) -> Bundle {
    let bytes = include_bytes!("../../../../../tests/bundles/hello.json");
    let (mut bundle, _) = Bundle::read(bytes).unwrap();
    let agent = bundle.agents.get_mut("hello.library").unwrap();
    agent.review.due = due.map(|(after, then)| Due {
        after_ms: u64::try_from(after).unwrap(),
        then,
    });
    let tool = |name: &str, returns: &str, handler: Value| {
        let field = json!({ "name": "about", "type": { "text": { "max": 200 } } });
        serde_json::from_value(json!({
            "name": name, "params": [field], "returns": { "named": returns }, "effects": {}, "handler": handler,
            "timeout_ms": 1000, "span": { "source": 0, "start": 0, "end": 0 },
        }))
        .unwrap()
    };
    let asks = json!({ "ask_reviewer": { "question": "A reader asks what only the desk knows." } });
    let hands = json!({ "hand_over": { "note": "Answer in person." } });
    bundle
        .tools
        .insert("hello.ask".to_owned(), tool("ask", "silex.Answer", asks));
    bundle.tools.insert(
        "hello.give_up".to_owned(),
        tool("give_up", "silex.Saved", hands),
    );
    let behaviour = bundle.behaviour_mut("hello.answer").unwrap();
    for tool in ["hello.ask", "hello.give_up"] {
        behaviour
            .tools
            .push(serde_json::from_value(json!({ "tool": tool })).unwrap());
    }
    bundle
}

/// The call of a tool of the library.
pub(super) fn calls(tool: &str) -> Planned {
    Planned::Calls(vec![(
        tool.to_owned(),
        json!({ "about": "the rare prints" }),
    )])
}

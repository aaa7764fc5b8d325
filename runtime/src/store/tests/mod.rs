//! The store as its callers use it, on either database.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::deliveries::{self, DeliveryState, Intended, NewDelivery, Purpose};
use super::drafts::{self, Decision, DraftState, NewDraft};
use super::entities::{self, Evidence, NewEntity, Owner};
use super::events::{self, NewEvent};
use super::inbox::{self, Asked, ThreadState};
use super::jobs::{self, Claimed, JobState, Lease, NewJob, Orphans, Over};
use super::listeners::Listeners;
use super::mails::{self, Accepted, Direction, MailState, NewMail, NewRaw};
use super::threads::{self, NewThread};
use super::turns::{self, Begun, NewTurn, Step, StepKind};
use super::{Access, Connection, Database, Store, StoreError, reviewers};

/// Runs a body in one write, which must succeed.
macro_rules! write {
    ($store:expr, |$tx:ident| $body:expr) => {
        $store
            .write("", move |$tx| Box::pin(async move { $body }))
            .await
            .unwrap()
    };
}

mod agents;
mod budgets;
mod claiming;
mod documents;
mod drafts_and_deliveries;
mod invariants;
mod lines;
mod lists;
mod mail_and_threads;
mod opening;
mod sealing;
mod sharing;
mod turns_and_steps;
mod upgrading;
mod writing;

/// A store of its own for a test. It is in a file that vanishes with the test, or in a new database
/// of the server that `SILEX_TEST_POSTGRES` names: `tests/run` runs the tests on both.
pub(crate) struct Scratch {
    pub(crate) store: Store,
    database: Database,
    folder: TempDir,
}

impl Scratch {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::of(database(&folder).await, folder).await
    }

    /// For what only a file has.
    pub(crate) async fn in_a_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::of(folder.path().join("silex.db").into(), folder).await
    }

    async fn of(database: Database, folder: TempDir) -> Self {
        let store = Store::open(&database, Access::Own, 0).await.unwrap();
        Self {
            store,
            database,
            folder,
        }
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }
}

/// Lets what goes on in a test's hands be claimed like any other job.
pub(crate) async fn put_back(store: &Store, over: Over, now: i64) {
    if let Some(next) = over.into_next() {
        let put = store.write("", move |tx| {
            Box::pin(async move { jobs::snooze(tx, next.lease, now, "put back", None).await })
        });
        put.await.unwrap();
    }
}

/// A database for a test: a file in its folder, or a new one of the server.
pub(crate) async fn database(folder: &TempDir) -> Database {
    match std::env::var("SILEX_TEST_POSTGRES") {
        Ok(server) => fresh(&server).await,
        Err(_) => folder.path().join("silex.db").into(),
    }
}

/// A new database of a server with its tables: a copy of one that was migrated.
async fn fresh(server: &str) -> Database {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(|| async {
        let (database, name) = create(server, "template0").await;
        let store = Store::open(&database, Access::Own, 0).await.unwrap();
        store.close().await;
        name
    });
    create(server, template.await).await.0
}

/// A new database like another, and its name.
async fn create(server: &str, template: &str) -> (Database, String) {
    static CREATED: AtomicUsize = AtomicUsize::new(0);
    let number = CREATED.fetch_add(1, Ordering::Relaxed);
    let name = format!("store_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(server).await.unwrap();
    let create = AssertSqlSafe(format!("create database {name} template {template}"));
    sqlx::raw_sql(create)
        .execute(&mut connection)
        .await
        .unwrap();
    let (server, _) = server.rsplit_once('/').unwrap();
    (format!("{server}/{name}").parse().unwrap(), name)
}

fn thread() -> NewThread {
    NewThread {
        agent: "aleik.ghostwriter".to_owned(),
        contact_key: "mia@example.com".to_owned(),
        contact_name: "Mia".to_owned(),
        subject: "Re: Chapter two".to_owned(),
        base_subject: "chapter two".to_owned(),
        bundle: String::new(),
        listeners: Listeners::new(),
    }
}

fn mail(thread_id: i64, message_id: &str) -> NewMail {
    NewMail {
        raw_id: None,
        thread_id: Some(thread_id),
        direction: Direction::In,
        message_id: message_id.to_owned(),
        in_reply_to: None,
        refs: vec!["first@example.com".to_owned()],
        from_address: "mia@example.com".to_owned(),
        from_name: "Mia".to_owned(),
        envelope_to: "aleik@example.net".to_owned(),
        subject: "Re: Chapter two".to_owned(),
        body: "When?".to_owned(),
        quoted: String::new(),
        record: json!({ "text": "When?" }),
        verified: true,
        automatic: None,
        state: MailState::Received,
        reason: None,
        place: 0,
    }
}

fn draft(thread_id: i64, mail_id: i64) -> NewDraft {
    NewDraft {
        thread_id,
        mail_id: Some(mail_id),
        turn_id: None,
        subject: "Re: Chapter two".to_owned(),
        body: "On Monday.".to_owned(),
        broken_rules: json!([]),
        missed_rules: json!(["aleik.assist.short"]),
        hold_reasons: json!(["first turn"]),
        attempts: 1,
        prompt: json!([]),
        reviewer: Some("ann".to_owned()),
    }
}

fn decision(draft_id: i64, revision: i64) -> Decision {
    Decision {
        draft_id,
        revision,
        by: "ann".to_owned(),
        note: None,
    }
}

/// A thread with one mail and a held draft that answers it.
async fn held_draft(tx: &mut Connection) -> Result<(i64, i64, i64), StoreError> {
    let thread_id = threads::open(tx, &thread(), 1).await?;
    let mail_id = mails::keep(tx, &mail(thread_id, "one@example.com"), 2).await?;
    let draft_id = drafts::hold(tx, &draft(thread_id, mail_id), "aleik.assist", 3).await?;
    Ok((thread_id, mail_id, draft_id))
}

async fn claim_one(tx: &mut Connection, now: i64) -> Result<Claimed, StoreError> {
    let mut claimed = jobs::claim(tx, "test 1", 1, now + 30_000, || now).await?;
    claimed
        .pop()
        .ok_or_else(|| StoreError::Conflict("nothing is ready".to_owned()))
}

fn in_line(key: &str) -> NewJob {
    NewJob {
        order_key: Some(key.to_owned()),
        ..NewJob::new("handle", json!({}))
    }
}

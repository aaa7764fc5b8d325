//! Tools of servers that speak the Model Context Protocol, as programs and over HTTP, with faults.

#![expect(
    clippy::unwrap_used,
    reason = "a check function fails like the test that calls it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use silex_bundle::Bundle;
use silex_runtime::config::McpServer;
use silex_runtime::store::{Access, Store};
use silex_runtime::tools::mcp::Servers;
use silex_runtime::tools::{Call, Natives, ToolError, Tools};
use silex_tests::package::{compiled, of_text};
use silex_tests::stub_mcp::{HttpServer, TOKEN};
use tempfile::TempDir;

const PACKAGE: &str = r#"//! A counter that books hours.

entity Customer key address { address: email, name: text 0..80 = "" }
record Slot { id: text 1..40 }
enum Booking { booked taken }

/// Find hours.
tool find_slots(
  /// The first day.
  from: date,
) -> [Slot] 0..10 { via mcp "calendar" "slots.find" timeout 10s }

/// Book an hour.
tool book_slot(
  /// The hour.
  id: text 1..40,
) for customer: Customer -> Booking { writes Customer via mcp "calendar" "slots.book" timeout 10s }

/// Say something.
tool say() -> text 0..100 { via mcp "calendar" "says" timeout 10s }
/// Fail.
tool fail() -> text 0..100 { via mcp "calendar" "fails" timeout 10s }
/// Say too much.
tool flood() -> text 0..100 { via mcp "calendar" "huge" timeout 10s }
/// Say nothing.
tool hang() -> text 0..100 { via mcp "calendar" "hangs" timeout 200ms }
/// Write, and say nothing.
tool hang_writing() for customer: Customer -> text 0..100 { writes Customer via mcp "calendar" "hangs" timeout 200ms retry 3 from 1ms to 2ms }
/// Say something soon.
tool say_soon() -> text 0..100 { via mcp "calendar" "says" timeout 3s }
/// End.
tool die() -> text 0..100 { via mcp "calendar" "dies" timeout 10s }
"#;

/// A place with one server, `calendar`.
struct Desk {
    folder: TempDir,
    bundle: Bundle,
    tools: Tools,
}

impl Desk {
    async fn new(server: McpServer, folder: TempDir) -> Self {
        // Another test may have done it.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let store = Store::open(&folder.path().join("t.db").into(), Access::Own, 0)
            .await
            .unwrap();
        let client = reqwest::Client::new();
        let servers = Servers::new(&BTreeMap::from([("calendar".to_owned(), server)]), &client);
        Self {
            tools: Tools::new(store, BTreeMap::new(), Natives::default(), servers, client),
            bundle: compiled(&of_text("counter", PACKAGE)),
            folder,
        }
    }

    /// With the server as a program.
    async fn with_program() -> Self {
        Self::with_program_that_begins_after("0").await
    }

    /// With the server as a program that takes so many milliseconds until it answers.
    async fn with_program_that_begins_after(slow: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let log = folder.path().join("log").to_string_lossy().into_owned();
        let program = env!("CARGO_BIN_EXE_mcp_server").to_owned();
        let server = McpServer {
            command: vec![program, log, slow.to_owned()],
            env: vec!["CARGO_MANIFEST_DIR".to_owned()],
            ..McpServer::default()
        };
        Self::new(server, folder).await
    }

    async fn call(&self, tool: &str, arguments: &Value) -> Result<Value, ToolError> {
        let tool = &self.bundle.tools[&format!("counter.{tool}")];
        let customer = json!({ "address": "ada@example.org", "name": "Ada" });
        let mut names: Map<String, Value> = arguments.as_object().unwrap().clone();
        let owner = tool.owner.as_ref().map(|owner| {
            names.insert(owner.name.clone(), customer.clone());
            &customer
        });
        let call = Call {
            bundle: &self.bundle,
            tool,
            names: &names,
            owner,
            idempotency_key: "reply 1/2",
        };
        Ok(self.tools.call(&call, || ()).await?.value)
    }

    fn log(&self) -> Vec<Value> {
        let path: PathBuf = self.folder.path().join("log");
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn starts(&self) -> Vec<Value> {
        let log = self.log().into_iter();
        log.filter(|line| !line["started"].is_null()).collect()
    }

    /// The call, as soon as the server is there again.
    async fn call_again(&self, tool: &str, arguments: &Value) -> Value {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
        loop {
            match self.call(tool, arguments).await {
                Ok(value) => return value,
                Err(error) => assert!(tokio::time::Instant::now() < deadline, "{error}"),
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}

async fn check_calls(desk: &Desk, seen: impl Fn() -> Vec<Value>) {
    let found = desk
        .call("find_slots", &json!({ "from": "2027-03-01" }))
        .await;
    assert_eq!(found.unwrap(), json!([{ "id": "2027-03-01-9" }]));
    let booked = desk
        .call("book_slot", &json!({ "id": "2027-03-01-9" }))
        .await;
    assert_eq!(booked.unwrap(), "booked");
    let booking = seen().pop().unwrap();
    assert_eq!(
        booking["arguments"],
        json!({ "id": "2027-03-01-9", "customer": "ada@example.org" })
    );
    let meta = &booking["_meta"];
    assert_eq!(meta["silex/idempotency-key"], "reply 1/2");
    assert_eq!(meta["silex/for"]["name"], "Ada");
    assert_eq!(desk.call("say", &json!({})).await.unwrap(), "plain words");
    let failed = desk.call("fail", &json!({})).await.unwrap_err();
    assert_eq!(failed, ToolError::Failed("no such hour".to_owned()));
    let flooded = desk.call("flood", &json!({})).await.unwrap_err();
    assert!(flooded.to_string().contains("more than"), "{flooded}");
}

#[tokio::test]
async fn a_program_is_called_and_sees_only_what_it_may() {
    let desk = Desk::with_program().await;
    assert_eq!(
        desk.tools.servers().differences(&desk.bundle).await,
        [""; 0]
    );
    check_calls(&desk, || desk.log()).await;
    let starts = desk.starts();
    assert_eq!(starts.len(), 1, "it is started once");
    let seen: Vec<&str> = starts[0]["env"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let may = ["PATH", "HOME", "LANG", "CARGO_MANIFEST_DIR"];
    assert!(seen.contains(&"PATH") && seen.contains(&"CARGO_MANIFEST_DIR"));
    assert!(seen.iter().all(|name| may.contains(name)), "{seen:?}");
}

#[tokio::test]
async fn a_server_is_called_by_http_with_its_token() {
    let server = HttpServer::start().await.unwrap();
    let configured = McpServer {
        url: Some(server.url().to_owned()),
        token: Some(TOKEN.into()),
        ..McpServer::default()
    };
    let desk = Desk::new(configured, TempDir::new().unwrap()).await;
    check_calls(&desk, || server.calls()).await;
}

#[tokio::test]
async fn a_wrong_token_is_told_and_nothing_is_called() {
    let server = HttpServer::start().await.unwrap();
    let configured = McpServer {
        url: Some(server.url().to_owned()),
        token: Some("wrong".into()),
        ..McpServer::default()
    };
    let desk = Desk::new(configured, TempDir::new().unwrap()).await;
    let error = desk.call("say", &json!({})).await.unwrap_err();
    assert!(
        matches!(&error, ToolError::Passing(why) if why.contains("not there")),
        "{error}"
    );
    assert_eq!(server.calls(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_program_that_dies_in_a_call_is_started_again() {
    let desk = Desk::with_program().await;
    let error = desk.call("die", &json!({})).await.unwrap_err();
    assert!(error.to_string().contains("calendar"), "{error}");
    assert_eq!(desk.call_again("say", &json!({})).await, "plain words");
    assert_eq!(desk.starts().len(), 2);
}

#[tokio::test]
async fn a_program_may_take_longer_to_begin_than_the_call_that_needs_it() {
    let desk = Desk::with_program_that_begins_after("4000").await;
    let said = desk.call("say_soon", &json!({})).await;
    assert_eq!(said.unwrap(), "plain words");
    assert_eq!(desk.starts().len(), 1);
}

#[tokio::test]
async fn a_program_that_stays_silent_is_begun_anew() {
    let desk = Desk::with_program().await;
    for _ in 0..3 {
        let error = desk.call("hang", &json!({})).await.unwrap_err();
        assert!(
            matches!(error, ToolError::Passing(_)),
            "it does nothing, so it only failed"
        );
    }
    assert_eq!(desk.call_again("say", &json!({})).await, "plain words");
    assert_eq!(desk.starts().len(), 2);
}

#[tokio::test]
async fn a_call_that_may_have_been_carried_out_is_not_made_again() {
    let desk = Desk::with_program().await;
    let error = desk.call("hang_writing", &json!({})).await.unwrap_err();
    assert!(matches!(error, ToolError::Unsure(_)), "{error}");
    let calls = desk.log().len() - desk.starts().len();
    assert_eq!(calls, 1, "though the tool says `retry 3`");
}

#[tokio::test]
async fn a_tool_that_is_not_as_declared_is_told_and_not_called() {
    let mut desk = Desk::with_program().await;
    let text = PACKAGE.replace("from: date", "since: date");
    desk.bundle = compiled(&of_text("counter", &text));
    assert_eq!(
        desk.tools.servers().differences(&desk.bundle).await,
        [
            "the tool `counter.find_slots`: the server's tool takes no `since`",
            "the tool `counter.find_slots`: the server's tool needs `from` as well"
        ]
    );
    let refused = desk
        .call("find_slots", &json!({ "since": "2027-03-01" }))
        .await;
    assert!(matches!(refused, Err(ToolError::Failed(why)) if why.contains("takes no `since`")));
    assert_eq!(desk.log().len(), desk.starts().len(), "nothing was called");
}

#[tokio::test]
async fn a_program_ends_with_us() {
    let desk = Desk::with_program().await;
    desk.call("say", &json!({})).await.unwrap();
    let id = desk.starts()[0]["started"].as_i64().unwrap();
    desk.tools.servers().close().await;
    let process = rustix::process::Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
    assert!(rustix::process::test_kill_process(process).is_err());
}

//! Handlers against a real store and a real HTTP peer.

#![expect(
    clippy::needless_pass_by_value,
    reason = "values are written where they are given"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::http::{HeaderMap, StatusCode};
use futures_util::FutureExt;
use serde_json::{Map, Value, json};
use silex_bundle::{Bundle, Tool};
use tempfile::TempDir;

use super::{Call, Natives, ToolError, Tools, missing};
use crate::config::{Config, Endpoint};
use crate::store::entities::{self, Evidence, NewEntity, Owner};
use crate::store::{Access, Store, transaction};

fn bundle(tools: Value) -> Bundle {
    let span = json!({ "source": 0, "start": 0, "end": 0 });
    let text = json!({ "text": { "max": 50 } });
    let entity = |key: &str, field: &str, owner: Option<&str>| {
        json!({ "span": span, "shape": { "entity": { "key": key, "owner": owner,
            "fields": [{ "name": key, "type": text }, { "name": field, "type": text, "default": "" }] } } })
    };
    let bundle = json!({
        "format": silex_bundle::FORMAT, "compiler": "0.1.0", "package": "t", "version": "0.1.0", "models": {}, "behaviours": {}, "agents": {},
        "examples": {}, "layouts": {}, "sources": [{ "path": "t.silex", "text": "" }], "tools": tools,
        "declarations": { "t.Person": entity("address", "name", None), "t.Note": entity("id", "body", Some("t.Person")) },
    });
    serde_json::from_value(bundle).unwrap()
}

fn tool(returns: Value, handler: Value, retry: Value) -> Value {
    json!({ "name": "tool", "params": [], "owner": { "name": "person", "entity": "t.Person" }, "returns": returns, "effects": {},
        "handler": handler, "timeout_ms": 2000, "retry": retry, "span": { "source": 0, "start": 0, "end": 0 } })
}

fn notes() -> Value {
    json!({ "list": { "of": { "named": "t.Note" }, "max": 5 } })
}

struct Place {
    _folder: TempDir,
    store: Store,
}

async fn place() -> Place {
    let folder = TempDir::new().unwrap();
    let store = Store::open(
        &crate::store::tests::database(&folder).await,
        Access::Own,
        0,
    )
    .await
    .unwrap();
    Place {
        _folder: folder,
        store,
    }
}

/// The endpoint that tools of the tests call.
fn crm(url: String) -> BTreeMap<String, Endpoint> {
    let secret = "key".into();
    BTreeMap::from([(
        "crm".to_owned(),
        Endpoint {
            url,
            secret,
            concurrency: None,
        },
    )])
}

impl Place {
    fn tools(&self, endpoints: BTreeMap<String, Endpoint>, natives: Natives) -> Tools {
        Tools::new(
            self.store.clone(),
            endpoints,
            natives,
            super::mcp::Servers::default(),
            crate::tls::client().build().unwrap(),
        )
    }

    async fn keep(&self, kind: &str, key: &str, owner: Option<&str>, value: Value) {
        let owner = owner.map(|key| Owner {
            kind: "t.Person".to_owned(),
            key: key.to_owned(),
        });
        let entity = NewEntity {
            kind: kind.to_owned(),
            key: key.to_owned(),
            owner,
            value,
        };
        let work = transaction(move |tx| {
            async move { entities::save(tx, &entity, None, &Evidence::of("test"), 0).await }.boxed()
        });
        self.store.write("", work).await.unwrap();
    }

    async fn call(
        &self,
        tools: &Tools,
        tool: Value,
        names: Value,
    ) -> Result<super::Done, ToolError> {
        let bundle = bundle(json!({ "t.tool": tool }));
        let tool: &Tool = &bundle.tools["t.tool"];
        let mut names: Map<String, Value> = names.as_object().unwrap().clone();
        let owner = json!({ "address": "ada", "name": "Ada" });
        names.insert("person".to_owned(), owner.clone());
        tools
            .call(
                &Call {
                    bundle: &bundle,
                    tool,
                    names: &names,
                    owner: Some(&owner),
                    idempotency_key: "turn 1/2",
                },
                || (),
            )
            .await
    }
}

#[tokio::test]
async fn a_search_finds_only_what_the_contact_owns() {
    let place = place().await;
    place
        .keep(
            "t.Note",
            "1",
            Some("ada"),
            json!({ "id": "1", "body": "bees on the roof" }),
        )
        .await;
    place
        .keep(
            "t.Note",
            "2",
            Some("bob"),
            json!({ "id": "2", "body": "bees in the cellar" }),
        )
        .await;
    let search = tool(
        notes(),
        json!({ "search": { "entity": "t.Note" } }),
        Value::Null,
    );
    let tools = place.tools(BTreeMap::new(), Natives::default());
    let found = place
        .call(&tools, search, json!({ "query": "bees" }))
        .await
        .unwrap()
        .value;
    assert_eq!(found, json!([{ "id": "1", "body": "bees on the roof" }]));
}

#[tokio::test]
async fn someone_elses_entity_is_as_if_it_were_not_there() {
    let place = place().await;
    place
        .keep(
            "t.Note",
            "2",
            Some("bob"),
            json!({ "id": "2", "body": "secret" }),
        )
        .await;
    let tools = place.tools(BTreeMap::new(), Natives::default());
    let mut get = tool(
        json!({ "named": "t.Note" }),
        json!({ "get": { "entity": "t.Note" } }),
        Value::Null,
    );
    get["params"] = json!([{ "name": "id", "type": { "text": {} } }]);
    let refused = place
        .call(&tools, get, json!({ "id": "2" }))
        .await
        .unwrap_err();
    assert_eq!(
        refused,
        ToolError::Failed("there is none with the key \"2\"".to_owned())
    );
    let save = json!({ "save": { "path": "t.Note", "value": { "path": "note" } } });
    let stolen = place
        .call(
            &tools,
            tool(json!("bool"), save, Value::Null),
            json!({ "note": { "id": "2" } }),
        )
        .await
        .unwrap_err();
    assert!(stolen.to_string().contains("taken"), "{stolen}");
}

#[tokio::test]
async fn a_save_sets_one_field_of_what_is_stored_now() {
    let place = place().await;
    place
        .keep(
            "t.Person",
            "ada",
            None,
            json!({ "address": "ada", "name": "Countess" }),
        )
        .await;
    let save = json!({ "save": { "path": "person.name", "value": { "path": "name" } } });
    let tools = place.tools(BTreeMap::new(), Natives::default());
    let done = place
        .call(
            &tools,
            tool(json!("bool"), save.clone(), Value::Null),
            json!({ "name": "Ada L." }),
        )
        .await
        .unwrap();
    let write = done.write.unwrap();
    assert_eq!(
        (write.entity.value["name"].as_str(), write.version),
        (Some("Ada L."), 1)
    );
    let long = place
        .call(
            &tools,
            tool(json!("bool"), save, Value::Null),
            json!({ "name": "x".repeat(51) }),
        )
        .await
        .unwrap_err();
    assert!(long.to_string().contains("name"), "{long}");
}

#[tokio::test]
async fn a_native_function_that_panics_or_refuses_is_told_to_the_model() {
    let place = place().await;
    let natives = Natives::default()
        .with("no", |_| Err("not today".to_owned()))
        .with("oh", |_| panic!("oh"));
    let tools = place.tools(BTreeMap::new(), natives);
    let native = |name: &str| {
        tool(
            json!("bool"),
            json!({ "native": { "name": name } }),
            Value::Null,
        )
    };
    assert_eq!(
        place
            .call(&tools, native("no"), json!({}))
            .await
            .unwrap_err()
            .to_string(),
        "not today"
    );
    assert!(
        place
            .call(&tools, native("oh"), json!({}))
            .await
            .unwrap_err()
            .to_string()
            .contains("panicked")
    );
    let nowhere = bundle(json!({ "t.x": native("nowhere") }));
    assert_eq!(
        missing(&Config::default(), &Natives::default(), &nowhere),
        ["the tool `t.x` needs the native function `nowhere`: link it into the runtime"]
    );
}

#[tokio::test]
async fn an_http_call_is_signed_and_tried_again_under_the_same_key() {
    type Seen = Arc<Mutex<Vec<(HeaderMap, String)>>>;
    let seen = Seen::default();
    let record = seen.clone();
    let answer = move |headers: HeaderMap, body: String| async move {
        let mut seen = record.lock().unwrap();
        seen.push((headers, body));
        if seen.len() == 1 {
            (StatusCode::BAD_GATEWAY, "")
        } else {
            (StatusCode::OK, "{\"ok\": true}")
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://{}/hook?token=secret",
        listener.local_addr().unwrap()
    );
    tokio::spawn(
        axum::serve(
            listener,
            axum::Router::new().route("/hook", axum::routing::post(answer)),
        )
        .into_future(),
    );

    let place = place().await;
    let tools = place.tools(crm(url), Natives::default());
    let http = json!({ "http": { "method": "POST", "endpoint": "crm" } });
    let retry = json!({ "attempts": 2, "from_ms": 1, "to_ms": 2 });
    let done = place
        .call(&tools, tool(json!("bool"), http, retry), json!({ "n": 1 }))
        .await
        .unwrap();
    assert_eq!(done.value, json!({ "ok": true }));

    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert!(
        seen.iter()
            .all(|(headers, _)| headers["idempotency-key"] == "turn 1/2")
    );
    let (headers, body) = &seen[0];
    let said: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        said,
        json!({ "tool": "tool", "arguments": { "n": 1 }, "for": { "address": "ada", "name": "Ada" } })
    );
    // RFC 2104 with SHA-256 over exactly these bytes, as the receiver would compute it.
    use hmac::{Hmac, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"key").unwrap();
    mac.update(body.as_bytes());
    let expected: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(headers["x-silex-signature"], format!("sha256={expected}"));
}

#[tokio::test]
async fn a_call_whose_connection_breaks_is_made_again_only_under_a_key_or_without_effect() {
    let asked = Arc::new(Mutex::new(0));
    let count = asked.clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::AsyncReadExt;
        // Each connection is cut when its request has come.
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut some = [0; 64];
            let _read = stream.read(&mut some).await;
            *count.lock().unwrap() += 1;
        }
    });
    let place = place().await;
    let tools = place.tools(crm(url), Natives::default());
    let http = json!({ "http": { "method": "POST", "endpoint": "crm" } });
    let retry = json!({ "attempts": 3, "from_ms": 1, "to_ms": 2 });
    let reads = tool(json!("bool"), http, retry);
    let mut writes = reads.clone();
    writes["effects"] = json!({ "writes": ["t.Person"] });
    let failed = place.call(&tools, reads, json!({})).await.unwrap_err();
    assert!(matches!(failed, ToolError::Passing(_)), "{failed}");
    let unsure = place.call(&tools, writes, json!({})).await.unwrap_err();
    assert!(matches!(unsure, ToolError::Unsure(_)), "{unsure}");
    assert_eq!(
        *asked.lock().unwrap(),
        6,
        "the endpoint knows a call by its key"
    );
}

/// What becomes of a call of a tool that reads, and of one that acts, when the endpoint answers so.
async fn check_answered(
    answer: (StatusCode, &'static str),
    [reads, acts]: [fn(&ToolError) -> bool; 2],
) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let app = axum::Router::new().fallback(move || async move { answer });
    tokio::spawn(axum::serve(listener, app).into_future());
    let place = place().await;
    let tools = place.tools(crm(url), Natives::default());
    let http = json!({ "http": { "method": "POST", "endpoint": "crm" } });
    let retry = json!({ "attempts": 2, "from_ms": 1, "to_ms": 2 });
    let mut tool = tool(json!("bool"), http, retry);
    let failed = place.call(&tools, tool.clone(), json!({})).await;
    let failed = failed.unwrap_err();
    assert!(reads(&failed), "{answer:?}: {failed:?}");
    tool["effects"] = json!({ "writes": ["t.Person"] });
    let failed = place.call(&tools, tool, json!({})).await.unwrap_err();
    assert!(acts(&failed), "{answer:?}: {failed:?}");
}

#[tokio::test]
async fn what_may_have_acted_is_not_said_to_have_failed() {
    let passing = |error: &ToolError| matches!(error, ToolError::Passing(_));
    let failed = |error: &ToolError| matches!(error, ToolError::Failed(_));
    let unsure = |error: &ToolError| matches!(error, ToolError::Unsure(_));
    let unread = |error: &ToolError| matches!(error, ToolError::Unread(_));
    check_answered((StatusCode::BAD_GATEWAY, "{}"), [passing, unsure]).await;
    check_answered((StatusCode::OK, "<html>"), [failed, unread]).await;
    check_answered((StatusCode::NOT_FOUND, "{}"), [failed, failed]).await;
    check_answered((StatusCode::TOO_MANY_REQUESTS, ""), [passing, passing]).await;
}

#[tokio::test]
async fn where_a_handler_is_missing_an_example_may_answer() {
    let place = place().await;
    let mut all = bundle(
        json!({ "t.tool": tool(json!("bool"), json!({ "native": { "name": "nowhere" } }), Value::Null) }),
    );
    let example = json!({ "behaviour": "t.b", "shown": false, "given": [], "expects": [], "span": { "source": 0, "start": 0, "end": 0 },
        "script": [{ "calls": { "tool": "t.tool", "args": "any", "outcome": { "returns": true } } }] });
    all.examples.insert(
        "t.example".to_owned(),
        serde_json::from_value(example).unwrap(),
    );
    let tools = place
        .tools(BTreeMap::new(), Natives::default())
        .with_stand_ins(true);
    let names = Map::new();
    let call = Call {
        bundle: &all,
        tool: &all.tools["t.tool"],
        names: &names,
        owner: None,
        idempotency_key: "k",
    };
    assert_eq!(tools.call(&call, || ()).await.unwrap().value, true);
    let config = Config {
        stand_ins: true,
        ..Config::default()
    };
    assert!(missing(&config, &Natives::default(), &all).is_empty());
}

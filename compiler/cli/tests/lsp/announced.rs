//! All that the server says that it can is asked, and answered with something.

use serde_json::{Value, json};

use super::asked::{DESK, package};
use super::client::{place_of, written};

/// What a capability promises: the request, and the first words of the desk at which it is asked.
const PROMISES: [(&str, &str, &str); 18] = [
    ("hoverProvider", "textDocument/hover", "thank \""),
    (
        "completionProvider",
        "textDocument/completion",
        "reader.plan",
    ),
    (
        "signatureHelpProvider",
        "textDocument/signatureHelp",
        "80) }}",
    ),
    ("definitionProvider", "textDocument/definition", "short(max"),
    (
        "typeDefinitionProvider",
        "textDocument/typeDefinition",
        "reader.plan",
    ),
    (
        "referencesProvider",
        "textDocument/references",
        "reader.plan",
    ),
    (
        "documentHighlightProvider",
        "textDocument/documentHighlight",
        "reader.plan",
    ),
    ("documentSymbolProvider", "textDocument/documentSymbol", ""),
    ("workspaceSymbolProvider", "workspace/symbol", ""),
    ("renameProvider", "textDocument/rename", "thank \""),
    ("codeActionProvider", "textDocument/codeAction", "Plan,"),
    ("codeLensProvider", "textDocument/codeLens", ""),
    ("documentLinkProvider", "textDocument/documentLink", ""),
    ("documentFormattingProvider", "textDocument/formatting", ""),
    ("foldingRangeProvider", "textDocument/foldingRange", ""),
    (
        "selectionRangeProvider",
        "textDocument/selectionRange",
        "thank \"",
    ),
    ("inlayHintProvider", "textDocument/inlayHint", ""),
    (
        "callHierarchyProvider",
        "textDocument/prepareCallHierarchy",
        "find_letter\n}",
    ),
];

#[test]
fn each_capability_is_kept() {
    let mut client = package();
    // Not in its form, so that there is something to format.
    let text = DESK.replace("  model writer", "   model writer");
    client.open("specs/desk.silex", &text);
    let uri = client.uri("specs/desk.silex");
    let mut promised: Vec<String> = Vec::new();
    for (capability, method, at) in PROMISES {
        promised.push(capability.to_owned());
        let position = place_of(&text, at);
        let params = json!({
            "textDocument": { "uri": uri }, "position": position, "positions": [position],
            "range": { "start": position, "end": { "line": 99, "character": 0 } },
            "query": "thank", "newName": "praise",
            "context": { "includeDeclaration": true, "diagnostics": [], "triggerKind": 1, "isRetrigger": false },
            "options": { "tabSize": 2, "insertSpaces": true },
        });
        let answer = client.ask(method, params);
        let is_empty = answer.as_array().is_some_and(Vec::is_empty) || answer.is_null();
        assert!(!is_empty, "{capability}: {answer}");
    }
    promised.extend(
        [
            "positionEncoding",
            "textDocumentSync",
            "semanticTokensProvider",
        ]
        .map(str::to_owned),
    );
    promised.sort();
    let said = client.can.as_object().unwrap();
    let mut said: Vec<&String> = said.keys().collect();
    said.sort();
    // Of the other three there are tests of their own.
    assert_eq!(said, promised.iter().collect::<Vec<_>>());
    assert_eq!(client.can["positionEncoding"], "utf-16");
    assert_eq!(
        client.can["textDocumentSync"],
        json!({ "openClose": true, "change": 2 })
    );
    assert_eq!(client.can["semanticTokensProvider"]["full"], true);
}

/// The signs behind which an editor asks by itself, and a place where each is written.
const SIGNS: [(&str, &str, &str, &str); 5] = [
    (".", "reader.plan == pro", "reader.$0 == pro", "plan"),
    ("|", "reader.name | inline(80)", "reader.name |$0", "inline"),
    ("{", "use shared.{Plan, ", "use shared.{$0, ", "Plan"),
    ("(", "short(max: 200)", "short($0", "max"),
    (" ", "model writer", "model $0", "writer"),
];

#[test]
fn behind_each_sign_that_is_announced_something_is_proposed() {
    let announced = |of: &Value| of["triggerCharacters"].as_array().unwrap().clone();
    let mut signs = Vec::new();
    for (sign, before, with, wanted) in SIGNS {
        let mut client = package();
        signs = announced(&client.can["completionProvider"]);
        assert!(signs.contains(&json!(sign)), "{sign}");
        let marked = DESK.replacen(before, with, 1);
        assert!(marked.contains(&format!("{sign}$0")), "{marked}");
        let position = client.open_at("specs/desk.silex", &marked);
        let list = client.ask_at("textDocument/completion", "specs/desk.silex", &position);
        let mut items = list["items"].as_array().unwrap().iter();
        assert!(items.any(|it| it["label"] == wanted), "{sign}: {list}");
    }
    assert_eq!(signs.len(), SIGNS.len());
    let mut client = package();
    assert_eq!(
        announced(&client.can["signatureHelpProvider"]),
        [json!("("), json!(",")]
    );
    for (with, active) in [("short($0)", 0), ("inline(80,$0", 2)] {
        let before = if active == 0 {
            "short(max: 200)"
        } else {
            "inline(80"
        };
        let marked = DESK.replacen(before, with, 1);
        let position = client.open_at("specs/desk.silex", &marked);
        let help = client.ask_at("textDocument/signatureHelp", "specs/desk.silex", &position);
        assert_eq!(help["activeParameter"], active, "{help}");
        client.close("specs/desk.silex");
    }
}

#[test]
fn each_kind_of_action_that_is_announced_is_offered_and_no_other_if_it_is_asked_for() {
    let mut client = package();
    let text = DESK.replace(
        "\"Look it up before",
        "\"You must be nice; look it up before",
    );
    client.open("specs/desk.silex", &text);
    let uri = client.uri("specs/desk.silex");
    let whole =
        json!({ "start": place_of(&text, "  must look"), "end": place_of(&text, "\n  tools") });
    let mut ask = |only: Value| -> Vec<String> {
        let params = json!({
            "textDocument": { "uri": uri }, "range": whole,
            "context": { "diagnostics": [], "only": only },
        });
        let actions = client.ask("textDocument/codeAction", params);
        let kinds = actions.as_array().unwrap().iter();
        let mut kinds: Vec<String> = kinds
            .map(|it| it["kind"].as_str().unwrap().to_owned())
            .collect();
        kinds.dedup();
        kinds
    };
    for kind in ["quickfix", "refactor.extract", "source.fixAll"] {
        assert_eq!(ask(json!([kind])), [kind]);
    }
    // What is asked for by the kind above it.
    assert_eq!(ask(json!(["refactor"])), ["refactor.extract"]);
    assert_eq!(ask(json!(["source"])), ["source.fixAll"]);
    assert_eq!(ask(json!(["source.organizeImports"])), [""; 0]);
    let announced = &client.can["codeActionProvider"]["codeActionKinds"];
    assert_eq!(
        *announced,
        json!(["quickfix", "refactor.extract", "source.fixAll"])
    );
}

#[test]
fn places_are_counted_in_bytes_in_every_answer_where_the_editor_can() {
    let encodings = json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } });
    let mut client = super::client::Client::with(
        &[
            ("silex.yaml", super::client::MANIFEST),
            ("specs/shared.silex", super::asked::SHARED),
            ("specs/desk.silex", DESK),
        ],
        &encodings,
    );
    assert_eq!(client.can["positionEncoding"], "utf-8");
    let text = DESK.replace("\"The reader is {{", "\"é𝄞 {{");
    client.open("specs/desk.silex", &text);
    let line = text.lines().position(|it| it.contains("é𝄞")).unwrap();
    let before = text.lines().nth(line).unwrap();
    let at = before.find("name |").unwrap();
    let position = json!({ "line": line, "character": at });
    let hover = client.ask_at("textDocument/hover", "specs/desk.silex", &position);
    assert_eq!(hover["range"]["start"], position);
    assert_eq!(hover["range"]["end"]["character"], at + "name".len());
    let found = client.ask_at(
        "textDocument/documentHighlight",
        "specs/desk.silex",
        &position,
    );
    let ranges: Vec<&Value> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["range"]["start"])
        .collect();
    assert!(ranges.contains(&&position), "{found}");
    // In UTF-16 the same word stands elsewhere.
    assert_ne!(written(&text, &hover["range"]), "name");
}

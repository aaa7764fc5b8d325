//! Findings follow the edits: incremental, over the whole package, never stale.

use serde_json::{Value, json};

use super::client::{Client, MANIFEST, codes, place_of, written};

const MODELS: &str =
    "/// Writes.\nmodel writer { provider anthropic name \"claude-sonnet-4-5\" }\n";
const DESK: &str = "use models.{writer}

/// Answers a mail.
behaviour answer(mail: Mail) -> Reply {
  model writer
  role \"You answer mail.\"
  must greet \"Greet by name – 𝄞.\"
}
";

fn package() -> Client {
    Client::of(&[
        ("silex.yaml", MANIFEST),
        ("specs/models.silex", MODELS),
        ("specs/desk.silex", DESK),
    ])
}

#[test]
fn a_finding_has_its_code_its_page_and_the_places_that_belong_to_it() {
    let mut client = package();
    let twice = format!("{DESK}\nconst answer = 3\n");
    let found = client.open("specs/desk.silex", &twice);
    assert_eq!(codes(&found)[..1], ["duplicate-name"]);
    let first = &found[0];
    assert_eq!(first["severity"], 1);
    assert_eq!(first["source"], "silex");
    assert_eq!(written(&twice, &first["range"]), "answer");
    let page = first["codeDescription"]["href"].as_str().unwrap();
    assert!(page.ends_with("/explain/pages/duplicate-name.md"), "{page}");
    let related = &first["relatedInformation"][0];
    assert_eq!(
        related["location"]["range"]["start"],
        place_of(&twice, "answer")
    );
    assert_eq!(client.end(), Some(0));
}

#[test]
fn what_can_be_taken_out_is_shown_pale() {
    let mut client = package();
    let found = client.open("specs/desk.silex", &DESK.replace("  model writer\n", ""));
    let unused = found
        .iter()
        .find(|it| it["code"] == "unused-import")
        .unwrap();
    assert_eq!(unused["tags"], json!([1]));
    assert_eq!(unused["severity"], 2);
}

#[test]
fn an_edit_is_counted_in_utf_16_and_only_its_part_is_sent() {
    let mut client = package();
    assert_eq!(codes(&client.open("specs/desk.silex", DESK)), [""; 0]);
    // The sign before the point is two units of UTF-16, and four bytes.
    let column = "  must greet \"Greet by name – 𝄞".encode_utf16().count();
    let column = u32::try_from(column).unwrap();
    client.edit("specs/desk.silex", 2, (6, column), (6, column + 1), "");
    assert_eq!(codes(&client.found("specs/desk.silex", 2)), [""; 0]);
    client.edit("specs/desk.silex", 3, (6, column), (6, column + 1), "");
    assert_eq!(
        codes(&client.found("specs/desk.silex", 3)),
        ["unclosed-string"]
    );
    client.edit("specs/desk.silex", 4, (6, column), (6, column), ".\"");
    assert_eq!(codes(&client.found("specs/desk.silex", 4)), [""; 0]);
}

#[test]
fn bytes_are_counted_where_the_editor_can() {
    let encodings = json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } });
    let mut client = Client::with(
        &[
            ("silex.yaml", MANIFEST),
            ("specs/models.silex", MODELS),
            ("specs/desk.silex", DESK),
        ],
        &encodings,
    );
    client.open("specs/desk.silex", DESK);
    let column = u32::try_from("  must greet \"Greet by name – 𝄞".len()).unwrap();
    client.edit("specs/desk.silex", 2, (6, column), (6, column + 2), "");
    assert_eq!(
        codes(&client.found("specs/desk.silex", 2)),
        ["unclosed-string"]
    );
}

#[test]
fn an_edit_of_one_file_is_told_of_another() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    client.open("specs/models.silex", MODELS);
    client.replace("specs/models.silex", 2, &MODELS.replace("writer", "author"));
    client.found("specs/models.silex", 2);
    let found = client.found("specs/desk.silex", 1);
    assert_eq!(codes(&found), ["unknown-name"]);
    client.replace("specs/models.silex", 3, MODELS);
    assert_eq!(codes(&client.found("specs/desk.silex", 1)), [""; 0]);
}

#[test]
fn files_that_come_and_go_on_disk_are_looked_at() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    client.remove_from_disk("specs/models.silex");
    assert_eq!(
        codes(&client.found_next("specs/desk.silex")),
        ["unknown-name"]
    );
    client.write_to_disk("specs/models.silex", MODELS);
    assert_eq!(codes(&client.found_next("specs/desk.silex")), [""; 0]);
    let manifest = format!("{MANIFEST}lints:\n  reasonless-never: deny\n  all: allow\n");
    client.write_to_disk("silex.yaml", &format!("{manifest}nonsense: 3\n"));
    assert_eq!(codes(&client.found_next("silex.yaml")), ["unknown-key"]);
}

#[test]
fn a_file_that_is_closed_counts_as_it_is_on_disk() {
    let mut client = package();
    let broken = DESK.replace("model writer", "model nobody");
    assert_eq!(
        codes(&client.open("specs/desk.silex", &broken))[..1],
        ["unknown-name"]
    );
    client.open("specs/models.silex", MODELS);
    client.close("specs/desk.silex");
    assert_eq!(codes(&client.found_next("specs/desk.silex")), [""; 0]);
}

#[test]
fn the_lock_of_an_editor_is_no_file_of_the_package() {
    let mut client = package();
    client.link_to_nothing("specs/.#desk.silex");
    client.write_to_disk("specs/.#models.silex", "no spec");
    let wrong = DESK.replace("-> Reply", "-> Replly");
    let found = client.open("specs/desk.silex", &wrong);
    assert_eq!(codes(&found), ["unknown-name"]);
    assert_eq!(client.end(), Some(0));
}

#[test]
fn a_package_that_cannot_be_read_is_told_once_and_looked_at_again() {
    let mut client = package();
    client.link_to_nothing("specs/gone.silex");
    let wrong = DESK.replace("-> Reply", "-> Replly");
    assert!(client.open("specs/desk.silex", &wrong).is_empty());
    let shown = client.shown();
    assert!(shown.contains("gone.silex"), "{shown}");
    client.replace("specs/desk.silex", 2, &wrong);
    assert!(client.found("specs/desk.silex", 2).is_empty());
    client.remove_from_disk("specs/gone.silex");
    let found = client.found_next("specs/desk.silex");
    assert_eq!(codes(&found), ["unknown-name"]);
    // Of the one that is gone nothing was told again.
    client.link_to_nothing("specs/other.silex");
    let shown = client.shown();
    assert!(shown.contains("other.silex"), "{shown}");
}

#[test]
fn a_new_file_counts_before_it_is_saved() {
    let mut client = package();
    let wants = DESK.replace("use models", "use other");
    assert_eq!(
        codes(&client.open("specs/desk.silex", &wants))[..1],
        ["unknown-name"]
    );
    client.open("specs/other.silex", MODELS);
    assert_eq!(codes(&client.found("specs/desk.silex", 1)), [""; 0]);
}

#[test]
fn a_file_without_a_package_is_checked_alone() {
    let mut client = Client::of(&[]);
    let found = client.open("alone.silex", "const a = 3\nconst a = 4\n");
    assert_eq!(codes(&found)[..1], ["duplicate-name"]);
}

#[test]
fn of_a_burst_of_edits_the_last_is_told_and_what_was_cancelled_is_not_done() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let uri = client.uri("specs/desk.silex");
    let change = |version: i64, text: &str| {
        json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": { "uri": uri, "version": version },
            "contentChanges": [{ "text": text }],
        }})
    };
    let ask = json!({ "jsonrpc": "2.0", "id": 9001, "method": "textDocument/hover", "params": {
        "textDocument": { "uri": uri }, "position": place_of(DESK, "answer"),
    }});
    let cancel = json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": 9001 } });
    client.send_together(&[
        change(2, "behaviour {"),
        change(3, &DESK.replace("writer", "nobody")),
        ask,
        cancel,
        change(4, DESK),
    ]);
    assert_eq!(codes(&client.found("specs/desk.silex", 4)), [""; 0]);
    assert_eq!(client.answer(9001)["error"]["code"], -32800);
}

#[test]
fn text_of_any_kind_is_survived() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let texts = [
        "\u{0}\u{1}{{{{",
        "\"\"\"",
        "behaviour",
        "{".repeat(300).leak(),
        "é\u{FEFF}\r\n\t🎻",
        "",
    ];
    let mut version = 1;
    for text in texts {
        version += 1;
        client.replace("specs/desk.silex", version, text);
        client.found("specs/desk.silex", version);
        let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
        let uri = client.uri("specs/desk.silex");
        for method in [
            "documentSymbol",
            "semanticTokens/full",
            "foldingRange",
            "codeLens",
            "documentLink",
        ] {
            client.ask_of(&format!("textDocument/{method}"), "specs/desk.silex");
        }
        for method in [
            "hover",
            "completion",
            "signatureHelp",
            "definition",
            "documentHighlight",
        ] {
            let position = json!({ "line": 0, "character": 3 });
            client.ask_at(
                &format!("textDocument/{method}"),
                "specs/desk.silex",
                &position,
            );
        }
        let params = json!({ "textDocument": { "uri": uri }, "range": whole, "context": { "diagnostics": [] } });
        client.ask("textDocument/codeAction", params);
    }
    client.replace("specs/desk.silex", version + 1, DESK);
    let found: Vec<Value> = client.found("specs/desk.silex", version + 1);
    assert_eq!(codes(&found), [""; 0]);
}

//! What editors do that they should not, and what they may do but seldom do.

use serde_json::{Value, json};

use super::asked::{DESK, SHARED, package};
use super::client::{Client, MANIFEST, codes, position};

/// What is found in the desk as it is.
const USUAL: [&str; 1] = ["unused-import"];

#[test]
fn a_message_that_is_none_is_told_and_passed_over() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    for broken in [
        "Content-Length: 9\r\n\r\n{\"broken\"",
        "Content-Length: 2\r\n\r\n[]",
        "Content-Length: 4\r\n\r\nnull",
        "Content-Length: 3\r\n\r\n\u{FFFD}",
        "Content-Length: 10\r\n\r\n{\"a\": true",
        // As Emacs 28 answers a request with nothing.
        "Content-Length: 8\r\n\r\n{\"id\":1}",
    ] {
        client.send_raw(broken.as_bytes());
        let logged = client.logged();
        assert!(logged.contains("was passed over"), "{logged}");
        assert!(!logged.contains("broken"), "{logged}");
    }
    client.send_raw(b"Content-Length: many\r\nX: y\r\n\r\nno head\r\n");
    let answer = client.ask_of("textDocument/documentSymbol", "specs/desk.silex");
    assert!(!answer.as_array().unwrap().is_empty());
    assert_eq!(client.end(), Some(0));
}

#[test]
fn the_server_ends_when_it_is_told_or_left() {
    assert_eq!(package().end(), Some(0));
    assert_eq!(package().exit(), Some(1));
    assert_eq!(package().vanish(), Some(0));
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    client.ask("shutdown", Value::Null);
    let late = json!({ "textDocument": { "uri": client.uri("specs/desk.silex") } });
    let refused = client.refused("textDocument/documentSymbol", late);
    assert!(refused.contains("shut down"), "{refused}");
    assert_eq!(client.exit(), Some(0));
}

#[test]
fn a_request_of_the_wrong_form_or_name_is_refused() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let refused = client.refused("textDocument/hover", json!({ "textDocument": 3 }));
    assert!(refused.contains("expected"), "{refused}");
    let refused = client.refused("textDocument/nonsense", json!({}));
    assert!(
        refused.contains("is no request of this server"),
        "{refused}"
    );
    let far = json!({ "line": 4_000_000_000_u32, "character": 4_000_000_000_u32 });
    client.ask_at("textDocument/hover", "specs/desk.silex", &far);
    client.tell("textDocument/didChange", &json!({ "textDocument": {} }));
    client.tell("textDocument/didOpen", &json!([]));
    let elsewhere = json!({ "textDocument": { "uri": "untitled:1", "languageId": "silex", "version": 1, "text": "x" } });
    client.tell("textDocument/didOpen", &elsewhere);
    client.replace("specs/desk.silex", 2, DESK);
    assert_eq!(codes(&client.found("specs/desk.silex", 2)), USUAL);
}

/// A text with signs of one to four bytes, and its lines ended as on Windows.
const WIDE: &str = "//! 𝄞 ß é 中\r\n/// 🎻🎻\r\nrecord R {\r\n  a: int // 𝄞\r\n}\r\n";

#[test]
fn edits_between_wide_signs_and_the_line_ends_of_windows_meet_their_places() {
    let mut client = Client::of(&[("silex.yaml", MANIFEST)]);
    let mut text = WIDE.to_owned();
    client.open("specs/wide.silex", &text);
    let mut version = 1;
    // The type is exchanged for one that is none, and back; letters are put between the wide signs.
    for (from, to) in [
        ("int", "🎻"),
        ("🎻 ß", "🎻"),
        ("🎻 ", "🎻𝄞 "),
        ("🎻", "int"),
        ("中", "中中"),
        ("R {\r\n", "R { "),
    ] {
        let Some(at) = text.find(from) else { continue };
        version += 1;
        let place = |at: usize| {
            let place = position(&text[..at]);
            let number = |name: &str| u32::try_from(place[name].as_u64().unwrap()).unwrap();
            (number("line"), number("character"))
        };
        let (start, end) = (place(at), place(at + from.len()));
        client.edit("specs/wide.silex", version, start, end, to);
        text.replace_range(at..at + from.len(), to);
        let told = client.found("specs/wide.silex", version);
        // The same text as a whole is told alike: the server's text is the editor's.
        version += 1;
        client.replace("specs/wide.silex", version, &text);
        assert_eq!(told, client.found("specs/wide.silex", version), "{text:?}");
    }
}

#[test]
fn half_of_a_wide_sign_is_no_place_and_is_survived() {
    let mut client = Client::of(&[("silex.yaml", MANIFEST)]);
    client.open("specs/wide.silex", WIDE);
    // Between the two halves of the clef, and from behind the line's end to before its beginning.
    client.edit("specs/wide.silex", 2, (0, 5), (0, 5), "x");
    client.found("specs/wide.silex", 2);
    client.edit("specs/wide.silex", 3, (3, 99), (2, 0), "");
    client.found("specs/wide.silex", 3);
    client.replace("specs/wide.silex", 4, WIDE);
    assert_eq!(codes(&client.found("specs/wide.silex", 4)), [""; 0]);
}

#[test]
fn packages_beside_each_other_and_one_in_another_are_kept_apart() {
    let broken = "name: inner\nversion: 0.1.0\nsilex: \"0.1\"\n";
    let mut client = Client::of(&[
        ("one/silex.yaml", MANIFEST),
        ("one/specs/a.silex", "record R { a: int }\n"),
        ("two/silex.yaml", MANIFEST),
        ("two/specs/a.silex", "record R { a: int }\n"),
        ("one/inner/silex.yaml", broken),
        ("one/inner/specs/a.silex", "record R { a: int }\n"),
    ]);
    let text = "record S { a: int }\n";
    for path in [
        "one/specs/a.silex",
        "two/specs/a.silex",
        "one/inner/specs/a.silex",
    ] {
        client.open(path, text);
    }
    client.replace("two/specs/a.silex", 2, "record S { a: nix }\n");
    assert_eq!(codes(&client.found("two/specs/a.silex", 2))[..1], ["name"]);
    for path in ["one/specs/a.silex", "one/inner/specs/a.silex"] {
        client.replace(path, 2, text);
        let found = client.found(path, 2);
        assert!(!codes(&found).contains(&"name"), "{path}: {found:?}");
        let place = json!({ "line": 0, "character": 8 });
        let params = json!({
            "textDocument": { "uri": client.uri(path) }, "position": place,
            "context": { "includeDeclaration": true },
        });
        let references = client.ask("textDocument/references", params);
        let all: Vec<&Value> = references
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["uri"])
            .collect();
        assert_eq!(all, [&json!(client.uri(path))], "{path}");
    }
}

#[test]
fn a_file_that_is_renamed_on_disk_has_its_new_name() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    client.rename_on_disk("specs/shared.silex", "specs/common.silex");
    assert!(codes(&client.found_next("specs/desk.silex")).contains(&"unknown-name"));
    client.replace(
        "specs/desk.silex",
        2,
        &DESK.replace("use shared.", "use common."),
    );
    assert_eq!(codes(&client.found("specs/desk.silex", 2)), USUAL);
}

#[test]
fn a_great_paste_is_checked_and_taken_back() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let more: String = (0..4000)
        .map(|at| {
            format!("/// Number {at}.\nrecord Pasted{at} {{ a: text 0..10, b: [int] 0..{at} }}\n")
        })
        .collect();
    client.replace("specs/desk.silex", 2, &format!("{DESK}{more}"));
    let found = client.found("specs/desk.silex", 2);
    assert!(!codes(&found).contains(&"unknown-name"));
    client.replace(
        "specs/desk.silex",
        3,
        &format!("{DESK}{}", "{ \"".repeat(20_000)),
    );
    assert!(!client.found("specs/desk.silex", 3).is_empty());
    client.replace("specs/desk.silex", 4, DESK);
    assert_eq!(codes(&client.found("specs/desk.silex", 4)), USUAL);
}

#[test]
fn what_is_cancelled_after_it_is_done_changes_nothing() {
    let mut client = package();
    client.open("specs/shared.silex", SHARED);
    client.tell("$/cancelRequest", &json!({ "id": 77 }));
    client.tell("$/cancelRequest", &json!({ "id": "x" }));
    client.tell("$/cancelRequest", &json!({}));
    let symbols = client.ask_of("textDocument/documentSymbol", "specs/shared.silex");
    client.tell("$/cancelRequest", &json!({ "id": 2 }));
    assert_eq!(
        symbols,
        client.ask_of("textDocument/documentSymbol", "specs/shared.silex")
    );
}

#[test]
fn an_editor_that_never_pauses_is_told_what_is_found() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let uri = client.uri("specs/desk.silex");
    let edit = json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
        "textDocument": { "uri": uri, "version": 2 },
        "contentChanges": [{ "text": format!("{DESK}\n!") }],
    }});
    let asked = |id: i64| {
        json!({ "jsonrpc": "2.0", "id": id, "method": "textDocument/documentSymbol", "params": {
            "textDocument": { "uri": uri },
        }})
    };
    let last = 10_000;
    let messages: Vec<Value> = std::iter::once(edit)
        .chain((8_000..=last).map(asked))
        .collect();
    client.send_together(&messages);
    let before = client.said_before("specs/desk.silex", 2);
    assert!(before < messages.len() / 2, "told behind {before}");
    client.answer(last);
}
